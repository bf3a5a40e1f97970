// Events whose times lay too far ahead keep the first time they were given here, as long as they are kept: a record sent again
// later has the same key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/store/store.h"

namespace kgrca::pipeline {

// One small key for each such event; the identities of so many are in memory, so that a record sent again when its time is
// no longer too far ahead is known too. Single-threaded.
class ClampedEvents {
 public:
  explicit ClampedEvents(store::TenantView view, std::size_t identities = 100'000) : view_(view), identities_max_(identities) {}

  core::Status load(const store::Snapshot& snapshot);
  // False also for those beyond the bound.
  bool knows(std::uint64_t identity) const { return identities_.contains(identity); }
  bool empty() const { return identities_.empty(); }
  // First time of the event with that identity (EventKey::hash): of its first record, else `now`, which is then kept.
  core::StatusOr<core::Time> first_of(std::uint64_t identity, core::Time now);
  void write(store::Batch& batch);
  // Their events have expired, and their keys with them. REQUIRES: not between first_of() and write().
  void forget(const std::vector<std::uint64_t>& identities);

 private:
  void remember(std::uint64_t identity);

  store::TenantView view_;
  std::size_t identities_max_;
  absl::flat_hash_set<std::uint64_t> identities_;
  absl::flat_hash_map<std::uint64_t, core::Time> pending_;  // not in the store yet
};

// Puts the erasure of their keys into the batch, for when their events expire.
void erase_clamped(const std::vector<std::uint64_t>& identities, store::Batch& batch);

}  // namespace kgrca::pipeline
