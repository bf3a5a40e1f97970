// What only the operator does: usage of all tenants, how long their data is kept, their end, the audit.
#include "api/admin.h"
#include "api/arguments.h"
#include "api/body.h"
#include "api/json_values.h"
#include "api/listing.h"
#include "api/route_groups.h"
#include "api/usage.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

core::StatusOr<wire::JsonObject> tenant_usage(const ApiContext& context, const tenancy::Tenant& tenant) {
  KGRCA_ASSIGN_OR_RETURN(const store::TenantView view, context.tenancy->view(tenant.number, tenancy::SystemJob::maintenance));
  const graph::GraphReader reader(view.snapshot());
  KGRCA_ASSIGN_OR_RETURN(wire::JsonObject out, usage_json(reader, view, tenant.retention()));
  out["name"] = tenant.name;
  out["number"] = static_cast<std::uint32_t>(tenant.number);
  out["plan"] = tenant.plan;
  return out;
}

wire::JsonObject failure_json(const tenancy::Tenant& tenant, const core::Status& status) {
  wire::JsonObject out;
  out["name"] = tenant.name;
  out["number"] = static_cast<std::uint32_t>(tenant.number);
  out["error"] = core::message_of(status);
  return out;
}

// A tenant whose counts are damaged is named apart: the others' figures are wanted all the same.
core::StatusOr<net::Response> all_usage(const ApiContext& context, const net::Request&) {
  wire::JsonArray items;
  wire::JsonArray failed;
  for (const tenancy::Tenant& tenant : context.tenancy->tenants()) {
    core::StatusOr<wire::JsonObject> usage = tenant_usage(context, tenant);
    if (absl::IsNotFound(usage.status())) continue;  // deleted meanwhile
    if (usage.ok()) items.push_back(*std::move(usage));
    else failed.push_back(failure_json(tenant, usage.status()));
  }
  wire::JsonObject out;
  out["items"] = std::move(items);
  out["failed"] = std::move(failed);
  return json_response(out);
}

core::StatusOr<core::Duration> duration_member(const wire::JsonValue& body, std::string_view name, core::Duration fallback) {
  if (body[name].is_null_or_absent()) return fallback;
  const std::string_view text = body[name].string_or();
  if (text == "plan") return core::Duration::zero();
  const std::optional<core::Duration> parsed = core::parse_duration(text);
  if (!parsed || *parsed <= core::Duration::zero()) return bad_member(name, "a duration such as 30d, or plan for what the plan says");
  return *parsed;
}

core::StatusOr<net::Response> set_retention(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant tenant, tenant_named(context, request.parameter("name")));
  wire::JsonDocument document;
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonValue body, body_object(document, request, "NewRetention", admin_body_bytes_max));
  tenancy::Retention own = tenant.own_retention;
  KGRCA_ASSIGN_OR_RETURN(own.normal, duration_member(body, "normal", own.normal));
  KGRCA_ASSIGN_OR_RETURN(own.warning, duration_member(body, "warning", own.warning));
  KGRCA_ASSIGN_OR_RETURN(own.incidents, duration_member(body, "incidents", own.incidents));
  KGRCA_ASSIGN_OR_RETURN(own.history, duration_member(body, "history", own.history));
  KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant changed, context.tenancy->set_retention(tenant.name, own, request.principal.key_id));
  return json_response(retention_json(changed.retention()));
}

core::StatusOr<net::Response> delete_tenant(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant tenant, tenant_named(context, request.parameter("name")));
  if (text_argument(request, "confirm") != tenant.name)
    return core::invalid_argument(core::cat("this erases everything of the tenant for good: to confirm, give its name in the parameter "
                                            "'confirm' (confirm=", tenant.name, ")"));
  if (tenant.number == request.principal.tenant) return core::failed_precondition("a key cannot delete its own tenant");
  KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant marked, context.delete_tenant(tenant.name, request.principal.key_id));
  wire::JsonObject out;
  out["name"] = marked.name;
  out["number"] = static_cast<std::uint32_t>(marked.number);
  out["status"] = "deleting";
  out["asked"] = time_json(marked.deletion.asked);
  return json_response(out, 202);
}

