// Questions about who is connected to whom, and their answers. GraphReader (records.h) answers them.
//
// Every answer is bounded by limits that the question names; one that was cut says so in `truncated`. Order never depends on
// hashes: equal data gives equal answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/time.h"
#include "kgrca/model/resource.h"

namespace kgrca::graph {

inline constexpr int walk_hops_max = 15;

// Relations a question is about; the empty set means all.
class RelationSet {
 public:
  constexpr RelationSet() = default;
  constexpr RelationSet(std::initializer_list<model::Relation> relations) {
    for (const model::Relation relation : relations) add(relation);
  }
  constexpr void add(model::Relation relation) { bits_ |= bit(static_cast<std::uint8_t>(relation)); }
  constexpr bool has(model::Relation relation) const { return has_number(static_cast<std::uint8_t>(relation)); }
  // The lowest number of a wanted relation at or above `number`; 0 when there is none.
  constexpr std::uint8_t next(std::uint8_t number) const {
    for (std::uint8_t n = number; n <= last; ++n) {
      if (has_number(n)) return n;
    }
    return 0;
  }

 private:
  static constexpr std::uint8_t last = static_cast<std::uint8_t>(model::Relation::emits);
  static constexpr std::uint32_t bit(std::uint8_t number) { return std::uint32_t{1} << number; }
  constexpr bool has_number(std::uint8_t number) const {
    return number >= 1 && number <= last && (bits_ == 0 || (bits_ & bit(number)) != 0);
  }
  std::uint32_t bits_ = 0;
};

// Seen from the resource asked about: `out` are edges that begin at it.
enum class Direction : std::uint8_t { both, out, in };

struct EdgeFilter {
  core::Time at = core::Time::max();  // edges alive at this moment; max: those that are open
  Direction direction = Direction::both;
  RelationSet relations;
};

// One edge, alive in [since, until).
struct EdgeAt {
  core::ResourceId from;
  core::ResourceId to;
  model::Relation relation = model::Relation::uses;
  model::Evidence evidence = model::Evidence::stated;
  core::Time since{};
  core::Time until = core::Time::max();
  bool operator==(const EdgeAt&) const = default;
};
struct EdgeList {
  std::vector<EdgeAt> edges;  // by (relation, from, to, since)
  bool truncated = false;
};

struct WalkLimits {
  int hops = 1;               // 0 to walk_hops_max
  std::size_t nodes = 1000;   // the start included
  std::size_t edges = 10'000;
};
struct Reached {
  core::ResourceId id;
  int hops = 0;               // of the shortest way from the start
  bool operator==(const Reached&) const = default;
};
// All that lies within some hops of a resource. An edge between two resources that both lie at the last hop is not walked.
struct Neighbourhood {
  std::vector<Reached> nodes;  // nearest first, the start at the head
  std::vector<EdgeAt> edges;   // each once, in the order they were walked
  bool truncated = false;
};

struct PathLimits {
  int hops = walk_hops_max;
  std::size_t nodes = 50'000;    // resources looked at from both ends
  std::size_t edges = 500'000;   // edges looked at
};
struct ShortestPath {
  std::vector<core::ResourceId> nodes;  // from one end to the other; empty when there is no way
  std::vector<EdgeAt> edges;            // nodes.size() - 1; either direction unless the filter says otherwise
  bool truncated = false;               // a limit cut the search: there may be a way, or a shorter one
};

struct DiffFilter {
  core::Time from{};
  core::Time to = core::Time::max();  // max: the newest that is known
  RelationSet relations;
};
// What differs between two moments. Edges are compared by (from, relation, to): one that ended and came back in between is no
// difference, and one that came and went neither.
struct TopologyDiff {
  std::vector<core::ResourceId> resources_added;    // known at `to` but not, or deleted, at `from`; ascending
  std::vector<core::ResourceId> resources_removed;
  std::vector<EdgeAt> edges_added;                  // as they were at `to`; by (relation, from, to, since)
  std::vector<EdgeAt> edges_removed;                // as they were at `from`
  bool truncated = false;                           // a limit cut the search: more may differ. What is listed does
  std::string next;                                 // of diff(): opaque position to go on from; empty at the end

  std::size_t size() const {
    return resources_added.size() + resources_removed.size() + edges_added.size() + edges_removed.size();
  }
};

}  // namespace kgrca::graph
