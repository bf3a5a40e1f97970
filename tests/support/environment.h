// Numbers that whoever runs a test may give: how often, from which seed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>

#include "kgrca/core/strings.h"

namespace kgrca::test {

// `otherwise` when the variable is not set or holds no number.
inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  const auto number = text == nullptr ? std::nullopt : core::parse_int(text);
  return number && *number >= 0 ? static_cast<std::uint64_t>(*number) : otherwise;
}

}  // namespace kgrca::test
