// Health in the forms of Kubernetes and of Prometheus, metrics, reload.
#include "api/route_groups.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

// `schema` empty: the answer is text.
net::RouteDoc doc(std::string summary, std::string schema) {
  net::RouteDoc out;
  out.summary = std::move(summary);
  out.tag = "health";
  out.response_body = schema.empty() ? "text/plain" : "application/json";
  out.response_schema = std::move(schema);
  out.responses = {{200, "in order"}};
  return out;
}

core::StatusOr<net::Response> alive(const ApiContext& context, const net::Request&) {
  wire::JsonObject out;
  out["status"] = "ok";
  out["version"] = context.version;
  out["time"] = core::format_rfc3339(context.clock->now(), 6);
  return json_response(out);
}

net::Response not_ready(const core::Status& status, bool plain) {
  if (plain) {
    net::Response response = text_response(core::cat("not ready: ", core::message_of(status), "\n"));
    response.status = 503;
    return response;
  }
  wire::JsonObject out;
  out["status"] = "not ready";
  out["detail"] = core::message_of(status);
  return json_response(out, 503);
}

core::StatusOr<net::Response> ready(const ApiContext& context, const net::Request& request) {
  const core::Status status = context.ready ? context.ready() : core::ok_status();
  if (!request.query_value("verbose")) {
    if (!status.ok()) return not_ready(status, false);
    return json_response(wire::JsonObject{{"status", "ready"}});
  }
  std::string text;
  for (const Check& check : context.checks ? context.checks() : std::vector<Check>{}) {
    core::append(text, check.status.ok() ? "[+] " : "[-] ", check.name, check.status.ok() ? " ok" : " failed");
    const std::string detail = check.status.ok() ? check.detail : core::message_of(check.status);
    core::append(text, detail.empty() ? "" : ": ", detail, "\n");
  }
  net::Response response = text_response(core::cat(text, status.ok() ? "ready\n" : "not ready\n"));
  response.status = status.ok() ? 200 : 503;
  return response;
}

core::StatusOr<net::Response> plain_healthy(const ApiContext&, const net::Request&) {
  return text_response("kgrca is healthy.\n");
}

core::StatusOr<net::Response> plain_ready(const ApiContext& context, const net::Request&) {
  const core::Status status = context.ready ? context.ready() : core::ok_status();
  if (!status.ok()) return not_ready(status, true);
  return text_response("kgrca is ready.\n");
}

core::StatusOr<net::Response> metrics(const ApiContext& context, const net::Request&) {
  return text_response(context.metrics->expose(), "text/plain; version=0.0.4; charset=utf-8");
}

wire::JsonArray names_json(const std::vector<std::string>& names) {
  wire::JsonArray out;
  for (const std::string& name : names) out.emplace_back(name);
  return out;
}

core::StatusOr<net::Response> reload(const ApiContext& context, const net::Request&) {
  if (!context.reload) return core::failed_precondition("this server has nothing to reload");
  KGRCA_ASSIGN_OR_RETURN(const ReloadReport report, context.reload());
  wire::JsonObject out;
  out["status"] = "reloaded";
  out["changed"] = names_json(report.changed);
  out["restart_needed"] = names_json(report.restart_needed);
  return json_response(out);
}

}  // namespace

void add_health_routes(const SharedContext& context, std::vector<net::Route>& out) {
  const auto open = [&](std::string path, net::RouteDoc route_doc, Compute compute) {
    out.push_back(make_route(context, net::Method::get, std::move(path), core::Scope::none, std::move(route_doc), std::move(compute)));
  };
  open("/healthz", doc("The process answers", "Alive"), alive);
  open("/livez", doc("The process answers; never touches the disk", "Alive"), alive);
  net::RouteDoc ready_doc = doc("The server may take traffic", "Ready");
  ready_doc.response_body = "application/json, text/plain";
  ready_doc.parameters = {query_parameter("verbose", "boolean", "list every check")};
  ready_doc.responses.emplace_back(503, "not ready, with the reason");
  open("/readyz", ready_doc, ready);
  open("/-/healthy", doc("As Prometheus servers answer it", ""), plain_healthy);
  net::RouteDoc plain_doc = doc("As Prometheus servers answer it", "");
  plain_doc.responses.emplace_back(503, "not ready, with the reason");
  open("/-/ready", plain_doc, plain_ready);
  open("/metrics", doc("Metrics in Prometheus text format", ""), metrics);

  net::RouteDoc reload_doc = doc("Take over settings, data files and certificates; names what waits for a restart", "Reloaded");
  reload_doc.tag = "admin";
  reload_doc.responses = {{200, "taken over"}, {400, "the new settings are bad; the old ones stay"}};
  out.push_back(make_route(context, net::Method::post, "/-/reload", core::Scope::platform, reload_doc, reload));
}

}  // namespace kgrca::api
