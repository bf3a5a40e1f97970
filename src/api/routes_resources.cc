// GET /api/v1/resources, /resources/{id} and /graph/topology/{id}.
#include <deque>
#include <set>

#include "api/arguments.h"
#include "api/json_values.h"
#include "api/listing.h"
#include "api/lookup.h"
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::size_t recent_events = 20;
constexpr std::size_t edges_per_resource_max = 1000;
constexpr std::int64_t depth_max = 3;

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

wire::JsonObject edge_json(const graph::EdgeAt& edge, ResourceNames& names) {
  wire::JsonObject out;
  out["type"] = std::string(model::name_of(edge.relation));
  out["from"] = names.json(edge.from);
  out["to"] = names.json(edge.to);
  out["inferred"] = edge.evidence == model::Evidence::inferred || edge.evidence == model::Evidence::environment;
  out["since"] = time_json(edge.since);
  out["until"] = time_json(edge.until);
  return out;
}

core::StatusOr<net::Response> get_resource(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<core::Time> at, time_argument(request, "at"));
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const core::ResourceId id, find_resource(reader, request.parameter("id")));
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
  KGRCA_ASSIGN_OR_RETURN(const auto edges, reader.edges(id, at.value_or(context.clock->now()), edges_per_resource_max));
  wire::JsonArray relationships;
  for (const graph::EdgeAt& edge : edges) relationships.push_back(edge_json(edge, names));
  out["relationships"] = std::move(relationships);
  return json_response(out);
}

// Breadth first around a resource; stops at `limit` resources.
struct Topology {
  std::vector<std::pair<core::ResourceId, int>> nodes;  // with their distance
  std::vector<graph::EdgeAt> edges;
  bool truncated = false;
};

using EdgeName = std::tuple<core::ResourceId, core::ResourceId, model::Relation>;

core::StatusOr<Topology> walk(const graph::GraphReader& reader, core::ResourceId start, core::Time at, int depth,
                              std::size_t limit) {
  Topology topology;
  std::set<core::ResourceId> reached{start};
  std::set<EdgeName> walked;
  std::deque<std::pair<core::ResourceId, int>> open{{start, 0}};
  while (!open.empty()) {
    const auto [id, distance] = open.front();
    open.pop_front();
    topology.nodes.emplace_back(id, distance);
    if (distance == depth) continue;
    KGRCA_ASSIGN_OR_RETURN(const auto edges, reader.edges(id, at, edges_per_resource_max));
    topology.truncated |= edges.size() == edges_per_resource_max;
    for (const graph::EdgeAt& edge : edges) {
      const core::ResourceId other = edge.from == id ? edge.to : edge.from;
      if (reached.count(other) == 0) {
        if (reached.size() >= limit) {
          topology.truncated = true;
          continue;
        }
        reached.insert(other);
        open.emplace_back(other, distance + 1);
      }
      if (walked.insert({edge.from, edge.to, edge.relation}).second) topology.edges.push_back(edge);
    }
  }
  return topology;
}

core::StatusOr<net::Response> get_topology(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<core::Time> at, time_argument(request, "at"));
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t depth, integer_argument(request, "depth", 1, 0, depth_max));
  KGRCA_ASSIGN_OR_RETURN(const std::size_t limit, limit_argument(request));
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const core::ResourceId id, find_resource(reader, request.parameter("id")));
  const core::Time moment = at.value_or(context.clock->now());
  KGRCA_ASSIGN_OR_RETURN(const Topology topology, walk(reader, id, moment, static_cast<int>(depth), limit));
  ResourceNames names(reader);
  wire::JsonObject out;
  out["resource"] = names.json(id);
  out["at"] = time_json(moment);
  out["depth"] = depth;
  wire::JsonArray nodes;
  for (const auto& [node, distance] : topology.nodes) {
    wire::JsonObject item;
    item["resource"] = names.json(node);
    item["distance"] = distance;
    nodes.push_back(std::move(item));
  }
  out["nodes"] = std::move(nodes);
  wire::JsonArray edges;
  for (const graph::EdgeAt& edge : topology.edges) edges.push_back(edge_json(edge, names));
  out["edges"] = std::move(edges);
  out["truncated"] = topology.truncated;
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

  net::RouteDoc topology;
  topology.summary = "What surrounds a resource";
  topology.tag = "graph";
  topology.parameters = {path_parameter("id", "cluster:kind:namespace:name, kind:namespace:name, or uid"),
                         query_parameter("at", "time", "as it stood at this RFC 3339 time"),
                         query_parameter("depth", "integer", "0 to 3, default 1"),
                         query_parameter("limit", "integer", "most resources in the answer: 1 to 1000, default 100")};
  topology.response_schema = "Topology";
  topology.responses = {{200, "nodes and edges"}, {404, "no such resource"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/graph/topology/{id}", core::Scope::read, topology, get_topology));
}

}  // namespace kgrca::api
