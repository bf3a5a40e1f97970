// GET /api/v1/events and /api/v1/events/{id}.
#include "api/arguments.h"
#include "api/json_values.h"
#include "api/listing.h"
#include "api/lookup.h"
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::size_t effects_max = 200;

core::StatusOr<wire::JsonObject> full_event_json(const graph::StoredEvent& stored, const graph::GraphReader& reader,
                                                 const ApiContext& context) {
  ResourceNames names(reader);
  wire::JsonObject out = event_json(stored, names, *context.taxonomy);
  wire::JsonArray causes;
  for (const model::Link& link : stored.links) {
    wire::JsonObject cause = link_json(link);
    cause["cause_expired"] = absl::IsNotFound(reader.event(link.cause).status());
    causes.push_back(std::move(cause));
  }
  out["causes"] = std::move(causes);
  wire::JsonArray effects;
  KGRCA_ASSIGN_OR_RETURN(const auto links, reader.effects_of(stored.key, effects_max));
  for (const model::Link& link : links) {
    wire::JsonObject effect;
    effect["effect"] = core::to_string(link.effect);
    effect["confidence"] = rounded(link.confidence, 4);
    effects.push_back(std::move(effect));
  }
  out["effects"] = std::move(effects);
  KGRCA_ASSIGN_OR_RETURN(const auto incident, reader.incident_of(stored.key));
  KGRCA_RETURN_IF_ERROR(names.status());
  out["incident"] = incident ? wire::JsonOut(core::to_string(*incident)) : wire::JsonOut(nullptr);
  return out;
}

core::StatusOr<net::Response> get_event(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const graph::StoredEvent stored, find_event(reader, request.parameter("id")));
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonObject out, full_event_json(stored, reader, context));
  return json_response(out);
}

net::Response empty_page() {
  wire::JsonObject body;
  body["items"] = wire::JsonArray{};
  body["next_cursor"] = nullptr;
  return json_response(body);
}

core::StatusOr<net::Response> list_by_source_id(const ApiContext& context, const graph::GraphReader& reader,
                                                std::string_view source_id, const graph::EventFilter& filter) {
  const auto stored = reader.event_by_source_id(source_id, filter.from, filter.to);
  if (absl::IsNotFound(stored.status())) return empty_page();
  if (!stored.ok()) return stored.status();
  wire::JsonObject body;
  KGRCA_ASSIGN_OR_RETURN(wire::JsonObject item, full_event_json(*stored, reader, context));
  item["cause_count"] = stored->links.size();
  body["items"] = wire::JsonArray{std::move(item)};
  body["next_cursor"] = nullptr;
  return json_response(body);
}

core::StatusOr<graph::EventFilter> filter_of(const net::Request& request, const graph::GraphReader& reader, bool& impossible) {
  graph::EventFilter filter;
  KGRCA_ASSIGN_OR_RETURN(const TimeRange range, range_arguments(request));
  filter.from = range.from;
  filter.to = range.to;
  KGRCA_ASSIGN_OR_RETURN(filter.min_severity, severity_argument(request, "min_severity"));
  filter.reason = text_argument(request, "reason");
  filter.type = text_argument(request, "type");
  const std::string resource = text_argument(request, "resource");
  if (!resource.empty()) {
    const auto id = reader.find_resource(resource);
    if (!id.ok() && !absl::IsNotFound(id.status())) return id.status();
    impossible = !id.ok();
    if (id.ok()) filter.resource = *id;
  }
  return filter;
}

core::StatusOr<net::Response> list_events(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const PageRequest page, page_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  bool impossible = false;
  KGRCA_ASSIGN_OR_RETURN(const graph::EventFilter filter, filter_of(request, reader, impossible));
  const std::string source_id = text_argument(request, "source_id");
  if (!source_id.empty()) return list_by_source_id(context, reader, source_id, filter);
  if (impossible) return empty_page();
  KGRCA_ASSIGN_OR_RETURN(const auto found, reader.events(filter, page.limit, page.position));
  ResourceNames names(reader);
  wire::JsonArray items;
  for (const graph::StoredEvent& stored : found.items) {
    wire::JsonObject item = event_json(stored, names, *context.taxonomy);
    item["cause_count"] = stored.links.size();
    items.push_back(std::move(item));
  }
  KGRCA_RETURN_IF_ERROR(names.status());
  return page_response(context, request, page, std::move(items), found.next);
}

}  // namespace

void add_event_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc list;
  list.summary = "Events, newest first";
  list.tag = "events";
  list.parameters = {query_parameter("source_id", "string",
                                     "the source's own id, verbatim; gives at most one event; `from` and `to` bound the search"),
                     query_parameter("resource", "string", "events of this resource (text id or uid)"),
                     query_parameter("min_severity", "DEBUG|INFO|WARNING|ERROR|FATAL", "least severity"),
                     query_parameter("reason", "string", "verbatim reason or alert name"),
                     query_parameter("type", "string", "event type of the taxonomy"),
                     query_parameter("from", "time", "at or after this RFC 3339 time"),
                     query_parameter("to", "time", "at or before this RFC 3339 time"),
                     query_parameter("limit", "integer", "1 to 1000, default 100"),
                     query_parameter("cursor", "string", "next_cursor of the page before")};
  list.response_schema = "EventPage";
  list.responses = {{200, "items and next_cursor; by source_id with causes, effects and incident"},
                    {400, "a parameter is unknown or malformed"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/events", core::Scope::read, list, list_events));

  net::RouteDoc one;
  one.summary = "One event with the links to its causes and effects";
  one.tag = "events";
  one.parameters = {path_parameter("id", "our id (ev…) or the source's own id")};
  one.response_schema = "EventDetail";
  one.responses = {{200, "the event"}, {404, "no such event"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/events/{id}", core::Scope::read, one, get_event));
}

}  // namespace kgrca::api
