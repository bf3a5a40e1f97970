// UTF-8 as RFC 3629 has it: no surrogates, nothing above U+10FFFF, no overlong forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kgrca::core {

inline bool is_utf8_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the character that starts at `at`; 0 when there is none. REQUIRES: at < s.size().
std::size_t utf8_length(std::string_view s, std::size_t at);

// REQUIRES: `character` is one character of at most three bytes.
std::uint32_t utf8_code_point(std::string_view character);

// Whether it steers a terminal or the order of text. REQUIRES: `character` is one character.
bool is_steering(std::string_view character);

}  // namespace kgrca::core
