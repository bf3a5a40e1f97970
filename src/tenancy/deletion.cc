// The end of a tenant: marked, emptied, certified.
#include <algorithm>
#include <string>
#include <vector>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "tenancy/impl.h"

namespace kgrca::tenancy {

// Writes the tenant's record with an audit record beside it, then makes it known. REQUIRES: `writing` is held.
core::Status Tenancy::Impl::keep_tenant(const Tenant& tenant, store::Batch batch, std::string_view action, std::string_view detail) {
  batch.put(store::keys::tenant_record(tenant.number), encode(tenant));
  KGRCA_RETURN_IF_ERROR(commit_audited(std::move(batch), action, tenant.name, detail));
  const std::lock_guard holding(state);
  tenants[tenant.number] = tenant;
  return core::ok_status();
}

core::StatusOr<Tenant> Tenancy::begin_deletion(std::string_view name, std::string_view by) {
  const std::lock_guard writing(impl_->writing);
  std::optional<Tenant> tenant = find(name);
  if (!tenant) return core::not_found(core::cat("no tenant '", core::clip_utf8(name, 64), "'"));
  tenant->deletion.asked = impl_->clock.now();
  tenant->deletion.by = by;
  auto batch = impl_->operator_view.batch();
  batch.erase(store::keys::tenant_by_name(name));
  const std::string detail = core::cat("number ", static_cast<std::uint32_t>(tenant->number), " by key ", by);
  KGRCA_RETURN_IF_ERROR(impl_->keep_tenant(*tenant, std::move(batch), "tenant.delete", detail));
  const std::lock_guard state(impl_->state);
  impl_->by_name.erase(impl_->by_name.find(name));
  return *tenant;
}

std::vector<core::TenantNumber> Tenancy::unfinished_deletions() const {
  const std::shared_lock state(impl_->state);
  std::vector<core::TenantNumber> all;
  for (const auto& [number, tenant] : impl_->tenants)
    if (!tenant.deleted && !lives(tenant)) all.push_back(number);
  return all;
}

core::Status Tenancy::finish_deletion(core::TenantNumber number, std::atomic<bool>& stop) {
  Tenant tenant;
  {
    const std::shared_lock state(impl_->state);
    const auto found = impl_->tenants.find(number);
    if (found == impl_->tenants.end() || found->second.deleted || lives(found->second))
      return core::failed_precondition("the tenant is not being deleted");
    tenant = found->second;
  }
  auto view = store::TenantViewOpener::open(impl_->store, number, tenant.database);
  if (!tenant.deletion.counted) {
    KGRCA_ASSIGN_OR_RETURN(const store::TenantBytes found, view.count_all(stop));
    tenant.deletion.counted = true;
    tenant.deletion.keys = found.keys;
    tenant.deletion.bytes = found.bytes;
    const std::lock_guard writing(impl_->writing);
    const std::string detail = core::cat("number ", static_cast<std::uint32_t>(number), " keys ", found.keys, " bytes ", found.bytes);
    KGRCA_RETURN_IF_ERROR(impl_->keep_tenant(tenant, impl_->operator_view.batch(), "tenant.erase", detail));
  }
  KGRCA_RETURN_IF_ERROR(view.erase_all());
  KGRCA_RETURN_IF_ERROR(view.compact(stop));
  KGRCA_ASSIGN_OR_RETURN(const store::TenantBytes left, view.count_all(stop));
  if (left.keys != 0) return core::internal_error(core::cat(left.keys, " keys of an erased tenant are left"));
  return impl_->certify(tenant);
}

// The number stays taken for ever; the keys' records go with the tenant.
core::Status Tenancy::Impl::certify(Tenant tenant) {
  const std::lock_guard holding(writing);
  auto batch = operator_view.batch();
  std::vector<std::string> gone;
  for (const auto& [id, record] : keys)
    if (record.key.tenant == tenant.number) gone.push_back(id);
  for (const std::string& id : gone) batch.erase(store::keys::api_key(id));
  tenant.deleted = true;
  const std::string detail =
      core::cat("number ", static_cast<std::uint32_t>(tenant.number), " asked ", core::format_rfc3339(tenant.deletion.asked, 0), " by key ",
                tenant.deletion.by, "; erased ", tenant.deletion.keys, " keys of ", tenant.deletion.bytes, " bytes and ", gone.size(),
                " API keys; verified: 0 keys left. Backups made before hold the data until they are deleted");
  KGRCA_RETURN_IF_ERROR(keep_tenant(tenant, std::move(batch), "tenant.deleted", detail));
  core::log(core::LogLevel::info, "tenant_deleted", {{"tenant", static_cast<std::int64_t>(tenant.number)},
                                                     {"keys", static_cast<std::int64_t>(tenant.deletion.keys)}});
  const std::lock_guard known(state);
  for (const std::string& id : gone) keys.erase(keys.find(id));
  return core::ok_status();
}

core::StatusOr<std::vector<AuditEntry>> Tenancy::audit(std::size_t limit, const std::optional<AuditEntry>& after) const {
  const auto snapshot = impl_->operator_view.snapshot();
  const store::Key from = after ? store::keys::audit(after->at, after->seq) : store::keys::audits();
  std::vector<AuditEntry> entries;
  auto scan = snapshot.scan(store::keys::audits(), from);
  for (; scan.valid() && entries.size() < limit; scan.next()) {
    const store::keys::AuditKey key = store::keys::audit_of(scan.key());
    if (after && key.at == after->at && key.seq == after->seq) continue;
    KGRCA_ASSIGN_OR_RETURN(AuditEntry entry, decode_audit(scan.value()));
    entry.at = key.at;
    entry.seq = key.seq;
    entries.push_back(std::move(entry));
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  return entries;
}

}  // namespace kgrca::tenancy
