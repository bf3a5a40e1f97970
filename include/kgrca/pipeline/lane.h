// The way of a record inside one tenant, without threads: dedupe, graph, causes, meters, one write batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/graph/retention.h"
#include "kgrca/model/event.h"
#include "kgrca/model/taxonomy.h"
#include "kgrca/normalize/decode.h"
#include "kgrca/rca/engine.h"
#include "kgrca/store/store.h"

namespace kgrca::pipeline {

// What the lane counted for one submission.
struct Outcome {
  std::size_t accepted = 0;     // records taken, duplicates included
  std::size_t duplicates = 0;   // observations seen before: changed nothing
  std::size_t repeats = 0;      // new observations of known events
  std::size_t late = 0;         // beyond the lateness bound: stored, not linked
  std::size_t unused = 0;       // metric samples; full states that name no cluster while there are several
  std::size_t ended = 0;        // resources and edges that full states ended
  std::size_t left_to_end = 0;  // further ones, for the same full state sent again
  std::size_t expired = 0;      // older than the tenant keeps events of their kind: not stored
  std::size_t links = 0;
};

struct LaneOptions {
  std::shared_ptr<const model::Taxonomy> taxonomy;
  std::shared_ptr<const rca::Rules> rules;
  std::shared_ptr<const normalize::Masker> masker;
  core::Duration checkpoint_interval = std::chrono::seconds(60);  // of tenant time
  graph::LiveLimits live;
  std::size_t fingerprints = 2'000'000;  // in memory
};

// Single-threaded; the only writer of its tenant's state.
class Lane {
 public:
  // Loads checkpoint, graph and the events after it. Cost: bounded by the live limits (< 3 s at 20 k pods).
  static core::StatusOr<std::unique_ptr<Lane>> open(store::TenantView view, const LaneOptions& options, core::Metrics& metrics);
  ~Lane();

  // Applies several submissions as one atomic batch; `durable` runs after its sync. An error means nothing was applied.
  core::StatusOr<std::vector<Outcome>> apply(const std::vector<const std::vector<model::Record>*>& submissions, core::Time now,
                                             std::function<void()> durable);
  // Which submission the failed or thrown-out-of apply() stumbled over; nothing when the batch failed as a whole.
  std::optional<std::size_t> blamed() const;
  // Time passes without records: closes incidents, finalises links. Nothing is written when nothing changed.
  core::Status tick(core::Time now);
  bool waits(core::Time now) const;  // whether ticks will still change something, kgrca/rca/engine.h
  // Writes every dirty part of the engine state (SIGTERM, eviction).
  core::Status checkpoint();

  // A step of retention is committed: events from before its cut-offs are not taken any more.
  void forgot(const graph::ExpiryStep& step);
  // Sees every change of links and incidents, in order, before its batch is durable (eval, tests).
  void on_delta(std::function<void(const rca::Delta&, core::Time now)> fn);
  const graph::LiveGraph& graph() const;
  rca::EngineStats engine_stats() const;
  std::size_t memory_bytes() const;  // an estimate: graph, engine, fingerprints, recent events

 private:
  struct Impl;
  explicit Lane(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgrca::pipeline
