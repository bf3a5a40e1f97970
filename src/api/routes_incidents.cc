// GET /api/v1/incidents and /api/v1/incidents/{id}.
#include "api/arguments.h"
#include "api/incident_view.h"
#include "api/json_incident.h"
#include "api/listing.h"
#include "api/render.h"
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

core::StatusOr<std::optional<model::IncidentStatus>> status_argument(const net::Request& request) {
  const std::string text = text_argument(request, "status");
  if (text.empty() || text == "all") return std::optional<model::IncidentStatus>{};
  for (const auto status : {model::IncidentStatus::open, model::IncidentStatus::resolved, model::IncidentStatus::dissolved}) {
    if (text == model::name_of(status)) return std::optional<model::IncidentStatus>(status);
  }
  return core::invalid_argument(core::cat("query parameter 'status': '", core::clip_utf8(text, 64),
                                          "' is no status; use open, resolved, dissolved or all"));
}

core::StatusOr<net::Response> list_incidents(const ApiContext& context, const net::Request& request) {
  graph::IncidentFilter filter;
  KGRCA_ASSIGN_OR_RETURN(filter.status, status_argument(request));
  KGRCA_ASSIGN_OR_RETURN(const TimeRange range, range_arguments(request));
  filter.from = range.from;
  filter.to = range.to;
  KGRCA_ASSIGN_OR_RETURN(const PageRequest page, page_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(const auto found, reader.incidents(filter, page.limit, page.position));
  wire::JsonArray items;
  for (const model::Incident& incident : found.items) items.push_back(incident_brief_json(incident));
  return page_response(context, request, page, std::move(items), found.next);
}

core::StatusOr<model::Incident> find_incident(const graph::GraphReader& reader, std::string_view text) {
  if (text == "latest") {
    KGRCA_ASSIGN_OR_RETURN(auto page, reader.incidents({}, 1, {}));
    if (page.items.empty()) return core::not_found("no incident yet: nothing that arrived so far looks like one");
    return std::move(page.items.front());
  }
  const auto id = core::parse_incident_id(text);
  if (!id) {
    return core::invalid_argument(core::cat("'", core::clip_utf8(text, 64),
                                            "' is no incident id; it looks like inc… (16 characters), or use 'latest'"));
  }
  core::StatusOr<model::Incident> incident = reader.incident(*id);
  if (absl::IsNotFound(incident.status())) return core::not_found(core::cat("no incident ", text, " in the tenant of this API key"));
  return incident;
}

std::string base_url(const net::Request& request) {
  const std::string_view host = request.header("host");
  return host.empty() ? std::string{} : core::cat("http://", host);
}

core::StatusOr<net::Response> get_incident(const ApiContext& context, const net::Request& request) {
  const std::string format = text_argument(request, "format");
  if (!format.empty() && format != "json" && format != "text" && format != "markdown") {
    return core::invalid_argument(core::cat("query parameter 'format': '", core::clip_utf8(format, 64),
                                            "' is none of json, text, markdown"));
  }
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  KGRCA_ASSIGN_OR_RETURN(model::Incident incident, find_incident(reader, request.parameter("id")));
  KGRCA_ASSIGN_OR_RETURN(IncidentView view, view_of(reader, std::move(incident), *context.taxonomy, *context.advice));
  view.base_url = base_url(request);
  if (format == "text") return text_response(render_text(view));
  if (format == "markdown") return text_response(render_markdown(view), "text/markdown; charset=utf-8");
  return json_response(incident_json(view));
}

}  // namespace

void add_incident_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc list;
  list.summary = "Incidents, newest first";
  list.tag = "incidents";
  list.parameters = {query_parameter("status", "open|resolved|dissolved|all", "default all"),
                     query_parameter("from", "time", "opened at or after this RFC 3339 time"),
                     query_parameter("to", "time", "opened at or before this RFC 3339 time"),
                     query_parameter("limit", "integer", "1 to 1000, default 100"),
                     query_parameter("cursor", "string", "next_cursor of the page before")};
  list.response_schema = "IncidentPage";
  list.responses = {{200, "items and next_cursor"}, {400, "a parameter is unknown or malformed"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/incidents", core::Scope::read, list, list_incidents));

  net::RouteDoc one;
  one.summary = "One incident: ranked roots, changes, causal graph, timeline, blast radius, evidence";
  one.tag = "incidents";
  one.parameters = {path_parameter("id", "incident id, also a former one, or 'latest'"),
                    query_parameter("format", "json|text|markdown", "json (default), text for a terminal, markdown to paste")};
  one.response_body = "application/json, text/plain, text/markdown";
  one.response_schema = "Incident";
  one.responses = {{200, "the incident"}, {400, "malformed id or format"}, {404, "no such incident"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/incidents/{id}", core::Scope::read, one, get_incident));
}

}  // namespace kgrca::api
