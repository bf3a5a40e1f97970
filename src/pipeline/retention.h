// Forgetting of one tenant's data, on its strand, whether its lane is loaded or not.
#pragma once

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/graph/gone_resources.h"
#include "kgrca/graph/retention.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::pipeline {

// What has expired at `now`. A tenant's age counts from its own time, the highest it has seen, and goes on with the clock while
// nothing comes: a recorded stream does not vanish on arrival, and a silent tenant's data does not stay. Nothing while the tenant
// has no checkpoint yet.
core::StatusOr<graph::Cutoffs> wanted_cutoffs(const store::Snapshot& snapshot, const tenancy::Retention& kept, core::Time now);

// One durable step, see graph::expire(). REQUIRES: nobody else writes for the tenant meanwhile. Takes some 10 ms.
core::StatusOr<graph::ExpiryStep> forget_step(store::TenantView& view, const tenancy::Retention& kept, core::Time now);

// Then, one slice a round: resources that are gone, from `from` on; gives where the next round goes on.
core::StatusOr<graph::GoneStep> forget_gone_step(store::TenantView& view, core::ResourceId from);

}  // namespace kgrca::pipeline
