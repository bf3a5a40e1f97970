#include "kgrca/rca/engine.h"

#include <algorithm>
#include <set>
#include <utility>

#include "rca/checkpoint.h"
#include "rca/episodes.h"
#include "rca/incidents.h"
#include "rca/influence.h"
#include "rca/linker.h"
#include "rca/ranking.h"
#include "rca/rules_data.h"
#include "rca/statistics.h"

namespace kgrca::rca {

struct Engine::Impl {
  Impl(std::shared_ptr<const Rules> r, std::shared_ptr<const model::Taxonomy> t, const graph::LiveGraph& g)
      : rules(std::move(r)), taxonomy(std::move(t)), graph(g), episodes(rules->data(), *taxonomy),
        influence(rules->data(), graph), linker(rules->data(), graph, episodes, influence, statistics),
        ranker(rules->data(), episodes, graph), incidents(rules->data(), episodes, ranker) {}

  Observed observe(const model::Event& event, core::EventKey key, core::ResourceId subject,
                   const std::vector<core::ResourceId>& related, const model::Event* known);
  void pass(core::Time time);
  std::vector<core::EventKey> correct(const model::Event& event, core::EventKey key, core::ResourceId subject,
                                      const std::vector<core::ResourceId>& related);
  void insert(const model::Event& event, core::EventKey key, core::ResourceId subject, const std::vector<core::ResourceId>& related);
  void begin_anew(const model::Event& known, core::EventKey key, core::ResourceId subject,
                  const std::vector<core::ResourceId>& related);
  void take(const EpisodeStore::Taken& taken);
  void forget(EpisodeIndex index);
  void lose(EpisodeIndex index, EpisodeIndex heir);
  void erase(EpisodeIndex index, bool told);
  void emit_links(Delta& delta, EpisodeIndex index);
  void emit_members(Delta& delta);
  Delta settle(core::Time now, bool force);
  void prune();
  void make_room(core::ResourceId resource);
  void conclude_effects_of(EpisodeIndex cause);
  bool is_near(core::Time now) const;
  core::Time present(core::Time now);
  void finish_restore();
  EngineParts parts() { return {episodes, statistics, incidents, linker, tenant_time, pruned}; }

  std::shared_ptr<const Rules> rules;
  std::shared_ptr<const model::Taxonomy> taxonomy;
  const graph::LiveGraph& graph;
  EpisodeStore episodes;
  Statistics statistics;
  InfluenceMap influence;
  Linker linker;
  Ranker ranker;
  Incidents incidents;

