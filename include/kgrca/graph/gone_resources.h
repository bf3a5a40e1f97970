// Forgetting of resources that are gone: out of memory, and nothing that is kept tells of them any more.
#pragma once

#include <cstddef>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/graph/retention.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

struct GoneStep {
  core::ResourceId next;      // where to go on; none: all were looked at
  std::size_t forgotten = 0;
};
// Looks at the next `examined_max` resources out of memory from `from` on and puts the erasure of those last seen before every
// cut-off, with their names, uids, former ids and states, into the batch.
core::StatusOr<GoneStep> forget_gone(const store::Snapshot& snapshot, const Cutoffs& cutoffs, core::ResourceId from,
                                     std::size_t examined_max, store::Batch& batch);

}  // namespace kgrca::graph
