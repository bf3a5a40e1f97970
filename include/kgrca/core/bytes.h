// Compact binary values for the store: varints, zigzag, length-prefixed text; and numbers whose bytes sort as they do.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kgrca::core {

class BytesWriter {
 public:
  explicit BytesWriter(std::string& out) : out_(out) {}
  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void varint(std::uint64_t v) {
    char bytes[10];
    std::size_t size = 0;
    for (; v >= 0x80; v >>= 7) bytes[size++] = static_cast<char>((v & 0x7f) | 0x80);
    bytes[size++] = static_cast<char>(v);
    out_.append(bytes, size);
  }
  void zigzag(std::int64_t v) { varint((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63)); }
  void fixed32(std::uint32_t v) { little_endian(v); }
  void fixed64(std::uint64_t v) { little_endian(v); }
  void f32(float v) { fixed32(std::bit_cast<std::uint32_t>(v)); }
  void f64(double v) { fixed64(std::bit_cast<std::uint64_t>(v)); }
  void bytes(std::string_view v) { out_.append(v); }
  void text(std::string_view v) {  // varint length + bytes
    varint(v.size());
    bytes(v);
  }

 private:
  template <typename T>
  void little_endian(T value) {
    char bytes[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 0xff);
    out_.append(bytes, sizeof(T));
  }

  std::string& out_;
};

// Reads what BytesWriter wrote. After any failure `ok()` is false and every further read gives zero or empty text:
// check once at the end. Lengths are checked against what is left, so hostile bytes cannot make it allocate.
class BytesReader {
 public:
  explicit BytesReader(std::string_view in) : in_(in) {}
  std::uint8_t u8();
  std::uint64_t varint();
  std::int64_t zigzag();
  std::uint32_t fixed32();
  std::uint64_t fixed64();
  float f32();
  double f64();
  std::string_view text();
  std::string_view bytes(std::size_t count) { return take(count); }
  // A count of items of at least `min_item_bytes` each; 0 and not ok when more than what is left could hold.
  std::size_t count(std::size_t min_item_bytes = 1);
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  std::string_view rest() const { return in_; }

 private:
  std::string_view take(std::size_t count);  // exactly `count` bytes, or fails
  void fail();

  std::string_view in_;
  bool ok_ = true;
};

// Big-endian, so that byte order is the order of the numbers.
template <std::unsigned_integral T>
void put_big_endian(char* to, T value) {
  std::uint64_t left = value;
  for (std::size_t i = sizeof(T); i > 0; left >>= 8) to[--i] = static_cast<char>(left & 0xff);
}
template <std::unsigned_integral T>
void append_big_endian(std::string& out, T value) {
  char bytes[sizeof(T)];
  put_big_endian(bytes, value);
  out.append(bytes, sizeof(T));
}
// REQUIRES: as many bytes as T has, from `offset` on.
template <std::unsigned_integral T>
T big_endian(std::string_view bytes, std::size_t offset = 0) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(offset, sizeof(T))) value = value << 8 | static_cast<unsigned char>(c);
  return static_cast<T>(value);
}

}  // namespace kgrca::core
