// One tenant as files: one table per family, with keys that name no tenant, and a manifest that is written last.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/store/keys.h"
#include "kgrca/store/store.h"

namespace kgrca::store {

struct TenantFile {
  Family family{};
  std::string name;          // in the directory
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;
  std::uint64_t digest = 0;  // against damage, not against forgery
};

struct TenantExport {
  int format = 0;                // of the store it comes from
  core::Time at{};
  std::string record;            // the tenant's record, as tenancy encodes it
  std::vector<TenantFile> files; // families without keys have none
};

// Writes everything of the snapshot's tenant but the positions of its sources, which count in another machine's sources from
// elsewhere. `directory` must be absent or empty; without the manifest it is no export. `done`: keys so far; may be empty.
core::StatusOr<TenantExport> export_tenant(const Snapshot& snapshot, const std::string& directory, std::string record, core::Time at,
                                           const std::function<void(std::uint64_t)>& done);

// Reads the manifest and every file. data_loss: something is damaged or missing; failed_precondition: another format.
core::StatusOr<TenantExport> read_export(const std::string& directory);

// Where an imported tenant goes.
struct ImportPlace {
  core::TenantNumber tenant{};
  int database = 0;
};
// Adds the export's keys to the tenant, all or none. failed_precondition: it has keys already.
// REQUIRES: nothing else writes to the store.
core::Status import_tenant(Store& store, ImportPlace into, const std::string& directory, const TenantExport& from);

}  // namespace kgrca::store
