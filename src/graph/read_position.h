// Positions of pages: what was last looked at, as hex text that callers hand back unread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kgrca::graph {

// Records one call looks at, at most, however few of them fit the filter.
inline constexpr std::size_t examined_max = 20'000;

std::string to_position(std::string_view bytes);
// Nothing for text that is no position.
std::optional<std::string> from_position(std::string_view text);

}  // namespace kgrca::graph
