#include "rca/episodes.h"

#include <algorithm>

#include "kgrca/core/strings.h"

namespace kgrca::rca {
namespace {

constexpr std::size_t members_kept = 256;
constexpr std::size_t types_kept = 20'000;

void insert_sorted(std::vector<core::EventKey>& keys, core::EventKey key) {
  auto it = std::lower_bound(keys.begin(), keys.end(), key);
  if (it != keys.end() && *it == key) return;
  keys.insert(it, key);
  if (keys.size() > members_kept) keys.pop_back();
}

std::uint64_t peer_of(const std::vector<core::ResourceId>& related, model::EventSource source) {
  return source == model::EventSource::log && !related.empty() ? related.front().value : 0;
}

}  // namespace

TypeIndex EpisodeStore::intern(const TypeInfo& info) {
  if (types_.empty()) {
    types_.push_back({.id = "other", .title = "other trouble"});
    type_ids_.emplace("other", TypeIndex{0});
  }
  auto found = type_ids_.find(info.id);
  if (found != type_ids_.end()) return found->second;
  if (types_.size() >= types_kept) return 0;
  auto index = static_cast<TypeIndex>(types_.size());
  types_.push_back(info);
  type_ids_.emplace(info.id, index);
  return index;
}

TypeIndex EpisodeStore::type_index(const model::Event& event) {
  auto found = type_ids_.find(event.type);
  if (found != type_ids_.end()) return found->second;
  TypeInfo info{.id = event.type, .title = event.type};
  if (const model::EventType* type = taxonomy_.find(event.type)) {
    info.title = type->title;
    info.group = rules_.group_of(type->group);
    info.role = type->role;
    info.chronic = ((rules_.chronic >> info.group) & 1) != 0;
  } else {
    // What nobody knows is trouble only when its sender says so; the mild ones share one type, so that the first delivery
    // does not decide for all later ones.
    if (event.severity < model::Severity::warning) return intern({.id = "unknown, mild", .title = "unknown", .role = model::Role::benign});
  }
  return intern(info);
}

EpisodeIndex EpisodeStore::allocate() {
  if (free_.empty()) {
    pool_.emplace_back();
    return static_cast<EpisodeIndex>(pool_.size() - 1);
  }
  EpisodeIndex index = free_.back();
  free_.pop_back();
  pool_[index] = Episode{};
  return index;
}

bool EpisodeStore::joins(const Episode& a, const Episode& b) const {
  return a.onset <= b.last + rules_.episode_gap && b.onset <= a.last + rules_.episode_gap;
}

void EpisodeStore::list(EpisodeIndex index) {
  auto earlier = [&](EpisodeIndex a, EpisodeIndex b) {
    return std::pair(pool_[a].onset, pool_[a].head) < std::pair(pool_[b].onset, pool_[b].head);
  };
  const Episode& e = pool_[index];
  auto& runs = series_[series_of(e)];
  runs.insert(std::lower_bound(runs.begin(), runs.end(), index, earlier), index);
  auto& ring = by_resource_[e.resource];
  ring.insert(std::lower_bound(ring.begin(), ring.end(), index, earlier), index);
  heads_[e.head] = index;
  if (is_loud(e)) loud_[{types_[e.type].group, e.source == model::EventSource::log}].insert({e.head, index});
}

bool EpisodeStore::is_loud(const Episode& e) const {
  const TypeInfo& type = types_[e.type];
  if (type.chronic) return false;
  return type.role == model::Role::change || (type.role == model::Role::fault && e.severity >= model::Severity::warning);
}

void EpisodeStore::unlist(EpisodeIndex index) {
  const Episode& e = pool_[index];
  auto drop = [&](auto& map, const auto& key) {
    auto found = map.find(key);
    if (found == map.end()) return;
    auto& items = found->second;
    items.erase(std::remove(items.begin(), items.end(), index), items.end());
    if (items.empty()) map.erase(found);
  };
  drop(series_, series_of(e));
  drop(by_resource_, e.resource);
  auto loud = loud_.find({types_[e.type].group, e.source == model::EventSource::log});
  if (loud != loud_.end()) loud->second.erase({e.head, index});
  auto head = heads_.find(e.head);
  if (head != heads_.end() && head->second == index) heads_.erase(head);
}

void EpisodeStore::absorb(EpisodeIndex into, EpisodeIndex from) {
  Episode& a = pool_[into];
  Episode& b = pool_[from];
  core::EventKey tail = b.head;
  if (b.head < a.head) {
    std::swap(a.head, tail);
    a.message.swap(b.message);
    a.changes.swap(b.changes);
    a.onset = b.onset;
    a.start = b.start;
    a.source = b.source;
    a.related.swap(b.related);
  }
  insert_sorted(a.members, tail);
  for (core::EventKey key : b.members) insert_sorted(a.members, key);
  a.last = std::max(a.last, b.last);
  a.onset = std::min(a.onset, b.onset);
  a.severity = std::max(a.severity, b.severity);
  a.observations += b.observations;
  a.firing = a.firing || b.firing;
  b.alive = false;
}

EpisodeStore::Inserted EpisodeStore::insert(const model::Event& event, core::EventKey key, core::ResourceId resource,
                                            TypeIndex type, const std::vector<core::ResourceId>& related) {
  EpisodeIndex fresh = allocate();
  Episode& e = pool_[fresh];
  e.head = key;
  e.resource = resource;
  e.type = type;
  e.severity = event.severity;
  e.source = event.source;
  e.peer = peer_of(related, event.source);
  e.onset = std::min(event.onset, event.first);
  e.start = event.first;
  e.last = std::max(event.last, event.first);
  e.observations = event.count;
  e.firing = event.source == model::EventSource::alert && !event.resolved;
  e.message = core::clip_utf8(event.message, 300);
  e.changes = event.changes;
  e.related = related;

  Inserted result{.index = fresh, .created = true};
  if (types_[type].role != model::Role::change) {
    auto runs = series_.find(series_of(e));
    Series near;
    if (runs != series_.end())
      for (EpisodeIndex run : runs->second)
        if (joins(pool_[run], e)) near.push_back(run);
    if (!near.empty()) {
      EpisodeIndex keep = near.front();
      result = {.index = keep, .old_head = pool_[keep].head, .old_onset = pool_[keep].onset};
      model::Severity before = pool_[keep].severity;
      unlist(keep);
      if (near.size() > 1) {
        result.absorbed = near[1];
        unlist(near[1]);
        absorb(keep, near[1]);
      }
      absorb(keep, fresh);
      free_.push_back(fresh);
      list(keep);
      result.head_changed = pool_[keep].head != result.old_head;
      result.severity_raised = pool_[keep].severity != before;
      return result;
    }
  }
  list(fresh);
  return result;
}

EpisodeIndex EpisodeStore::observe_again(const model::Event& event, core::EventKey key, core::ResourceId resource,
                                         TypeIndex type) {
  for (EpisodeIndex index : of(resource)) {
    Episode& e = pool_[index];
    if (e.type != type) continue;
    if (e.head != key && !std::binary_search(e.members.begin(), e.members.end(), key)) continue;
    e.last = std::max(e.last, event.last);
    e.observations += 1;
    if (event.source == model::EventSource::alert) e.firing = !event.resolved;
    return index;
  }
  return no_episode;
}

EpisodeIndex EpisodeStore::find_head(core::EventKey head) const {
  auto found = heads_.find(head);
  return found == heads_.end() ? no_episode : found->second;
}

EpisodeIndex EpisodeStore::find_holder(core::EventKey key) const {
  EpisodeIndex head = find_head(key);
  if (head != no_episode) return head;
  for (const auto& [other, index] : heads_) {
    const Episode& e = pool_[index];
    if (std::binary_search(e.members.begin(), e.members.end(), key)) return index;
  }
  return no_episode;
}

void EpisodeStore::take_out(EpisodeIndex index, core::EventKey key) {
  unlist(index);
  Episode& e = pool_[index];
  if (e.head == key) {
    e.head = e.members.front();
    e.members.erase(e.members.begin());
    e.onset = e.start = e.head.time();
  } else {
    std::erase(e.members, key);
  }
  core::EventKey latest = e.members.empty() ? e.head : e.members.back();
  if (e.source == model::EventSource::state) e.last = std::max(e.start, latest.time());
  if (e.observations > 1) --e.observations;
  list(index);
}

const std::vector<EpisodeIndex>& EpisodeStore::of(core::ResourceId resource) const {
  static const std::vector<EpisodeIndex> none;
  auto found = by_resource_.find(resource);
  return found == by_resource_.end() ? none : found->second;
}

void EpisodeStore::move_resource(core::ResourceId from, core::ResourceId to) {
  std::vector<EpisodeIndex> moving = of(from);
  for (EpisodeIndex index : moving) {
    unlist(index);
    pool_[index].resource = to;
    list(index);
  }
}

void EpisodeStore::erase(EpisodeIndex index) {
  if (pool_[index].alive) unlist(index);
  pool_[index] = Episode{};
  pool_[index].alive = false;
  free_.push_back(index);
}

EpisodeIndex EpisodeStore::adopt(Episode episode, const TypeInfo& type) {
  episode.type = intern(type);
  EpisodeIndex index = allocate();
  pool_[index] = std::move(episode);
  list(index);
  return index;
}

}  // namespace kgrca::rca
