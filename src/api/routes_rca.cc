// POST /api/v1/rca and GET /api/v1/rca/{event_id}: the causes of one event, in the original's shape.
#include <algorithm>

#include "api/body.h"
#include "api/incident_view.h"
#include "api/json_incident.h"
#include "api/json_values.h"
#include "api/lookup.h"
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::size_t body_bytes_max = 64 << 10;

constexpr std::size_t causes_shown = 50;

graph::TraceLimits default_limits() {
  graph::TraceLimits limits;
  limits.links = graph::trace_links_max;
  limits.link_hops = 3;
  return limits;
}

struct RcaRequest {
  std::string event_id;
  core::Duration window = std::chrono::minutes(15);  // a cause began at most this long before the event
  graph::TraceLimits limits = default_limits();
  bool blast_radius = true;
  bool timeline = true;
};

core::StatusOr<RcaRequest> parse_request(const net::Request& request) {
  wire::JsonDocument document;
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonValue body, body_object(document, request, "RcaRequest", body_bytes_max));
  RcaRequest out;
  out.event_id = std::string(body["event_id"].string_or());
  if (out.event_id.empty()) return bad_member("event_id", "an event id (ev…) or the source's own id, as a string");
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t minutes, integer_member(body, "time_window_minutes", 15, 1, 24 * 60));
  out.window = std::chrono::minutes(minutes);
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t hops, integer_member(body, "max_hops", 3, 0, 10));
  out.limits.link_hops = static_cast<int>(hops);
  KGRCA_ASSIGN_OR_RETURN(out.limits.min_confidence, share_member(body, "min_confidence", out.limits.min_confidence));
  KGRCA_ASSIGN_OR_RETURN(out.blast_radius, boolean_member(body, "include_blast_radius", true));
  KGRCA_ASSIGN_OR_RETURN(out.timeline, boolean_member(body, "include_timeline", true));
  return out;
}

// What one answer is made of.
struct Analysis {
  graph::StoredEvent event;
  std::vector<graph::Traced> causes;  // surest first
  std::vector<graph::Traced> effects;
  std::vector<graph::ResourceHit> hits;
};

std::string words_of(const graph::StoredEvent& stored, ResourceNames& names, const model::Taxonomy& taxonomy) {
  return core::cat(model::display_name(names.ref(stored.resource)), " \"", event_title(stored.event, taxonomy), "\"");
}

wire::JsonArray causes_json(const Analysis& analysis, ResourceNames& names, const ApiContext& context) {
  const auto find_words = [&](core::EventKey key) {
    if (key == analysis.event.key) return words_of(analysis.event, names, *context.taxonomy);
    for (const graph::Traced& other : analysis.causes) {
      if (other.event.key == key) return words_of(other.event, names, *context.taxonomy);
    }
    return core::to_string(key);
  };
  wire::JsonArray out;
  for (const graph::Traced& cause : analysis.causes) {
    wire::JsonObject item = event_brief_json(cause.event, names, *context.taxonomy);
    item["event_id"] = core::to_string(cause.event.key);
    item["event_time"] = time_json(cause.event.event.first);
    item["subject"] = names.json(cause.event.resource);
    item["confidence"] = rounded(cause.confidence, 4);
    item["hops"] = cause.hops;
    item["links"] = cause.links;
    item["via"] = core::to_string(cause.link.effect);
    item["lag_seconds"] = rounded(cause.link.lag_seconds, 3);
    item["path"] = cause.link.path;
    item["terms"] = terms_json(cause.link.terms);
    item["fields"] = changes_json(cause.event.event.changes);
    item["explanation"] = explain_link(cause.link, words_of(cause.event, names, *context.taxonomy), find_words(cause.link.effect));
    out.push_back(std::move(item));
  }
  return out;
}

wire::JsonArray blast_radius_json(const Analysis& analysis, ResourceNames& names) {
  wire::JsonArray out;
  for (const graph::ResourceHit& hit : analysis.hits) {
    wire::JsonObject item;
    item["resource"] = names.json(hit.resource);
    item["events"] = hit.events;
    item["confidence"] = rounded(hit.confidence, 4);
    out.push_back(std::move(item));
  }
  return out;
}

wire::JsonArray timeline_json(const Analysis& analysis, ResourceNames& names, const ApiContext& context) {
  std::vector<std::pair<const graph::StoredEvent*, std::string_view>> entries{{&analysis.event, "event"}};
  for (const graph::Traced& cause : analysis.causes) entries.emplace_back(&cause.event, "cause");
  for (const graph::Traced& affected : analysis.effects) entries.emplace_back(&affected.event, "effect");
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first->key < b.first->key; });
  wire::JsonArray out;
  for (const auto& [stored, role] : entries) {
    wire::JsonObject item = event_brief_json(*stored, names, *context.taxonomy);
    item["role"] = std::string(role);
    out.push_back(std::move(item));
  }
  return out;
}

