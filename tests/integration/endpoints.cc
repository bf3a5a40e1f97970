#include "tests/integration/endpoints.h"

namespace kgrca::integration {
namespace {

const char* const event =
    R"({"kind":"Event","metadata":{"name":"a","namespace":"shop","uid":"u-a"},"involvedObject":{"kind":"Pod","namespace":"shop",)"
    R"("name":"orders-1"},"reason":"OOMKilling","message":"out of memory","type":"Warning","count":1,)"
    R"("firstTimestamp":"2025-04-09T10:00:00Z","lastTimestamp":"2025-04-09T10:00:00Z"})";
const char* const webhook =
    R"({"version":"4","status":"firing","receiver":"r","groupKey":"g","alerts":[{"status":"firing","labels":{"alertname":)"
    R"("KubePodCrashLooping","namespace":"shop","pod":"orders-1"},"startsAt":"2025-04-09T10:01:00Z","fingerprint":"f1"}]})";
const char* const line =
    R"({"time":"2025-04-09T10:00:00Z","level":"error","message":"connection refused","namespace":"shop","pod":"orders-1"})";
const char* const otlp =
    R"({"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"orders-1"}}]},"scopeLogs":)"
    R"([{"logRecords":[{"timeUnixNano":"1744192800000000000","severityText":"ERROR","body":{"stringValue":"refused"}}]}]}]})";
const char* const state =
    R"({"op":"UPSERT","at":"2025-04-09T10:00:00Z","kind":"Deployment","uid":"d-1","name":"orders","namespace":"shop","replicas":3})";
const char* const object =
    R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"orders","namespace":"shop","uid":"s-1"},)"
    R"("spec":{"selector":{"app":"orders"}}})";
const char* const sample = R"({"metric":"up","labels":{"job":"x"},"ts":1744192800000,"value":1})";

}  // namespace

const std::vector<Endpoint>& endpoints() {
  static const std::vector<Endpoint> table = {
      {"/api/v1/ingest/k8s-events", Form::native, 200, event},
      {"/api/v1/ingest/alertmanager", Form::alertmanager, 200, webhook},
      {"/webhook", Form::alertmanager, 200, webhook},
      {"/api/v1/ingest/logs", Form::native, 200, line},
      {"/v1/logs", Form::otlp, 200, otlp, 64u << 20},
      {"/otlp/v1/logs", Form::otlp, 200, otlp, 64u << 20},
      {"/api/v1/ingest/state", Form::native, 200, state},
      {"/api/v1/ingest/k8s-objects", Form::native, 200, object},
      {"/api/v1/ingest/metrics", Form::native, 202, sample},
  };
  return table;
}

}  // namespace kgrca::integration
