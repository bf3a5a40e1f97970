// UTF-8 as RFC 3629 has it: no surrogates, nothing above U+10FFFF, no overlong forms.
#pragma once

#include <cstddef>
#include <string_view>

namespace kgrca::core {

inline bool is_utf8_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the character that starts at `at`; 0 when there is none. REQUIRES: at < s.size().
std::size_t utf8_length(std::string_view s, std::size_t at);

// Offset of the first byte that is not part of a character; s.size() when all are.
std::size_t find_invalid_utf8(std::string_view s);

}  // namespace kgrca::core
