// When an incident opens, is resolved or dissolved, and what is told of it.
#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "rca/incidents.h"

namespace kgrca::rca {
namespace {

constexpr core::Duration shown_interval = std::chrono::milliseconds(250);
constexpr std::size_t history_kept = 256;

// What is told of an incident beside its lists.
model::Incident without_lists(const model::Incident& incident) {
  model::Incident out;
  out.severity = incident.severity;
  out.started = incident.started;
  out.first_symptom = incident.first_symptom;
  out.last_activity = incident.last_activity;
  out.title = incident.title;
  out.hurt = incident.hurt;
  out.rules_version = incident.rules_version;
  return out;
}

}  // namespace

// Gives what nothing is left of once more, as dissolved.
void Incidents::part(std::vector<Given>& out, core::Time tenant_time) {
  for (core::IncidentId id : std::exchange(orphans_, {})) {
    parting_.push_back(std::move(states_.at(id)));
    drop(id);
  }
  heirs_.clear();
  for (IncidentState& state : std::exchange(parting_, {})) {
    if (state.status != model::IncidentStatus::open || states_.contains(state.id)) continue;
    Given given{.incident = std::move(state.told), .new_members = {}};
    given.incident.id = state.id;
    given.incident.aliases = std::move(state.aliases);
    given.incident.status = model::IncidentStatus::dissolved;
    given.incident.opened = state.opened;
    given.incident.degraded = state.degraded;
    given.incident.resolved_at = tenant_time;
    given.incident.history = std::move(state.history);
    out.push_back(std::move(given));
  }
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

core::Time Incidents::end_of(const IncidentState& state) const {
  core::Time last{};
  bool firing = false;
  for (EpisodeIndex m : state.members) {
    const Episode& e = episodes_.at(m);
    last = std::max(last, e.last);
    firing = firing || episodes_.is_firing(e, e.last);
  }
  return last + (firing ? rules_.close_after_firing : rules_.close_after);
}

void Incidents::refresh(core::IncidentId id, core::Time tenant_time) {
  auto found = states_.find(id);
  if (found == states_.end()) return;
  IncidentState& state = found->second;
  due_.erase({state.quiet_at, id});
  state.quiet_at = end_of(state);
  set_open(state);
  if (state.listed) set_status(state, tenant_time);
}

// What was shown on early evidence can turn out too small once later records have been weighed.
void Incidents::set_dissolved(IncidentState& state, bool small, core::Time tenant_time) {
  bool dissolved = state.status == model::IncidentStatus::dissolved;
  if (small == dissolved) return;
  state.status = small ? model::IncidentStatus::dissolved : model::IncidentStatus::open;
  state.resolved_at = small ? tenant_time : core::Time{};
  if (!small) set_status(state, tenant_time);
}

void Incidents::set_status(IncidentState& state, core::Time tenant_time) {
  if (state.status == model::IncidentStatus::dissolved) return;
  bool resolved = tenant_time >= state.quiet_at;
  auto status = resolved ? model::IncidentStatus::resolved : model::IncidentStatus::open;
  if (status == state.status) return;
  state.status = status;
  state.resolved_at = resolved ? state.quiet_at : core::Time{};
  pending_.insert(state.id);
  set_open(state);
}

void Incidents::set_open(IncidentState& state) {
  if (state.listed && state.status == model::IncidentStatus::open) {
    open_.insert(state.id);
    due_.insert({state.quiet_at, state.id});
  } else {
    open_.erase(state.id);
    due_.erase({state.quiet_at, state.id});
  }
}

// An id that became another's alias while the two were one belongs to its own incident again.
void Incidents::reclaim(core::IncidentId id) {
  auto found = alias_owner_.find(id);
  if (found == alias_owner_.end()) return;
  auto owner = states_.find(found->second);
  if (owner != states_.end() && owner->first != id && std::erase(owner->second.aliases, id) > 0) pending_.insert(owner->first);
  alias_owner_.erase(found);
}

Incidents::Given Incidents::give(IncidentState& state, core::Time now) {
  Given given;
  model::Incident& out = given.incident;
  if (state.members.size() > rules_.max_members) {
    const auto first = state.members.begin();  // the earliest: where roots are
    out = ranker_.rank({first, first + static_cast<std::ptrdiff_t>(rules_.max_members)});
  } else {
    out = ranker_.rank(state.members);
  }
  out.id = state.id;
  out.aliases = state.aliases;
  out.status = state.status;
  out.resolved_at = state.resolved_at;
  out.degraded = out.degraded || state.degraded || state.members.size() > rules_.max_members ||
                 std::any_of(state.members.begin(), state.members.end(), [&](EpisodeIndex m) { return episodes_.at(m).cut; });
  core::EventKey top = out.abstained || out.roots.empty() ? core::EventKey{} : out.roots.front().event;
  float confidence = top ? out.roots.front().confidence : 0;
  if ((state.history.empty() || state.history.back().root != top) && state.history.size() < history_kept)
    state.history.push_back({now, top, confidence});
  out.history = state.history;
  state.told = without_lists(out);
  if (!state.listed) {
    state.opened = now;
    reclaim(state.id);
  }
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
  for (core::IncidentId id : std::exchange(stale_, {}))
    if (!orphans_.contains(id)) refresh(id, tenant_time);
  while (!due_.empty() && due_.begin()->first <= tenant_time) {
    auto state = states_.find(due_.begin()->second);
    due_.erase(due_.begin());
    if (state != states_.end()) set_status(state->second, tenant_time);
  }
  std::vector<Given> out;
  part(out, tenant_time);
  for (auto it = pending_.begin(); it != pending_.end();) {
    IncidentState& state = states_.at(*it);
    bool small = mass(state) < rules_.min_incident_mass;
    bool soon = state.listed && !force && now < state.shown + shown_interval;
    if (state.listed) set_dissolved(state, small, tenant_time);
    if ((!small || state.listed) && !soon) out.push_back(give(state, now));
    set_open(state);
    it = soon ? std::next(it) : pending_.erase(it);
  }
  return out;
}

}  // namespace kgrca::rca
