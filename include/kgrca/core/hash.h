// Fixed hashes that may be stored: the same bytes give the same value in every process and version (XXH3).
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace kgrca::core {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

std::uint64_t stable_hash64(std::string_view bytes);
Hash128 stable_hash128(std::string_view bytes);
std::uint64_t combine_hash(std::uint64_t seed, std::uint64_t value);

}  // namespace kgrca::core
