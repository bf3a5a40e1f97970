// Events whose times lay too far ahead keep the first time they were given here: a record sent again later has the same key.
#pragma once

#include <cstdint>

#include <absl/container/flat_hash_map.h>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/store/store.h"

namespace kgrca::pipeline {

// One small key for each such event, read only when one comes. Single-threaded.
class ClampedEvents {
 public:
  explicit ClampedEvents(store::TenantView view) : view_(view) {}

  // First time of the event with that identity (EventKey::hash): of its first record, else `now`, which is then kept.
  core::StatusOr<core::Time> first_of(std::uint64_t identity, core::Time now);
  void write(store::Batch& batch);

 private:
  store::TenantView view_;
  absl::flat_hash_map<std::uint64_t, core::Time> pending_;  // not in the store yet
};

}  // namespace kgrca::pipeline
