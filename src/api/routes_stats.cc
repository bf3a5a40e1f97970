// GET /api/v1/stats: the shape that scripts and dashboards read.
#include "api/json_values.h"
#include "api/read_counts.h"
#include "api/route_groups.h"
#include "api/usage.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"

namespace kgrca::api {
namespace {

namespace counts = graph::counts;

wire::JsonObject family_json(ReadCounts& read, std::string_view prefix) {
  wire::JsonObject out;
  for (const auto& [name, value] : read.under(prefix)) {
    if (value != 0) out[std::string_view(name).substr(prefix.size())] = value;
  }
  return out;
}

// "links.c3" counts confidences of [0.3, 0.4).
wire::JsonObject links_json(ReadCounts& read) {
  wire::JsonObject by_confidence;
  for (int tenth = 0; tenth < 10; ++tenth) {
    const std::string range = core::cat("0.", tenth, "-", tenth == 9 ? std::string("1.0") : core::cat("0.", tenth + 1));
    by_confidence[range] = read.of(core::cat(counts::links_confidence, tenth));
  }
  wire::JsonObject out;
  out["total"] = read.of(counts::links);
  out["by_confidence"] = std::move(by_confidence);
  out["without_confidence"] = 0;  // the store has no way to hold one
  return out;
}

wire::JsonObject graph_json(ReadCounts& read) {
  wire::JsonObject out;
  out["resources"] = read.of(counts::resources);
  out["by_kind"] = family_json(read, counts::resources_kind);
  out["unstated_resources"] = read.of(counts::resources_unstated);
  out["evicted_resources"] = read.of(counts::resources_evicted);
  out["edges"] = read.of(counts::edges);
  out["by_relation"] = family_json(read, counts::edges_relation);
  out["events"] = read.of(counts::events);
  out["by_severity"] = family_json(read, counts::events_severity);
  out["event_types"] = family_json(read, counts::events_type);
  out["late_events"] = read.of(counts::events_late);
  out["links"] = links_json(read);
  return out;
}

wire::JsonObject incidents_json(ReadCounts& read) {
  wire::JsonObject by_status;
  for (const auto status : {model::IncidentStatus::open, model::IncidentStatus::resolved, model::IncidentStatus::dissolved}) {
    by_status[model::name_of(status)] = read.of(core::cat(counts::incidents_status, model::name_of(status)));
  }
  wire::JsonObject out;
  out["total"] = read.of(counts::incidents);
  out["open"] = by_status["open"];
  out["by_status"] = std::move(by_status);
  out["by_severity"] = family_json(read, counts::incidents_severity);
  return out;
}

wire::JsonObject performance_json(const ApiContext& context) {
  const pipeline::PipelineStats stats = context.pipeline->stats();
  wire::JsonObject out;
  out["event_to_link_p50_ms"] = rounded(stats.event_to_link_p50_ms, 3);
  out["event_to_link_p99_ms"] = rounded(stats.event_to_link_p99_ms, 3);
  out["p99_ms"] = rounded(stats.event_to_link_p99_ms, 3);
  out["durable_p50_ms"] = rounded(stats.durable_p50_ms, 3);
  out["durable_p99_ms"] = rounded(stats.durable_p99_ms, 3);
  return out;
}

wire::JsonArray sources_json(const ApiContext& context, core::TenantNumber tenant) {
  wire::JsonArray out;
  for (const pipeline::SourceStats& source : context.pipeline->sources(tenant)) {
    wire::JsonObject item;
    item["protocol"] = source.protocol;
    item["records"] = source.records;
    item["rejected"] = source.rejected;
    item["last"] = time_json(source.last);
    out.push_back(std::move(item));
  }
  return out;
}

wire::JsonObject health_json(const ApiContext& context) {
  const core::Status ready = context.ready ? context.ready() : core::ok_status();
  wire::JsonArray checks;
  for (const Check& check : context.checks ? context.checks() : std::vector<Check>{}) {
    wire::JsonObject item;
    item["name"] = check.name;
    item["ok"] = check.status.ok();
    item["detail"] = check.status.ok() ? check.detail : core::message_of(check.status);
    checks.push_back(std::move(item));
  }
  wire::JsonObject out;
  out["status"] = ready.ok() ? "ok" : "not ready";
  out["detail"] = core::message_of(ready);
  out["checks"] = std::move(checks);
  return out;
}

core::StatusOr<net::Response> stats(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const graph::GraphReader reader, reader_of(context, request));
  ReadCounts read(reader);
  wire::JsonObject out;
  out["graph"] = graph_json(read);
  out["incidents"] = incidents_json(read);
  KGRCA_RETURN_IF_ERROR(read.status());
  out["performance"] = performance_json(context);
  out["sources"] = sources_json(context, request.principal.tenant);
  KGRCA_ASSIGN_OR_RETURN(const store::TenantView view, context.tenancy->view(request.principal));
  const auto tenant = context.tenancy->find(request.principal.tenant);
  KGRCA_ASSIGN_OR_RETURN(out["usage"], usage_json(reader, view, tenant ? tenant->retention() : tenancy::Retention{}));
  out["health"] = health_json(context);
  out["tenant"] = request.principal.tenant_name;
  out["time"] = core::format_rfc3339(context.clock->now(), 6);
  out["version"] = context.version;
  return json_response(out);
}

}  // namespace

void add_stats_routes(const SharedContext& context, std::vector<net::Route>& out) {
  net::RouteDoc doc;
  doc.summary = "What the tenant's graph holds, how fast it is, what arrives from where";
  doc.tag = "stats";
  doc.response_schema = "Stats";
  doc.responses = {{200, "graph, incidents, performance, sources, health, version"}};
  out.push_back(make_route(context, net::Method::get, "/api/v1/stats", core::Scope::read, doc, stats));
}

}  // namespace kgrca::api
