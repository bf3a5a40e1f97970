#include "core/utf8.h"

#include <cstdint>
#include <cstring>

#include "kgrca/core/strings.h"

namespace kgrca::core {

namespace {

std::size_t length_by_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;  // continuation, or an overlong form of ASCII
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

// The second byte decides overlong forms, surrogates and the upper end.
bool second_fits(unsigned char lead, unsigned char second) {
  if (lead == 0xe0) return second >= 0xa0;
  if (lead == 0xed) return second < 0xa0;
  if (lead == 0xf0) return second >= 0x90;
  if (lead == 0xf4) return second < 0x90;
  return true;
}

bool next_eight_are_ascii(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return (word & 0x8080808080808080ULL) == 0;
}

}  // namespace

std::size_t utf8_length(std::string_view s, std::size_t at) {
  const auto lead = static_cast<unsigned char>(s[at]);
  const std::size_t length = length_by_lead(lead);
  if (length <= 1) return length;
  if (s.size() - at < length || !second_fits(lead, static_cast<unsigned char>(s[at + 1]))) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_utf8_continuation(s[at + i])) return 0;
  }
  return length;
}

std::uint32_t utf8_code_point(std::string_view character) {
  const auto bits = [&](std::size_t at, unsigned mask) { return static_cast<unsigned char>(character[at]) & mask; };
  if (character.size() == 1) return bits(0, 0x7f);
  if (character.size() == 2) return bits(0, 0x1f) << 6 | bits(1, 0x3f);
  return bits(0, 0x0f) << 12 | bits(1, 0x3f) << 6 | bits(2, 0x3f);
}

bool is_steering(std::string_view character) {
  if (character.size() > 3) return false;
  const std::uint32_t c = utf8_code_point(character);
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::size_t find_invalid_utf8(std::string_view s) {
  std::size_t at = 0;
  while (at < s.size()) {
    if (s.size() - at >= 8 && next_eight_are_ascii(s.data() + at)) {
      at += 8;
      continue;
    }
    const std::size_t length = utf8_length(s, at);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

}  // namespace kgrca::core
