#include <algorithm>

#include "kgrca/wire/digest.h"
#include "tenancy/impl.h"
#include "tenancy/pepper.h"

namespace kgrca::tenancy {

Tenancy::Impl::Impl(store::Store& on, const core::Clock& with)
    : store(on), clock(with), operator_view(store::TenantViewOpener::open(on, core::operator_tenant, 0)) {}

core::Status Tenancy::Impl::load(const std::string& pepper_file) {
  const auto snapshot = operator_view.snapshot();
  KGRCA_RETURN_IF_ERROR(load_pepper_checked(snapshot, pepper_file));
  KGRCA_RETURN_IF_ERROR(load_tenants(snapshot));
  return load_keys(snapshot);
}

// The store keeps a digest of the pepper, so that a lost or swapped file is told at start and not by every key failing.
core::Status Tenancy::Impl::load_pepper_checked(const store::Snapshot& snapshot, const std::string& pepper_file) {
  const auto key = store::keys::identity("pepper");
  KGRCA_ASSIGN_OR_RETURN(const auto known, snapshot.get(key));
  KGRCA_ASSIGN_OR_RETURN(pepper, load_pepper(pepper_file, !known.has_value()));
  const std::string check = wire::hmac_sha256(pepper, "check:pepper");
  if (!known.has_value()) {
    auto batch = operator_view.batch();
    batch.put(key, check);
    return operator_view.commit_durably(std::move(batch));
  }
  if (wire::equal_constant_time(*known, check)) return core::ok_status();
  return core::failed_precondition(core::cat("the pepper file ", pepper_file, " is not the one this store's API keys were made "
                                             "with: restore the right file from a backup"));
}

core::Status Tenancy::Impl::load_tenants(const store::Snapshot& snapshot) {
  auto scan = snapshot.scan(store::keys::tenant_records());
  for (; scan.valid(); scan.next()) {
    KGRCA_ASSIGN_OR_RETURN(Tenant tenant, decode_tenant(scan.value()));
    if (tenant.database < 0 || tenant.database >= store.databases())
      return core::data_loss(core::cat("tenant ", tenant.name, " lies in database ", tenant.database, ", the store has ",
                                       store.databases()));
    last_number = std::max(last_number, static_cast<std::uint32_t>(tenant.number));
    if (lives(tenant)) by_name[tenant.name] = tenant.number;
    tenants[tenant.number] = std::move(tenant);
  }
  return scan.status();
}

core::Status Tenancy::Impl::load_keys(const store::Snapshot& snapshot) {
  auto scan = snapshot.scan(store::keys::api_keys());
  for (; scan.valid(); scan.next()) {
    KGRCA_ASSIGN_OR_RETURN(KeyRecord record, decode_key(scan.value()));
    const std::string id = record.key.id;
    keys[id] = std::move(record);
  }
  return scan.status();
}

}  // namespace kgrca::tenancy
