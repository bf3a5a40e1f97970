// Fixed hashes that may be stored: the same bytes give the same value in every process and version (XXH3).
#pragma once

#include <cstdint>
#include <string_view>

namespace kgrca::core {

std::uint64_t stable_hash64(std::string_view bytes);
std::uint64_t combine_hash(std::uint64_t seed, std::uint64_t value);

}  // namespace kgrca::core
