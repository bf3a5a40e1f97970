// GET /api/v1/graph/topology/{id} and /api/v1/graph/path.
#include "api/arguments.h"
#include "api/json_values.h"
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::size_t edges_max = 5000;

// `at`, `relation` and `direction`. Without `at` the newest that is known, whatever the clock says.
core::StatusOr<graph::EdgeFilter> edge_filter(const net::Request& request) {
  graph::EdgeFilter filter;
  KGRCA_ASSIGN_OR_RETURN(const std::optional<core::Time> at, time_argument(request, "at"));
  if (at) filter.at = *at;
  KGRCA_ASSIGN_OR_RETURN(filter.relations, relation_argument(request));
  KGRCA_ASSIGN_OR_RETURN(filter.direction, direction_argument(request));
  return filter;
}

wire::JsonOut moment_json(const graph::EdgeFilter& filter, const ApiContext& context) {
  return time_json(filter.at == core::Time::max() ? context.clock->now() : filter.at);
}

core::StatusOr<net::Response> get_topology(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const graph::EdgeFilter filter, edge_filter(request));
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t depth, integer_argument(request, "depth", 1, 0, graph::walk_hops_max));
  graph::WalkLimits limits;
  limits.hops = static_cast<int>(depth);
  limits.edges = edges_max;
  KGRCA_ASSIGN_OR_RETURN(limits.nodes, limit_argument(request));
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const core::ResourceId id, reader.find_resource(request.parameter("id")));
  KGRCA_ASSIGN_OR_RETURN(const graph::Neighbourhood found, reader.neighbourhood(id, filter, limits));
  ResourceNames names(reader);
  wire::JsonObject out;
  out["resource"] = names.json(id);
  out["at"] = moment_json(filter, context);
  out["depth"] = depth;
  wire::JsonArray nodes;
  for (const graph::Reached& node : found.nodes) {
    wire::JsonObject item;
    item["resource"] = names.json(node.id);
    item["distance"] = node.hops;
    nodes.push_back(std::move(item));
  }
  out["nodes"] = std::move(nodes);
  out["edges"] = edges_json(found.edges, names);
  KGRCA_RETURN_IF_ERROR(names.status());
  out["truncated"] = found.truncated;
  return json_response(out);
}

core::StatusOr<std::string> end_argument(const net::Request& request, std::string_view name) {
  std::string text = text_argument(request, name);
  if (!text.empty()) return text;
  return core::invalid_argument(core::cat("query parameter '", name, "' is missing: a resource as cluster:kind:namespace:name, ",
                                          "kind:namespace:name, or its uid"));
}

core::StatusOr<net::Response> get_path(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const graph::EdgeFilter filter, edge_filter(request));
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t hops, integer_argument(request, "max_hops", graph::walk_hops_max, 1, graph::walk_hops_max));
  graph::PathLimits limits;
  limits.hops = static_cast<int>(hops);
  KGRCA_ASSIGN_OR_RETURN(const std::string near, end_argument(request, "from"));
  KGRCA_ASSIGN_OR_RETURN(const std::string far, end_argument(request, "to"));
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const core::ResourceId from, reader.find_resource(near));
  KGRCA_ASSIGN_OR_RETURN(const core::ResourceId to, reader.find_resource(far));
  KGRCA_ASSIGN_OR_RETURN(const graph::ShortestPath found, reader.shortest_path(from, to, filter, limits));
  ResourceNames names(reader);
  wire::JsonObject out;
  out["from"] = names.json(from);
  out["to"] = names.json(to);
  out["at"] = moment_json(filter, context);
  out["found"] = !found.nodes.empty();
  out["hops"] = nullptr;
  if (!found.nodes.empty()) out["hops"] = found.edges.size();
  wire::JsonArray nodes;
  for (const core::ResourceId id : found.nodes) nodes.push_back(names.json(id));
  out["nodes"] = std::move(nodes);
  out["edges"] = edges_json(found.edges, names);
  KGRCA_RETURN_IF_ERROR(names.status());
  out["truncated"] = found.truncated;
  return json_response(out);
}

// With the parameters that edge_filter() reads.
net::RouteDoc graph_doc(std::string summary, std::string schema, std::string meaning) {
  net::RouteDoc doc;
  doc.summary = std::move(summary);
  doc.tag = "graph";
  doc.parameters = {query_parameter("at", "time", "as it stood at this RFC 3339 time; default: the newest that is known"),
                    query_parameter("relation", "string", "only these relations, with commas between: RUNS_ON,CONTROLS"),
                    query_parameter("direction", "both|out|in", "edges that begin (out) or end (in) at a resource; default both")};
  doc.response_schema = std::move(schema);
  doc.responses = {{200, std::move(meaning)}, {400, "a parameter is unknown or malformed"}, {404, "no such resource"}};
  return doc;
}

}  // namespace

void add_graph_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc topology = graph_doc("What surrounds a resource", "Topology", "nodes and edges; truncated when there are more");
  topology.parameters.push_back(path_parameter("id", "cluster:kind:namespace:name, kind:namespace:name, or uid"));
  topology.parameters.push_back(query_parameter("depth", "integer", "hops from it, 0 to 15, default 1"));
  topology.parameters.push_back(query_parameter("limit", "integer", "most resources in the answer: 1 to 1000, default 100"));
  out.push_back(make_route(context, net::Method::get, "/api/v1/graph/topology/{id}", core::Scope::read, topology, get_topology));

  net::RouteDoc path = graph_doc("A shortest way between two resources", "Path",
                                 "nodes and edges in order; found is false when there is no way");
  path.parameters.push_back(query_parameter("from", "string", "cluster:kind:namespace:name, kind:namespace:name, or uid"));
  path.parameters.push_back(query_parameter("to", "string", "the other end; direction is seen from `from`"));
  path.parameters.push_back(query_parameter("max_hops", "integer", "1 to 15, default 15"));
  out.push_back(make_route(context, net::Method::get, "/api/v1/graph/path", core::Scope::read, path, get_path));
}

}  // namespace kgrca::api
