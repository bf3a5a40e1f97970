#include "pipeline/retention.h"

#include <algorithm>
#include <utility>

#include "kgrca/core/bytes.h"
#include "pipeline/clamped.h"
#include "pipeline/journal.h"

namespace kgrca::pipeline {
namespace {

constexpr std::size_t events_per_step = 4000;
constexpr std::size_t resources_per_step = 5000;

core::Time before(core::Time at, core::Duration kept) { return std::max(core::Time{}, at - kept); }

}  // namespace

core::StatusOr<graph::Cutoffs> wanted_cutoffs(const store::Snapshot& snapshot, const tenancy::Retention& kept, core::Time now) {
  KGRCA_ASSIGN_OR_RETURN(const auto part, snapshot.get(store::keys::checkpoint_part(position_part)));
  if (!part) return graph::Cutoffs{};
  core::BytesReader in(*part);
  (void)in.varint();  // its number
  KGRCA_ASSIGN_OR_RETURN(const Position position, decode_position(in.rest()));
  const core::Time present = position.newest + std::max(core::Duration::zero(), now - position.now);
  return graph::Cutoffs{before(present, kept.normal), before(present, kept.warning), before(present, kept.incidents),
                        before(present, kept.history)};
}

core::StatusOr<graph::ExpiryStep> forget_step(store::TenantView& view, const tenancy::Retention& kept, core::Time now) {
  const store::Snapshot snapshot = view.snapshot();
  KGRCA_ASSIGN_OR_RETURN(const graph::Cutoffs wanted, wanted_cutoffs(snapshot, kept, now));
  store::Batch batch = view.batch();
  KGRCA_ASSIGN_OR_RETURN(graph::ExpiryStep step, graph::expire(snapshot, wanted, events_per_step, batch));
  erase_clamped(step.clamped, batch);
  if (step.changed) KGRCA_RETURN_IF_ERROR(view.commit_durably(std::move(batch), store::Purpose::make_room));
  view.set_expiry(graph::expiry_of(step.reached));
  return step;
}

core::StatusOr<graph::GoneStep> forget_gone_step(store::TenantView& view, core::ResourceId from) {
  const store::Snapshot snapshot = view.snapshot();
  KGRCA_ASSIGN_OR_RETURN(const graph::Cutoffs cutoffs, graph::cutoffs_of(snapshot));
  store::Batch batch = view.batch();
  KGRCA_ASSIGN_OR_RETURN(const graph::GoneStep step, graph::forget_gone(snapshot, cutoffs, from, resources_per_step, batch));
  if (batch.keys() > 0) KGRCA_RETURN_IF_ERROR(view.commit_durably(std::move(batch), store::Purpose::make_room));
  return step;
}

}  // namespace kgrca::pipeline
