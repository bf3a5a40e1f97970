#include "rca/incidents.h"

#include <algorithm>
#include <utility>

#include "kgrca/core/hash.h"

namespace kgrca::rca {
namespace {

constexpr std::size_t aliases_kept = 64;

core::IncidentId id_of(core::EventKey earliest) {
  std::uint64_t value = core::combine_hash(earliest.time_us, earliest.hash);
  return core::IncidentId{value == 0 ? 1 : value};
}

}  // namespace

// Whether the episode is joined as it was when its component was walked last: then neither it nor its causes moved between incidents.
// Remembers how it is joined now.
bool Incidents::is_grouped(EpisodeIndex index) {
  Episode& e = episodes_.at(index);
  std::uint64_t now = core::combine_hash(e.head.time_us, e.head.hash);
  for (EpisodeIndex cause : e.joined) {
    const core::EventKey& head = episodes_.at(cause).head;
    now = core::combine_hash(now, core::combine_hash(head.time_us, head.hash));
  }
  return std::exchange(e.grouped_as, now | 1) == (now | 1);
}

std::vector<EpisodeIndex> Incidents::component(EpisodeIndex start) {
  ++walk_;
  std::vector<EpisodeIndex> out;
  auto visit = [&](EpisodeIndex next) {
    if (next >= seen_.size()) seen_.resize(next + 1, 0);
    if (std::exchange(seen_[next], walk_) != walk_) out.push_back(next);
  };
  visit(start);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Episode& e = episodes_.at(out[i]);
    for (EpisodeIndex cause : e.joined) visit(cause);
    for (EpisodeIndex child : e.children) {
      const auto& causes = episodes_.at(child).joined;
      if (std::find(causes.begin(), causes.end(), out[i]) != causes.end()) visit(child);
    }
  }
  std::vector<std::pair<core::EventKey, EpisodeIndex>> by_head;
  by_head.reserve(out.size());
  for (EpisodeIndex index : out) by_head.emplace_back(episodes_.at(index).head, index);
  std::sort(by_head.begin(), by_head.end());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = by_head[i].second;
  return out;
}

// Walks whole components, so that they do not depend on where the walk began. Cost: the sizes of the components whose joints changed.
void Incidents::regroup(const std::vector<EpisodeIndex>& changed) {
  // By head, not by place in memory: which part of a split keeps the incident's past must survive a restart.
  Todo todo;
  for (EpisodeIndex index : changed)
    if (is_grouped(index) && !heirs_.contains(index)) touch(index);
    else todo.insert({episodes_.at(index).head, index});
  const std::uint64_t first_walk = walk_ + 1;
  while (!todo.empty()) {
    EpisodeIndex start = todo.begin()->second;
    todo.erase(todo.begin());
    bool met = start < seen_.size() && seen_[start] >= first_walk;
    if (met || !episodes_.at(start).alive) continue;
    place(component(start), todo);
  }
}

