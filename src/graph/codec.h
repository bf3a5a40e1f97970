// Pieces that the record formats share. Every record: format version byte, then fields in the order of the code.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/bytes.h"
#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/model/resource.h"

namespace kgrca::graph {

inline constexpr std::uint8_t record_format = 1;

class Encoder : public core::BytesWriter {
 public:
  explicit Encoder(std::string& out) : core::BytesWriter(out) { u8(record_format); }
  void time(core::Time t) { zigzag(core::to_micros(t)); }
  // Lower-case UUIDs take 17 bytes: 0 and their 16; other text its length + 1 and itself.
  void word(std::string_view text);
  void ref(const model::ResourceRef& ref);
  void pairs(const std::vector<std::pair<std::string, std::string>>& pairs);
  void event_key(core::EventKey key);
  void ids(const std::vector<core::ResourceId>& ids);
};

class Decoder : public core::BytesReader {
 public:
  explicit Decoder(std::string_view in) : core::BytesReader(in) { version_ = u8(); }
  core::Time time() { return core::from_micros(zigzag()); }
  std::string word();
  std::string string() { return std::string(text()); }
  model::ResourceRef ref();
  std::vector<std::pair<std::string, std::string>> pairs();
  core::EventKey event_key();
  std::vector<core::ResourceId> ids();
  // A number of an enumeration that ends at `last`; anything above makes the record bad.
  template <typename T>
  T number(T first, T last) {
    const auto value = u8();
    if (value < static_cast<std::uint8_t>(first) || value > static_cast<std::uint8_t>(last)) bad_ = true;
    return bad_ ? first : static_cast<T>(value);
  }
  void reject() { bad_ = true; }
  bool good() const { return ok() && !bad_ && version_ == record_format; }
  // data_loss unless everything was read, and read well.
  core::Status finish(std::string_view what) const;

 private:
  std::uint8_t version_ = 0;
  bool bad_ = false;
};

}  // namespace kgrca::graph
