// The lane's own copy of a tenant's present graph and its recent past. Single-threaded: only the tenant's lane touches it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/model/resource.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

inline constexpr core::Time forever = core::Time::max();

struct Node {
  core::ResourceId id;
  model::ResourceRef ref;         // canonical; cluster "unknown" until something tells
  bool stated = false;            // a state record or raw object described it; false: only events or edges named it
  bool deleted = false;
  core::Time first_seen{};
  core::Time last_seen{};
  core::Time deleted_at{};
  model::ResourceState state;     // present state; empty while not stated
};

// One edge as seen from a node, alive in [from, to).
struct Neighbour {
  core::ResourceId other;
  core::Time from{};
  core::Time to = forever;
  model::Relation relation = model::Relation::uses;
  bool incoming = false;
  model::Evidence evidence = model::Evidence::stated;
  bool operator==(const Neighbour&) const = default;
  bool alive_in(core::Time first, core::Time last) const { return from <= last && to > first; }
};

// A state change found by comparing two consecutive versions of a resource (in `at` order, whatever order they came in).
struct StateChange {
  core::ResourceId id;
  model::ResourceState after;               // the version that begins at after.at
  std::vector<model::FieldChange> changes;  // sorted by path; empty when `created`
  bool created = false;                     // first version ever seen of this resource
  bool replaces = false;                    // corrects a change reported before for the same `at` (a late version came in between)
};

struct Applied {
  core::ResourceId id;
  std::vector<StateChange> changes;         // usually none or one; two when a late version splits a former change
  std::vector<core::ResourceId> touched;    // resources whose edges changed, each once
};

// What a full state ends: records of deletion, to be applied like any other; of a sync that ends more, the rest at its repetition.
inline constexpr std::size_t full_state_ends_max = 20'000;
template <typename Deletion>
struct Ended {
  std::vector<Deletion> records;
  std::size_t left = 0;
};

// Bounds: LiveLimits.resources live nodes and about `bytes` of memory (least recently seen evicted first, counted), edges
// closed longer than `memory` are dropped from memory; the store keeps them.
struct LiveLimits {
  std::size_t resources = 200'000;
  core::Duration memory = std::chrono::minutes(90);
  std::size_t bytes = 256ull << 20;
};

class LiveGraph {
 public:
  explicit LiveGraph(LiveLimits limits = {});
  ~LiveGraph();
  LiveGraph(const LiveGraph&) = delete;
  LiveGraph& operator=(const LiveGraph&) = delete;

  // Reads the tenant's present state, open edges and edges closed within `memory`. What left memory is looked up there when
  // something names it again: one read of the store for each resource, and one for each uid, that memory does not know. A merge of
  // resources seen before `memory` reads their ended edges: at most 20,000 between two writes.
  core::Status load(store::TenantView view);

  // The canonical resource for a reference, by the rules of docs/architecture.md, Identity (cluster rules, uid alias,
  // unique (kind, namespace, name)); makes an unstated node when it is new. `seen` updates last_seen.
  core::ResourceId resolve(const model::ResourceRef& ref, core::Time seen);
  // The same without making anything.
  std::optional<core::ResourceId> find(const model::ResourceRef& ref) const;
  const Node* node(core::ResourceId id) const;  // nullptr when unknown or evicted; valid until the next non-const call
  // A former id after a merge gives the present one; others give themselves.
  core::ResourceId canonical(core::ResourceId id) const;

  Applied apply(const model::ResourceState& state);
  Applied apply(const model::EdgeUpdate& edge);

  // What is known in memory, lives at sync.at and is not among its present ones; changes nothing. Resources that only events or
  // other resources named count when they were last named by then. failed_precondition: the sync names no cluster and the tenant
  // has several. Cost: one look at every resource, or at every edge that a topology record stated.
  core::StatusOr<Ended<model::ResourceState>> ended_by(const model::ResourceSync& sync) const;
  core::StatusOr<Ended<model::EdgeUpdate>> ended_by(const model::EdgeSync& sync) const;

  // Edges of `id` in memory, both directions, sorted by (relation, outgoing first, other, from); valid until the next non-const
  // call. Empty when unknown.
  std::span<const Neighbour> neighbours(core::ResourceId id) const;
  void each_node(const std::function<void(const Node&)>& fn) const;
  std::size_t node_count() const;
  std::size_t open_edge_count() const;
  std::size_t unstated_count() const;
  std::size_t memory_bytes() const;  // an estimate, from the size of stored records and the number of edges; of the last write()
  // Merges done since the last call: former id -> present id.
  std::vector<std::pair<core::ResourceId, core::ResourceId>> take_merges();

  // Versions since the last call that count for the history only: more than 128 of one resource within the lateness bound, or
  // too much work to put them in their places.
  std::size_t take_versions_cut();
  // Resources that left memory since the last call over a bound of LiveLimits; the store has them.
  std::size_t take_evicted();

  // Puts everything that changed since the last call into the batch: resources, their history, edges, aliases, counts.
  void write(store::Batch& batch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgrca::graph
