#pragma once

#include <string>

#include "kgrca/store/store.h"
#include "store/database.h"
#include "store/impl.h"

namespace kgrca::store {

struct Snapshot::Impl {
  Impl(Database& of, core::TenantNumber tenant)
      : database(of), prefix(tenant_prefix(tenant)), snapshot(of.db().GetSnapshot()) {}
  ~Impl() { database.db().ReleaseSnapshot(snapshot); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Database& database;
  std::string prefix;
  const rocksdb::Snapshot* snapshot;
};

}  // namespace kgrca::store
