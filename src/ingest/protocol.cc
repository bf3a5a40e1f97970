#include "ingest/protocol.h"

namespace kgrca::ingest {
namespace {

using pipeline::Priority;

// kubernetes-event-exporter never sends a refused event again, so its requests wait longest for a place.
constexpr core::Duration event_wait = std::chrono::seconds(30);
constexpr core::Duration usual_wait = std::chrono::seconds(5);

normalize::Decoded decode_state(std::string_view body, const normalize::Context& context) {
  return normalize::decode_state(body, context);
}

}  // namespace

const std::vector<Protocol>& protocols() {
  static const std::vector<std::string_view> json = {"application/json", "application/x-ndjson"};
  static const std::vector<std::string_view> json_only = {"application/json"};
  static const std::vector<std::string_view> text = {"application/json", "application/x-ndjson", "text/plain"};
  static const std::vector<Protocol> table = {
      {"k8s-events", {"/api/v1/ingest/k8s-events"}, normalize::decode_kubernetes_events, Priority::events, event_wait,
       AnswerForm::native, 200, json,
       "Kubernetes events: core/v1 or events.k8s.io/v1, bare, as kubernetes-event-exporter posts them, List, watch envelope, NDJSON."},
      {"alertmanager", {"/api/v1/ingest/alertmanager", "/webhook"}, normalize::decode_alertmanager, Priority::events, usual_wait,
       AnswerForm::alertmanager, 200, json_only, "Alertmanager webhook, version 4."},
      {"logs", {"/api/v1/ingest/logs"}, normalize::decode_logs, Priority::bulk, usual_wait, AnswerForm::native, 200, text,
       "Logs as a JSON array or NDJSON, also as Vector and Fluent Bit send them."},
      {"otlp-logs", {"/v1/logs", "/otlp/v1/logs"}, normalize::decode_otlp_logs_json, Priority::bulk, usual_wait, AnswerForm::otlp,
       200, json_only, "OpenTelemetry logs over HTTP in JSON encoding."},
      {"state", {"/api/v1/ingest/state"}, decode_state, Priority::events, usual_wait, AnswerForm::native, 200, json,
       "Resource and topology records: UPSERT, DELETE and SYNC, the full state of a kind or a relation."},
      {"k8s-objects", {"/api/v1/ingest/k8s-objects"}, normalize::decode_kubernetes_objects, Priority::events, usual_wait,
       AnswerForm::native, 200, json, "Raw Kubernetes objects as kubectl prints them with -o json, also with --watch.", true},
      {"metrics", {"/api/v1/ingest/metrics"}, normalize::decode_metrics, Priority::bulk, usual_wait, AnswerForm::native, 202, json,
       "Metric samples: decoded and counted; not used yet."},
  };
  return table;
}

}  // namespace kgrca::ingest
