// How often each type of event begins, read as of a closed minute so that the order of arrival leaves no trace.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "kgrca/core/time.h"
#include "rca/episodes.h"

namespace kgrca::rca {

class Statistics {
 public:
  // An episode of this type was first seen at `start`. Not its onset: that of an alert lies minutes before anyone can know of it.
  void count(TypeIndex type, core::Time start);
  // It turned out to begin elsewhere, or to be part of another.
  void discount(TypeIndex type, core::Time start);
  // Rarity in 0..1 of a type over the six hours before the minute of `at`: ln(1 + N/N_type) / ln(1 + N/3), 1 while little is known.
  float rarity(TypeIndex type, core::Time at) const;
  void prune(core::Time now);

  struct Row {
    TypeIndex type;
    std::int64_t minute;
    std::uint32_t count;
  };
  std::vector<Row> rows() const;  // by type, then minute
  void restore(const Row& row);

 private:
  using Minutes = std::map<std::int64_t, std::uint32_t>;
  static std::uint64_t before(const Minutes& minutes, std::int64_t minute);
  float computed(TypeIndex type, std::int64_t minute) const;
  void changed(std::int64_t minute);
  absl::flat_hash_map<TypeIndex, Minutes> types_;
  Minutes all_;
  // Asked for many times a minute, and made of hundreds of them. What changes a minute leaves it and those before as they are.
  mutable absl::flat_hash_map<std::pair<TypeIndex, std::int64_t>, float> known_;
  mutable std::int64_t newest_known_ = 0;
};

}  // namespace kgrca::rca