wire::JsonOut recommendation_json(const Analysis& analysis, ResourceNames& names, const ApiContext& context) {
  const graph::StoredEvent& cause = analysis.causes.empty() ? analysis.event : analysis.causes.front().event;
  AdviceSubject subject;
  subject.resource = names.ref(cause.resource);
  subject.type = cause.event.type;
  if (const model::EventType* type = context.taxonomy->find(subject.type)) subject.group = type->group;
  const auto found = context.advice->find(subject);
  if (!found) return nullptr;
  wire::JsonObject out;
  out["command"] = found->command;
  out["risk"] = found->risk;
  out["why"] = found->why;
  return out;
}

core::StatusOr<Analysis> analysis_of(const graph::GraphReader& reader, const RcaRequest& wanted) {
  Analysis analysis;
  KGRCA_ASSIGN_OR_RETURN(analysis.event, find_event(reader, wanted.event_id));
  graph::TraceLimits limits = wanted.limits;
  limits.earliest = analysis.event.event.onset - wanted.window;
  KGRCA_ASSIGN_OR_RETURN(graph::Trace causes, reader.causes(analysis.event, limits));
  if (causes.events.size() > causes_shown) causes.events.resize(causes_shown);
  analysis.causes = std::move(causes.events);
  if (!wanted.blast_radius && !wanted.timeline) return analysis;
  graph::TraceLimits onward;
  onward.links = graph::trace_links_max;
  onward.min_confidence = wanted.limits.min_confidence;
  KGRCA_ASSIGN_OR_RETURN(graph::Trace effects, reader.effects(analysis.event, onward));
  analysis.hits = graph::resources_hit(effects);
  analysis.effects = std::move(effects.events);
  return analysis;
}

core::StatusOr<net::Response> analyse(const ApiContext& context, const net::Request& request, const RcaRequest& wanted) {
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const Analysis analysis, analysis_of(reader, wanted));
  ResourceNames names(reader);
  wire::JsonObject out;
  out["event"] = event_json(analysis.event, names, *context.taxonomy);
  out["subject"] = names.json(analysis.event.resource);
  out["potential_causes"] = causes_json(analysis, names, context);
  out["related_incident"] = nullptr;
  KGRCA_ASSIGN_OR_RETURN(const auto incident_id, reader.incident_of(analysis.event.key));
  if (incident_id) {
    KGRCA_ASSIGN_OR_RETURN(const model::Incident incident, reader.incident(*incident_id));
    out["related_incident"] = incident_brief_json(incident);
  }
  if (wanted.blast_radius) out["blast_radius"] = blast_radius_json(analysis, names);
  if (wanted.timeline) out["timeline"] = timeline_json(analysis, names, context);
  out["recommendation"] = recommendation_json(analysis, names, context);
  KGRCA_RETURN_IF_ERROR(names.status());
  return json_response(out);
}

core::StatusOr<net::Response> post_rca(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const RcaRequest wanted, parse_request(request));
  return analyse(context, request, wanted);
}

core::StatusOr<net::Response> get_rca(const ApiContext& context, const net::Request& request) {
  RcaRequest wanted;
  wanted.event_id = std::string(request.parameter("event_id"));
  return analyse(context, request, wanted);
}

}  // namespace

void add_rca_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc post;
  post.summary =
      "Causes of one event. Body: event_id (required), time_window_minutes 15, max_hops 3, min_confidence 0.3, "
      "include_blast_radius true, include_timeline true";
  post.tag = "rca";
  post.request_body = "application/json";
  post.request_schema = "RcaRequest";
  post.response_schema = "RcaAnswer";
  post.responses = {{200, "event, potential_causes, related_incident, blast_radius, timeline, recommendation"},
                    {400, "the body is malformed"},
                    {404, "no such event"}};
  out.push_back(make_route(context, net::Method::post, "/api/v1/rca", core::Scope::read, post, post_rca));
  out.back().body_limit_bytes = body_bytes_max;

  net::RouteDoc get;
  get.summary = "Causes of one event with the default limits";
  get.tag = "rca";
  get.parameters = {path_parameter("event_id", "our id (ev…) or the source's own id")};
  get.response_schema = "RcaAnswer";
  get.responses = {{200, "as POST /api/v1/rca"}, {404, "no such event"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/rca/{event_id}", core::Scope::read, get, get_rca));
}

}  // namespace kgrca::api
