// OpenAPI 3.1 out of what the routes document of themselves.
#include <map>

#include "api/schemas.h"
#include "kgrca/api/routes.h"
#include "kgrca/core/strings.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::api {
namespace {

wire::JsonObject schema_of(std::string_view type) {
  wire::JsonObject out;
  out["type"] = std::string(type);
  return out;
}

wire::JsonArray parameters_json(const net::RouteDoc& doc) {
  wire::JsonArray out;
  for (const net::RouteDoc::Parameter& parameter : doc.parameters) {
    wire::JsonObject item;
    item["name"] = parameter.name;
    item["in"] = parameter.in;
    item["required"] = parameter.required || parameter.in == "path";
    item["description"] = parameter.help;
    item["schema"] = schema_of_type(parameter.type);
    out.push_back(std::move(item));
  }
  return out;
}

// Media types with their schema: text is text, and JSON is what `type` says.
wire::JsonObject content_json(std::string_view types, std::string_view type) {
  wire::JsonObject content;
  for (const std::string_view piece : core::split(types, ',')) {
    const std::string media_type(core::trim(piece));
    wire::JsonObject media;
    const bool json = media_type.ends_with("json");
    if (media_type.starts_with("text/")) media["schema"] = schema_of("string");
    if (json && !type.empty()) media["schema"] = schema_of_type(type);
    content[media_type] = std::move(media);
  }
  return content;
}

wire::JsonObject error_content(net::ErrorForm form) {
  switch (form) {
    case net::ErrorForm::problem_json: return content_json("application/problem+json", "Problem");
    case net::ErrorForm::google_rpc_status: return content_json("application/json", "RpcStatus");
    case net::ErrorForm::plain_text: break;
  }
  return content_json("text/plain", "");
}

wire::JsonObject responses_json(const net::Route& route) {
  std::map<int, std::string> responses(route.doc.responses.begin(), route.doc.responses.end());
  if (responses.empty()) responses.emplace(200, "done");
  if (route.scope != core::Scope::none) {
    responses.emplace(401, "no key, or one that is unknown, expired or revoked");
    responses.emplace(403, "the key lacks the scope");
  }
  wire::JsonObject out;
  for (const auto& [status, meaning] : responses) {
    wire::JsonObject item;
    item["description"] = meaning;
    const bool has_body = status != 204;
    // Readiness says why it is off in the form of its successes.
    const bool own_form = status == 503 && route.scope == core::Scope::none;
    if (status >= 400 && !own_form) item["content"] = error_content(route.error_form);
    else if (has_body) item["content"] = content_json(route.doc.response_body, route.doc.response_schema);
    out[core::cat(status)] = std::move(item);
  }
  out["default"] = wire::JsonObject{{"description", "any other error"}, {"content", error_content(route.error_form)}};
  return out;
}

wire::JsonObject body_json(const net::RouteDoc& doc) {
  wire::JsonObject out;
  out["required"] = true;
  out["content"] = content_json(doc.request_body, doc.request_schema);
  return out;
}

std::string_view scope_name(core::Scope scope) {
  switch (scope) {
    case core::Scope::ingest: return "ingest";
    case core::Scope::read: return "read";
    case core::Scope::admin: return "admin";
    case core::Scope::platform: return "platform";
    case core::Scope::none: break;
  }
  return "none";
}

// "get /api/v1/events/{id}" -> "get_api_v1_events_id"
std::string operation_id(const net::Route& route) {
  std::string out = core::to_lower(net::name_of(route.method));
  for (const char c : route.path) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word) out.push_back(c);
    if (!word && out.back() != '_' && c != '}') out.push_back('_');
  }
  return out;
}

wire::JsonObject operation_json(const net::Route& route) {
  wire::JsonObject out;
  out["operationId"] = operation_id(route);
  out["summary"] = route.doc.summary;
  out["tags"] = wire::JsonArray{wire::JsonOut(route.doc.tag)};
  if (!route.doc.parameters.empty()) out["parameters"] = parameters_json(route.doc);
  if (!route.doc.request_body.empty()) out["requestBody"] = body_json(route.doc);
  out["responses"] = responses_json(route);
  wire::JsonArray security;
  if (route.scope != core::Scope::none) {
    for (const char* way : {"bearer", "apiKey", "basic"}) {
      wire::JsonObject item;
      item[way] = wire::JsonArray{};
      security.push_back(std::move(item));
    }
    out["x-scope"] = std::string(scope_name(route.scope));
  }
  out["security"] = std::move(security);
  return out;
}

wire::JsonObject components_json() {
  return wire::JsonObject{
      {"securitySchemes",
       {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
        {"apiKey", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}},
        {"basic", {{"type", "http"}, {"scheme", "basic"}, {"description", "the password is the key"}}}}},
      {"schemas", component_schemas()}};
}

net::Route openapi_route() {
  net::Route route;
  route.method = net::Method::get;
  route.path = "/openapi.json";
  route.doc.summary = "This description";
  route.doc.tag = "health";
  route.doc.response_schema = "any";
  route.doc.responses = {{200, "OpenAPI 3.1"}};
  return route;
}

}  // namespace

std::string openapi_json(const std::vector<net::Route>& routes, const std::string& version) {
  wire::JsonObject paths;
  for (const net::Route& route : routes) {
    wire::JsonOut& path = paths[route.path];
    if (!path.is_object()) path = wire::JsonObject{};
    path.get_object()[core::to_lower(net::name_of(route.method))] = operation_json(route);
  }
  wire::JsonObject info;
  info["title"] = "KG-RCA";
  info["version"] = version;
  wire::JsonObject out;
  out["openapi"] = "3.1.0";
  out["info"] = std::move(info);
  out["paths"] = std::move(paths);
  out["components"] = components_json();
  return wire::to_pretty_json(out);
}

void add_openapi_route(std::vector<net::Route>& routes, const std::string& version) {
  routes.push_back(openapi_route());
  routes.back().handler = net::answer([text = openapi_json(routes, version)](const net::Request&) {
    net::Response response;
    response.body = text;
    return response;
  });
}

}  // namespace kgrca::api
