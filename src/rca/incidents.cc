#include "rca/incidents.h"

#include <algorithm>
#include <array>

#include "kgrca/core/hash.h"

namespace kgrca::rca {
namespace {

constexpr core::Duration shown_interval = std::chrono::milliseconds(250);
constexpr std::size_t aliases_kept = 64;
constexpr std::size_t history_kept = 256;

core::IncidentId id_of(core::EventKey earliest) {
  std::uint64_t value = core::combine_hash(earliest.time_us, earliest.hash);
  return core::IncidentId{value == 0 ? 1 : value};
}

void add_alias(IncidentState& state, core::IncidentId id) {
  if (!id || id == state.id || state.aliases.size() >= aliases_kept) return;
  auto it = std::lower_bound(state.aliases.begin(), state.aliases.end(), id);
  if (it == state.aliases.end() || *it != id) state.aliases.insert(it, id);
}

}  // namespace

// An effect belongs to its likeliest cause; further causes glue incidents together only when they are likely.
bool Incidents::joined(const Episode& effect, std::size_t parent) const {
  float p = effect.parents[parent].confidence;
  return parent == 0 ? p >= rules_.join : p >= rules_.merge;
}

std::vector<EpisodeIndex> Incidents::component(EpisodeIndex start, bool& degraded) const {
  std::vector<EpisodeIndex> out{start};
  std::set<EpisodeIndex> seen{start};
  auto visit = [&](EpisodeIndex next) {
    if (!seen.insert(next).second) return;
    if (out.size() < rules_.max_members) out.push_back(next);
    else degraded = true;
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Episode& e = episodes_.at(out[i]);
    for (std::size_t p = 0; p < e.parent_index.size(); ++p)
      if (joined(e, p)) visit(e.parent_index[p]);
    for (EpisodeIndex child : e.children) {
      const Episode& c = episodes_.at(child);
      for (std::size_t p = 0; p < c.parent_index.size(); ++p)
        if (c.parent_index[p] == out[i] && joined(c, p)) visit(child);
    }
  }
  std::sort(out.begin(), out.end(), [&](EpisodeIndex a, EpisodeIndex b) {
    return episodes_.at(a).head < episodes_.at(b).head;
  });
  return out;
}

void Incidents::regroup(const std::vector<EpisodeIndex>& changed) {
  std::set<EpisodeIndex> todo(changed.begin(), changed.end());
  while (!todo.empty()) {
    EpisodeIndex start = *todo.begin();
    todo.erase(todo.begin());
    if (!episodes_.at(start).alive) continue;
    bool degraded = false;
    std::vector<EpisodeIndex> members = component(start, degraded);
    for (EpisodeIndex member : members) todo.erase(member);
    place(std::move(members), degraded, todo);
  }
}

void Incidents::place(std::vector<EpisodeIndex> members, bool degraded, std::set<EpisodeIndex>& todo) {
  core::IncidentId id = id_of(episodes_.at(members.front()).head);
  std::set<core::IncidentId> former;
  for (EpisodeIndex m : members)
    if (episodes_.at(m).incident) former.insert(episodes_.at(m).incident);
  IncidentState next;
  next.id = id;
  for (core::IncidentId old : former) {
    auto found = states_.find(old);
    if (found == states_.end()) continue;
    IncidentState& state = found->second;
    if (old == id && state.members == members && !degraded) {
      pending_.insert(id);
      return;
    }
    if (state.listed && (!next.listed || state.opened < next.opened)) {
      next.listed = true;
      next.opened = state.opened;
      next.history = std::move(state.history);
    }
    for (core::IncidentId alias : state.aliases) add_alias(next, alias);
    if (state.listed) add_alias(next, old);
    // Members that are no longer here form an incident of their own.
    for (EpisodeIndex m : state.members) {
      if (std::find(members.begin(), members.end(), m) != members.end()) continue;
      episodes_.at(m).incident = {};
      todo.insert(m);
    }
    drop(old);
  }
  next.members = std::move(members);
  next.degraded = degraded;
  for (EpisodeIndex m : next.members) episodes_.at(m).incident = id;
  std::erase(next.aliases, id);
  pending_.insert(id);
  if (next.listed) open_.insert(id);
  states_.insert_or_assign(id, std::move(next));
}

void Incidents::drop(core::IncidentId id) {
  states_.erase(id);
  pending_.erase(id);
  open_.erase(id);
}

void Incidents::touch(EpisodeIndex episode) {
  core::IncidentId id = episodes_.at(episode).incident;
  if (states_.contains(id)) pending_.insert(id);
}

void Incidents::forget(EpisodeIndex episode) {
  auto found = states_.find(episodes_.at(episode).incident);
  if (found == states_.end()) return;
  std::erase(found->second.members, episode);
  if (found->second.members.empty()) drop(found->first);
}

// How much trouble the members are, in warnings, errors and alerts: one lone warning is no incident.
float Incidents::mass(const IncidentState& state) const {
  constexpr std::array<float, 5> by_severity{0, 0, 0.5f, 1, 1.5f};
  float sum = 0;
  for (EpisodeIndex m : state.members) {
    const Episode& e = episodes_.at(m);
    const TypeInfo& type = episodes_.type_of(e);
    if (type.chronic || type.role == model::Role::change) continue;
    float weight = by_severity[static_cast<std::size_t>(e.severity)];
    if (e.source == model::EventSource::alert) weight += 0.5f;
    sum += weight * std::min(1.0f, rules_.symptom_weight[type.group]);
  }
  return sum;
}

void Incidents::close_quiet(IncidentState& state, core::Time tenant_time) {
  core::Time last{};
  bool firing = false;
  for (EpisodeIndex m : state.members) {
    const Episode& e = episodes_.at(m);
    last = std::max(last, e.last);
    firing = firing || e.firing;
  }
  core::Time end = last + (firing ? rules_.close_after_firing : rules_.close_after);
  auto status = tenant_time >= end ? model::IncidentStatus::resolved : model::IncidentStatus::open;
  if (status == state.status) return;
  state.status = status;
  bool resolved = status == model::IncidentStatus::resolved;
  state.resolved_at = resolved ? end : core::Time{};
  pending_.insert(state.id);
}

Incidents::Given Incidents::give(IncidentState& state, core::Time now) {
  Given given;
  model::Incident& out = given.incident;
  out = ranker_.rank(state.members);
  out.id = state.id;
  out.aliases = state.aliases;
  out.status = state.status;
  out.resolved_at = state.resolved_at;
  out.degraded = state.degraded;
  core::EventKey top = out.abstained || out.roots.empty() ? core::EventKey{} : out.roots.front().event;
  float confidence = top ? out.roots.front().confidence : 0;
  if ((state.history.empty() || state.history.back().root != top) && state.history.size() < history_kept)
    state.history.push_back({now, top, confidence});
  out.history = state.history;
  if (!state.listed) state.opened = now;
  state.listed = true;
  out.opened = state.opened;
  std::vector<core::EventKey> keys;
  for (const model::IncidentMember& member : out.members) keys.push_back(member.event);
  std::sort(keys.begin(), keys.end());
  std::set_difference(keys.begin(), keys.end(), state.given_members.begin(), state.given_members.end(),
                      std::back_inserter(given.new_members));
  state.given_members = std::move(keys);
  state.shown = now;
  return given;
}

std::vector<Incidents::Given> Incidents::settle(core::Time now, core::Time tenant_time, bool force) {
  for (core::IncidentId id : open_) close_quiet(states_.at(id), tenant_time);
  std::vector<Given> out;
  for (auto it = pending_.begin(); it != pending_.end();) {
    IncidentState& state = states_.at(*it);
    if (state.listed) close_quiet(state, tenant_time);
    bool small = !state.listed && mass(state) < rules_.min_incident_mass;
    bool soon = state.listed && !force && now < state.shown + shown_interval;
    if (!small && !soon) out.push_back(give(state, now));
    if (state.listed && state.status == model::IncidentStatus::open) open_.insert(state.id);
    else open_.erase(state.id);
    it = soon ? std::next(it) : pending_.erase(it);
  }
  return out;
}

std::size_t Incidents::open_count() const { return open_.size(); }

void Incidents::adopt(IncidentState state) {
  for (EpisodeIndex m : state.members) episodes_.at(m).incident = state.id;
  core::IncidentId id = state.id;
  if (state.listed && state.status == model::IncidentStatus::open) open_.insert(id);
  states_.insert_or_assign(id, std::move(state));
}

}  // namespace kgrca::rca
