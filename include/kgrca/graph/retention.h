// How long what is kept, and forgetting the rest: one bounded step at a time, exact to every reader of a snapshot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/model/severity.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

// By class. What lies before a cut-off has expired. normal >= warning >= incidents, as warnings are kept at least as long as
// normal events and incidents at least as long as warnings.
struct Cutoffs {
  core::Time normal{};     // DEBUG and INFO events, by first occurrence
  core::Time warning{};    // WARNING and above with their links and index entries, by first occurrence
  core::Time incidents{};  // by last activity
  core::Time history{};    // states and edges that ended before it; questions about an earlier moment are refused
  bool operator==(const Cutoffs&) const = default;

  core::Time of(model::Severity severity) const { return severity < model::Severity::warning ? normal : warning; }
};

std::string encode_cutoffs(const Cutoffs& cutoffs);
core::StatusOr<Cutoffs> decode_cutoffs(std::string_view value);
// As the snapshot has them; nothing has expired when it has none.
core::StatusOr<Cutoffs> cutoffs_of(const store::Snapshot& snapshot);
// not_found when `at` lies before the cut-off of the history; no read for Time::max(), the present.
core::Status check_history(const store::Snapshot& snapshot, core::Time at);

// What compaction may drop by itself once the cut-offs are these.
store::Expiry expiry_of(const Cutoffs& cutoffs);

struct ExpiryStep {
  Cutoffs reached;
  std::size_t events = 0;     // that expired
  std::size_t incidents = 0;
  std::vector<std::uint64_t> clamped;  // EventKey::hash of those of the events whose times lay too far ahead
  bool changed = false;       // the batch holds something to commit
  bool more = false;          // `wanted` is not reached yet
};
// Puts one step from the snapshot's cut-offs towards `wanted` into the batch: the new cut-offs, erasures, counts lowered by what
// expired. Reads about `records_max` events at most; of events with one and the same first occurrence all.
// REQUIRES: `wanted` ordered as Cutoffs says; the batch is committed before anything else is written for the tenant.
core::StatusOr<ExpiryStep> expire(const store::Snapshot& snapshot, const Cutoffs& wanted, std::size_t records_max, store::Batch& batch);

}  // namespace kgrca::graph
