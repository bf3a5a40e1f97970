// GET /api/v1/graph/diff.
#include "api/arguments.h"
#include "api/json_values.h"
#include "api/listing.h"
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::int64_t depth_max = 5;
constexpr std::size_t edges_max = 5000;

core::StatusOr<graph::DiffFilter> filter_of(const net::Request& request) {
  if (!request.query_value("from")) {
    return core::invalid_argument("query parameter 'from' is missing: the earlier moment, an RFC 3339 time like 2025-04-09T13:30:04Z");
  }
  KGRCA_ASSIGN_OR_RETURN(const TimeRange range, range_arguments(request));
  graph::DiffFilter filter;
  filter.from = range.from;
  filter.to = range.to;
  KGRCA_ASSIGN_OR_RETURN(filter.relations, relation_argument(request));
  return filter;
}

wire::JsonArray resources_json(const std::vector<core::ResourceId>& ids, ResourceNames& names) {
  wire::JsonArray out;
  for (const core::ResourceId id : ids) out.push_back(names.json(id));
  return out;
}

core::StatusOr<net::Response> get_diff(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const graph::DiffFilter filter, filter_of(request));
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t depth, integer_argument(request, "depth", 1, 0, depth_max));
  KGRCA_ASSIGN_OR_RETURN(const PageRequest page, page_of(context, request));
  const std::string resource = text_argument(request, "resource");
  const std::string ns = text_argument(request, "namespace");
  if (!resource.empty() && !ns.empty()) {
    return core::invalid_argument("query parameters 'resource' and 'namespace': give one of them, or none for all resources");
  }
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  graph::TopologyDiff found;
  core::ResourceId id;
  if (resource.empty()) {
    KGRCA_ASSIGN_OR_RETURN(found, reader.diff(filter, ns, page.limit, page.position));
  } else {
    KGRCA_ASSIGN_OR_RETURN(id, reader.find_resource(resource));
    KGRCA_ASSIGN_OR_RETURN(found, reader.diff_around(id, filter, {static_cast<int>(depth), page.limit, edges_max}));
  }
  ResourceNames names(reader);
  wire::JsonObject out;
  out["from"] = time_json(filter.from);
  out["to"] = time_json(filter.to == core::Time::max() ? context.clock->now() : filter.to);
  out["resource"] = names.json(id);
  out["resources_added"] = resources_json(found.resources_added, names);
  out["resources_removed"] = resources_json(found.resources_removed, names);
  out["edges_added"] = edges_json(found.edges_added, names);
  out["edges_removed"] = edges_json(found.edges_removed, names);
  KGRCA_RETURN_IF_ERROR(names.status());
  out["truncated"] = found.truncated;
  out["next_cursor"] = next_cursor(context, request, page, found.next);
  return json_response(out);
}

}  // namespace

void add_diff_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc diff;
  diff.summary = "Resources and edges that appeared or disappeared between two moments";
  diff.tag = "graph";
  diff.parameters = {query_parameter("from", "time", "the earlier moment, an RFC 3339 time; required"),
                     query_parameter("to", "time", "the later one; default: the newest that is known"),
                     query_parameter("resource", "string", "around this resource (text id or uid)"),
                     query_parameter("depth", "integer", "hops around it, 0 to 5, default 1"),
                     query_parameter("namespace", "string", "of this namespace, with the edges that begin in it"),
                     query_parameter("relation", "string", "only these relations, with commas between: RUNS_ON,CONTROLS"),
                     query_parameter("limit", "integer",
                                     "1 to 1000, default 100: about so many differences in a page, or resources looked at around one"),
                     query_parameter("cursor", "string", "next_cursor of the page before")};
  diff.response_schema = "TopologyDiff";
  diff.responses = {{200, "what was added and removed, next_cursor where there is more"},
                    {400, "a parameter is unknown or malformed"},
                    {404, "no such resource"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/graph/diff", core::Scope::read, diff, get_diff));
}

}  // namespace kgrca::api
