#include <algorithm>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "pipeline/lane_impl.h"

namespace kgrca::pipeline {

core::StatusOr<std::unique_ptr<Lane>> Lane::open(store::TenantView view, const LaneOptions& options, core::Metrics& metrics) {
  const store::Snapshot snapshot = view.snapshot();
  KGRCA_ASSIGN_OR_RETURN(const StoredParts parts, read_parts(snapshot));
  core::Time newest = parts.position.newest;
  for (const JournalEntry& entry : parts.journal) newest = std::max(newest, entry.newest);
  auto impl = std::make_unique<Impl>(view, options, metrics, parts.position, newest);
  KGRCA_RETURN_IF_ERROR(impl->load(snapshot, parts));
  return std::unique_ptr<Lane>(new Lane(std::move(impl)));
}

core::Status Lane::Impl::load(const store::Snapshot& snapshot, const StoredParts& parts) {
  KGRCA_RETURN_IF_ERROR(core::with_context(graph.load(view), "loading the live graph"));
  KGRCA_ASSIGN_OR_RETURN(cutoffs, graph::cutoffs_of(snapshot));
  KGRCA_RETURN_IF_ERROR(core::with_context(writer.load(snapshot), "loading the record writer"));
  KGRCA_RETURN_IF_ERROR(core::with_context(clamped.load(snapshot), "loading the events from too far ahead"));
  for (const auto& [part, bytes] : parts.engine) {
    KGRCA_RETURN_IF_ERROR(core::with_context(engine.restore(part, bytes), core::cat("restoring engine part ", part)));
  }
  checkpointed = engine.tenant_time();
  for (const JournalEntry& entry : parts.journal) {
    KGRCA_RETURN_IF_ERROR(replay(snapshot, entry));
    journal_ops += entry.ops.size();
  }
  slot = static_cast<std::uint16_t>(parts.journal.size());
  count_engine();
  core::log(core::LogLevel::info, "lane_opened",
            {{"tenant", static_cast<std::int64_t>(view.tenant())},
             {"batches_replayed", static_cast<std::int64_t>(parts.journal.size())},
             {"observations_replayed", static_cast<std::int64_t>(journal_ops)},
             {"resources", static_cast<std::int64_t>(graph.node_count())}});
  return core::ok_status();
}

// The graph is already as it became, so the engine may say something else now than it said then: what it says is written again
// with the next batch.
core::Status Lane::Impl::replay(const store::Snapshot& snapshot, const JournalEntry& entry) {
  for (const JournalOp& op : entry.ops) {
    switch (op.kind) {
      case JournalKind::touched: engine.topology_changed(op.a); break;
      case JournalKind::merged: engine.merged(op.a, op.b); break;
      case JournalKind::passed: engine.pass(op.last); break;
      default: KGRCA_RETURN_IF_ERROR(replay_event(snapshot, op));
    }
  }
  now = entry.now;
  KGRCA_RETURN_IF_ERROR(take_delta(engine.settle(entry.now)));
  sequence = entry.sequence;
  return core::ok_status();
}

// Nothing when it is gone by retention (too old to matter) or cannot be read.
core::StatusOr<std::optional<graph::StoredEvent>> Lane::Impl::stored_event(const store::Snapshot& snapshot, core::EventKey key) {
  KGRCA_ASSIGN_OR_RETURN(auto value, snapshot.get(store::keys::event(key)));
  if (!value) return std::optional<graph::StoredEvent>{};
  std::optional<graph::StoredEvent> stored = events.decode(key, *value);
  if (stored) to_present(*stored);
  return stored;
}

core::Status Lane::Impl::replay_event(const store::Snapshot& snapshot, const JournalOp& op) {
  KGRCA_ASSIGN_OR_RETURN(const auto found, stored_event(snapshot, op.key));
  if (!found) return core::ok_status();
  const graph::StoredEvent& stored = *found;
  if (op.kind == JournalKind::correct) {
    for (const core::EventKey other : engine.correct(stored.event, op.key, stored.resource, stored.related)) {
      KGRCA_ASSIGN_OR_RETURN(const auto beside, stored_event(snapshot, other));
      if (beside) engine.tell_again(beside->event, other, beside->resource, beside->related);
    }
    return core::ok_status();
  }
  model::Event seen = stored.event;
  seen.last = op.last;
  seen.count = op.count;
  seen.resolved = op.resolved;
  seen.severity = op.severity;
  engine.observe(seen, op.key, stored.resource, stored.related, op.kind == JournalKind::repeat ? &stored.event : nullptr);
  return core::ok_status();
}

}  // namespace kgrca::pipeline
