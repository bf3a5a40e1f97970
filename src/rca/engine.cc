#include "kgrca/rca/engine.h"

#include <algorithm>
#include <set>

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

  bool observe(const model::Event& event, core::EventKey key, core::ResourceId subject,
               const std::vector<core::ResourceId>& related, bool repeat);
  void correct(const model::Event& event, core::EventKey key);
  void added(const EpisodeStore::Inserted& inserted);
  void forget(EpisodeIndex index);
  void emit_links(Delta& delta, EpisodeIndex index);
  void emit_member(Delta& delta, core::EventKey key, EpisodeIndex index);
  Delta settle(core::Time now, bool force);
  void prune();
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
  core::Time closing_time{};
  std::set<EpisodeIndex> fresh;                             // new or changed runs to group
  std::vector<std::pair<core::EventKey, EpisodeIndex>> joined;  // events that joined a run: they take the head's links
  std::vector<core::EventKey> withdrawn;                    // heads no more: their own links are void
  std::uint64_t links = 0;
  std::uint64_t late = 0;
  CheckpointMarks marks;
  PendingRestore pending_restore;
  bool restoring = false;  // parts were read and are not joined yet
};

bool Engine::Impl::observe(const model::Event& event, core::EventKey key, core::ResourceId subject,
                           const std::vector<core::ResourceId>& related, bool repeat) {
  const Rules::Data& data = rules->data();
  finish_restore();
  core::Time happened = std::max(event.first, event.last);
  TypeIndex type = episodes.type_index(event);
  bool too_late = tenant_time != core::Time{} && happened < tenant_time - data.lateness;
  tenant_time = std::max(tenant_time, happened);
  model::Role role = episodes.type(type).role;
  if (role == model::Role::benign || role == model::Role::recovery) return !too_late;
  if (too_late) {
    ++late;
    return false;
  }
  if (repeat) {
    EpisodeIndex known = episodes.observe_again(event, key, subject, type);
    if (known != no_episode) {
      incidents.touch(known);
      marks.touch(episodes.at(known).resource);
      return true;
    }
  }
  if (event.resolved) return true;  // the end of an alert whose beginning was never seen is no new problem
  added(episodes.insert(event, key, subject, type, related));
  EpisodeIndex index = episodes.find_head(key);
  if (index == no_episode) {
    for (EpisodeIndex candidate : episodes.of(subject)) {
      const Episode& e = episodes.at(candidate);
      if (e.type == type && std::binary_search(e.members.begin(), e.members.end(), key)) joined.emplace_back(key, candidate);
    }
  }
  return true;
}

void Engine::Impl::added(const EpisodeStore::Inserted& inserted) {
  Episode& e = episodes.at(inserted.index);
  marks.touch(e.resource);
  if (inserted.absorbed != no_episode) {
    statistics.discount(e.type, episodes.at(inserted.absorbed).onset);
    withdrawn.push_back(episodes.at(inserted.absorbed).head);
    forget(inserted.absorbed);
  }
  if (!inserted.created && e.onset != inserted.old_onset) statistics.discount(e.type, inserted.old_onset);
  if (inserted.created || e.onset != inserted.old_onset) statistics.count(e.type, e.onset);
  if (inserted.head_changed) {
    withdrawn.push_back(inserted.old_head);
    for (EpisodeIndex child : e.children) linker.mark(child);
  }
  if (inserted.created || inserted.head_changed || inserted.severity_raised || inserted.absorbed != no_episode) {
    e.final = false;
    linker.mark(inserted.index);
    linker.mark_effects_of(inserted.index);
    fresh.insert(inserted.index);
  }
  incidents.touch(inserted.index);
}

void Engine::Impl::forget(EpisodeIndex index) {
  marks.touch(episodes.at(index).resource);
  incidents.forget(index);
  linker.forget(index);
  fresh.erase(index);
  std::erase_if(joined, [&](const auto& entry) { return entry.second == index; });
  episodes.erase(index);
}

void Engine::Impl::correct(const model::Event& event, core::EventKey key) {
  finish_restore();
  EpisodeIndex index = episodes.find_holder(key);
  if (index == no_episode) return;
  core::ResourceId subject = episodes.at(index).resource;
  std::vector<core::ResourceId> related = episodes.at(index).related;
  std::vector<EpisodeIndex> children = episodes.at(index).children;
  withdrawn.push_back(key);
  std::erase_if(joined, [&](const auto& entry) { return entry.first == key; });
  if (episodes.at(index).members.empty()) {
    statistics.discount(episodes.at(index).type, episodes.at(index).onset);
    forget(index);
  } else {
    EpisodeStore::Inserted changed{.index = index, .old_head = episodes.at(index).head, .old_onset = episodes.at(index).onset};
    episodes.take_out(index, key);
    changed.head_changed = episodes.at(index).head != changed.old_head;
    added(changed);
  }
  for (EpisodeIndex child : children) linker.mark(child);
  if (!event.type.empty()) observe(event, key, subject, related, false);
}

