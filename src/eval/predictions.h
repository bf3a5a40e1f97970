#pragma once

#include <string>

#include "eval/run.h"

namespace kgrca::eval {

// One line of the predictions file: {case_id, links: [{cause, effect, confidence}], incidents: [{event_ids, root_causes, confidence,
// abstained, history}], latency_ms}. Events go by their source ids.
core::StatusOr<std::string> prediction_line(const CaseRun& run, const std::string& case_id, double seconds);
// Adds what the run shows to the report.
core::Status add_to_report(const CaseRun& run, IncidentsReport& report);

}  // namespace kgrca::eval
