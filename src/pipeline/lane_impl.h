// Inside of a lane; see kgrca/pipeline/lane.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "kgrca/graph/live.h"
#include "kgrca/graph/records.h"
#include "kgrca/pipeline/lane.h"
#include "pipeline/clamped.h"
#include "pipeline/dedupe.h"
#include "pipeline/event_table.h"
#include "pipeline/journal.h"

namespace kgrca::pipeline {

struct LaneMetrics {
  explicit LaneMetrics(core::Metrics& metrics);
  core::Counter& links;
  core::Counter& late;
  core::Counter& duplicates;
  core::Counter& versions_cut;
  core::Counter& resources_evicted;
  core::Counter& cut_effects;
  core::Counter& cut_runs;
  core::Counter& cut_types;
  core::Counter& damaged;
  core::Counter& expired;
  core::Gauge& incidents_open;
};

// A batch is taken record by record, settled and committed. Any error in between leaves memory ahead of the store: the lane is
// poisoned and refuses everything from then on; its owner opens it again.
struct Lane::Impl {
  Impl(store::TenantView view, const LaneOptions& options, core::Metrics& metrics, const Position& position, core::Time newest);
  ~Impl();

  // lane_open.cc
  core::Status load(const store::Snapshot& snapshot, const StoredParts& parts);
  core::Status replay(const store::Snapshot& snapshot, const JournalEntry& entry);
  core::Status replay_event(const store::Snapshot& snapshot, const JournalOp& op);
  core::StatusOr<std::optional<graph::StoredEvent>> stored_event(const store::Snapshot& snapshot, core::EventKey key);

  // lane_take.cc: one record
  core::Status take(const model::Record& record);
  template <typename Sync>
  core::Status take_full_state(const Sync& sync);
  core::Status take_event(const model::Event& event);
  core::Status take_clamped(model::Event event);
  core::Status take_observation(const model::Event& event, core::EventKey key, std::optional<core::ResourceId> subject);
  core::Status take_back(const model::Event& event, core::EventKey key);
  void take_new(const model::Event& event, core::EventKey key, std::optional<core::ResourceId> subject);
  void take_repeat(const model::Event& event, TableEntry& known);
  core::Status apply_to_graph(const graph::Applied& applied);
  core::Status take_state_change(const graph::StateChange& change);
  core::Status correct(const model::Event& event, core::ResourceId subject);
  void take_merges();
  void to_present(graph::EventRecord& record) const;
  void note_seen(core::Time at);
  void journal_observation(JournalKind kind, rca::Observed observed, const model::Event& event, core::EventKey key);
  void journal(const JournalOp& op);
  void journal_passed();

  // lane.cc: one batch
  core::Status take_all(const std::vector<const std::vector<model::Record>*>& submissions);
  core::Status settle(bool force);
  core::Status take_delta(const rca::Delta& delta);
  core::Status take_member(const rca::Delta::Member& member);
  core::Status take_links(const rca::Delta::Links& links);
  bool is_expired(core::EventKey event) const;
  core::Status commit(bool with_checkpoint, std::function<void()> durable);
  void put_checkpoint(store::Batch& batch);
  void put_journal(store::Batch& batch);
  bool checkpoint_due() const;
  void count_engine();
  core::Status poison(const core::Status& status);  // and gives it back

  store::TenantView view;
  LaneOptions options;
  LaneMetrics metrics;
  graph::LiveGraph graph;
  rca::Engine engine;
  Dedupe dedupe;
  ClampedEvents clamped;
  EventTable events;
  graph::RecordWriter writer;
  std::function<void(const rca::Delta&, core::Time)> on_delta;

  graph::Cutoffs cutoffs;
  core::Status poisoned;
  std::uint64_t sequence;              // of the last batch made
  core::Time now{};
  core::Time newest;            // highest time any record bore
  JournalEntry running;         // of the batch being made
  bool unjournalled = false;    // the engine heard of events that it does not link
  std::uint16_t slot = 0;       // next of the journal's ring
  std::size_t journal_ops = 0;  // since the last checkpoint
  core::Time checkpointed{};    // tenant time of the last checkpoint
  rca::EngineStats counted;     // as last added to the metrics

  std::vector<Outcome> outcomes;       // of the running batch
  std::size_t submission = 0;          // being taken
  std::optional<std::size_t> blamed;   // of the running or failed batch
};

}  // namespace kgrca::pipeline