void Engine::Impl::emit_links(Delta& delta, EpisodeIndex index) {
  const Episode& e = episodes.at(index);
  links += e.parents.size();
  delta.links.push_back({e.head, e.parents});
}

// An event that belongs to a run has the causes of the run.
void Engine::Impl::emit_member(Delta& delta, core::EventKey key, EpisodeIndex index) {
  const Episode& e = episodes.at(index);
  if (!e.alive || e.head == key || (e.parents.empty() && !e.final)) return;
  Delta::Links copy{key, e.parents};
  for (model::Link& link : copy.links) link.effect = key;
  links += copy.links.size();
  delta.links.push_back(std::move(copy));
}

Delta Engine::Impl::settle(core::Time now, bool force) {
  Delta delta;
  finish_restore();
  Linker::Relinked relinked = linker.relink(tenant_time);
  for (core::EventKey key : withdrawn)
    if (EpisodeIndex head = episodes.find_head(key); head != no_episode) emit_links(delta, head);
    else delta.links.push_back({key, {}});  // a member is given its run's links below
  withdrawn.clear();
  for (EpisodeIndex index : relinked.changed) {
    emit_links(delta, index);
    marks.touch(episodes.at(index).resource);
    fresh.insert(index);
  }
  for (const auto& [key, index] : joined) emit_member(delta, key, index);
  for (EpisodeIndex index : relinked.finished) {
    Episode& e = episodes.at(index);
    marks.touch(e.resource);
    if (!e.members_stale) continue;
    e.members_stale = false;
    for (core::EventKey key : e.members) emit_member(delta, key, index);
  }
  joined.clear();
  incidents.regroup({fresh.begin(), fresh.end()});
  fresh.clear();
  for (Incidents::Given& given : incidents.settle(now, present(now), force))
    delta.incidents.push_back({std::move(given.incident), std::move(given.new_members)});
  prune();
  return delta;
}

void Engine::Impl::finish_restore() {
  if (!restoring) return;
  restoring = false;
  resolve_checkpoint(parts(), pending_restore);
}

// Where tenant time stands for closing incidents: the Clock moves it on only while the two are close, so that recorded streams
// of any age work.
core::Time Engine::Impl::present(core::Time now) {
  constexpr core::Duration close = std::chrono::minutes(15);
  bool near = now > tenant_time && now - tenant_time <= close;
  closing_time = std::max({closing_time, tenant_time, near ? now : tenant_time});
  return closing_time;
}

// Drops what no later record can reach any more. At most once a minute of tenant time.
void Engine::Impl::prune() {
  const Rules::Data& data = rules->data();
  if (tenant_time < pruned + std::chrono::minutes(1)) return;
  pruned = tenant_time;
  std::vector<EpisodeIndex> old;
  for (const auto& [head, index] : episodes.heads()) {
    const Episode& e = episodes.at(index);
    if (e.firing || e.last >= tenant_time - data.memory) continue;
    auto state = incidents.states().find(e.incident);
    // An incident goes as a whole, or what is left of it would be told as if it were all.
    bool needed = state != incidents.states().end() && state->second.listed &&
                  (state->second.status == model::IncidentStatus::open || state->second.quiet_at >= tenant_time - data.memory);
    if (!needed) old.push_back(index);
  }
  std::sort(old.begin(), old.end());
  for (EpisodeIndex index : old) forget(index);
  statistics.prune(tenant_time - std::chrono::hours(6));
}

Engine::Engine(std::shared_ptr<const Rules> rules, std::shared_ptr<const model::Taxonomy> taxonomy,
               const graph::LiveGraph& graph)
    : impl_(std::make_unique<Impl>(std::move(rules), std::move(taxonomy), graph)) {}
Engine::~Engine() = default;

bool Engine::observe(const model::Event& event, core::EventKey key, core::ResourceId subject,
                     const std::vector<core::ResourceId>& related, bool repeat) {
  return impl_->observe(event, key, subject, related, repeat);
}

void Engine::correct(const model::Event& event, core::EventKey key) { impl_->correct(event, key); }

void Engine::topology_changed(core::ResourceId) { impl_->influence.topology_changed(); }

void Engine::merged(core::ResourceId from, core::ResourceId to) {
  impl_->influence.topology_changed();
  impl_->marks.touch(from);
  impl_->marks.touch(to);
  impl_->episodes.move_resource(from, to);
  for (EpisodeIndex index : impl_->episodes.of(to)) {
    impl_->linker.mark(index);
    impl_->linker.mark_effects_of(index);
  }
}

Delta Engine::settle(core::Time now, bool force) { return impl_->settle(now, force); }

core::Time Engine::tenant_time() const { return impl_->tenant_time; }

EngineStats Engine::stats() const {
  return {.episodes = impl_->episodes.size(), .open_incidents = impl_->incidents.open_count(), .links = impl_->links,
          .candidate_checks = impl_->linker.checks(), .late = impl_->late};
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
