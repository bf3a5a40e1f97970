#include "rca/linker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace kgrca::rca {
namespace {

constexpr int rounds_max = 4;
constexpr std::size_t competitors_max = 24;   // the strongest; every pair of them is compared
constexpr std::size_t telling_name_min = 4;   // bytes; shorter names stand in messages by chance
// Beyond a resource that the effect's record names: only what is near, and a little less sure than what edges alone lead to.
constexpr int named_hops_max = 3;
constexpr float named_weight_min = 0.3f;
constexpr float named_weight = 0.9f;

float severity_term(const Episode& e, model::Role role) {
  if (role == model::Role::change) return 0.5f;
  constexpr std::array<float, 5> by_severity{0, 0, 0.35f, 0.7f, 1};
  return by_severity[static_cast<std::size_t>(e.severity)];
}

// Log-normal density of the gap against a uniform one over the window.
float lag_term(float seconds, const Pair& pair) {
  float d = std::max(0.5f, seconds);
  float x = (std::log(d) - pair.lag_ln_median) / pair.lag_sigma;
  float ln_density = -0.5f * x * x - std::log(d) - pair.ln_spread;
  return std::clamp(ln_density + pair.ln_window, -4.0f, 3.0f);
}

bool same_links(const std::vector<model::Link>& a, const std::vector<std::pair<model::Link, EpisodeIndex>>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].cause != b[i].first.cause || a[i].effect != b[i].first.effect ||
        std::abs(a[i].confidence - b[i].first.confidence) > 1e-4f)
      return false;
  return true;
}

}  // namespace

bool Linker::takes_part(const Episode& e) const {
  model::Role role = episodes_.type_of(e).role;
  if (role == model::Role::change) return true;
  return (role == model::Role::fault || role == model::Role::symptom) && e.severity >= model::Severity::warning;
}

void Linker::mark(EpisodeIndex effect) {
  Episode& e = episodes_.at(effect);
  if (!e.alive || e.concluded || !takes_part(e)) return;
  e.final = false;
  dirty_.insert({e.head, effect});
  unfinished_.insert({e.head, effect});
}

void Linker::mark_effects_of(EpisodeIndex cause, core::Time from) {
  const Episode& c = episodes_.at(cause);
  if (takes_part(c)) risen_.push_back({{c.head, cause}, from - rules_.skew});
}

// Records mostly come in the order of their times: then few effects lie behind the new causes, and to look from them upwards,
// where the ways are known from their last scoring, costs less than a walk downwards from each cause.
void Linker::mark_effects_of_risen(core::Time tenant_time) {
  constexpr std::size_t looks_per_walk = 32;
  std::vector<Risen> risen = std::exchange(risen_, {});
  std::erase_if(risen, [&](const Risen& cause) { return !holds(cause.run); });
  if (risen.empty()) return;
  const auto earliest = std::min_element(risen.begin(), risen.end(), [](const Risen& a, const Risen& b) { return a.from < b.from; });
  const core::EventKey bound{static_cast<std::uint64_t>(std::max<std::int64_t>(0, core::to_micros(earliest->from))), 0};
  const auto first_effect = unfinished_.lower_bound({bound, 0});
  std::size_t looks = 0;
  for (auto it = first_effect; it != unfinished_.end() && looks <= looks_per_walk * risen.size(); ++it) ++looks;
  if (earliest->from > tenant_time - rules_.lateness && looks <= looks_per_walk * risen.size()) {
    mark_hurt_by(risen, first_effect);
  } else {
    for (const Risen& cause : risen) mark_below(cause);
  }
}

void Linker::mark_below(const Risen& cause) {
  for (const Reach& reach : influence_.descendants(episodes_.at(cause.run.second).resource))
    for (const auto& [onset, index] : episodes_.seen_from(reach.id, cause.from))
      if (index != cause.run.second && episodes_.at(index).start >= cause.from) mark(index);
}

