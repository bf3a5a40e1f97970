// What every decoder shares: the growing answer, times, text bounds and references.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kgrca/core/strings.h"
#include "kgrca/normalize/decode.h"
#include "kgrca/wire/json.h"

namespace kgrca::normalize {

inline constexpr core::Duration future_bound = std::chrono::minutes(5);
inline constexpr std::size_t usual_record_bytes = 800;
inline constexpr std::size_t records_expected_max = 4096;
inline constexpr std::size_t max_message_bytes = 4096;
inline constexpr std::size_t max_name_bytes = 512;
inline constexpr std::size_t max_value_bytes = 256;
inline constexpr std::size_t max_attributes = 64;

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Collects the answer of one decode call. `next_item` opens an item; `add` and `reject` speak of the open one.
class Batch {
 public:
  // Of a body of so many bytes, when the records take most of it.
  explicit Batch(const Context& context, std::size_t body_bytes = 0) : context_(context) {
    out_.records.reserve(std::min(body_bytes / usual_record_bytes, records_expected_max));
  }
  const Context& context() const { return context_; }

  std::size_t next_item() { return out_.items++; }
  template <typename T>
  void add(T record) {
    out_.records.emplace_back(std::move(record));
  }
  void reject(std::string reason);
  Decoded take() { return std::move(out_); }

  // At most `context.received` when the time lies more than 5 min ahead of it; sets `clamped` then.
  core::Time clamp(core::Time time, bool& clamped);
  // Masks and counts.
  void mask(std::string& text);
  // A copy of `text`, cut to `max_bytes` at a UTF-8 border, masked.
  std::string masked(std::string_view text, std::size_t max_bytes = max_message_bytes);

 private:
  const Context& context_;
  Decoded out_;
};

// Parses the body's top-level values with one document and calls `fn` for each; broken pieces become rejections.
// `document` must outlive what `fn` keeps. Arrays are opened; an empty body is one rejection.
void each_value(std::string_view body, Batch& batch, wire::JsonDocument& document,
                const std::function<void(wire::JsonValue)>& fn);

// A `…List` object's items one by one, other values as they are.
void each_list_item(wire::JsonValue value, const std::function<void(wire::JsonValue)>& fn);

// Names of members to look for; most others are told apart by their length alone.
template <std::size_t N>
class FieldNames {
 public:
  static_assert(N <= 64);
  constexpr explicit FieldNames(const std::array<std::string_view, N>& names) : names_(names) {
    for (std::size_t i = 0; i < N; ++i) of_length_[names[i].size() % of_length_.size()] |= std::uint64_t{1} << i;
  }
  // N when it is none of them.
  std::size_t find(std::string_view name) const {
    for (std::uint64_t left = of_length_[name.size() % of_length_.size()]; left != 0; left &= left - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(left));
      if (names_[i] == name) return i;
    }
    return N;
  }

 private:
  std::array<std::string_view, N> names_;
  std::array<std::uint64_t, 32> of_length_{};
};

// Reads the members of these names in one walk over the object; the first of equal names wins.
template <std::size_t N>
std::array<wire::JsonValue, N> members(wire::JsonValue object, const FieldNames<N>& names) {
  struct State {
    std::array<wire::JsonValue, N> values;
    const FieldNames<N>* names;
  } state{{}, &names};
  object.each_member([&state](std::string_view key, wire::JsonValue value) {
    const std::size_t i = state.names->find(key);
    if (i < N && state.values[i].kind() == wire::JsonValue::Kind::absent) state.values[i] = value;
    return true;
  });
  return state.values;
}

// The first value that is a non-empty string; empty when none.
std::string_view first_text(std::initializer_list<wire::JsonValue> values);

// RFC 3339 text, or a number of seconds, ms, µs or ns since the epoch, told apart by size. Nothing for zero times and junk.
std::optional<core::Time> read_time(wire::JsonValue value);
// The first value that is a time.
std::optional<core::Time> first_time(std::initializer_list<wire::JsonValue> values);

// A reference with canonical kind; the namespace of a cluster-scoped kind is dropped, names are bounded, and a node's
// uid that only repeats its name is dropped.
model::ResourceRef make_ref(std::string_view cluster, std::string_view kind, std::string_view ns, std::string_view name,
                            std::string_view uid = {});
// Adds unless it is nameless, the subject itself or there already; at most 16.
void add_related(model::Event& event, model::ResourceRef ref);

// String map as sorted pairs, at most `limit`, keys and values bounded, values masked.
Pairs read_pairs(wire::JsonValue object, Batch& batch, std::size_t limit = max_attributes);
void add_attribute(model::Event& event, std::string_view key, std::string_view value);
void sort_attributes(model::Event& event);

// "x-" and 16 hex digits of the hash of the pieces.
std::string derived_id(std::initializer_list<std::string_view> pieces);
std::uint64_t hash_pieces(std::initializer_list<std::string_view> pieces);

// Kind of a JSON value for messages: "a string", "an object", "nothing".
std::string_view kind_name(wire::JsonValue value);
// "kind 'X'" for messages: the text clipped to 64 bytes.
std::string quoted(std::string_view text);

}  // namespace kgrca::normalize
