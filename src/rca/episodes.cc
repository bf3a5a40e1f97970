#include "rca/episodes.h"

#include <algorithm>

#include "kgrca/core/strings.h"

namespace kgrca::rca {
namespace {

constexpr std::size_t members_kept = 256;
constexpr std::size_t message_bytes = 300;
constexpr std::size_t unknown_types_kept = 20'000;  // the taxonomy's own always have a place

// Of too many, the earliest stay.
void insert_sorted(std::vector<core::EventKey>& keys, core::EventKey key) {
  auto it = std::lower_bound(keys.begin(), keys.end(), key);
  if (it != keys.end() && *it == key) return;
  keys.insert(it, key);
  if (keys.size() > members_kept) keys.pop_back();
}

void erase_sorted(std::vector<core::EventKey>& keys, core::EventKey key) {
  auto it = std::lower_bound(keys.begin(), keys.end(), key);
  if (it != keys.end() && *it == key) keys.erase(it);
}

std::vector<EpisodeIndex> indices(std::span<const EpisodeStore::Listed> runs) {
  std::vector<EpisodeIndex> out;
  out.reserve(runs.size());
  for (const EpisodeStore::Listed& run : runs) out.push_back(run.index);
  return out;
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
  if (!info.known && unknown_types_ >= unknown_types_kept) return 0;
  if (!info.known) ++unknown_types_;
  auto index = static_cast<TypeIndex>(types_.size());
  types_.push_back(info);
  type_ids_.emplace(info.id, index);
  return index;
}

TypeInfo EpisodeStore::renewed(TypeInfo stored) const {
  const model::EventType* type = taxonomy_.find(stored.id);
  stored.group = type == nullptr ? GroupIndex{0} : rules_.group_of(type->group);
  stored.chronic = ((rules_.chronic >> stored.group) & 1) != 0;
  stored.known = type != nullptr || stored.role == model::Role::benign;
  if (type == nullptr) return stored;
  stored.title = type->title;
  stored.role = type->role;
  return stored;
}

TypeIndex EpisodeStore::type_index(const model::Event& event) {
  // What nobody knows is trouble only when its sender says so, each time anew: the first delivery must not decide for later ones.
  static const TypeInfo mild{.id = "unknown, mild", .title = "unknown", .role = model::Role::benign};
  auto found = type_ids_.find(event.type);
  if (found != type_ids_.end()) {
    bool quiet = !types_[found->second].known && event.severity < model::Severity::warning;
    return quiet ? intern(mild) : found->second;
  }
  TypeInfo info{.id = event.type, .title = event.type};
  if (const model::EventType* type = taxonomy_.find(event.type)) {
    info.title = type->title;
    info.group = rules_.group_of(type->group);
    info.role = type->role;
    info.chronic = ((rules_.chronic >> info.group) & 1) != 0;
  } else {
    if (event.severity < model::Severity::warning) return intern(mild);
    info.known = false;
  }
  TypeIndex index = intern(info);
  if (index == 0 && info.id != types_[0].id) ++unnamed_;
  return index;
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

core::Time EpisodeStore::until(const Episode& e) const {
  return e.firing.empty() ? e.last : std::max(e.last, e.firing.back().time() + rules_.firing_for);
}

bool EpisodeStore::is_firing(const Episode& e, core::Time at) const {
  return !e.firing.empty() && e.firing.back().time() + rules_.firing_for >= at;
}

void EpisodeStore::list(EpisodeIndex index) {
  longest_wait_ = std::max(longest_wait_, pool_[index].start - pool_[index].onset);
  auto earlier = [&](EpisodeIndex a, EpisodeIndex b) {
    return std::pair(pool_[a].onset, pool_[a].head) < std::pair(pool_[b].onset, pool_[b].head);
  };
  const Episode& e = pool_[index];
  auto& runs = series_[series_of(e)];
  runs.insert(std::lower_bound(runs.begin(), runs.end(), index, earlier), index);
  auto& here = by_resource_[e.resource];
  const auto place = std::lower_bound(here.begin(), here.end(), index, [&](const Listed& a, EpisodeIndex b) {
    return std::pair(a.onset, pool_[a.index].head) < std::pair(pool_[b].onset, pool_[b].head);
  });
  here.insert(place, {e.onset, index});
  if (e.peer != 0) by_peer_[e.peer].push_back(index);
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
  auto drop = [](auto& map, const auto& key, auto is_it) {
    auto found = map.find(key);
    if (found == map.end()) return;
    auto& items = found->second;
    items.erase(std::remove_if(items.begin(), items.end(), is_it), items.end());
    if (items.empty()) map.erase(found);
  };
  auto is_it = [index](EpisodeIndex other) { return other == index; };
  drop(series_, series_of(e), is_it);
  drop(by_resource_, e.resource, [index](const Listed& other) { return other.index == index; });
  drop(by_peer_, e.peer, is_it);
  auto loud = loud_.find({types_[e.type].group, e.source == model::EventSource::log});
  if (loud != loud_.end()) loud->second.erase({e.head, index});
  auto head = heads_.find(e.head);
  if (head != heads_.end() && head->second == index) heads_.erase(head);
}

// The head that is none any more.
core::EventKey EpisodeStore::absorb(EpisodeIndex into, EpisodeIndex from) {
  Episode& a = pool_[into];
  Episode& b = pool_[from];
  core::EventKey tail = b.head;
  if (b.head < a.head) {
    std::swap(a.head, tail);
    a.message.swap(b.message);
    a.changes.swap(b.changes);
    a.start = b.start;
    a.source = b.source;
    a.related.swap(b.related);
  }
  insert_sorted(a.members, tail);
  for (core::EventKey key : b.members) insert_sorted(a.members, key);
  for (core::EventKey key : b.firing) insert_sorted(a.firing, key);
  a.last = std::max(a.last, b.last);
  a.onset = std::min(a.onset, b.onset);
  a.severity = std::max(a.severity, b.severity);
  a.observations += b.observations;
  b.alive = false;
  return tail;
}

// Runs of its series that it touches, itself left out, by onset.
EpisodeStore::Series EpisodeStore::touched_by(const Episode& e, EpisodeIndex self) const {
  Series out;
  auto runs = series_.find(series_of(e));
  if (runs == series_.end() || types_[e.type].role == model::Role::change) return out;
  for (EpisodeIndex run : runs->second)
    if (run != self && joins(pool_[run], e)) out.push_back(run);
  return out;
}

void EpisodeStore::unite(Taken& taken, const Series& others) {
  if (others.empty()) return;
  unlist(taken.index);
  for (EpisodeIndex run : others) {
    unlist(run);
    taken.former_heads.push_back(absorb(taken.index, run));
    taken.absorbed.push_back(run);
  }
  list(taken.index);
}

EpisodeStore::Taken EpisodeStore::as_it_is(EpisodeIndex index) const {
  const Episode& e = pool_[index];
  Taken out;
  out.index = index;
  out.old_head = e.head;
  out.old_severity = e.severity;
  out.old_onset = e.onset;
  out.old_until = until(e);
  return out;
}

EpisodeStore::Taken EpisodeStore::insert(const model::Event& event, core::EventKey key, core::ResourceId resource,
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
  if (event.source == model::EventSource::alert && !event.resolved) e.firing.push_back(key);
  e.message = core::clip_utf8(event.message, message_bytes);
  e.changes = event.changes;
  e.related = related;

  Series near = touched_by(e, fresh);
  if (near.empty()) {
    list(fresh);
    Taken taken = as_it_is(fresh);
    taken.created = true;
    return taken;
  }
  Taken taken = as_it_is(near.front());
  unlist(taken.index);
  const core::EventKey tail = absorb(taken.index, fresh);
  if (tail != key) taken.former_heads.push_back(tail);
  list(taken.index);
  free_.push_back(fresh);
  near.erase(near.begin());
  unite(taken, near);
  return taken;
}

EpisodeIndex EpisodeStore::find_holder(core::EventKey key, core::ResourceId resource) const {
  EpisodeIndex head = find_head(key);
  if (head != no_episode) return head;
  for (const auto& [onset, index] : of(resource)) {
    const Episode& e = pool_[index];
    auto holds = [key](const std::vector<core::EventKey>& keys) { return std::binary_search(keys.begin(), keys.end(), key); };
    if (e.head < key && (holds(e.members) || holds(e.firing))) return index;
  }
  return no_episode;
}

EpisodeStore::Taken EpisodeStore::observe_again(const model::Event& observation, const model::Event& known, core::EventKey key,
                                                core::ResourceId resource) {
  EpisodeIndex index = find_holder(key, resource);
  if (index == no_episode) return {};
  Taken taken = as_it_is(index);
  Episode& e = pool_[taken.index];
  const core::Time onset = std::min({e.onset, known.onset, known.first});
  if (onset != e.onset || known.severity > e.severity) {  // what lists go by
    unlist(taken.index);
    e.onset = onset;
    e.severity = std::max(e.severity, known.severity);
    list(taken.index);
  }
  e.last = std::max(e.last, observation.last);
  e.observations += 1;
  if (known.resolved) erase_sorted(e.firing, key);
  if (key == e.head && core::clip_utf8(known.message, message_bytes) != e.message) {
    e.message = core::clip_utf8(known.message, message_bytes);
    taken.text_changed = true;
  }
  unite(taken, touched_by(e, taken.index));
  return taken;
}

// An effect belongs to its likeliest cause; further causes glue incidents together only when they are likely.
void EpisodeStore::join(EpisodeIndex effect) {
  Episode& e = pool_[effect];
  e.joined.clear();
  for (std::size_t p = 0; p < e.parents.size(); ++p)
    if (e.parents[p].confidence >= (p == 0 ? rules_.join : rules_.merge)) e.joined.push_back(e.parent_index[p]);
}

EpisodeIndex EpisodeStore::find_head(core::EventKey head) const {
  auto found = heads_.find(head);
  return found == heads_.end() ? no_episode : found->second;
}

std::span<const EpisodeStore::Listed> EpisodeStore::of(core::ResourceId resource) const {
  auto found = by_resource_.find(resource);
  if (found == by_resource_.end()) return {};
  return found->second;
}

std::span<const EpisodeStore::Listed> EpisodeStore::up_to(core::ResourceId resource, core::Time latest) const {
  const auto runs = of(resource);
  return {runs.begin(), std::upper_bound(runs.begin(), runs.end(), latest, [](core::Time t, const Listed& run) { return t < run.onset; })};
}

std::span<const EpisodeStore::Listed> EpisodeStore::seen_from(core::ResourceId resource, core::Time earliest) const {
  const auto runs = of(resource);
  const auto begin = std::lower_bound(runs.begin(), runs.end(), earliest - longest_wait_,
                                      [](const Listed& run, core::Time t) { return run.onset < t; });
  return {begin, runs.end()};
}

std::vector<EpisodeIndex> EpisodeStore::surplus(core::ResourceId resource) const {
  std::vector<EpisodeIndex> out;
  auto keep = [&](std::vector<EpisodeIndex> runs, std::size_t room) {
    auto quieter = [&](EpisodeIndex a, EpisodeIndex b) {
      return std::pair(pool_[a].last, pool_[a].head) < std::pair(pool_[b].last, pool_[b].head);
    };
    auto end = runs.begin() + static_cast<std::ptrdiff_t>(runs.size() - room);
    std::nth_element(runs.begin(), end, runs.end(), quieter);
    std::sort(runs.begin(), end, quieter);
    out.assign(runs.begin(), end);
  };
  const auto here = of(resource);
  if (here.size() > rules_.max_runs_per_resource) keep(indices(here), rules_.max_runs_per_resource);
  if (heads_.size() > rules_.max_runs) {
    std::vector<EpisodeIndex> all;
    for (const auto& [head, index] : heads_) all.push_back(index);
    keep(std::move(all), rules_.max_runs - rules_.max_runs / 10);
  }
  return out;
}

std::vector<EpisodeStore::Taken> EpisodeStore::move_resource(core::ResourceId from, core::ResourceId to) {
  std::vector<Taken> out;
  std::vector<EpisodeIndex> moving = indices(of(from));
  if (auto named = by_peer_.find(from.value); named != by_peer_.end())
    for (EpisodeIndex index : named->second)
      if (pool_[index].resource != from) moving.push_back(index);
  for (EpisodeIndex index : moving) {
    Episode& e = pool_[index];
    if (!e.alive) continue;  // joined to another that moved
    Taken taken = as_it_is(index);
    unlist(index);
    if (e.resource == from) e.resource = to;
    if (e.peer == from.value) e.peer = to.value;
    std::replace(e.related.begin(), e.related.end(), from, to);
    list(index);
    unite(taken, touched_by(e, index));
    // What a run that moved before took in went on with it.
    for (const Taken& former : out) {
      if (std::find(taken.absorbed.begin(), taken.absorbed.end(), former.index) == taken.absorbed.end()) continue;
      taken.absorbed.insert(taken.absorbed.end(), former.absorbed.begin(), former.absorbed.end());
      taken.former_heads.insert(taken.former_heads.end(), former.former_heads.begin(), former.former_heads.end());
    }
    std::erase_if(out, [&](const Taken& former) { return !pool_[former.index].alive; });
    out.push_back(std::move(taken));
  }
  return out;
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