void Linker::mark_hurt_by(const std::vector<Risen>& risen, std::set<Marked>::const_iterator first_effect) {
  absl::flat_hash_map<core::ResourceId, core::Time> from_by_resource;
  for (const Risen& cause : risen) {
    auto [known, is_new] = from_by_resource.try_emplace(episodes_.at(cause.run.second).resource, cause.from);
    if (!is_new) known->second = std::min(known->second, cause.from);
  }
  auto is_hurt = [&](const Episode& e) {
    const auto ancestors = influence_.ancestors(e.resource, {e.onset, e.start});
    return std::any_of(ancestors->begin(), ancestors->end(), [&](const Reach& reach) {
      const auto cause = from_by_resource.find(reach.id);
      return cause != from_by_resource.end() && e.start >= cause->second;
    });
  };
  for (auto it = first_effect; it != unfinished_.end(); ++it)
    if (!dirty_.contains(*it) && holds(*it) && is_hurt(episodes_.at(it->second))) mark(it->second);
}

void Linker::expect_no_more(EpisodeIndex episode) {
  const Marked marked{episodes_.at(episode).head, episode};
  dirty_.erase(marked);
  unfinished_.erase(marked);
  settling_.erase(marked);
}

void Linker::conclude(EpisodeIndex effect) {
  Episode& e = episodes_.at(effect);
  e.concluded = e.final = true;
  expect_no_more(effect);
}

void Linker::forget(EpisodeIndex episode, bool told) {
  const Episode& e = episodes_.at(episode);
  expect_no_more(episode);
  for (EpisodeIndex parent : e.parent_index) std::erase(episodes_.at(parent).children, episode);
  for (EpisodeIndex child : std::vector(e.children)) {
    Episode& c = episodes_.at(child);
    if (told) lost_.push_back({c.head, child});
    for (std::size_t i = 0; i < c.parent_index.size(); ++i)
      if (c.parent_index[i] == episode) {
        c.parents.erase(c.parents.begin() + static_cast<std::ptrdiff_t>(i));
        c.parent_index.erase(c.parent_index.begin() + static_cast<std::ptrdiff_t>(i));
        episodes_.join(child);
        break;
      }
  }
}

void Linker::expect(EpisodeIndex episode, bool settling) {
  const Episode& e = episodes_.at(episode);
  if (takes_part(e)) (settling ? settling_ : unfinished_).insert({e.head, episode});
}

bool Linker::holds(const Marked& marked) const {
  const Episode& e = episodes_.at(marked.second);
  return e.alive && e.head == marked.first;
}

void Linker::relink_one(EpisodeIndex index, Relinked& out) {
  if (!replace_parents(index, score(index))) return;
  out.changed.push_back(index);
  // Who competes with whom for a later effect depends on these links.
  for (EpisodeIndex child : episodes_.at(index).children)
    if (episodes_.at(child).final) mark(child);
}

// Takes those out of `waiting` that began by `watermark`, by head.
std::vector<EpisodeIndex> Linker::passed(std::set<Marked>& waiting, core::Time watermark) const {
  std::vector<EpisodeIndex> out;
  while (!waiting.empty()) {
    const Marked first = *waiting.begin();
    const bool waits = holds(first);
    if (waits && episodes_.at(first.second).start > watermark) break;
    waiting.erase(waiting.begin());
    if (waits) out.push_back(first.second);
  }
  return out;
}

