// GET /api/v1/graph/causes/{event_id} and /api/v1/graph/effects/{event_id}.
#include "api/arguments.h"
#include "api/json_values.h"
#include "api/lookup.h"
#include "api/route_groups.h"

namespace kgrca::api {
namespace {

core::StatusOr<graph::TraceLimits> limits_of(const net::Request& request) {
  graph::TraceLimits limits;
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t links, integer_argument(request, "links", limits.links, 1, graph::trace_links_max));
  limits.links = static_cast<int>(links);
  KGRCA_ASSIGN_OR_RETURN(limits.min_confidence, share_argument(request, "min_confidence", limits.min_confidence));
  KGRCA_ASSIGN_OR_RETURN(limits.events, limit_argument(request));
  return limits;
}

wire::JsonArray events_json(const graph::Trace& trace, ResourceNames& names, const model::Taxonomy& taxonomy) {
  wire::JsonArray out;
  for (const graph::Traced& traced : trace.events) {
    wire::JsonObject item = event_brief_json(traced.event, names, taxonomy);
    item["confidence"] = rounded(traced.confidence, 4);
    item["links"] = traced.links;
    item["hops"] = traced.hops;
    item["link"] = link_json(traced.link);
    out.push_back(std::move(item));
  }
  return out;
}

wire::JsonArray hits_json(const graph::Trace& trace, ResourceNames& names) {
  wire::JsonArray out;
  for (const graph::ResourceHit& hit : graph::resources_hit(trace)) {
    wire::JsonObject item;
    item["resource"] = names.json(hit.resource);
    item["events"] = hit.events;
    item["confidence"] = rounded(hit.confidence, 4);
    item["links"] = hit.links;
    item["first"] = time_json(hit.first);
    out.push_back(std::move(item));
  }
  return out;
}

enum class Way { to_causes, to_effects };

core::StatusOr<net::Response> get_trace(const ApiContext& context, const net::Request& request, Way way) {
  KGRCA_ASSIGN_OR_RETURN(const graph::TraceLimits limits, limits_of(request));
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const graph::StoredEvent event, find_event(reader, request.parameter("event_id")));
  const bool to_causes = way == Way::to_causes;
  KGRCA_ASSIGN_OR_RETURN(const graph::Trace trace, to_causes ? reader.causes(event, limits) : reader.effects(event, limits));
  ResourceNames names(reader);
  wire::JsonObject out;
  out["event"] = event_brief_json(event, names, *context.taxonomy);
  out[to_causes ? "causes" : "effects"] = events_json(trace, names, *context.taxonomy);
  if (!to_causes) out["resources"] = hits_json(trace, names);
  KGRCA_RETURN_IF_ERROR(names.status());
  out["truncated"] = trace.truncated;
  return json_response(out);
}

core::StatusOr<net::Response> get_causes(const ApiContext& context, const net::Request& request) {
  return get_trace(context, request, Way::to_causes);
}
core::StatusOr<net::Response> get_effects(const ApiContext& context, const net::Request& request) {
  return get_trace(context, request, Way::to_effects);
}

net::RouteDoc trace_doc(std::string summary, std::string schema, std::string meaning) {
  net::RouteDoc doc;
  doc.summary = std::move(summary);
  doc.tag = "graph";
  doc.parameters = {path_parameter("event_id", "our id (ev…) or the source's own id"),
                    query_parameter("links", "integer", "links followed one after another, 1 to 15, default 5"),
                    query_parameter("min_confidence", "number", "of the whole way, 0 to 1, default 0.3"),
                    query_parameter("limit", "integer", "most events in the answer: 1 to 1000, default 100")};
  doc.response_schema = std::move(schema);
  doc.responses = {{200, std::move(meaning)}, {400, "a parameter is unknown or malformed"}, {404, "no such event"}};
  return doc;
}

}  // namespace

void add_trace_routes(const SharedContext& context, std::vector<net::Route>& out) {
  const net::RouteDoc causes = trace_doc("What led to an event, over several links", "Causes", "causes, surest first");
  out.push_back(make_route(context, net::Method::get, "/api/v1/graph/causes/{event_id}", core::Scope::read, causes, get_causes));
  const net::RouteDoc effects = trace_doc("What followed from an event, over several links, and the resources it hit: its blast radius",
                                          "Effects", "effects and resources, surest first");
  out.push_back(make_route(context, net::Method::get, "/api/v1/graph/effects/{event_id}", core::Scope::read, effects, get_effects));
}

}  // namespace kgrca::api
