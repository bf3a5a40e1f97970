// Who can hurt whom: paths of influence edges around a resource.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "kgrca/graph/live.h"
#include "rca/frontier.h"
#include "rca/rules_data.h"

namespace kgrca::rca {

using ReachList = std::vector<Reach>;  // by weight, strongest first; entry 0 is the resource itself

// The moments of an effect between which edges count: an edge that ended up to `stay` before its onset, or began up to a
// minute after its start, can still explain it.
struct EffectTime {
  core::Time onset{};
  core::Time start{};
};

// Caches ancestors per resource until any edge changes or the effect's time leaves the span over which the same edges count.
// Cost of a miss: at most max_ancestors node expansions. Memory: at most 16 MiB.
class InfluenceMap {
 public:
  InfluenceMap(const Rules::Data& rules, const graph::LiveGraph& graph);

  std::shared_ptr<const ReachList> ancestors(core::ResourceId id, const EffectTime& when);
  // Everything that could ever be hurt, whenever: a superset, used to find what may need scoring again.
  ReachList descendants(core::ResourceId id);
  void topology_changed() { ++epoch_; providers_known_ = false; }

 private:
  // Effect starts in [from, to] see the same edges, as long as start - onset is `span`.
  struct Validity {
    core::Time from{};
    core::Time to = graph::forever;
  };
  struct Entry {
    std::uint64_t epoch = 0;
    core::Duration span{};
    Validity validity;
    std::shared_ptr<const ReachList> list;
  };
  // A walk from one resource: upwards to who can hurt it, or downwards.
  struct Walk {
    bool up;
    const EffectTime* when;  // nullptr: whenever the edges were alive
    Validity validity;
  };
  ReachList compute(core::ResourceId id, Walk& walk);
  bool may_lead_on(const Reach& reach) const;
  void expand(const Reach& reach, std::int32_t index, Walk& walk);
  bool counts(const graph::Neighbour& edge, Walk& walk) const;
  const std::vector<Influence>& steps(bool up, const graph::Neighbour& edge) const;
  void add_providers(core::ResourceId id);
  void find_providers();

  const Rules::Data& rules_;
  const graph::LiveGraph& graph_;
  std::vector<std::vector<Influence>> steps_;  // of the rules, by direction of the walk, of the edge, and relation
  float strongest_step_ = 0;
  std::uint64_t epoch_ = 1;
  absl::flat_hash_map<core::ResourceId, Entry> cache_;  // of ancestors
  std::size_t cached_bytes_ = 0;
  Frontier frontier_;
  bool providers_known_ = false;
  std::vector<std::pair<core::ResourceId, const Provider*>> providers_;
};

}  // namespace kgrca::rca
