// Tells in constant memory whether two lists of byte strings hold the same, and if not, which items to look at again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kgrca/core/hash.h"

namespace kgrca::graph {

// Each side's hashes are summed in 65,536 buckets. Equal lists have equal sums, whatever the order; of two lists that
// differ a bucket hides it with a chance of 2^-48.
class TwoSides {
 public:
  TwoSides() : buckets_(std::size_t{1} << 16) {}
  void left(std::string_view item) {
    const std::uint64_t hash = core::stable_hash64(item);
    buckets_[hash >> 48] += hash;
  }
  void right(std::string_view item) {
    const std::uint64_t hash = core::stable_hash64(item);
    buckets_[hash >> 48] -= hash;
  }
  bool equal() const {
    return std::all_of(buckets_.begin(), buckets_.end(), [](std::uint64_t sum) { return sum == 0; });
  }
  // The item may be on one side only.
  bool doubtful(std::string_view item) const { return buckets_[core::stable_hash64(item) >> 48] != 0; }

 private:
  std::vector<std::uint64_t> buckets_;
};

}  // namespace kgrca::graph