  core::Time tenant_time{};
  core::Time pruned{};
  core::Time passed_time{};
  core::Time heard{};    // engine clock of the last record; unknown after a restore
  bool hearing = false;  // records came since the last settle
  std::set<EpisodeIndex> fresh;                             // new or changed runs to group
  struct Joined {
    core::EventKey event;
    EpisodeIndex run = no_episode;
    bool had_run = false;
  };
  std::vector<Joined> joined;               // events that became part of a run that an earlier one begins
  std::vector<Delta::Member> left_behind;   // the same of runs that left memory since
  std::vector<Delta::Links> concluded;      // links that stand and were told under a former head only
  std::vector<core::EventKey> withdrawn;    // of runs that are no more: they begin anew, or have no causes
  std::uint64_t links = 0;
  std::uint64_t late = 0;
  std::uint64_t crowded_out = 0;
  CheckpointMarks marks;
  PendingRestore pending_restore;
  bool restoring = false;  // parts were read and are not joined yet
};

Observed Engine::Impl::observe(const model::Event& event, core::EventKey key, core::ResourceId subject,
                               const std::vector<core::ResourceId>& related, const model::Event* known) {
  const core::Time happened = std::max(event.first, event.last);
  const bool too_late = tenant_time != core::Time{} && happened < tenant_time - rules->data().lateness;
  pass(happened);
  const model::Role role = episodes.type(episodes.type_index(event)).role;
  const bool is_benign = role == model::Role::benign || role == model::Role::recovery;
  if (too_late && !is_benign) ++late;
  if (too_late) return Observed::late;
  if (is_benign) return Observed::passed;
  if (known != nullptr) {
    EpisodeStore::Taken taken = episodes.observe_again(event, *known, key, subject);
    if (taken.index != no_episode) {
      take(taken);
      return Observed::taken;
    }
  }
  // The end of an alert whose beginning was never seen is no new problem.
  if (event.resolved) return Observed::taken;
  if (known == nullptr) insert(event, key, subject, related);
  else begin_anew(*known, key, subject, related);
  return Observed::taken;
}

void Engine::Impl::pass(core::Time time) {
  finish_restore();
  hearing = true;
  tenant_time = std::max(tenant_time, time);
}

// Of an event whose run has left memory.
void Engine::Impl::begin_anew(const model::Event& known, core::EventKey key, core::ResourceId subject,
                              const std::vector<core::ResourceId>& related) {
  insert(known, key, subject, related);
  if (const EpisodeIndex head = episodes.find_head(key); head != no_episode) joined.push_back({key, head});
}

void Engine::Impl::insert(const model::Event& event, core::EventKey key, core::ResourceId subject,
                          const std::vector<core::ResourceId>& related) {
  TypeIndex type = episodes.type_index(event);
  model::Role role = episodes.type(type).role;
  if (role == model::Role::benign || role == model::Role::recovery) return;
  EpisodeStore::Taken taken = episodes.insert(event, key, subject, type, related);
  take(taken);
  if (episodes.at(taken.index).head != key) joined.push_back({key, taken.index});
  make_room(subject);
}

void Engine::Impl::make_room(core::ResourceId resource) {
  for (EpisodeIndex index : episodes.surplus(resource)) {
    ++crowded_out;
    conclude_effects_of(index);
    incidents.crowd_out(index);
    erase(index, false);
  }
}

// What it explains best and was not scored for good yet.
void Engine::Impl::conclude_effects_of(EpisodeIndex cause) {
  for (EpisodeIndex index : episodes.at(cause).children) {
    const Episode& effect = episodes.at(index);
    if (effect.final || effect.parent_index.front() != cause) continue;
    marks.touch(effect.resource);
    if (effect.parents.front().effect != effect.head) concluded.push_back({effect.head, effect.parents});
    linker.conclude(index);
  }
}

// Marks for scoring whatever the links of may be other than before.
void Engine::Impl::take(const EpisodeStore::Taken& taken) {
  Episode& e = episodes.at(taken.index);
  marks.touch(e.resource);
  for (EpisodeIndex gone : taken.absorbed) {
    for (Joined& event : joined)
      if (event.run == gone) event.run = taken.index;
    lose(gone, taken.index);
  }
  const bool head_changed = e.head != taken.old_head;
  if (head_changed) statistics.discount(e.type, taken.old_head.time());
  if (taken.created || head_changed) statistics.count(e.type, e.start);
  if (head_changed || !taken.absorbed.empty()) e.concluded = false;
  for (core::EventKey former : taken.former_heads) joined.push_back({former, taken.index, true});
  if (head_changed) {
    joined.push_back({e.head, taken.index, true});  // what it may have had of its own is void
    for (EpisodeIndex child : e.children) linker.mark(child);
  }
  if (taken.created || head_changed || e.onset != taken.old_onset || e.severity != taken.old_severity || !taken.absorbed.empty()) {
    linker.mark(taken.index);
    linker.mark_effects_of(taken.index, e.onset);
    fresh.insert(taken.index);
  } else {
    if (taken.text_changed) linker.mark(taken.index);
    // What began when this run seemed to be over, or to go on, may have to be scored again.
    const auto [from, to] = std::minmax({taken.old_until, episodes.until(e)});
    if (from != to && from + rules->data().episode_gap <= tenant_time + rules->data().skew)
      linker.mark_effects_of(taken.index, from + rules->data().episode_gap);
  }
  incidents.touch(taken.index);
}

// It is too old to matter; what was told of it stands.
void Engine::Impl::forget(EpisodeIndex index) {
  incidents.forget(index);
  erase(index, false);
}

// It was withdrawn, or became part of `heir`.
void Engine::Impl::lose(EpisodeIndex index, EpisodeIndex heir) {
  statistics.discount(episodes.at(index).type, episodes.at(index).start);
  for (EpisodeIndex other : incidents.lose(index, heir)) fresh.insert(other);
  erase(index, true);
}

void Engine::Impl::erase(EpisodeIndex index, bool told) {
  marks.touch(episodes.at(index).resource);
  linker.forget(index, told);
  fresh.erase(index);
  for (const Joined& event : joined)
    if (event.run == index && !told && !event.had_run) left_behind.push_back({event.event, episodes.at(index).head});
  std::erase_if(joined, [index](const Joined& event) { return event.run == index; });
  episodes.erase(index);
}

std::vector<core::EventKey> Engine::Impl::correct(const model::Event& event, core::EventKey key, core::ResourceId subject,
                                                  const std::vector<core::ResourceId>& related) {
  finish_restore();
  if (event.first < tenant_time - rules->data().lateness) {
    ++late;
    return {};
  }
  std::vector<core::EventKey> others;
  EpisodeIndex index = episodes.find_holder(key, subject);
  if (index != no_episode) {
    const Episode& e = episodes.at(index);
    others = e.members;
    others.push_back(e.head);
    withdrawn.insert(withdrawn.end(), others.begin(), others.end());
    std::erase(others, key);
    lose(index, no_episode);
  } else {
    withdrawn.push_back(key);
  }
  if (!event.type.empty()) insert(event, key, subject, related);
  return others;
}

void Engine::Impl::emit_links(Delta& delta, EpisodeIndex index) {
  const Episode& e = episodes.at(index);
  links += e.parents.size();
  delta.links.push_back({e.head, e.parents});
}

void Engine::Impl::emit_members(Delta& delta) {
  for (const Delta::Member& member : std::exchange(left_behind, {}))
    if (member.event != member.run) delta.members.push_back(member);
  for (const Joined& event : std::exchange(joined, {})) {
    const core::EventKey head = episodes.at(event.run).head;
    if (event.event != head || !event.had_run) delta.members.push_back({event.event, head, event.had_run});
    else if (!episodes.at(event.run).concluded) emit_links(delta, event.run);
  }
}

Delta Engine::Impl::settle(core::Time now, bool force) {
  Delta delta;
  finish_restore();
  const core::Time passed = present(now);
  Linker::Relinked relinked = linker.relink(passed);
  for (core::EventKey key : std::exchange(withdrawn, {})) {
    const EpisodeIndex head = episodes.find_head(key);
    if (head != no_episode) emit_links(delta, head);
    else delta.links.push_back({key, {}});
    delta.members.push_back({key, key});
  }
  for (Delta::Links& links_of_run : std::exchange(concluded, {})) delta.links.push_back(std::move(links_of_run));
  for (EpisodeIndex index : relinked.changed) {
    emit_links(delta, index);
    marks.touch(episodes.at(index).resource);
    fresh.insert(index);
  }
  emit_members(delta);
  for (EpisodeIndex index : relinked.finished) marks.touch(episodes.at(index).resource);
  incidents.regroup({fresh.begin(), fresh.end()});
  fresh.clear();
  for (Incidents::Given& given : incidents.settle(now, passed, force))
    delta.incidents.push_back({std::move(given.incident), std::move(given.new_members)});
  prune();
  return delta;
}

void Engine::Impl::finish_restore() {
  if (!restoring) return;
  restoring = false;
  resolve_checkpoint(parts(), pending_restore);
}

// Recorded streams of any age work because the Clock counts only while it is close; long enough to close what a silent stream
// left open.
bool Engine::Impl::is_near(core::Time now) const {
  const Rules::Data& data = rules->data();
  return now - std::max(tenant_time, heard) <= std::max(data.close_after, data.close_after_firing) + std::chrono::minutes(15);
}

// Where tenant time stands for finishing links and closing incidents when nothing comes: the Clock moves it on by the length
// of the silence, so that a stream which runs behind the Clock is not over while it comes. A record that comes after all opens
// again what it touches.
core::Time Engine::Impl::present(core::Time now) {
  if (std::exchange(hearing, false)) heard = now;
  const core::Time moved = heard == core::Time{} ? now : std::min(now, tenant_time + (now - heard));
  passed_time = std::max({passed_time, tenant_time, is_near(now) ? moved : tenant_time});
  return passed_time;
}

// Drops what no later record can reach any more. At most once a minute of tenant time.
void Engine::Impl::prune() {
  const Rules::Data& data = rules->data();
  if (tenant_time < pruned + std::chrono::minutes(1)) return;
  pruned = tenant_time;
  const core::Time cut = tenant_time - data.memory;
  std::vector<EpisodeIndex> old;
  // An incident goes as a whole, or what is left of it would be told as if it were all.
  std::set<core::IncidentId> needed;
  for (const auto& [head, index] : episodes.heads()) {
    const Episode& e = episodes.at(index);
    auto state = incidents.states().find(e.incident);
    bool told = state != incidents.states().end() && state->second.listed;
    if (episodes.until(e) < cut) old.push_back(index);
    if (told && (episodes.until(e) >= cut || state->second.status == model::IncidentStatus::open || state->second.quiet_at >= cut))
      needed.insert(e.incident);
  }
  std::erase_if(old, [&](EpisodeIndex index) { return needed.contains(episodes.at(index).incident); });
  std::sort(old.begin(), old.end());
  for (EpisodeIndex index : old) forget(index);
  statistics.prune(tenant_time);
}

Engine::Engine(std::shared_ptr<const Rules> rules, std::shared_ptr<const model::Taxonomy> taxonomy,
               const graph::LiveGraph& graph)
    : impl_(std::make_unique<Impl>(std::move(rules), std::move(taxonomy), graph)) {}
Engine::~Engine() = default;

Observed Engine::observe(const model::Event& event, core::EventKey key, core::ResourceId subject,
                         const std::vector<core::ResourceId>& related, const model::Event* known) {
  return impl_->observe(event, key, subject, related, known);
}

void Engine::pass(core::Time time) { impl_->pass(time); }

std::vector<core::EventKey> Engine::correct(const model::Event& event, core::EventKey key, core::ResourceId subject,
                                            const std::vector<core::ResourceId>& related) {
  return impl_->correct(event, key, subject, related);
}

void Engine::tell_again(const model::Event& known, core::EventKey key, core::ResourceId subject,
                        const std::vector<core::ResourceId>& related) {
  impl_->insert(known, key, subject, related);
}

void Engine::topology_changed(core::ResourceId) { impl_->influence.topology_changed(); }

void Engine::merged(core::ResourceId from, core::ResourceId to) {
  impl_->influence.topology_changed();
  impl_->marks.touch(from);
  impl_->marks.touch(to);
  for (const EpisodeStore::Taken& taken : impl_->episodes.move_resource(from, to)) {
    impl_->take(taken);
    impl_->linker.mark(taken.index);
    impl_->linker.mark_effects_of(taken.index, impl_->episodes.at(taken.index).onset);
  }
}

Delta Engine::settle(core::Time now, bool force) { return impl_->settle(now, force); }

core::Time Engine::tenant_time() const { return impl_->tenant_time; }

EngineStats Engine::stats() const {
  return {.episodes = impl_->episodes.size(), .open_incidents = impl_->incidents.open_count(), .links = impl_->links,
          .late = impl_->late, .cut_effects = impl_->linker.cut(), .runs_crowded_out = impl_->crowded_out,
          .events_unnamed = impl_->episodes.unnamed()};
}

bool Engine::waits(core::Time now) const {
  return impl_->is_near(now) && (impl_->incidents.open_count() > 0 || impl_->linker.waits());
}

void Engine::checkpoint(bool all, const std::function<void(std::uint16_t, std::string)>& put) {
  impl_->finish_restore();
  write_checkpoint(impl_->parts(), impl_->marks, all, put);
}

core::Status Engine::restore(std::uint16_t part, std::string_view bytes) {
  impl_->restoring = true;
  return read_checkpoint(impl_->parts(), part, bytes, impl_->pending_restore);
}

}  // namespace kgrca::rca
