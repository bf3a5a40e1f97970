#include <algorithm>

#include <absl/container/flat_hash_map.h>

#include "graph/edge_scan.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/graph/retention.h"

namespace kgrca::graph {
namespace {

// Edges that one walk looks at, at most, however few of them it shows: round a hub most may lead to resources over the limit.
constexpr std::size_t looked_at_max = 500'000;

core::StatusOr<EdgeList> list_edges(EdgeScan& scan, core::ResourceId id, const EdgeFilter& filter, std::size_t limit) {
  EdgeList out;
  KGRCA_ASSIGN_OR_RETURN(const bool whole, scan.each(id, filter, [&](const EdgeAt& edge) {
    if (out.edges.size() == limit) return false;
    out.edges.push_back(edge);
    return true;
  }));
  out.truncated = !whole;
  std::sort(out.edges.begin(), out.edges.end(), edge_before);
  return out;
}

class Walk {
 public:
  Walk(const store::Snapshot& snapshot, const EdgeFilter& filter, const WalkLimits& limits)
      : scan_(snapshot), filter_(filter), limits_(limits) {}

  core::StatusOr<Neighbourhood> from(core::ResourceId start) {
    reach(start, 0);
    for (; next_ < out_.nodes.size() && out_.nodes[next_].hops < limits_.hops && !full_; ++next_) {
      const Reached at = out_.nodes[next_];
      KGRCA_ASSIGN_OR_RETURN(const bool whole, scan_.each(at.id, filter_, [&](const EdgeAt& edge) { return take(at, edge); }));
      out_.truncated |= !whole;
    }
    return std::move(out_);
  }

 private:
  void reach(core::ResourceId id, int hops) {
    places_.emplace(id, out_.nodes.size());
    out_.nodes.push_back({id, hops});
  }

  // False ends the walk.
  bool take(const Reached& at, const EdgeAt& edge) {
    const core::ResourceId other = edge.from == at.id ? edge.to : edge.from;
    const auto known = places_.find(other);
    const bool outside = known == places_.end();
    // What is expanded already has shown the edges between it and here.
    if (!outside && filter_.direction == Direction::both && known->second < next_) return true;
    full_ = out_.edges.size() >= limits_.edges || ++looked_at_ > looked_at_max;
    if (full_) return false;
    if (outside && out_.nodes.size() >= limits_.nodes) {
      out_.truncated = true;  // later edges may still lead to resources that are in
      return true;
    }
    if (outside) reach(other, at.hops + 1);
    out_.edges.push_back(edge);
    return true;
  }

  EdgeScan scan_;
  const EdgeFilter filter_;
  const WalkLimits limits_;
  Neighbourhood out_;
  absl::flat_hash_map<core::ResourceId, std::size_t> places_;  // in out_.nodes
  std::size_t next_ = 0;                                       // place of the resource being expanded
  std::size_t looked_at_ = 0;
  bool full_ = false;
};

}  // namespace

core::StatusOr<EdgeList> GraphReader::edges(core::ResourceId id, const EdgeFilter& filter, std::size_t limit) const {
  KGRCA_RETURN_IF_ERROR(check_history(snapshot_, filter.at));
  EdgeScan scan(snapshot_);
  KGRCA_ASSIGN_OR_RETURN(EdgeList found, list_edges(scan, id, filter, limit));
  if (!found.edges.empty() || found.truncated) return found;
  // Open edges move to the present id at a merge; one without edges may be a former id, or none at all.
  KGRCA_ASSIGN_OR_RETURN(const core::ResourceId present, present_id(id));
  if (present == id) return found;
  return list_edges(scan, present, filter, limit);
}

core::StatusOr<Neighbourhood> GraphReader::neighbourhood(core::ResourceId start, const EdgeFilter& filter,
                                                         const WalkLimits& limits) const {
  if (limits.hops < 0 || limits.hops > walk_hops_max) {
    return core::invalid_argument(core::cat("a walk takes 0 to ", walk_hops_max, " hops, not ", limits.hops));
  }
  KGRCA_RETURN_IF_ERROR(check_history(snapshot_, filter.at));
  KGRCA_ASSIGN_OR_RETURN(const core::ResourceId present, present_id(start));
  return Walk(snapshot_, filter, limits).from(present);
}

}  // namespace kgrca::graph
