// Runs recorded streams through the production engine, in process, and writes what it said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"

namespace kgrca::eval {

struct IncidentsOptions {
  std::string data_directory;     // every folder below it that has stream.jsonl or stream.jsonl.gz is a case
  std::string output_file;        // prediction lines
  core::Duration at{};            // zero: end of the stream; else as each incident stood that long after it opened
  int threads = 0;                // 0: cores
  std::function<void(std::size_t done, std::size_t cases)> progress;  // after every case, one call at a time; may be empty
};
struct IncidentsReport {
  std::size_t cases = 0;
  std::size_t records = 0;
  std::size_t rejected = 0;
  std::size_t events = 0;
  std::size_t events_on_unstated_resources = 0;  // resolved to a node that no state record described
  std::size_t unstated_resources = 0;
  std::size_t links = 0;
  std::size_t incidents = 0;
  double seconds = 0;
};
core::StatusOr<IncidentsReport> eval_incidents(const IncidentsOptions& options);

struct PerturbOptions {
  std::string data_directory;
  std::string output_directory;
  std::uint64_t seed = 1;
  core::Duration jitter{};        // event times move by up to ± this
  double loss = 0;                // share of records dropped
  double duplicates = 0;          // share delivered twice
  double late_share = 0;          // share delivered `late_by` later
  core::Duration late_by = std::chrono::minutes(10);
  core::Duration shuffle{};       // arrival order changed within this span
  double edges_missing = 0;       // share of topology records dropped
  std::size_t overlay = 1;        // so many cases at a time become one, in one cluster; which ones, the seed says
};
core::Status perturb(const PerturbOptions& options);

// One line of a recorded stream: {arrive_at, source, topic, key, payload}, in order of arrival.
struct StreamRecord {
  core::Time arrive_at{};
  std::string source;             // "k8s.event", "alertmanager", "log", "state.k8s.resource", …
  std::string topic;
  std::string key;                // tenant::rest
  std::string payload;            // JSON text; empty for a tombstone
};
std::string tenant_of_key(std::string_view key);
core::StatusOr<std::vector<StreamRecord>> read_stream(const std::string& file);

}  // namespace kgrca::eval
