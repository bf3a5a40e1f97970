// The open end of a walk over influence edges: what was found and is not settled yet.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kgrca/core/ids.h"
#include "rca/rules_data.h"

namespace kgrca::rca {

// One resource that can hurt (or be hurt by) the resource asked for, with the best path to it.
struct Reach {
  core::ResourceId id;
  GroupMask effects = ~GroupMask{0};  // groups of effects this path can carry
  float weight = 1;            // product of the edges' weights
  std::int32_t previous = -1;  // entry one step nearer to the resource asked for
  std::uint8_t hops = 0;
  Place place = Place::same;
  bool inferred = false;       // an edge of the path was inferred, not stated
  model::Relation relation{};  // edge between this entry and the previous one
  bool from_source = false;    // trouble crosses that edge from its source
};

// Gives ways by weight, strongest first; then the shorter way, then the lower id. Ways that cannot be among the `limit` strongest
// resources are not taken in: that keeps a node with hundreds of neighbours cheap and does not change the outcome.
// Kept from walk to walk, so that a walk allocates nothing.
class Frontier {
 public:
  void begin(std::size_t limit);
  // Neither this way nor a weaker one of the same walk is of use.
  bool is_hopeless(const Reach& way) const { return bar_.size() >= limit_ && is_weaker(way, bar_.front()); }
  void offer(const Reach& way);
  // The strongest way to a resource that was not settled before.
  std::optional<Reach> next();

 private:
  // Weight of the strongest way to a resource so far; of this walk only when `walk` says so.
  struct Best {
    core::ResourceId id;
    float weight = 0;
    std::uint32_t walk = 0;
  };
  // What ways are compared by; heaps of them are half as large as heaps of ways.
  struct Rank {
    core::ResourceId id;
    float weight = 0;
    std::uint32_t way = 0;  // in ways_
    std::uint8_t hops = 0;
  };
  template <typename A, typename B>
  static bool is_weaker(const A& a, const B& b) {
    if (a.weight != b.weight) return a.weight < b.weight;
    if (a.hops != b.hops) return a.hops > b.hops;
    return a.id.value > b.id.value;
  }
  static bool is_stronger(const Rank& a, const Rank& b) { return is_weaker(b, a); }
  Best& best(core::ResourceId id);
  void grow();
  void raise_bar(const Rank& way);

  std::size_t limit_ = 0;
  std::uint32_t walk_ = 0;
  std::size_t known_ = 0;      // resources met in this walk
  std::vector<Best> table_;    // open addressing by id; its size is a power of two
  std::vector<Reach> ways_;    // of this walk, as they were offered
  std::vector<Rank> open_;     // of ways not looked at; heap, strongest first
  std::vector<Rank> bar_;      // of first ways to the `limit` strongest resources; heap, weakest first
};

}  // namespace kgrca::rca
