// Shortest paths: breadth first from both ends, a whole level at a time on the side with fewer resources to expand.
#include <algorithm>
#include <optional>

#include <absl/container/flat_hash_map.h>

#include "graph/edge_scan.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/graph/retention.h"

namespace kgrca::graph {
namespace {

using core::ResourceId;

struct Step {
  EdgeAt edge;  // by which it was reached
  int hops = 0;
};

struct Side {
  Side(ResourceId start, const EdgeFilter& of) : filter(of), frontier{start} { reached.emplace(start, Step{}); }

  EdgeFilter filter;
  std::vector<ResourceId> frontier;  // all at distance `hops`
  int hops = 0;
  absl::flat_hash_map<ResourceId, Step> reached;
};

EdgeFilter turned(EdgeFilter filter) {
  if (filter.direction == Direction::out) filter.direction = Direction::in;
  else if (filter.direction == Direction::in) filter.direction = Direction::out;
  return filter;
}

ResourceId other_end(const EdgeAt& edge, ResourceId id) { return edge.from == id ? edge.to : edge.from; }

class Search {
 public:
  Search(const store::Snapshot& snapshot, const PathLimits& limits) : scan_(snapshot), limits_(limits) {}

  core::StatusOr<ShortestPath> between(ResourceId from, ResourceId to, const EdgeFilter& filter) {
    if (from == to) return ShortestPath{{from}, {}, false};
    Side near(from, filter);
    Side far(to, turned(filter));
    while (near.hops + far.hops < limits_.hops && !near.frontier.empty() && !far.frontier.empty() && !full_) {
      const bool grow_near = near.frontier.size() <= far.frontier.size();
      KGRCA_RETURN_IF_ERROR(grow_near ? grow(near, far) : grow(far, near));
      if (!meeting_) continue;
      ShortestPath path = path_through(*meeting_, near, far);
      path.truncated = cut_;
      return path;
    }
    ShortestPath none;
    none.truncated = full_ || cut_;
    return none;
  }

 private:
  // One level. All ways that meet in it are equally long; the meeting point with the lowest id is kept.
  core::Status grow(Side& side, const Side& opposite) {
    std::vector<ResourceId> next;
    for (const ResourceId id : side.frontier) {
      KGRCA_ASSIGN_OR_RETURN(const bool whole, scan_.each(id, side.filter, [&](const EdgeAt& edge) {
        const ResourceId other = other_end(edge, id);
        full_ = ++edges_ > limits_.edges;
        if (full_) return false;
        if (side.reached.contains(other)) return true;
        full_ = nodes_ + 1 > limits_.nodes;
        if (full_) return false;
        ++nodes_;
        side.reached.emplace(other, Step{edge, side.hops + 1});
        next.push_back(other);
        if (opposite.reached.contains(other) && (!meeting_ || other < *meeting_)) meeting_ = other;
        return true;
      }));
      cut_ |= !whole;
      if (full_) break;
    }
    ++side.hops;
    side.frontier = std::move(next);
    return core::ok_status();
  }

  static ShortestPath path_through(ResourceId meeting, const Side& near, const Side& far) {
    ShortestPath path;
    ResourceId at = meeting;
    path.nodes.push_back(at);
    for (const Step* step = &near.reached.at(at); step->hops > 0; step = &near.reached.at(at)) {
      path.edges.push_back(step->edge);
      at = other_end(step->edge, at);
      path.nodes.push_back(at);
    }
    std::reverse(path.nodes.begin(), path.nodes.end());
    std::reverse(path.edges.begin(), path.edges.end());
    at = meeting;
    for (const Step* step = &far.reached.at(at); step->hops > 0; step = &far.reached.at(at)) {
      path.edges.push_back(step->edge);
      at = other_end(step->edge, at);
      path.nodes.push_back(at);
    }
    return path;
  }

  EdgeScan scan_;
  const PathLimits limits_;
  std::optional<ResourceId> meeting_;
  std::size_t nodes_ = 2;
  std::size_t edges_ = 0;
  bool full_ = false;
  bool cut_ = false;  // edges of one resource could not all be looked at
};

}  // namespace

core::StatusOr<ShortestPath> GraphReader::shortest_path(ResourceId from, ResourceId to, const EdgeFilter& filter,
                                                        const PathLimits& limits) const {
  if (limits.hops < 0 || limits.hops > walk_hops_max) {
    return core::invalid_argument(core::cat("a path has 0 to ", walk_hops_max, " hops, not ", limits.hops));
  }
  KGRCA_RETURN_IF_ERROR(check_history(snapshot_, filter.at));
  KGRCA_ASSIGN_OR_RETURN(const ResourceId first, present_id(from));
  KGRCA_ASSIGN_OR_RETURN(const ResourceId last, present_id(to));
  return Search(snapshot_, limits).between(first, last, filter);
}

}  // namespace kgrca::graph