// Whose past the incident `id` of these members takes over.
std::vector<core::IncidentId> Incidents::former_of(const std::vector<EpisodeIndex>& members, core::IncidentId id) const {
  std::vector<core::IncidentId> out;
  if (orphans_.contains(id)) out.push_back(id);
  for (EpisodeIndex m : members) {
    core::IncidentId former = episodes_.at(m).incident;
    if (former && (out.empty() || out.back() != former)) out.push_back(former);
    auto left = heirs_.find(m);
    if (left != heirs_.end()) out.insert(out.end(), left->second.begin(), left->second.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void Incidents::add_alias(IncidentState& state, const IncidentState& former) {
  auto add = [&](core::IncidentId id) {
    if (id == state.id) return true;
    auto it = std::lower_bound(state.aliases.begin(), state.aliases.end(), id);
    if (it != state.aliases.end() && *it == id) return true;
    if (state.aliases.size() >= aliases_kept) return false;
    state.aliases.insert(it, id);
    return true;
  };
  for (core::IncidentId alias : former.aliases) add(alias);
  if (former.listed && !add(former.id)) parting_.push_back(former);
}

// REQUIRES: `members` come from the last walk.
void Incidents::place(std::vector<EpisodeIndex> members, Todo& todo) {
  core::IncidentId id = id_of(episodes_.at(members.front()).head);
  const std::vector<core::IncidentId> former = former_of(members, id);
  const auto same = states_.find(id);
  if (former.size() == 1 && former.front() == id && same != states_.end() && same->second.members == members) {
    pending_.insert(id);
    stale_.insert(id);
    return;
  }
  IncidentState next;
  next.id = id;
  for (core::IncidentId old : former) {
    auto found = states_.find(old);
    if (found == states_.end()) continue;
    IncidentState& state = found->second;
    next.degraded = next.degraded || state.degraded;
    if (old == id) next.given_members = std::move(state.given_members);  // these are told already
    if (state.listed && (!next.listed || state.opened < next.opened)) {
      next.listed = true;
      next.opened = state.opened;
      next.history = std::move(state.history);
    }
    add_alias(next, state);
    // Members that are no longer here form an incident of their own.
    for (EpisodeIndex m : state.members) {
      if (m < seen_.size() && seen_[m] == walk_) continue;
      episodes_.at(m).incident = {};
      todo.insert({episodes_.at(m).head, m});
    }
    drop(old);
  }
  next.members = std::move(members);
  for (EpisodeIndex m : next.members) episodes_.at(m).incident = id;
  std::erase(next.aliases, id);
  for (core::IncidentId alias : next.aliases) alias_owner_[alias] = id;
  release(next, todo);
  pending_.insert(id);
  stale_.insert(id);
  set_open(states_.insert_or_assign(id, std::move(next)).first->second);
}

// Another incident that still goes by this id gives it up; its members are grouped anew. What was told under the id goes on as
// this one.
void Incidents::release(IncidentState& next, Todo& todo) {
  auto found = states_.find(next.id);
  if (found == states_.end()) return;
  if (found->second.listed && !next.listed) {
    next.listed = true;
    next.opened = found->second.opened;
    next.history = std::move(found->second.history);
  }
  for (EpisodeIndex m : found->second.members) {
    if (m < seen_.size() && seen_[m] == walk_) continue;
    episodes_.at(m).incident = {};
    todo.insert({episodes_.at(m).head, m});
  }
  drop(next.id);
}

void Incidents::drop(core::IncidentId id) {
  auto found = states_.find(id);
  for (core::IncidentId alias : found->second.aliases) alias_owner_.erase(alias);
  due_.erase({found->second.quiet_at, id});
  states_.erase(found);
  pending_.erase(id);
  stale_.erase(id);
  open_.erase(id);
  orphans_.erase(id);
}

void Incidents::touch(EpisodeIndex episode) {
  core::IncidentId id = episodes_.at(episode).incident;
  if (!states_.contains(id)) return;
  pending_.insert(id);
  stale_.insert(id);
}

void Incidents::forget(EpisodeIndex episode) {
  auto found = states_.find(episodes_.at(episode).incident);
  if (found == states_.end()) return;
  std::erase(found->second.members, episode);
  for (EpisodeIndex other : found->second.members) episodes_.at(other).grouped_as = 0;
  stale_.insert(found->first);
  if (found->second.members.empty()) drop(found->first);
}

// What would have gone on as part of `from`'s incident goes on as part of `heir`'s, or not at all.
void Incidents::pass_on(EpisodeIndex from, EpisodeIndex heir) {
  const auto left = heirs_.extract(from);
  if (left.empty() || heir == no_episode) return;
  std::vector<core::IncidentId>& ids = heirs_[heir];
  ids.insert(ids.end(), left.mapped().begin(), left.mapped().end());
}

std::vector<EpisodeIndex> Incidents::lose(EpisodeIndex episode, EpisodeIndex heir) {
  pass_on(episode, heir);
  auto found = states_.find(episodes_.at(episode).incident);
  if (found == states_.end()) return {};
  const auto& [id, state] = *found;
  if (state.members.size() > 1 || !state.listed || state.status != model::IncidentStatus::open) {
    pending_.insert(id);
    std::vector<EpisodeIndex> others = state.members;
    std::erase(others, episode);
    forget(episode);
    return others;
  }
  found->second.members.clear();
  pending_.erase(id);
  orphans_.insert(id);
  if (heir != no_episode) heirs_[heir].push_back(id);
  return {};
}

void Incidents::crowd_out(EpisodeIndex episode) {
  pass_on(episode, no_episode);
  auto found = states_.find(episodes_.at(episode).incident);
  if (found == states_.end()) return;
  found->second.degraded = true;
  if (found->second.status == model::IncidentStatus::open) lose(episode, no_episode);
  else forget(episode);
}

std::size_t Incidents::open_count() const { return open_.size(); }

void Incidents::adopt(IncidentState state, bool pending) {
  for (core::IncidentId alias : state.aliases) alias_owner_[alias] = state.id;
  for (EpisodeIndex m : state.members) episodes_.at(m).incident = state.id;
  core::IncidentId id = state.id;
  stale_.insert(id);
  if (state.members.empty()) orphans_.insert(id);
  else if (pending) pending_.insert(id);
  set_open(states_.insert_or_assign(id, std::move(state)).first->second);
}

}  // namespace kgrca::rca
