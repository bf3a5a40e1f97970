#pragma once

#include <cstddef>

namespace kgrca::graph {

// Records one call looks at, at most, however few of them fit the filter.
inline constexpr std::size_t examined_max = 20'000;

}  // namespace kgrca::graph
