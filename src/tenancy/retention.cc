// How long a tenant's data is kept.
#include <string>

#include "kgrca/core/strings.h"
#include "kgrca/tenancy/tenancy.h"
#include "tenancy/impl.h"

namespace kgrca::tenancy {
namespace {

constexpr core::Duration day = std::chrono::hours(24);

core::Duration or_else(core::Duration own, core::Duration plan) { return own == core::Duration::zero() ? plan : own; }

std::string days_text(core::Duration duration) { return core::cat(duration / day, "d"); }

core::Status check_range(std::string_view what, core::Duration kept) {
  if (kept >= retention_min && kept <= retention_max) return core::ok_status();
  return core::invalid_argument(
      core::cat("retention of ", what, ": give from ", days_text(retention_min), " to ", days_text(retention_max)));
}

core::Status check(const Retention& kept) {
  KGRCA_RETURN_IF_ERROR(check_range("normal", kept.normal));
  KGRCA_RETURN_IF_ERROR(check_range("warning", kept.warning));
  KGRCA_RETURN_IF_ERROR(check_range("incidents", kept.incidents));
  KGRCA_RETURN_IF_ERROR(check_range("history", kept.history));
  if (kept.normal <= kept.warning && kept.warning <= kept.incidents) return core::ok_status();
  return core::invalid_argument(core::cat("warning events must be kept at least as long as normal ones and incidents at least as long as "
                                          "warning events; this would be normal ", days_text(kept.normal), ", warning ",
                                          days_text(kept.warning), ", incidents ", days_text(kept.incidents)));
}

}  // namespace

Retention plan_retention(std::string_view plan) {
  core::Duration kept = 30 * day;
  if (plan == "free") kept = 7 * day;
  if (plan == "pro") kept = 90 * day;
  if (plan == "enterprise") kept = 365 * day;
  return {kept, kept, kept, kept};
}

Retention Tenant::retention() const {
  const Retention plan_says = plan_retention(plan);
  return {or_else(own_retention.normal, plan_says.normal), or_else(own_retention.warning, plan_says.warning),
          or_else(own_retention.incidents, plan_says.incidents), or_else(own_retention.history, plan_says.history)};
}

core::StatusOr<Tenant> Tenancy::set_retention(std::string_view name, const Retention& own, std::string_view by) {
  const std::lock_guard writing(impl_->writing);
  std::optional<Tenant> tenant = find(name);
  if (!tenant) return core::not_found("there is no such tenant");
  if (tenant->own_retention == own) return *tenant;
  tenant->own_retention = own;
  const Retention kept = tenant->retention();
  KGRCA_RETURN_IF_ERROR(check(kept));
  auto batch = impl_->operator_view.batch();
  batch.put(store::keys::tenant_record(tenant->number), encode(*tenant));
  const std::string detail = core::cat("normal ", days_text(kept.normal), " warning ", days_text(kept.warning), " incidents ",
                                       days_text(kept.incidents), " history ", days_text(kept.history), " by key ", by);
  KGRCA_RETURN_IF_ERROR(impl_->commit_audited(std::move(batch), "tenant.retention", name, detail));
  const std::lock_guard state(impl_->state);
  impl_->tenants[tenant->number] = *tenant;
  return *tenant;
}

}  // namespace kgrca::tenancy
