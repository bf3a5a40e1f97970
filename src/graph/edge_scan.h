// Edges of one resource after another through one iterator; no resource is read.
#pragma once

#include <cstddef>
#include <cstdint>

#include <absl/functional/function_ref.h>

#include "kgrca/core/status.h"
#include "kgrca/graph/topology.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

class EdgeScan {
 public:
  explicit EdgeScan(const store::Snapshot& snapshot);

  // Hands over the edges of `id` that fit, in key order, until `take` returns false. True: that was all of them; false: `take`
  // ended it, or too many edges of other times lay in the way. A self-loop comes once.
  // Cost: one seek per direction; as of a time another one per relation that has ended edges, of which only those that ended
  // after that time are touched.
  core::StatusOr<bool> each(core::ResourceId id, const EdgeFilter& filter, absl::FunctionRef<bool(const EdgeAt&)> take);

 private:
  using Take = absl::FunctionRef<bool(const EdgeAt&)>;
  using Seek = absl::FunctionRef<void(std::uint8_t relation)>;
  core::StatusOr<bool> one_way(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take);
  // True: `edge` was handed over, or need not be; false: the end.
  bool offer(const EdgeAt& edge, bool incoming, const EdgeFilter& filter, Take take);
  core::StatusOr<bool> open(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take);
  core::StatusOr<bool> closed(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take);
  // From where the seeker stands; `seek` moves it to the first edge of a relation that may fit.
  core::StatusOr<bool> go_on(bool closed, bool incoming, const EdgeFilter& filter, Take take, Seek seek);

  store::Seeker seeker_;
  std::size_t skipped_ = 0;
};

// By (relation, from, to, since).
bool edge_before(const EdgeAt& a, const EdgeAt& b);

}  // namespace kgrca::graph
