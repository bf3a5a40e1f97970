#include "kgrca/core/hash.h"

// Inlined, so that short keys cost no call into the shared library.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kgrca::core {

std::uint64_t stable_hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

// The constants are the golden ratio and the two multipliers of the SplitMix64 finaliser. Part of the stored format.
std::uint64_t combine_hash(std::uint64_t seed, std::uint64_t value) {
  std::uint64_t x = (seed * 0x9e3779b97f4a7c15ULL) ^ value;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace kgrca::core
