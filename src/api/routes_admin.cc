// Tenants and keys. A tenant's admin key manages its own tenant; the platform key manages all.
#include <algorithm>

#include "api/admin.h"
#include "api/body.h"
#include "api/json_values.h"
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

struct ScopeName {
  std::string_view name;
  core::Scope scope;
};
constexpr ScopeName scope_names[] = {{"ingest", core::Scope::ingest},
                                     {"read", core::Scope::read},
                                     {"admin", core::Scope::admin},
                                     {"platform", core::Scope::platform}};

wire::JsonArray scopes_json(std::uint8_t scopes) {
  wire::JsonArray out;
  for (const ScopeName& entry : scope_names) {
    if (core::has_scope(scopes, entry.scope)) out.emplace_back(std::string(entry.name));
  }
  return out;
}

wire::JsonObject tenant_json(const tenancy::Tenant& tenant) {
  wire::JsonObject out;
  out["name"] = tenant.name;
  out["number"] = static_cast<std::uint32_t>(tenant.number);
  out["plan"] = tenant.plan;
  out["created"] = time_json(tenant.created);
  out["deleted"] = tenant.deleted;
  return out;
}

wire::JsonObject key_json(const tenancy::ApiKey& key) {
  wire::JsonObject out;
  out["id"] = key.id;
  out["label"] = key.label;
  out["scopes"] = scopes_json(key.scopes);
  out["cluster"] = key.cluster;
  out["created"] = time_json(key.created);
  out["expires"] = time_json(key.expires);
  out["revoked"] = key.revoked;
  return out;
}

core::StatusOr<net::Response> whoami(const ApiContext& context, const net::Request& request) {
  wire::JsonObject out;
  out["tenant"] = request.principal.tenant_name;
  out["key_id"] = request.principal.key_id;
  out["scopes"] = scopes_json(request.principal.scopes);
  out["cluster"] = request.principal.cluster;
  out["time"] = core::format_rfc3339(context.clock->now(), 6);
  return json_response(out);
}

core::StatusOr<net::Response> list_tenants(const ApiContext& context, const net::Request&) {
  wire::JsonArray items;
  for (const tenancy::Tenant& tenant : context.tenancy->tenants()) items.push_back(tenant_json(tenant));
  wire::JsonObject out;
  out["items"] = std::move(items);
  return json_response(out);
}

core::StatusOr<net::Response> create_tenant(const ApiContext& context, const net::Request& request) {
  wire::JsonDocument document;
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonValue body, body_object(document, request, "NewTenant", admin_body_bytes_max));
  const std::string_view name = body["name"].string_or();
  if (name.empty()) return bad_member("name", "the tenant's name as a string");
  KGRCA_ASSIGN_OR_RETURN(const std::string plan, text_member(body, "plan", "free"));
  KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant tenant, context.tenancy->create_tenant(name, plan, request.principal.key_id));
  return json_response(tenant_json(tenant), 201);
}

// Another tenant looks like none to whoever may not see it.
core::StatusOr<tenancy::Tenant> visible_tenant(const ApiContext& context, const net::Request& request) {
  const std::string_view name = request.parameter("name");
  const bool allowed =
      name == request.principal.tenant_name || core::has_scope(request.principal.scopes, core::Scope::platform);
  if (!allowed) return no_tenant(name);
  return tenant_named(context, name);
}

core::StatusOr<net::Response> list_keys(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant tenant, visible_tenant(context, request));
  wire::JsonArray items;
  for (const tenancy::ApiKey& key : context.tenancy->keys(tenant.number)) items.push_back(key_json(key));
  wire::JsonObject out;
  out["items"] = std::move(items);
  return json_response(out);
}

core::StatusOr<std::uint8_t> scopes_of(const wire::JsonValue& list) {
  if (list.is_null_or_absent()) {
    return static_cast<std::uint8_t>(static_cast<int>(core::Scope::ingest) | static_cast<int>(core::Scope::read));
  }
  if (!list.is_array() || list.size() == 0) {
    return core::invalid_argument("member 'scopes' of the body: expected a list of ingest, read, admin");
  }
  int scopes = 0;
  std::string unknown;
  list.each_item([&](wire::JsonValue item) {
    const std::string_view name = item.string_or();
    const auto* found = std::find_if(std::begin(scope_names), std::end(scope_names), [&](const auto& e) { return e.name == name; });
    if (found == std::end(scope_names)) {
      unknown = core::cat("'", core::clip_utf8(name, 32), "'");
      return false;
    }
    scopes |= static_cast<int>(found->scope);
    return true;
  });
  if (!unknown.empty()) {
    return core::invalid_argument(core::cat("member 'scopes' of the body: ", unknown, " is none of ingest, read, admin, platform"));
  }
  return static_cast<std::uint8_t>(scopes);
}