// The position of a listing: time in microseconds and number, apart by a dot.
std::string position_of(const tenancy::AuditEntry& entry) { return core::cat(core::to_micros(entry.at), ".", entry.seq); }

core::StatusOr<std::optional<tenancy::AuditEntry>> entry_at(const std::string& position) {
  if (position.empty()) return std::optional<tenancy::AuditEntry>{};
  const std::vector<std::string_view> parts = core::split(position, '.');
  const auto at = parts.size() == 2 ? core::parse_int(parts[0]) : std::nullopt;
  const auto seq = parts.size() == 2 ? core::parse_int(parts[1]) : std::nullopt;
  if (!at || !seq) return core::invalid_argument("this is no position of the audit");
  tenancy::AuditEntry entry;
  entry.at = core::from_micros(*at);
  entry.seq = static_cast<std::uint32_t>(*seq);
  return std::optional(std::move(entry));
}

core::StatusOr<net::Response> audit(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const PageRequest page, page_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const std::optional<tenancy::AuditEntry> after, entry_at(page.position));
  KGRCA_ASSIGN_OR_RETURN(std::vector<tenancy::AuditEntry> entries, context.tenancy->audit(page.limit + 1, after));
  const bool more = entries.size() > page.limit;
  if (more) entries.pop_back();
  wire::JsonArray items;
  for (const tenancy::AuditEntry& entry : entries) {
    wire::JsonObject item;
    item["time"] = time_json(entry.at);
    item["action"] = entry.action;
    item["target"] = entry.target;
    item["detail"] = entry.detail;
    items.push_back(std::move(item));
  }
  return page_response(context, request, page, std::move(items), more ? position_of(entries.back()) : std::string());
}

}  // namespace

void add_operator_routes(const SharedContext& context, std::vector<net::Route>& out) {
  using core::Scope;
  out.push_back(make_route(context, net::Method::get, "/api/v1/admin/usage", Scope::platform,
                           admin_doc("What each tenant holds: exact counts and logical bytes, and the disk by estimate",
                                     "TenantUsageList", {{200, "items; failed: tenants whose counts cannot be read"}}), all_usage));
  net::RouteDoc listing = admin_doc("The operator's audit, newest first", "AuditPage", {{200, "items, next_cursor"}});
  listing.parameters = {query_parameter("limit", "integer", "at most so many, 1 to 1000, 100 by default"),
                        query_parameter("cursor", "string", "next_cursor of the former page")};
  out.push_back(make_route(context, net::Method::get, "/api/v1/admin/audit", Scope::platform, listing, audit));

  net::RouteDoc kept = admin_doc("How long a tenant's data is kept, by class", "Retention",
                                 {{200, "what is in force"}, {404, "no such tenant"}});
  kept.parameters = {path_parameter("name", "the tenant's name")};
  kept.request_body = "application/json";
  kept.request_schema = "NewRetention";
  out.push_back(make_route(context, net::Method::post, "/api/v1/admin/tenants/{name}/retention", Scope::platform, kept, set_retention));
  out.back().body_limit_bytes = admin_body_bytes_max;

  net::RouteDoc gone = admin_doc("Delete a tenant and all its data for good; the audit gets a certificate when it is done", "Deletion",
                                 {{202, "its keys are refused from now on; the data is being erased"}, {404, "no such tenant"}});
  gone.parameters = {path_parameter("name", "the tenant's name"), query_parameter("confirm", "string", "the tenant's name again")};
  out.push_back(make_route(context, net::Method::del, "/api/v1/admin/tenants/{name}", Scope::platform, gone, delete_tenant));
}

}  // namespace kgrca::api
