// Checks of a store's files, below what they mean.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/store/keys.h"
#include "kgrca/store/store.h"

namespace kgrca::store {

struct FileDamage {
  int database = 0;
  std::string file;  // empty: the database as a whole
  std::string what;
};
struct FilesReport {
  std::vector<FileDamage> damage;
  std::uint64_t files = 0;  // tables that were read
  std::uint64_t bytes = 0;
};

// Reads every block of every table, and the logs, and compares the checksums. The store must be stopped: failed_precondition
// when a process holds it. `done`: tables read, of how many in this database; may be empty.
core::StatusOr<FilesReport> check_files(const std::string& directory, const std::function<void(std::size_t, std::size_t)>& done);
// The same of a backup where it lies; `id` 0: the newest.
core::StatusOr<FilesReport> check_backup_files(const std::string& directory, std::uint32_t id,
                                               const std::function<void(std::size_t, std::size_t)>& done);

// That a tenant number begins keys of a family in a database.
struct TenantTrace {
  int database = 0;
  core::TenantNumber tenant{};
  Family family{};
  std::string first_key;  // keys::shown()
};
// All of them, in the order of databases, families and numbers. Cost: one seek each.
core::StatusOr<std::vector<TenantTrace>> tenant_traces(Store& store);

}  // namespace kgrca::store
