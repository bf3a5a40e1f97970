// Text helpers over std::string_view, where Debian's Abseil only takes its own.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

namespace kgrca::core {

inline absl::string_view to_absl(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view to_std(absl::string_view s) { return {s.data(), s.size()}; }

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return absl::Hash<absl::string_view>{}(to_absl(s)); }
};
struct StringEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};
// Maps and sets with string keys that look up by std::string_view without a copy. Iteration order is not stable.
template <typename V>
using StringMap = absl::flat_hash_map<std::string, V, StringHash, StringEqual>;
using StringSet = absl::flat_hash_set<std::string, StringHash, StringEqual>;

namespace internal {
inline void append_piece(std::string& out, std::string_view piece) { out.append(piece); }
inline void append_piece(std::string& out, const char* piece) { out.append(piece); }
inline void append_piece(std::string& out, const std::string& piece) { out.append(piece); }
inline void append_piece(std::string& out, char piece) { out.push_back(piece); }
template <std::integral T>
void append_piece(std::string& out, T value) {
  char buffer[24];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end);
}
}  // namespace internal

// Concatenates string pieces, characters and integers.
template <typename... Pieces>
std::string cat(const Pieces&... pieces) {
  std::string out;
  (internal::append_piece(out, pieces), ...);
  return out;
}
template <typename... Pieces>
void append(std::string& out, const Pieces&... pieces) {
  (internal::append_piece(out, pieces), ...);
}

// `value` with `digits` digits after the point.
std::string format_fixed(double value, int digits);
// 1,243
std::string format_thousands(std::int64_t value);

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }  // ASCII only
std::string to_lower(std::string_view s);
bool equals_ignore_case(std::string_view a, std::string_view b);
bool contains_ignore_case(std::string_view haystack, std::string_view needle);
std::string_view trim(std::string_view s);  // blanks, tabs, CR, LF at both ends
std::vector<std::string_view> split(std::string_view s, char separator);  // keeps empty pieces
std::string join(const std::vector<std::string>& pieces, std::string_view separator);
std::optional<std::int64_t> parse_int(std::string_view s);   // whole text, decimal
std::optional<double> parse_double(std::string_view s);      // whole text, finite

// At most `max_bytes` of `s`, cut at a UTF-8 border.
std::string_view clip_utf8(std::string_view s, std::size_t max_bytes);
bool is_valid_utf8(std::string_view s);
// Offset of the first byte that belongs to no character; s.size() when all do.
std::size_t find_invalid_utf8(std::string_view s);
// Appends `s` as a JSON string with quotes; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view s);

}  // namespace kgrca::core
