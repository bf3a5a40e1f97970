// Bytes as text: two digits each, in lower case.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kgrca::core {

std::string hex(std::string_view bytes);
// The bytes of a text as hex() writes it; nothing for any other.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace kgrca::core
