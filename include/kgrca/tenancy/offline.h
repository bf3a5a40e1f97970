// The tenants of a stopped store, for commands that need neither the pepper nor keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::tenancy {

struct StoredTenants {
  struct Problem {
    std::string kind;  // "tenant_record", "tenant_name", "api_key"
    std::string key;   // store::keys::shown()
    std::string what;
  };
  std::vector<Tenant> all;         // by number, those that do not live too
  std::vector<Problem> problems;   // records that cannot be read or do not fit together
};
core::StatusOr<StoredTenants> stored_tenants(store::Store& store);

// A view of a tenant, or of the operator's data, for commands on a stopped store.
store::TenantView offline_view(store::Store& store, const Tenant& tenant);
store::TenantView offline_operator_view(store::Store& store);

// A tenant's record for a file that leaves the machine. No keys.
std::string encode_for_export(const Tenant& tenant);
// Takes a number and a database for a tenant that comes from such a record, under `name` or, when that is empty, its own. Until
// admit_tenant() it counts as deleted: whatever is stored for it meanwhile is nobody's. already_exists: the name is taken.
core::StatusOr<Tenant> reserve_tenant(store::Store& store, std::string_view record, std::string_view name, core::Time now);
core::Status admit_tenant(store::Store& store, const Tenant& reserved, core::Time now);

}  // namespace kgrca::tenancy
