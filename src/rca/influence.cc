#include "rca/influence.h"

#include <algorithm>

#include <absl/container/flat_hash_set.h>

namespace kgrca::rca {
namespace {

constexpr std::size_t cache_entries = 100'000;

// The relation that says most about how trouble travelled wins over plain ownership.
int rank_of(Place place) {
  switch (place) {
    case Place::same: return 0;
    case Place::component: return 1;
    case Place::scaler: return 2;
    case Place::storage: return 3;
    case Place::config: return 4;
    case Place::on_node: return 5;
    case Place::node: return 6;
    case Place::ingress: return 7;
    case Place::caller: return 8;
    case Place::callee: return 9;
    case Place::provider: return 10;
    case Place::mention: return 11;
  }
  return 0;
}

Place dominant(Place a, Place b) { return rank_of(a) >= rank_of(b) ? a : b; }

bool weaker(const Reach& a, const Reach& b) {
  if (a.weight != b.weight) return a.weight < b.weight;
  if (a.hops != b.hops) return a.hops > b.hops;
  return a.id.value > b.id.value;
}

bool fits(const Provider& p, const graph::Node& node) {
  if (node.ref.kind != p.kind || (!p.ns.empty() && node.ref.ns != p.ns)) return false;
  if (p.name_prefixes.empty()) return true;
  return std::any_of(p.name_prefixes.begin(), p.name_prefixes.end(),
                     [&](const std::string& prefix) { return node.ref.name.starts_with(prefix); });
}

bool serves(const Provider& p, const model::ResourceRef& provider, const model::ResourceRef& target) {
  if (p.same_namespace && provider.ns != target.ns) return false;
  if (provider.cluster != target.cluster) return false;
  return std::find(p.target_kinds.begin(), p.target_kinds.end(), target.kind) != p.target_kinds.end();
}

// Siblings are not each other's trouble: what a child or pod does to its controller or service does not come back down
// to the others of the same parent.
bool bounces(const Reach& reach, const Influence& step, bool up) {
  bool hub = step.relation == model::Relation::controls || step.relation == model::Relation::selects;
  return hub && reach.hops > 0 && reach.relation == step.relation && reach.from_source == up && step.from_source != up;
}

constexpr std::size_t relations = 32;  // more than model::Relation has

std::size_t step_index(bool up, bool neighbour_is_source, model::Relation relation) {
  return ((up ? 2 : 0) + (neighbour_is_source ? 1 : 0)) * relations + static_cast<std::size_t>(relation) % relations;
}

}  // namespace

InfluenceMap::InfluenceMap(const Rules::Data& rules, const graph::LiveGraph& graph)
    : rules_(rules), graph_(graph), steps_(4 * relations) {
  // Going up we look for who hurts: the neighbour must be the hurting end.
  for (const Influence& influence : rules.influences)
    for (bool up : {false, true}) steps_[step_index(up, influence.from_source == up, influence.relation)].push_back(influence);
}

const std::vector<Influence>& InfluenceMap::steps(bool up, const graph::Neighbour& edge) const {
  return steps_[step_index(up, !edge.outgoing, edge.relation)];
}

std::shared_ptr<const ReachList> InfluenceMap::ancestors(core::ResourceId id, const EffectTime& when) {
  if (up_.size() > cache_entries) up_.clear();
  Entry& entry = up_[id];
  core::Duration span = when.start - when.onset;
  bool fits = entry.epoch == epoch_ && entry.span == span && when.start >= entry.validity.from && when.start <= entry.validity.to;
  if (!fits) {
    entry.validity = {};
    entry.list = std::make_shared<const ReachList>(compute(id, true, &when, entry.validity));
    entry.epoch = epoch_;
    entry.span = span;
  }
  return entry.list;
}

std::shared_ptr<const ReachList> InfluenceMap::descendants(core::ResourceId id) {
  if (down_.size() > cache_entries) down_.clear();
  Entry& entry = down_[id];
  if (entry.epoch != epoch_) {
    entry.list = std::make_shared<const ReachList>(compute(id, false, nullptr, entry.validity));
    entry.epoch = epoch_;
  }
  return entry.list;
}

// Whether the edge counts at that time; narrows the span over which this answer stays the same.
bool InfluenceMap::counts(const graph::Neighbour& edge, const EffectTime& when, Validity& validity) const {
  constexpr core::Duration ahead = std::chrono::minutes(1);
  core::Duration span = when.start - when.onset;
  core::Duration behind = rules_.stay + span;
  bool begun = edge.from <= when.start + ahead;
  bool not_over = edge.to == graph::forever || edge.to > when.start - behind;
  if (begun) validity.from = std::max(validity.from, edge.from - ahead);
  else validity.to = std::min(validity.to, edge.from - ahead - core::Duration(1));
  if (edge.to == graph::forever) return begun;
  if (not_over) validity.to = std::min(validity.to, edge.to + behind - core::Duration(1));
  else validity.from = std::max(validity.from, edge.to + behind);
  return begun && not_over;
}

void InfluenceMap::expand(const Reach& reach, std::int32_t index, bool up, const EffectTime* when, Validity& validity,
                          std::vector<Reach>& frontier) const {
  graph_.each_neighbour(reach.id, core::Time{}, graph::forever, [&](const graph::Neighbour& n) {
    if (when != nullptr && !counts(n, *when, validity)) return;
    for (const Influence& influence : steps(up, n)) {
      if (bounces(reach, influence, up)) continue;
      float weight = reach.weight * influence.weight;
      if (weight < rules_.min_weight) continue;
      Reach next;
      next.id = n.other;
      next.weight = weight;
      next.hops = static_cast<std::uint8_t>(reach.hops + 1);
      next.place = dominant(reach.place, influence.place);
      next.inferred = reach.inferred || n.evidence == model::Evidence::inferred;
      next.effects = reach.effects;
      next.previous = index;
      next.relation = n.relation;
      next.from_source = influence.from_source;
      frontier.push_back(next);
      std::push_heap(frontier.begin(), frontier.end(), weaker);
    }
  });
}

void InfluenceMap::find_providers() {
  providers_.clear();
  providers_known_ = true;
  if (rules_.providers.empty()) return;
  graph_.each_node([&](const graph::Node& node) {
    for (const Provider& p : rules_.providers)
      if (fits(p, node)) providers_.emplace_back(node.id, &p);
  });
  std::sort(providers_.begin(), providers_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second) < std::pair(b.first, b.second);
  });
}

