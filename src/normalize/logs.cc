#include "normalize/logs.h"

#include "normalize/log_line.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

enum Field : std::size_t {
  kKubernetes, kMessage, kLog, kMsg, kText, kLine, kBody, kTimestamp, kAtTimestamp, kTime, kTs, kDate, kEventTime, kEventId,
  kLogId, kLevel, kSeverity, kLogLevel, kLogDotLevel, kLvl, kStream, kSubject, kNamespace, kPodNamespace, kPod, kPodName,
  kPodUid, kContainer, kContainerName, kNode, kHost, kHostname, kService, kServiceName, kApp, kCluster, kClusterName, kTraceId,
  kLogger, kResourceLogs, kDeployment, kFieldCount
};
constexpr FieldNames<kFieldCount> field_names({
    "kubernetes", "message", "log", "msg", "text", "line", "body", "timestamp", "@timestamp", "time", "ts", "date",
    "event_time", "event_id", "log_id", "level", "severity", "log_level", "log.level", "lvl", "stream", "subject", "namespace",
    "pod_namespace", "pod", "pod_name", "pod_uid", "container", "container_name", "node", "host", "hostname", "service",
    "service_name", "app", "cluster", "cluster_name", "trace_id", "logger", "resourceLogs", "deployment"});
using Fields = std::array<JsonValue, kFieldCount>;

std::optional<model::Severity> level_of(JsonValue value) {
  if (const auto text = value.string()) return model::parse_severity(*text);
  const auto number = value.integer();
  return number ? level_of_number(*number) : std::nullopt;
}

void fill(std::string_view& target, std::initializer_list<JsonValue> values) {
  if (target.empty()) target = first_text(values);
}

enum KubeField : std::size_t {
  kkPodName, kkPodNamespace, kkNamespaceName, kkNamespace, kkPodUid, kkPodId, kkContainerName, kkNodeName, kkHost, kkPod, kkNode,
  kkContainer, kkCluster, kkCount
};
constexpr FieldNames<kkCount> kube_names({
    "pod_name", "pod_namespace", "namespace_name", "namespace", "pod_uid", "pod_id", "container_name", "pod_node_name", "host",
    "pod", "node", "container", "cluster"});

// Vector, Fluent Bit, Filebeat and the original name the same things differently.
void read_kubernetes(JsonValue kubernetes, LogLine& line) {
  if (!kubernetes.is_object()) return;
  const auto k = members(kubernetes, kube_names);
  fill(line.pod, {k[kkPodName], k[kkPod]["name"], k[kkPod]});
  fill(line.ns, {k[kkPodNamespace], k[kkNamespaceName], k[kkNamespace]});
  fill(line.pod_uid, {k[kkPodUid], k[kkPodId], k[kkPod]["uid"]});
  fill(line.container, {k[kkContainerName], k[kkContainer]["name"], k[kkContainer]});
  fill(line.node, {k[kkNodeName], k[kkHost], k[kkNode]["name"], k[kkNode]});
  fill(line.cluster, {k[kkCluster]});
}

void read_subject(JsonValue subject, LogLine& line) {
  if (!subject.is_object()) return;
  const auto kind = subject["kind"].string_or();
  if (!core::equals_ignore_case(kind, "pod")) return;
  fill(line.pod, {subject["name"]});
  fill(line.pod_uid, {subject["uid"]});
  fill(line.ns, {subject["ns"], subject["namespace"]});
}

void read_flat(const Fields& f, LogLine& line) {
  fill(line.pod, {f[kPodName], f[kPod]});
  fill(line.ns, {f[kNamespace], f[kPodNamespace]});
  fill(line.pod_uid, {f[kPodUid]});
  fill(line.container, {f[kContainerName], f[kContainer]});
  fill(line.node, {f[kNode]});
  fill(line.cluster, {f[kClusterName], f[kCluster]});
  fill(line.service, {f[kServiceName], f[kService], f[kService]["name"], f[kApp]});
  fill(line.stream, {f[kStream]});
  fill(line.trace_id, {f[kTraceId]});
  fill(line.logger, {f[kLogger]});
  fill(line.event_id, {f[kEventId], f[kLogId]});
  if (line.pod.empty() && line.service.empty() && f[kDeployment].string()) {
    line.workload_kind = "deployment";
    line.workload = f[kDeployment].string_or();
  }
  // A bare host is the machine that wrote the line, unless the line names something better.
  if (line.pod.empty() && line.service.empty()) fill(line.node, {f[kHost], f[kHostname], f[kHost]["name"]});
}

// A structured message is kept as its JSON text, which `storage` holds.
std::string_view text_of(const Fields& f, std::string& storage) {
  const auto text = first_text({f[kMessage], f[kLog], f[kMsg], f[kText], f[kLine], f[kBody]});
  if (!text.empty()) return text;
  for (const auto field : {kMessage, kLog, kBody}) {
    if (!f[field].is_object()) continue;
    storage = f[field].to_json();
    return storage;
  }
  return {};
}

}  // namespace

void decode_log_item(JsonValue record, Batch& batch) {
  if (!record.is_object()) {
    return batch.reject(core::cat("the log record is ", kind_name(record), ", expected an object with a message"));
  }
  const auto f = members(record, field_names);
  if (f[kResourceLogs].is_array()) {
    return decode_otlp_lines(record, batch, true, f[kEventId].string_or());
  }
  LogLine line;
  std::string storage;
  line.text = text_of(f, storage);
  line.time = first_time({f[kTimestamp], f[kEventTime], f[kAtTimestamp], f[kTime], f[kTs], f[kDate]});
  for (const auto field : {kLevel, kSeverity, kLogLevel, kLogDotLevel, kLvl}) {
    if (!line.level) line.level = level_of(f[field]);
  }
  if (!line.level && f[kLog].is_object()) line.level = level_of(f[kLog]["level"]);
  read_kubernetes(f[kKubernetes], line);
  read_subject(f[kSubject], line);
  read_flat(f, line);
  add_log_line(line, batch);
}

Decoded decode_logs(std::string_view body, const Context& context) {
  Batch batch(context);
  wire::JsonDocument document;
  each_value(body, batch, document, [&batch](JsonValue value) {
    batch.next_item();
    decode_log_item(value, batch);
  });
  return batch.take();
}

}  // namespace kgrca::normalize
