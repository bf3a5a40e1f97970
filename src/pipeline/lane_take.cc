// One record: what it does to the graph, to the event records and to the engine.
#include <algorithm>
#include <utility>

#include "pipeline/lane_impl.h"

namespace kgrca::pipeline {
namespace {

constexpr core::Duration future_max = std::chrono::minutes(5);

template <typename... Fns>
struct Overloaded : Fns... {
  using Fns::operator()...;
};
template <typename... Fns>
Overloaded(Fns...) -> Overloaded<Fns...>;

// The event of a state change that turned out to be none: its key, and an empty type for the engine.
model::Event withdrawn(const model::ResourceState& after) {
  model::Event event;
  event.source = model::EventSource::state;
  event.source_id = after.source_id;
  event.subject = after.ref;
  event.first = event.last = event.onset = after.at;
  event.severity = model::Severity::debug;
  event.message = "withdrawn: a version that arrived late showed no change here";
  return event;
}

// Order of arrival does not matter, except between texts of the same moment.
void merge_observation(const model::Event& observation, model::Event& known) {
  if (observation.last > known.last && !observation.message.empty()) known.message = observation.message;
  known.count = std::max(known.count, observation.count);
  known.last = std::max(known.last, observation.last);
  known.onset = std::min(known.onset, observation.onset);
  known.severity = std::max(known.severity, observation.severity);
  known.resolved = known.resolved || observation.resolved;
  known.time_clamped = known.time_clamped || observation.time_clamped;
}

}  // namespace

core::Status Lane::Impl::take(const model::Record& record) {
  return std::visit(Overloaded{
                        [&](const model::Event& event) { return take_event(event); },
                        [&](const model::ResourceState& state) {
                          note_seen(state.at);
                          return apply_to_graph(graph.apply(state));
                        },
                        [&](const model::EdgeUpdate& edge) {
                          note_seen(edge.at);
                          return apply_to_graph(graph.apply(edge));
                        },
                        [&](const model::Sample&) {
                          ++outcomes[submission].unused;
                          return core::ok_status();
                        },
                        [&](const model::ResourceSync& sync) { return take_full_state(sync); },
                        [&](const model::EdgeSync& sync) { return take_full_state(sync); },
                    },
                    record);
}

template <typename Sync>
core::Status Lane::Impl::take_full_state(const Sync& sync) {
  const auto ended = graph.ended_by(sync);
  if (!ended.ok()) {
    ++outcomes[submission].unused;
    return core::ok_status();
  }
  note_seen(sync.at);
  for (const auto& deletion : ended->records) KGRCA_RETURN_IF_ERROR(apply_to_graph(graph.apply(deletion)));
  outcomes[submission].ended += ended->records.size();
  outcomes[submission].left_to_end += ended->left;
  return core::ok_status();
}

core::Status Lane::Impl::take_event(const model::Event& event) {
  const core::EventKey key = model::event_key(event);
  if (event.time_clamped || (!clamped.empty() && clamped.knows(key.hash))) return take_clamped(event);
  return take_observation(event, key, std::nullopt);
}

// Its times are those of its arrival; of a record sent again they must be those of the first one.
core::Status Lane::Impl::take_clamped(model::Event event) {
  KGRCA_ASSIGN_OR_RETURN(const core::Time first, clamped.first_of(model::event_key(event).hash, event.first));
  event.onset += first - event.first;
  event.first = first;
  event.time_clamped = true;
  return take_observation(event, model::event_key(event), std::nullopt);
}

core::Status Lane::Impl::take_observation(const model::Event& event, core::EventKey key, std::optional<core::ResourceId> subject) {
  if (std::max(event.first, core::Time{}) < cutoffs.of(event.severity)) {
    ++outcomes[submission].expired;
    return core::ok_status();
  }
  const core::Time observed = event.time_clamped ? event.first : event.last;  // the same whenever it is sent
  KGRCA_ASSIGN_OR_RETURN(const bool fresh, dedupe.add(key, event.observation, observed));
  if (!fresh) {
    if (event.source == model::EventSource::state) return take_back(event, key);
    ++outcomes[submission].duplicates;
    return core::ok_status();
  }
  note_seen(event.last);
  KGRCA_ASSIGN_OR_RETURN(TableEntry * known, events.known(key, event));
  if (known != nullptr) {
    take_repeat(event, *known);
  } else {
    take_new(event, key, subject);
  }
  return core::ok_status();
}

// A state change that a late version had withdrawn and a later one made true again: no news as an observation, but a change.
core::Status Lane::Impl::take_back(const model::Event& event, core::EventKey key) {
  KGRCA_ASSIGN_OR_RETURN(const TableEntry * known, events.load(key));
  if (known != nullptr && known->stored.event.type.empty()) return correct(event, known->stored.resource);
  ++outcomes[submission].duplicates;
  return core::ok_status();
}

void Lane::Impl::take_new(const model::Event& event, core::EventKey key, std::optional<core::ResourceId> subject) {
  graph::EventRecord record;
  record.key = key;
  record.resource = subject ? *subject : graph.resolve(event.subject, event.last);
  record.related.reserve(event.related.size());
  for (const model::ResourceRef& ref : event.related) record.related.push_back(graph.resolve(ref, event.last));
  take_merges();
  to_present(record);
  record.ingested = now;
  const rca::Observed observed = engine.observe(event, key, record.resource, record.related);
  record.late = observed == rca::Observed::late;
  if (observed == rca::Observed::taken) record.run = key;
  if (record.late) ++outcomes[submission].late;
  journal_observation(JournalKind::observe, observed, event, key);
  const bool is_our_copy = subject || event.time_clamped;
  if (is_our_copy || worth_keeping(event)) {
    events.insert({std::move(record), event, {}, {}}, submission);
  } else {
    events.pass(std::move(record), event, submission);
  }
}

void Lane::Impl::take_repeat(const model::Event& event, TableEntry& known) {
  events.touch(known, submission);
  merge_observation(event, known.stored.event);
  to_present(known.stored);
  ++outcomes[submission].repeats;
  const graph::StoredEvent& stored = known.stored;
  const rca::Observed observed = engine.observe(event, stored.key, stored.resource, stored.related, &stored.event);
  if (observed == rca::Observed::late) {
    ++outcomes[submission].late;
  } else {
    known.stored.late = false;
  }
  if (observed == rca::Observed::taken && !known.stored.run) known.stored.run = stored.key;
  journal_observation(JournalKind::repeat, observed, event, known.stored.key);
}

core::Status Lane::Impl::apply_to_graph(const graph::Applied& applied) {
  take_merges();
  for (const core::ResourceId id : applied.touched) {
    engine.topology_changed(id);
    JournalOp op;
    op.kind = JournalKind::touched;
    op.a = id;
    journal(op);
  }
  for (const graph::StateChange& change : applied.changes) KGRCA_RETURN_IF_ERROR(take_state_change(change));
  return core::ok_status();
}

core::Status Lane::Impl::take_state_change(const graph::StateChange& change) {
  normalize::Context context;
  context.taxonomy = options.taxonomy;
  context.masker = options.masker;
  context.received = now;
  const auto event = normalize::state_change_event(change.after, change.changes, change.created, context);
  if (change.replaces) return correct(event ? *event : withdrawn(change.after), change.id);
  if (!event) return core::ok_status();
  return take_observation(*event, model::event_key(*event), change.id);
}

core::Status Lane::Impl::correct(const model::Event& event, core::ResourceId subject) {
  const core::EventKey key = model::event_key(event);
  KGRCA_ASSIGN_OR_RETURN(TableEntry * known, events.load(key));
  if (known == nullptr) {
    return event.type.empty() ? core::ok_status() : take_observation(event, key, subject);
  }
  events.touch(*known, submission);
  known->stored.event = event;
  to_present(known->stored);
  if (!known->stored.run) known->stored.run = key;
  for (const core::EventKey other : engine.correct(event, key, known->stored.resource, known->stored.related)) {
    KGRCA_ASSIGN_OR_RETURN(TableEntry * beside, events.load(other));
    if (beside == nullptr) continue;  // gone by retention
    to_present(beside->stored);
    engine.tell_again(beside->stored.event, other, beside->stored.resource, beside->stored.related);
  }
  JournalOp op;
  op.kind = JournalKind::correct;
  op.key = key;
  journal(op);
  return core::ok_status();
}

void Lane::Impl::take_merges() {
  for (const auto& [from, to] : graph.take_merges()) {
    engine.merged(from, to);
    JournalOp op;
    op.kind = JournalKind::merged;
    op.a = from;
    op.b = to;
    journal(op);
  }
}

// After a merge a record stands under the present id of its resource.
void Lane::Impl::to_present(graph::EventRecord& record) const {
  record.resource = graph.canonical(record.resource);
  for (core::ResourceId& id : record.related) id = graph.canonical(id);
}

// A record from the far future must not make everything else look old.
void Lane::Impl::note_seen(core::Time at) { newest = std::max(newest, std::min(at, now + future_max)); }

void Lane::Impl::journal_observation(JournalKind kind, rca::Observed observed, const model::Event& event, core::EventKey key) {
  if (observed != rca::Observed::taken) {
    unjournalled = true;
    return;
  }
  JournalOp op;
  op.kind = kind;
  op.key = key;
  op.last = event.last;
  op.count = event.count;
  op.resolved = event.resolved;
  op.severity = event.severity;
  journal(op);
}

void Lane::Impl::journal(const JournalOp& op) {
  journal_passed();
  running.ops.push_back(op);
}

void Lane::Impl::journal_passed() {
  if (!std::exchange(unjournalled, false)) return;
  JournalOp op;
  op.kind = JournalKind::passed;
  op.last = engine.tenant_time();
  running.ops.push_back(op);
}

}  // namespace kgrca::pipeline
