// UTF-8 as RFC 3629 has it: no surrogates, nothing above U+10FFFF, no overlong forms.
#pragma once

#include <cstddef>
#include <string_view>

namespace kgrca::core {

inline bool is_utf8_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the character that starts at `at`; 0 when there is none. REQUIRES: at < s.size().
std::size_t utf8_length(std::string_view s, std::size_t at);

}  // namespace kgrca::core
