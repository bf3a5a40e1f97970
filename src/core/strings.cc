#include "kgrca/core/strings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "core/utf8.h"

namespace kgrca::core {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

bool equal_lower(char a, char b) { return to_lower(a) == to_lower(b); }

bool is_plain_json(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

void append_json_escape(std::string& out, char c) {
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    case '\b': out.append("\\b"); return;
    case '\f': out.append("\\f"); return;
    default: break;
  }
  append(out, "\\u00", hex_digits[static_cast<unsigned char>(c) >> 4], hex_digits[static_cast<unsigned char>(c) & 15]);
}

void append_json_character(std::string& out, std::string_view character) {
  if (!is_steering(character)) {
    out.append(character);
    return;
  }
  const std::uint32_t c = utf8_code_point(character);
  out.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(hex_digits[c >> shift & 15]);
}

}  // namespace

std::string format_fixed(double value, int digits) {
  const int places = std::clamp(digits, 0, 17);
  std::array<char, 352> buffer{};  // 309 digits of the largest double, sign, point, places
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", places, value);
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string format_thousands(std::int64_t value) {
  std::string digits = cat(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string to_lower(std::string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return to_lower(c); });
  return out;
}

bool equals_ignore_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal_lower);
}

bool contains_ignore_case(std::string_view haystack, std::string_view needle) {
  return needle.empty() ||
         std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end(), equal_lower) != haystack.end();
}

std::string_view trim(std::string_view s) {
  const std::size_t first = s.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t at = s.find(separator);
    pieces.push_back(s.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    s.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator) {
  std::string out;
  for (const std::string& piece : pieces) {
    if (&piece != &pieces.front()) out.append(separator);
    out.append(piece);
  }
  return out;
}

std::optional<std::int64_t> parse_int(std::string_view s) {
  std::int64_t value = 0;
  const char* end = s.data() + s.size();
  const auto [stop, error] = std::from_chars(s.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view s) {
  double value = 0;
  const char* end = s.data() + s.size();
  const auto [stop, error] = std::from_chars(s.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string_view clip_utf8(std::string_view s, std::size_t max_bytes) {
  if (s.size() <= max_bytes) return s;
  std::size_t end = max_bytes;
  // A character is at most 4 bytes: in longer runs of continuation bytes there is no border to find.
  for (int back = 0; back < 3 && end > 0 && is_utf8_continuation(s[end]); ++back) --end;
  return is_utf8_continuation(s[end]) ? s.substr(0, max_bytes) : s.substr(0, end);
}

bool is_valid_utf8(std::string_view s) { return find_invalid_utf8(s) == s.size(); }

void append_json_string(std::string& out, std::string_view s) {
  out.push_back('"');
  std::size_t at = 0;
  while (at < s.size()) {
    std::size_t end = at;
    while (end < s.size() && is_plain_json(s[end])) ++end;
    out.append(s.substr(at, end - at));
    at = end;
    if (at == s.size()) break;
    const std::size_t length = utf8_length(s, at);
    if (length == 0) {
      out.append(replacement_character);
    } else if (length == 1) {
      append_json_escape(out, s[at]);
    } else {
      append_json_character(out, s.substr(at, length));
    }
    at += length == 0 ? 1 : length;
  }
  out.push_back('"');
}

}  // namespace kgrca::core
