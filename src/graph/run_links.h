// Links of runs as stored (store key incidents 'l'). A run is one effect: its events share its causes, so the links stand once,
// under the event that begins it, and every other event of the run names that one. They lie apart from the events because they
// change for minutes after them: events are written once, in the order of their times.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/model/incident.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

struct RunLinks {
  core::EventKey part_of;          // set: it turned out to be part of the run that this earlier event begins, and has no links of its own
  std::vector<model::Link> links;  // best first; `effect` is the event that begins the run
  bool empty() const { return !part_of && links.empty(); }
};

// A confidence as it is read back: in steps of 1/65,535; 0 for what is no number.
float stored_share(float value);

// Begins with a format version byte. Decoding damaged or newer bytes: data_loss.
std::string encode_run_links(const RunLinks& run);
core::StatusOr<RunLinks> decode_run_links(core::EventKey run, std::string_view value);

// Nothing when none are stored.
core::StatusOr<std::optional<RunLinks>> read_run_links(const store::Snapshot& snapshot, core::EventKey run);
// The same of the run that it is part of by now. Cost: a read for each run that took in the one before it.
core::StatusOr<std::vector<model::Link>> links_of_run(const store::Snapshot& snapshot, core::EventKey run);

}  // namespace kgrca::graph
