#include "api/admin.h"

#include <optional>

#include "kgrca/core/strings.h"

namespace kgrca::api {

net::RouteDoc admin_doc(std::string summary, std::string schema, std::vector<std::pair<int, std::string>> responses) {
  net::RouteDoc out;
  out.summary = std::move(summary);
  out.tag = "admin";
  out.response_schema = std::move(schema);
  out.responses = std::move(responses);
  return out;
}

core::Status no_tenant(std::string_view name) {
  return core::not_found(core::cat("no tenant '", core::clip_utf8(name, 64), "'"));
}

core::StatusOr<tenancy::Tenant> tenant_named(const ApiContext& context, std::string_view name) {
  std::optional<tenancy::Tenant> tenant = context.tenancy->find(name);
  if (!tenant) return no_tenant(name);
  return *std::move(tenant);
}

}  // namespace kgrca::api
