// OTLP logs as JSON: resourceLogs[].scopeLogs[].logRecords[].
#include "kgrca/wire/json_out.h"
#include "normalize/events.h"
#include "normalize/log_line.h"
#include "normalize/logs.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

std::optional<model::Severity> severity_of_number(std::int64_t number) {
  if (number < 1 || number > 24) return std::nullopt;
  if (number <= 8) return model::Severity::debug;
  if (number <= 12) return model::Severity::info;
  if (number <= 16) return model::Severity::warning;
  return number <= 20 ? model::Severity::error : model::Severity::fatal;
}

// The scalar inside an AnyValue.
JsonValue any_scalar(JsonValue any) {
  for (const std::string_view key : {"stringValue", "intValue", "doubleValue", "boolValue"}) {
    if (const auto value = any[key]; !value.is_null_or_absent()) return value;
  }
  return {};
}

// An AnyValue as plain JSON.
wire::JsonOut plain(JsonValue any) {
  if (const auto list = any["kvlistValue"]["values"]; list.is_array()) {
    wire::JsonObject object;
    list.each_item([&object](JsonValue pair) {
      object[pair["key"].string_or()] = plain(pair["value"]);
      return true;
    });
    return object;
  }
  if (const auto list = any["arrayValue"]["values"]; list.is_array()) {
    wire::JsonArray array;
    list.each_item([&array](JsonValue item) {
      array.push_back(plain(item));
      return true;
    });
    return array;
  }
  if (const auto text = any["stringValue"].string()) return wire::JsonOut(*text);
  if (const auto whole = any["intValue"].integer()) return wire::JsonOut(*whole);
  if (const auto number = any["doubleValue"].number()) return wire::JsonOut(*number);
  if (const auto flag = any["boolValue"].boolean()) return wire::JsonOut(*flag);
  return nullptr;
}


void read_resource_attribute(std::string_view key, std::string_view value, LogLine& line) {
  if (key == "service.name") line.service = value;
  if (key == "k8s.namespace.name") line.ns = value;
  if (key == "service.namespace" && line.ns.empty()) line.ns = value;
  if (key == "k8s.pod.name") line.pod = value;
  if (key == "k8s.pod.uid") line.pod_uid = value;
  if (key == "k8s.node.name") line.node = value;
  if (key == "k8s.container.name") line.container = value;
  if (key == "k8s.cluster.name") line.cluster = value;
  if (key == "host.name" && line.node.empty() && line.pod.empty()) line.node = value;
  for (const std::string_view kind : {"deployment", "statefulset", "daemonset", "cronjob", "job"}) {
    if (!key.starts_with("k8s.") || key != core::cat("k8s.", kind, ".name")) continue;
    line.workload_kind = kind;
    line.workload = value;
  }
}

void each_attribute(JsonValue attributes, const std::function<void(std::string_view, std::string_view)>& fn) {
  attributes.each_item([&fn](JsonValue attribute) {
    fn(attribute["key"].string_or(), any_scalar(attribute["value"]).string_or());
    return true;
  });
}

// The Kubernetes object receiver of the collector ships watch events as log bodies.
bool decode_as_event(const wire::JsonOut& body, Batch& batch) {
  if (!body.is_object()) return false;
  const auto& object = body.get_object();
  const auto* inner = object.if_contains("object");
  const auto* holder = inner != nullptr && inner->is_object() ? &inner->get_object() : &object;
  const auto* kind = holder->if_contains("kind");
  if (kind == nullptr || !kind->is_string() || kind->get_string() != "Event") return false;
  const auto text = wire::to_json(body);
  wire::JsonDocument document;
  auto parsed = document.parse(text);
  if (!parsed.ok()) return false;
  const auto unwrapped = unwrap_watch(*parsed);
  if (!unwrapped.skip && unwrapped.watch != "DELETED") decode_event_item(unwrapped.object, batch);
  return true;
}

void decode_record(JsonValue record, LogLine line, std::string_view outer_id, Batch& batch) {
  line.event_id = outer_id;
  each_attribute(record["attributes"], [&line](std::string_view key, std::string_view value) {
    if (key == "event_id" || key == "log.record.uid") line.event_id = value;
    if (key == "log.iostream") line.stream = value;
    read_resource_attribute(key, value, line);
  });
  line.time = first_time({record["timeUnixNano"], record["observedTimeUnixNano"]});
  if (const auto number = record["severityNumber"].integer()) line.level = severity_of_number(*number);
  if (!line.level) line.level = model::parse_severity(record["severityText"].string_or());
  line.trace_id = record["traceId"].string_or();
  const auto body = record["body"];
  std::string storage;
  if (const auto text = body["stringValue"].string()) {
    line.text = *text;
  } else if (body.is_object()) {
    const auto value = plain(body);
    if (decode_as_event(value, batch)) return;
    storage = value.is_null() ? std::string{} : wire::to_json(value);
    line.text = storage;
  }
  add_log_line(line, batch);
}

}  // namespace

void decode_otlp_lines(JsonValue root, Batch& batch, bool item_open, std::string_view event_id) {
  bool first = item_open;
  root["resourceLogs"].each_item([&](JsonValue resource_logs) {
    LogLine shared;
    each_attribute(resource_logs["resource"]["attributes"], [&shared](std::string_view key, std::string_view value) {
      read_resource_attribute(key, value, shared);
    });
    resource_logs["scopeLogs"].each_item([&](JsonValue scope_logs) {
      shared.logger = scope_logs["scope"]["name"].string_or();
      scope_logs["logRecords"].each_item([&](JsonValue record) {
        if (!first) batch.next_item();
        decode_record(record, shared, first ? event_id : std::string_view{}, batch);
        first = false;
        return true;
      });
      return true;
    });
    return true;
  });
}

Decoded decode_otlp_logs_json(std::string_view body, const Context& context) {
  Batch batch(context);
  wire::JsonDocument document;
  auto parsed = document.parse(body);
  if (!parsed.ok()) {
    batch.next_item();
    batch.reject(core::cat("not valid JSON ", core::message_of(parsed.status()), ": send an ExportLogsServiceRequest"));
    return batch.take();
  }
  const auto logs = (*parsed)["resourceLogs"];
  if (!logs.is_array() && !(parsed->is_object() && logs.is_null_or_absent())) {
    batch.next_item();
    batch.reject(core::cat("resourceLogs is ", kind_name(logs), ", expected an array"));
    return batch.take();
  }
  decode_otlp_lines(*parsed, batch, false, {});
  return batch.take();
}

}  // namespace kgrca::normalize
