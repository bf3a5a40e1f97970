#pragma once

#include <chrono>
#include <string>

#include "kgrca/store/store.h"
#include "store/database.h"
#include "store/impl.h"

namespace kgrca::store {

struct Snapshot::Impl {
  using Clock = std::chrono::steady_clock;

  Impl(Database& of, core::TenantNumber tenant, core::Duration at_most)
      : database(of), prefix(tenant_prefix(tenant)), snapshot(of.db().GetSnapshot()),
        ends(at_most == core::Duration::max() ? Clock::time_point::max() : Clock::now() + at_most) {}
  ~Impl() { database.db().ReleaseSnapshot(snapshot); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Database& database;
  std::string prefix;
  const rocksdb::Snapshot* snapshot;
  Clock::time_point ends;

  core::StatusOr<std::optional<std::string>> read(const Key& key) const;
  // Not OK once the time is over.
  core::Status in_time() const {
    if (ends == Clock::time_point::max() || Clock::now() < ends) return core::ok_status();
    return core::deadline_exceeded(
        "the question reads more of the graph than its time allows; ask for less: a shorter time, one resource, fewer hops");
  }
};

}  // namespace kgrca::store