core::StatusOr<core::Time> expiry_of(const wire::JsonValue& value, core::Time now) {
  if (value.is_null_or_absent()) return core::Time{};
  const auto time = core::parse_rfc3339(value.string_or());
  if (!time) return core::invalid_argument("member 'expires' of the body: expected an RFC 3339 time like 2026-01-31T00:00:00Z");
  if (*time <= now) return core::invalid_argument("member 'expires' of the body: lies in the past, so the key would never work");
  return *time;
}

core::StatusOr<net::Response> create_key(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant tenant, visible_tenant(context, request));
  wire::JsonDocument document;
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonValue body, body_object(document, request, "NewKey", admin_body_bytes_max));
  KGRCA_ASSIGN_OR_RETURN(const std::uint8_t scopes, scopes_of(body["scopes"]));
  if ((scopes & ~request.principal.scopes) != 0 && !core::has_scope(request.principal.scopes, core::Scope::platform)) {
    return core::permission_denied("a key cannot give scopes that it does not have itself");
  }
  if (core::has_scope(scopes, core::Scope::platform) && tenant.number != core::operator_tenant) {
    return core::invalid_argument("the scope platform belongs to keys of the operator's tenant only");
  }
  KGRCA_ASSIGN_OR_RETURN(const core::Time expires, expiry_of(body["expires"], context.clock->now()));
  KGRCA_ASSIGN_OR_RETURN(const std::string label, text_member(body, "label"));
  KGRCA_ASSIGN_OR_RETURN(const std::string cluster, text_member(body, "cluster"));
  KGRCA_ASSIGN_OR_RETURN(const tenancy::NewApiKey created,
                         context.tenancy->create_key(tenant.number, scopes, label, cluster, expires, request.principal.key_id));
  wire::JsonObject out = key_json(created.key);
  out["key"] = created.secret_text;
  return json_response(out, 201);
}

bool owns_key(const ApiContext& context, core::TenantNumber tenant, std::string_view key_id) {
  const std::vector<tenancy::ApiKey> keys = context.tenancy->keys(tenant);
  return std::any_of(keys.begin(), keys.end(), [&](const tenancy::ApiKey& key) { return key.id == key_id; });
}

core::StatusOr<net::Response> revoke_key(const ApiContext& context, const net::Request& request) {
  const std::string_view id = request.parameter("id");
  const bool platform = core::has_scope(request.principal.scopes, core::Scope::platform);
  if (!platform && !owns_key(context, request.principal.tenant, id)) {
    return core::not_found(core::cat("no key '", core::clip_utf8(id, 64), "'"));
  }
  KGRCA_RETURN_IF_ERROR(context.tenancy->revoke_key(id, request.principal.key_id));
  net::Response response;
  response.status = 204;
  return response;
}

void add_key_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc list = admin_doc("Keys of a tenant, without their secrets", "KeyList", {{200, "items"}, {404, "no such tenant"}});
  list.parameters = {path_parameter("name", "the tenant's name")};
  out.push_back(make_route(context, net::Method::get, "/api/v1/admin/tenants/{name}/keys", core::Scope::admin, list, list_keys));

  net::RouteDoc create = admin_doc("Make a key. Scopes default to ingest and read", "KeyWithSecret",
                                   {{201, "the key, its text shown this once"},
                                    {403, "more scopes than one's own"},
                                    {404, "no such tenant"}});
  create.parameters = list.parameters;
  create.request_body = "application/json";
  create.request_schema = "NewKey";
  out.push_back(make_route(context, net::Method::post, "/api/v1/admin/tenants/{name}/keys", core::Scope::admin, create, create_key));
  out.back().body_limit_bytes = admin_body_bytes_max;

  net::RouteDoc revoke = admin_doc("Revoke a key at once", "", {{204, "revoked"}, {404, "no such key"}});
  revoke.parameters = {path_parameter("id", "the key's id")};
  out.push_back(make_route(context, net::Method::del, "/api/v1/admin/keys/{id}", core::Scope::admin, revoke, revoke_key));
}

}  // namespace

void add_admin_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc me = admin_doc("Whose key this is", "WhoAmI", {{200, "tenant, key_id, scopes, cluster"}, {401, "no or a bad key"}});
  me.tag = "health";
  out.push_back(make_route(context, net::Method::get, "/api/v1/whoami", core::Scope::read, me, whoami));
  out.push_back(make_route(context, net::Method::get, "/api/v1/admin/tenants", core::Scope::platform,
                           admin_doc("All tenants", "TenantList", {{200, "items"}}), list_tenants));
  net::RouteDoc create = admin_doc("Make a tenant", "Tenant", {{201, "the tenant"}, {409, "the name is taken"}});
  create.request_body = "application/json";
  create.request_schema = "NewTenant";
  out.push_back(make_route(context, net::Method::post, "/api/v1/admin/tenants", core::Scope::platform, create, create_tenant));
  out.back().body_limit_bytes = admin_body_bytes_max;
  add_key_routes(context, out);
}

}  // namespace kgrca::api
