#pragma once

#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "kgrca/core/strings.h"
#include "kgrca/tenancy/tenancy.h"
#include "tenancy/records.h"

namespace kgrca::tenancy {

// Everything the store holds is also in memory: a check costs no disk. Changes are written durably before they are seen.
struct Tenancy::Impl {
  Impl(store::Store& on, const core::Clock& with);

  core::Status load(const std::string& pepper_file);
  core::Status load_tenants(const store::Snapshot& snapshot);
  core::Status load_keys(const store::Snapshot& snapshot);
  core::Status load_pepper_checked(const store::Snapshot& snapshot, const std::string& pepper_file);

  // Empty, or the id of the oldest key that works no more and has to go. `present`: the tenant's keys by age.
  core::StatusOr<std::string> room_for_key(const std::vector<ApiKey>& present) const;
  // Writes the batch with an audit record beside the change. REQUIRES: writing held.
  core::Status keep_key(KeyRecord record, std::string_view action, std::string_view replaced = {}, std::string_view by = {});
  core::Status commit_audited(store::Batch batch, std::string_view action, std::string_view target, std::string_view detail);
  core::StatusOr<store::TenantView> view(core::TenantNumber tenant) const;
  core::Status keep_tenant(const Tenant& tenant, store::Batch batch, std::string_view action, std::string_view detail);
  core::Status certify(Tenant tenant);
  std::string digest_of(std::string_view secret) const;
  std::string tenant_name(core::TenantNumber tenant) const;  // REQUIRES: state held; empty when unknown or deleted
  std::string name_of(core::TenantNumber tenant) const;      // the same; takes the state itself

  store::Store& store;
  const core::Clock& clock;
  store::TenantView operator_view;
  std::string pepper;

  std::mutex writing;                // one change at a time; taken before `state`
  mutable std::shared_mutex state;   // guards the maps
  std::map<core::TenantNumber, Tenant> tenants;
  core::StringMap<core::TenantNumber> by_name;
  core::StringMap<KeyRecord> keys;
  std::uint32_t last_number = 0;
};

}  // namespace kgrca::tenancy