Linker::Relinked Linker::relink(core::Time tenant_time) {
  Relinked out;
  mark_effects_of_risen(tenant_time);
  for (const Marked& entry : std::exchange(lost_, {}))
    if (holds(entry) && !episodes_.at(entry.second).concluded) {
      out.changed.push_back(entry.second);
      mark(entry.second);
    }
  // What changes may mark others that were final. A few rounds see to the end of nearly all; the rest waits for the next call.
  for (int round = 0; round == 0 || (round < rounds_max && !dirty_.empty()); ++round) {
    for (const Marked& entry : std::exchange(dirty_, {}))
      if (holds(entry)) relink_one(entry.second, out);
    // Twice, a little apart: what explains an episode may lie up to the skew after it and must have been scored with all records.
    for (EpisodeIndex index : passed(unfinished_, tenant_time - rules_.lateness)) {
      relink_one(index, out);
      settling_.insert({episodes_.at(index).head, index});
    }
    for (EpisodeIndex index : passed(settling_, tenant_time - rules_.lateness - 4 * rules_.skew)) {
      relink_one(index, out);
      episodes_.at(index).final = true;
      out.finished.push_back(index);
    }
  }
  for (std::vector<EpisodeIndex>* list : {&out.changed, &out.finished}) {
    std::sort(list->begin(), list->end(), [&](EpisodeIndex a, EpisodeIndex b) { return episodes_.at(a).head < episodes_.at(b).head; });
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  return out;
}

bool Linker::consider(EpisodeIndex cause, EpisodeIndex effect, const Reach& reach, Candidate& out) const {
  const Episode& c = episodes_.at(cause);
  const Episode& e = episodes_.at(effect);
  if (cause == effect || !takes_part(c)) return false;
  if (c.resource == e.resource && c.type == e.type && c.peer == e.peer && c.onset >= e.onset) return false;
  // An alert is known only when it fires: it explains nothing that happened before.
  if (c.start > e.start + rules_.skew) return false;
  const TypeInfo& ct = episodes_.type_of(c);
  const TypeInfo& et = episodes_.type_of(e);
  // What is only seen from outside can be an effect of anything but causes only more of its kind.
  if (ct.role == model::Role::symptom && et.role != model::Role::symptom) return false;
  if (((reach.effects >> et.group) & 1) == 0) return false;
  out.rule = rules_.pair_row(reach.place, ct.group, et.group);
  const Pair& pair = rules_.pairs[out.rule];
  core::Duration gap = e.onset - c.onset;
  bool before_onset = gap >= -rules_.skew;
  if (!before_onset) gap = e.start - c.onset;  // within an alert's waiting time: the condition may have begun after the cause
  bool ongoing = episodes_.until(c) >= e.onset - rules_.episode_gap;
  if (gap > pair.window) {
    if (!ongoing || ct.role == model::Role::change) return false;
    gap = pair.window;
  }
  out.cause = cause;
  out.reach = &reach;
  out.lag_seconds = static_cast<float>(std::max(0.5, core::to_seconds(gap)));
  add_terms(c, e, out);
  if (!before_onset) out.terms.lag += rules_.uncertain_onset_penalty;
  return true;
}

void Linker::add_terms(const Episode& c, const Episode& e, Candidate& out) const {
  const Pair& pair = rules_.pairs[out.rule];
  const TypeInfo& type = episodes_.type_of(c);
  out.terms.base = rules_.base;
  out.terms.pair = rules_.w_pair * pair.logit;
  out.terms.lag = rules_.w_lag * lag_term(out.lag_seconds, pair);
  out.terms.rarity = rules_.w_rarity * (statistics_.rarity(c.type, e.onset) - 0.5f);
  if (type.chronic) out.terms.rarity += rules_.chronic_penalty;
  out.terms.severity = rules_.w_severity * severity_term(c, type.role);
}

// Whether the effect's record names the resource there.
bool Linker::is_named(const Reach& reach, const Episode& effect) const {
  if (reach.place == Place::mention) return true;
  if (reach.id == effect.resource) return false;
  const graph::Node* node = graph_.node(reach.id);
  return node != nullptr && node->ref.name.size() >= telling_name_min && effect.message.find(node->ref.name) != std::string::npos;
}

std::vector<Candidate> Linker::candidates(EpisodeIndex effect, const ReachList& ancestors) {
  std::vector<Candidate> out;
  std::size_t checks = 0;
  Episode& self = episodes_.at(effect);
  const bool was_cut = std::exchange(self.cut, false);
  auto walk = [&](const Reach& reach) {
    auto runs = episodes_.up_to(reach.id, self.start + rules_.skew);
    const std::size_t first = out.size();
    for (auto it = runs.rbegin(); it != runs.rend(); ++it) {
      if (checks == rules_.max_checks) {
        self.cut = true;
        return;
      }
      ++checks;
      Candidate c;
      if (consider(it->index, effect, reach, c)) out.push_back(c);
    }
    if (out.size() == first) return;
    const float topology = rules_.w_topology * std::log(reach.weight);
    const float specificity = is_named(reach, self) ? rules_.w_specificity : 0;
    for (auto c = out.begin() + static_cast<std::ptrdiff_t>(first); c != out.end(); ++c) {
      c->terms.topology = topology;
      c->terms.specificity = specificity;
    }
  };
  for (const Reach& reach : related_reaches_) walk(reach);
  for (const Reach& reach : ancestors) walk(reach);
  if (self.cut && !was_cut) ++cut_;
  return out;
}

// Ways to the resources that the effect's record names beside its subject. A log line that names a peer points at it;
// an alert's further labels only widen the search.
void Linker::collect_related(const Episode& e) {
  related_reaches_.clear();
  if (e.source == model::EventSource::kubernetes) return;
  bool is_log = e.source == model::EventSource::log;
  std::vector<core::ResourceId> seen;
  for (core::ResourceId named : e.related) {
    auto beyond = influence_.ancestors(graph_.canonical(named), {e.onset, e.start});
    for (const Reach& r : *beyond) {
      if (r.hops > named_hops_max || r.weight < named_weight_min || r.id == e.resource) continue;
      if (std::find(seen.begin(), seen.end(), r.id) != seen.end()) continue;
      seen.push_back(r.id);
      Reach reach = r;
      if (is_log) reach.place = Place::mention;
      else if (reach.place == Place::same) reach.place = Place::component;
      reach.weight = named_weight * r.weight;
      reach.hops = static_cast<std::uint8_t>(r.hops + 1);
      reach.previous = -1;
      related_reaches_.push_back(reach);
    }
  }
}

Linker::Parents Linker::score(EpisodeIndex effect) {
  const Episode& self = episodes_.at(effect);
  auto ancestors = influence_.ancestors(self.resource, {self.onset, self.start});
  collect_related(self);
  std::vector<Candidate> found = candidates(effect, *ancestors);
  for (Candidate& c : found)
    c.z = c.terms.base + c.terms.pair + c.terms.topology + c.terms.lag + c.terms.rarity + c.terms.severity + c.terms.specificity;
  // One candidate per cause: the strongest way to it.
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    if (a.cause != b.cause) return a.cause < b.cause;
    return a.z > b.z;
  });
  found.erase(std::unique(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.cause == b.cause; }),
              found.end());
  std::sort(found.begin(), found.end(), [&](const Candidate& a, const Candidate& b) {
    if (a.z != b.z) return a.z > b.z;
    return episodes_.at(a.cause).head < episodes_.at(b.cause).head;
  });
  if (found.size() > competitors_max) found.resize(competitors_max);
  return compete(effect, found, *ancestors);
}

bool Linker::replace_parents(EpisodeIndex effect, Parents parents) {
  Episode& e = episodes_.at(effect);
  if (same_links(e.parents, parents)) return false;
  for (EpisodeIndex old : e.parent_index) std::erase(episodes_.at(old).children, effect);
  e.parents.clear();
  e.parent_index.clear();
  for (auto& [link, index] : parents) {
    e.parents.push_back(std::move(link));
    e.parent_index.push_back(index);
    episodes_.at(index).children.push_back(effect);
  }
  episodes_.join(effect);
  return true;
}

}  // namespace kgrca::rca