void InfluenceMap::add_providers(core::ResourceId id, std::vector<Reach>& frontier) {
  if (!providers_known_) find_providers();
  const graph::Node* self = graph_.node(id);
  if (self == nullptr) return;
  auto push = [&](core::ResourceId other, const Provider& p) {
    Reach next{.id = other, .weight = p.weight, .hops = 1, .place = Place::provider};
    next.inferred = true;
    next.effects = p.effects;
    next.previous = 0;
    next.relation = model::Relation::depends_on;
    frontier.push_back(next);
    std::push_heap(frontier.begin(), frontier.end(), weaker);
  };
  for (const auto& [provider, p] : providers_) {
    const graph::Node* node = graph_.node(provider);
    if (provider != id && node != nullptr && serves(*p, node->ref, self->ref)) push(provider, *p);
  }
}

ReachList InfluenceMap::compute(core::ResourceId id, bool up, const EffectTime* when, Validity& validity) {
  ReachList out;
  absl::flat_hash_set<core::ResourceId> done;
  std::vector<Reach> frontier{Reach{.id = id}};
  while (!frontier.empty() && out.size() < rules_.max_ancestors) {
    std::pop_heap(frontier.begin(), frontier.end(), weaker);
    Reach reach = frontier.back();
    frontier.pop_back();
    if (!done.insert(reach.id).second) continue;
    auto index = static_cast<std::int32_t>(out.size());
    out.push_back(reach);
    if (reach.hops < rules_.max_hops) expand(reach, index, up, when, validity, frontier);
    if (index == 0 && up) add_providers(id, frontier);
  }
  return out;
}

}  // namespace kgrca::rca
