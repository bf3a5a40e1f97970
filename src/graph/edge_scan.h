// Edges of one resource after another through one iterator. No resource is read but of moments at which edges may stand under
// former ids: then each resource and each of its neighbours once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>

#include "kgrca/core/status.h"
#include "kgrca/graph/topology.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

class EdgeScan {
 public:
  explicit EdgeScan(const store::Snapshot& snapshot);  // must live as long

  // Hands over the edges of `id` that fit, in key order, until `take` returns false. True: that was all of them; false: `take`
  // ended it, or too many edges of other times lay in the way. A self-loop comes once. Ends have their present ids when `id` is one.
  // Cost: one seek per direction; as of a time another one per relation that has ended edges, of which only those that ended
  // after that time are touched.
  core::StatusOr<bool> each(core::ResourceId id, const EdgeFilter& filter, absl::FunctionRef<bool(const EdgeAt&)> take);

 private:
  using Take = absl::FunctionRef<bool(const EdgeAt&)>;
  using Seek = absl::FunctionRef<void(std::uint8_t relation)>;
  core::StatusOr<core::Time> former_until();
  core::StatusOr<bool> of_all_ids(core::ResourceId id, const EdgeFilter& filter, Take take);
  core::StatusOr<core::ResourceId> present_id(core::ResourceId id);
  core::StatusOr<bool> as_stored(core::ResourceId id, const EdgeFilter& filter, Take take);
  core::StatusOr<bool> one_way(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take);
  // True: `edge` was handed over, or need not be; false: the end.
  bool offer(const EdgeAt& edge, bool incoming, const EdgeFilter& filter, Take take);
  core::StatusOr<bool> open(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take);
  core::StatusOr<bool> closed(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take);
  // From where the seeker stands; `seek` moves it to the first edge of a relation that may fit.
  core::StatusOr<bool> go_on(bool closed, bool incoming, const EdgeFilter& filter, Take take, Seek seek);

  const store::Snapshot& snapshot_;
  store::Seeker seeker_;
  std::optional<core::Time> former_until_;
  absl::flat_hash_map<core::ResourceId, core::ResourceId> present_ids_;
  std::size_t skipped_ = 0;
};

// By (relation, from, to, since).
bool edge_before(const EdgeAt& a, const EdgeAt& b);

}  // namespace kgrca::graph
