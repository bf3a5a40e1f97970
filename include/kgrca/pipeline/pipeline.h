// All lanes of the process: queues, threads, acknowledgements.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/principal.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/model/event.h"
#include "kgrca/pipeline/lane.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::pipeline {

enum class Priority : std::uint8_t { events = 0, bulk = 1 };  // events and alerts go before logs and samples

struct Submission {
  std::vector<model::Record> records;
  std::size_t bytes = 0;              // of the body they came from
  Priority priority = Priority::events;
  core::Duration wait = std::chrono::seconds(5);  // for a place in a full queue
};

struct PipelineOptions {
  LaneOptions lane;                   // masker is made per tenant
  std::vector<std::string> mask_patterns;  // RE2, beside the built-in ones
  int threads = 2;
  std::size_t tenant_queue_bytes = 16ull << 20;
  std::size_t tenant_queue_records = 50'000;
  std::size_t queue_bytes = 256ull << 20;
  core::Duration evict_after = std::chrono::minutes(15);
  std::function<store::DiskLevel()> disk_level;  // asked at every submission; empty: plenty
  core::Duration retention_interval = std::chrono::minutes(10);  // between looks for what has expired
  // Of all loaded lanes, by their own estimates. Over it the longest unused lanes are checkpointed and leave memory.
  std::size_t lane_bytes = 1ull << 30;
};

// What the stats endpoint shows of a running process.
struct PipelineStats {
  double event_to_link_p50_ms = 0;
  double event_to_link_p99_ms = 0;
  double durable_p50_ms = 0;
  double durable_p99_ms = 0;
  std::size_t tenants_loaded = 0;
};
struct SourceStats {
  std::string protocol;
  std::uint64_t records = 0;
  std::uint64_t rejected = 0;
  core::Time last{};
};

// Thread-safe.
class Pipeline {
 public:
  // invalid_argument: no taxonomy or rules, or a masking pattern that is none.
  static core::StatusOr<std::unique_ptr<Pipeline>> start(const PipelineOptions& options, tenancy::Tenancy& tenancy,
                                                         const core::Clock& clock, core::Metrics& metrics);
  ~Pipeline();

  // Takes the submission whole or not at all. `done` is called once, on another thread, after its batch is durable; with unavailable
  // when the queue stayed full or the process is stopping.
  void submit(const core::Principal& principal, Submission submission, std::function<void(core::StatusOr<Outcome>)> done);
  // Loads the tenant if need be and waits until everything submitted before is applied and durable (tests, demo).
  core::Status flush(const core::Principal& principal);

  // Takes over everything in `options` but `threads`; an error, as start() gives it, changes nothing. Loaded tenants whose
  // taxonomy, rules, patterns or engine limits change are checkpointed and opened again with the new ones, between two batches;
  // what they linked before stays as it is. Patterns hold for what is decoded from then on.
  core::Status reload(const PipelineOptions& options);
  // Whether start() and reload() would take them.
  static core::Status check(const PipelineOptions& options);

  // Refuses what the tenant has queued and forgets its lane; returns once nothing writes for it any more. REQUIRES: its views
  // cannot be opened any more.
  void drop(core::TenantNumber tenant);

  std::shared_ptr<const normalize::Masker> masker_of(core::TenantNumber tenant);
  void count_source(core::TenantNumber tenant, const std::string& protocol, std::size_t records, std::size_t rejected);
  std::vector<SourceStats> sources(core::TenantNumber tenant) const;
  PipelineStats stats() const;
  rca::EngineStats engine_stats(core::TenantNumber tenant) const;

  // Refuses new work, applies what is queued, checkpoints every lane, waits for the sync.
  void stop();

 private:
  struct Impl;
  explicit Pipeline(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgrca::pipeline
