#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "normalize/batch.h"

namespace kgrca::normalize {

// A log line as its sender describes it, whatever the shape. Views point into the open document.
struct LogLine {
  std::string_view text;
  std::optional<model::Severity> level;  // stated beside the text
  std::optional<core::Time> time;
  std::string_view event_id;
  std::string_view cluster;
  std::string_view ns;
  std::string_view pod;
  std::string_view pod_uid;
  std::string_view container;
  std::string_view node;
  std::string_view service;
  std::string_view workload_kind;  // deployment, statefulset … when neither pod nor service is known
  std::string_view workload;
  std::string_view stream;
  std::string_view trace_id;
  std::string_view logger;
};

// Turns the line into an event record of the open item, or rejects it.
void add_log_line(const LogLine& line, Batch& batch);

// One record of any accepted log shape; an OTLP wrapper opens further items for its further lines.
void decode_log_item(wire::JsonValue record, Batch& batch);

// Lines of an OTLP ExportLogsServiceRequest. The first line belongs to the open item when `item_open`.
void decode_otlp_lines(wire::JsonValue root, Batch& batch, bool item_open, std::string_view event_id);

}  // namespace kgrca::normalize
