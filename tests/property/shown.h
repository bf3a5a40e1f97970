// Runs a stream to its end and gives what must not depend on the order of arrival.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "eval/run.h"

namespace kgrca::property {

struct Shown {
  std::map<core::EventKey, float> weakest;  // effect -> least confidence stored, where links were cut to the strongest
  std::map<std::pair<core::EventKey, core::EventKey>, float> links;  // cause, effect; at the display threshold
  std::set<std::tuple<std::set<core::EventKey>, core::EventKey>> incidents;  // members, top root
};

// With a marker half an hour after the end, so that tenant time passes everything by the lateness bound.
std::unique_ptr<eval::CaseRun> run(std::vector<eval::StreamRecord> records);
Shown shown_by(const eval::CaseRun& run);
// Catch2 checks: as determinism (b) of docs/architecture.md has it.
void check_equal(const Shown& a, const Shown& b);
std::uint64_t late_records(const eval::CaseRun& run);

}  // namespace kgrca::property
