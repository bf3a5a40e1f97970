#include "kgrca/pipeline/lane.h"

#include <algorithm>
#include <utility>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "pipeline/lane_impl.h"

namespace kgrca::pipeline {
namespace {

// A checkpoint also comes when telling the journal again would take long (about 6 µs an observation).
constexpr std::size_t journal_ops_max = 200'000;

// What measures as memory of a lane that holds nothing, of an episode with its share of statistics and incidents, of a fingerprint
// and of a recent event.
constexpr std::size_t lane_bytes = 512 << 10;
constexpr std::size_t episode_bytes = 2000;
constexpr std::size_t fingerprint_bytes = 32;
constexpr std::size_t event_bytes = 2000;

core::Counter& cut_counter(core::Metrics& metrics, const std::string& what) {
  return metrics.counter("kgrca_rca_cut_total", "Work of the causal engine that a bound of rules.yaml cut.", {{"what", what}});
}

DedupeLimits fingerprint_limits(std::size_t entries) {
  DedupeLimits limits;
  limits.entries = entries;
  limits.older_entries = std::min(limits.older_entries, entries);
  return limits;
}

}  // namespace

LaneMetrics::LaneMetrics(core::Metrics& metrics)
    : links(metrics.counter("kgrca_links_total", "Causal links written or changed.")),
      late(metrics.counter("kgrca_late_records_total", "Observations beyond the lateness bound: stored, not linked.")),
      duplicates(metrics.counter("kgrca_ingest_duplicates_total", "Observations seen before: changed nothing.")),
      versions_cut(metrics.counter("kgrca_versions_cut_total", "Versions of resources kept in the history only: too many of one at once.")),
      resources_evicted(metrics.counter("kgrca_resources_evicted_total", "Resources that left memory: over engine.resources_max.")),
      cut_effects(cut_counter(metrics, "candidates")),
      cut_runs(cut_counter(metrics, "runs")),
      cut_types(cut_counter(metrics, "types")),
      damaged(metrics.counter("kgrca_damaged_events_total", "Stored events that could not be read and count as gone.")),
      expired(metrics.counter("kgrca_drops_total", "Records refused; their senders were told.", {{"reason", "expired"}})),
      incidents_open(metrics.gauge("kgrca_incidents_open", "Open incidents of all loaded tenants.")) {}

Lane::Impl::Impl(store::TenantView v, const LaneOptions& o, core::Metrics& m, const Position& position, core::Time n)
    : view(v),
      options(o),
      metrics(m),
      graph(o.live),
      engine(o.rules, o.taxonomy, graph),
      dedupe(v, n, fingerprint_limits(o.fingerprints)),
      clamped(v),
      events(v, n),
      sequence(position.sequence),
      now(position.now),
      newest(n) {}

Lane::Impl::~Impl() { metrics.incidents_open.add(-static_cast<double>(counted.open_incidents)); }

Lane::Lane(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Lane::~Lane() = default;

core::StatusOr<std::vector<Outcome>> Lane::apply(const std::vector<const std::vector<model::Record>*>& submissions, core::Time now,
                                                 std::function<void()> durable) {
  Impl& lane = *impl_;
  KGRCA_RETURN_IF_ERROR(lane.poisoned);
  lane.now = now;
  lane.blamed.reset();
  if (core::Status status = lane.take_all(submissions); !status.ok()) return lane.poison(status);
  const bool with_checkpoint = lane.checkpoint_due();
  if (core::Status status = lane.settle(with_checkpoint); !status.ok()) return lane.poison(status);
  if (core::Status status = lane.commit(with_checkpoint, std::move(durable)); !status.ok()) return lane.poison(status);
  for (const Outcome& outcome : lane.outcomes) {
    lane.metrics.late.add(static_cast<double>(outcome.late));
    lane.metrics.duplicates.add(static_cast<double>(outcome.duplicates));
    lane.metrics.expired.add(static_cast<double>(outcome.expired));
  }
  lane.metrics.versions_cut.add(static_cast<double>(lane.graph.take_versions_cut()));
  lane.metrics.resources_evicted.add(static_cast<double>(lane.graph.take_evicted()));
  lane.metrics.damaged.add(static_cast<double>(lane.events.take_damaged()));
  return std::move(lane.outcomes);
}

core::Status Lane::tick(core::Time now) {
  Impl& lane = *impl_;
  KGRCA_RETURN_IF_ERROR(lane.poisoned);
  lane.now = now;
  lane.outcomes.clear();
  const bool with_checkpoint = lane.journal_ops > 0 && lane.checkpoint_due();
  const rca::Delta delta = lane.engine.settle(now, with_checkpoint);
  if (!with_checkpoint && delta.empty()) return core::ok_status();
  if (core::Status status = lane.take_delta(delta); !status.ok()) return lane.poison(status);
  if (core::Status status = lane.commit(with_checkpoint, [] {}); !status.ok()) return lane.poison(status);
  return core::ok_status();
}

core::Status Lane::checkpoint() {
  Impl& lane = *impl_;
  KGRCA_RETURN_IF_ERROR(lane.poisoned);
  lane.outcomes.clear();
  if (core::Status status = lane.settle(true); !status.ok()) return lane.poison(status);
  if (core::Status status = lane.commit(true, nullptr); !status.ok()) return lane.poison(status);
  return core::ok_status();
}

void Lane::on_delta(std::function<void(const rca::Delta&, core::Time now)> fn) { impl_->on_delta = std::move(fn); }
void Lane::forgot(const graph::ExpiryStep& step) {
  impl_->cutoffs = step.reached;
  impl_->clamped.forget(step.clamped);
}
std::optional<std::size_t> Lane::blamed() const { return impl_->blamed; }
const graph::LiveGraph& Lane::graph() const { return impl_->graph; }
bool Lane::waits(core::Time now) const { return impl_->engine.waits(now); }
rca::EngineStats Lane::engine_stats() const { return impl_->engine.stats(); }

std::size_t Lane::memory_bytes() const {
  const Impl& lane = *impl_;
  return lane_bytes + lane.graph.memory_bytes() + lane.engine.stats().episodes * episode_bytes + lane.dedupe.entries() * fingerprint_bytes +
         lane.events.size() * event_bytes;
}

core::Status Lane::Impl::take_all(const std::vector<const std::vector<model::Record>*>& submissions) {
  outcomes.assign(submissions.size(), Outcome{});
  for (submission = 0; submission < submissions.size(); ++submission) {
    blamed = submission;
    for (const model::Record& record : *submissions[submission]) {
      KGRCA_RETURN_IF_ERROR(take(record));
      ++outcomes[submission].accepted;
    }
  }
  submission = 0;
  blamed.reset();
  return core::ok_status();
}

core::Status Lane::Impl::settle(bool force) { return take_delta(engine.settle(now, force)); }

core::Status Lane::Impl::take_delta(const rca::Delta& delta) {
  for (const rca::Delta::Member& member : delta.members) KGRCA_RETURN_IF_ERROR(take_member(member));
  for (const rca::Delta::Links& links : delta.links) KGRCA_RETURN_IF_ERROR(take_links(links));
  for (const rca::Delta::IncidentChange& change : delta.incidents) writer.put_incident(change.incident, change.new_members);
  count_engine();
  if (on_delta && !delta.empty()) on_delta(delta, now);
  return core::ok_status();
}

core::Status Lane::Impl::take_member(const rca::Delta::Member& member) {
  if (is_expired(member.event)) return core::ok_status();
  KGRCA_ASSIGN_OR_RETURN(TableEntry * event, events.load(member.event));
  if (event == nullptr) return core::ok_status();  // gone by retention
  const core::EventKey former = std::exchange(event->stored.run, member.run);
  if (former != member.run) events.touch(*event, 0);
  if (event->is_new) return core::ok_status();  // nobody names it as his run yet
  // What stands under the event is of the run that it began, or was part of.
  if (member.run == member.event) {
    if (former != member.event) writer.put_links(member.event, {}, false);
  } else if (member.had_run || former == member.event) {
    writer.put_part(member.event, member.run);
  }
  return core::ok_status();
}

// After the members: an event that begins its run anew has these links and no former ones.
core::Status Lane::Impl::take_links(const rca::Delta::Links& links) {
  if (is_expired(links.effect)) return core::ok_status();
  if (links.effect.time() < cutoffs.normal) {
    KGRCA_ASSIGN_OR_RETURN(const TableEntry * effect, events.load(links.effect));
    if (effect == nullptr) return core::ok_status();
  }
  const std::optional<std::size_t> brought_by = events.brought_by(links.effect);
  writer.put_links(links.effect, links.links, brought_by.has_value());
  if (brought_by && *brought_by < outcomes.size()) outcomes[*brought_by].links += links.links.size();
  metrics.links.add(static_cast<double>(links.links.size()));
  return core::ok_status();
}

// Of every severity.
bool Lane::Impl::is_expired(core::EventKey event) const { return std::max(event.time(), core::Time{}) < cutoffs.warning; }

void Lane::Impl::count_engine() {
  const rca::EngineStats stats = engine.stats();
  metrics.incidents_open.add(static_cast<double>(stats.open_incidents) - static_cast<double>(counted.open_incidents));
  metrics.cut_effects.add(static_cast<double>(stats.cut_effects - counted.cut_effects));
  metrics.cut_runs.add(static_cast<double>(stats.runs_crowded_out - counted.runs_crowded_out));
  metrics.cut_types.add(static_cast<double>(stats.events_unnamed - counted.events_unnamed));
  counted = stats;
}

bool Lane::Impl::checkpoint_due() const {
  return engine.tenant_time() - checkpointed >= options.checkpoint_interval || slot >= journal_slots ||
         journal_ops + running.ops.size() >= journal_ops_max;
}

// Without `durable` it waits for the sync.
core::Status Lane::Impl::commit(bool with_checkpoint, std::function<void()> durable) {
  ++sequence;
  running.sequence = sequence;
  running.now = now;
  running.newest = newest = std::max(newest, dedupe.newest());
  store::Batch batch = view.batch();
  events.flush(writer, sequence);
  KGRCA_RETURN_IF_ERROR(writer.write(batch, sequence, view));
  if (writer.merge_due()) KGRCA_RETURN_IF_ERROR(writer.merge_listings(view.snapshot(), batch));
  graph.write(batch);
  dedupe.write(batch, sequence);
  clamped.write(batch);
  if (with_checkpoint) {
    put_checkpoint(batch);
  } else {
    put_journal(batch);
  }
  running = JournalEntry{};
  unjournalled = false;
  if (!durable) return view.commit_durably(std::move(batch));
  return view.commit(std::move(batch), std::move(durable));
}

void Lane::Impl::put_checkpoint(store::Batch& batch) {
  engine.checkpoint(false, [&](std::uint16_t part, std::string bytes) { put_part(batch, part, bytes); });
  put_part(batch, position_part, encode_position({sequence, now, newest}));
  slot = 0;
  journal_ops = 0;
  checkpointed = engine.tenant_time();
}

void Lane::Impl::put_journal(store::Batch& batch) {
  journal_passed();
  put_part(batch, static_cast<std::uint16_t>(journal_first_part + slot), encode_journal(running));
  ++slot;
  journal_ops += running.ops.size();
}

core::Status Lane::Impl::poison(const core::Status& status) {
  poisoned = core::unavailable(core::cat("the lane must be opened again after: ", core::message_of(status)));
  core::log(core::LogLevel::error, "lane_failed",
            {{"tenant", static_cast<std::int64_t>(view.tenant())}, {"reason", std::string_view(core::message_of(status))}});
  return status;
}

}  // namespace kgrca::pipeline
