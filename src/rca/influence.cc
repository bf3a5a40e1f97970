#include "rca/influence.h"

#include <algorithm>
#include <optional>
#include <span>

namespace kgrca::rca {
namespace {

constexpr std::size_t cache_bytes_max = 16 << 20;
constexpr std::size_t entry_bytes = 160;  // slot of the map, shared count, heads of the allocations

std::size_t bytes_of(const ReachList& list) { return entry_bytes + list.capacity() * sizeof(Reach); }

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
  for (const Influence& influence : rules.influences) {
    strongest_step_ = std::max(strongest_step_, influence.weight);
    for (bool up : {false, true}) steps_[step_index(up, influence.from_source == up, influence.relation)].push_back(influence);
  }
}

const std::vector<Influence>& InfluenceMap::steps(bool up, const graph::Neighbour& edge) const {
  return steps_[step_index(up, edge.incoming, edge.relation)];
}

std::shared_ptr<const ReachList> InfluenceMap::ancestors(core::ResourceId id, const EffectTime& when) {
  if (cached_bytes_ > cache_bytes_max) {
    cache_.clear();
    cached_bytes_ = 0;
  }
  Entry& entry = cache_[id];
  core::Duration span = when.start - when.onset;
  bool fits = entry.epoch == epoch_ && entry.span == span && when.start >= entry.validity.from && when.start <= entry.validity.to;
  if (!fits) {
    Walk walk{.up = true, .when = &when, .validity = {}};
    if (entry.list) cached_bytes_ -= bytes_of(*entry.list);
    entry.list = std::make_shared<const ReachList>(compute(id, walk));
    cached_bytes_ += bytes_of(*entry.list);
    entry.epoch = epoch_;
    entry.span = span;
    entry.validity = walk.validity;
  }
  return entry.list;
}

ReachList InfluenceMap::descendants(core::ResourceId id) {
  Walk walk{.up = false, .when = nullptr, .validity = {}};
  return compute(id, walk);
}

// Whether the edge counts at that time; narrows the span over which this answer stays the same.
bool InfluenceMap::counts(const graph::Neighbour& edge, Walk& walk) const {
  constexpr core::Duration ahead = std::chrono::minutes(1);
  if (walk.when == nullptr) return true;
  const EffectTime& when = *walk.when;
  Validity& validity = walk.validity;
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

void InfluenceMap::expand(const Reach& reach, std::int32_t index, Walk& walk) {
  const std::span<const graph::Neighbour> all = graph_.neighbours(reach.id);
  // Edges of one relation and direction stand together, by id: all of them lead on with the same strength.
  for (auto first = all.begin(); first != all.end();) {
    const auto end = std::partition_point(first, all.end(), [&](const graph::Neighbour& n) {
      return n.relation == first->relation && n.incoming == first->incoming;
    });
    for (const Influence& influence : steps(walk.up, *first)) {
      Reach next = reach;
      next.weight = reach.weight * influence.weight;
      if (next.weight < rules_.min_weight || bounces(reach, influence, walk.up)) continue;
      next.hops = static_cast<std::uint8_t>(reach.hops + 1);
      next.place = dominant(reach.place, influence.place);
      next.previous = index;
      next.relation = first->relation;
      next.from_source = influence.from_source;
      for (auto edge = first; edge != end; ++edge) {
        next.id = edge->other;
        if (frontier_.is_hopeless(next)) break;  // and so are those behind it
        if (!counts(*edge, walk)) continue;
        next.inferred = reach.inferred || edge->evidence == model::Evidence::inferred;
        frontier_.offer(next);
      }
    }
    first = end;
  }
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

void InfluenceMap::add_providers(core::ResourceId id) {
  if (!providers_known_) find_providers();
  const graph::Node* self = graph_.node(id);
  if (self == nullptr) return;
  for (const auto& [provider, p] : providers_) {
    const graph::Node* node = graph_.node(provider);
    if (provider == id || node == nullptr || !serves(*p, node->ref, self->ref)) continue;
    Reach way{.id = provider, .effects = p->effects, .weight = p->weight, .previous = 0, .hops = 1, .place = Place::provider};
    way.inferred = true;
    way.relation = model::Relation::depends_on;
    frontier_.offer(way);
  }
}

// Whether its neighbours can matter at all, told without a look at them: most of what a walk settles last leads nowhere.
bool InfluenceMap::may_lead_on(const Reach& reach) const {
  if (reach.hops >= rules_.max_hops) return false;
  Reach best = reach;
  best.id = {};
  best.weight *= strongest_step_;
  best.hops = static_cast<std::uint8_t>(reach.hops + 1);
  return best.weight >= rules_.min_weight && !frontier_.is_hopeless(best);
}

ReachList InfluenceMap::compute(core::ResourceId id, Walk& walk) {
  ReachList out;
  frontier_.begin(rules_.max_ancestors);
  frontier_.offer(Reach{.id = id});
  while (out.size() < rules_.max_ancestors) {
    const std::optional<Reach> reach = frontier_.next();
    if (!reach) break;
    const auto index = static_cast<std::int32_t>(out.size());
    out.push_back(*reach);
    if (may_lead_on(*reach)) expand(*reach, index, walk);
    if (index == 0 && walk.up) add_providers(id);
  }
  out.shrink_to_fit();
  return out;
}

}  // namespace kgrca::rca
