// GET /api/v1/resources and /resources/{id}.
#include "api/arguments.h"
#include "api/json_values.h"
#include "api/listing.h"
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::size_t recent_events = 20;
constexpr std::size_t edges_per_resource_max = 1000;

core::StatusOr<net::Response> list_resources(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const PageRequest page, page_of(context, request));
  const std::string kind = text_argument(request, "kind");
  const std::string ns = text_argument(request, "namespace");
  if (!ns.empty() && kind.empty()) {
    return core::invalid_argument("query parameter 'namespace' needs 'kind' as well, for example kind=pod&namespace=shop");
  }
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const auto found, reader.resources(kind.empty() ? kind : model::canonical_kind(kind), ns,
                                                            text_argument(request, "name"), page.limit, page.position));
  wire::JsonArray items;
  for (const graph::StoredResource& resource : found.items) items.push_back(resource_json(resource));
  return page_response(context, request, page, std::move(items), found.next);
}

core::StatusOr<net::Response> get_resource(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<core::Time> at, time_argument(request, "at"));
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const core::ResourceId id, reader.find_resource(request.parameter("id")));
  KGRCA_ASSIGN_OR_RETURN(const graph::StoredResource resource, at ? reader.resource_at(id, *at) : reader.resource(id));
  wire::JsonObject out = resource_json(resource);
  graph::EventFilter filter;
  filter.resource = id;
  if (at) filter.to = *at;
  KGRCA_ASSIGN_OR_RETURN(const auto events, reader.events(filter, recent_events, {}));
  ResourceNames names(reader);
  wire::JsonArray recent;
  for (const graph::StoredEvent& stored : events.items) recent.push_back(event_brief_json(stored, names, *context.taxonomy));
  out["recent_events"] = std::move(recent);
  graph::EdgeFilter edge_filter;
  edge_filter.at = at.value_or(core::Time::max());
  KGRCA_ASSIGN_OR_RETURN(const auto edges, reader.edges(id, edge_filter, edges_per_resource_max));
  out["relationships"] = edges_json(edges.edges, names);
  KGRCA_RETURN_IF_ERROR(names.status());
  out["relationships_truncated"] = edges.truncated;
  return json_response(out);
}

}  // namespace

void add_resource_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc list;
  list.summary = "Resources by kind, namespace and name";
  list.tag = "resources";
  list.parameters = {query_parameter("kind", "string", "kind in any usual spelling: pod, Pods, deploy"),
                     query_parameter("namespace", "string", "namespace; needs kind"),
                     query_parameter("name", "string", "part of the name"),
                     query_parameter("limit", "integer", "1 to 1000, default 100"),
                     query_parameter("cursor", "string", "next_cursor of the page before")};
  list.response_schema = "ResourcePage";
  list.responses = {{200, "items and next_cursor"}, {400, "a parameter is unknown or malformed"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/resources", core::Scope::read, list, list_resources));

  net::RouteDoc one;
  one.summary = "One resource with its relationships and recent events";
  one.tag = "resources";
  one.parameters = {path_parameter("id", "cluster:kind:namespace:name, kind:namespace:name, or uid"),
                    query_parameter("at", "time", "as it stood at this RFC 3339 time")};
  one.response_schema = "ResourceDetail";
  one.responses = {{200, "the resource"}, {404, "no such resource (at that time)"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/resources/{id}", core::Scope::read, one, get_resource));
}

}  // namespace kgrca::api
