// Who can hurt whom: paths of influence edges around a resource.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "kgrca/graph/live.h"
#include "rca/rules_data.h"

namespace kgrca::rca {

// One resource that can hurt (or be hurt by) the resource asked for, with the best path to it.
struct Reach {
  core::ResourceId id;
  float weight = 1;           // product of the edges' weights
  std::uint8_t hops = 0;
  Place place = Place::same;
  bool inferred = false;      // an edge of the path was inferred, not stated
  GroupMask effects = ~GroupMask{0};  // groups of effects this path can carry
  std::int32_t previous = -1;  // entry one step nearer to the resource asked for
  model::Relation relation{};  // edge between this entry and the previous one
  bool from_source = false;    // trouble crosses that edge from its source
};
using ReachList = std::vector<Reach>;  // by weight, strongest first; entry 0 is the resource itself

// The moments of an effect between which edges count: an edge that ended up to `stay` before its onset, or began up to a
// minute after its start, can still explain it.
struct EffectTime {
  core::Time onset{};
  core::Time start{};
};

// Caches lists per resource until any edge changes or the effect's time leaves the span over which the same edges count.
// Cost of a miss: at most max_ancestors node expansions.
class InfluenceMap {
 public:
  InfluenceMap(const Rules::Data& rules, const graph::LiveGraph& graph);

  std::shared_ptr<const ReachList> ancestors(core::ResourceId id, const EffectTime& when);
  // Everything that could ever be hurt, whenever: a superset, used to find what may need scoring again.
  std::shared_ptr<const ReachList> descendants(core::ResourceId id);
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
  ReachList compute(core::ResourceId id, bool up, const EffectTime* when, Validity& validity);
  void expand(const Reach& reach, std::int32_t index, bool up, const EffectTime* when, Validity& validity,
              std::vector<Reach>& frontier) const;
  bool counts(const graph::Neighbour& edge, const EffectTime& when, Validity& validity) const;
  const std::vector<Influence>& steps(bool up, const graph::Neighbour& edge) const;
  void add_providers(core::ResourceId id, std::vector<Reach>& frontier);
  void find_providers();

  const Rules::Data& rules_;
  const graph::LiveGraph& graph_;
  std::vector<std::vector<Influence>> steps_;  // of the rules, by direction of the walk, of the edge, and relation
  std::uint64_t epoch_ = 1;
  absl::flat_hash_map<core::ResourceId, Entry> up_, down_;
  bool providers_known_ = false;
  std::vector<std::pair<core::ResourceId, const Provider*>> providers_;
};

}  // namespace kgrca::rca
