// Small values: ids, what stands in place of a merged incident, and the head of an incident's record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/model/incident.h"

namespace kgrca::graph {

// In place of an incident's record: the incident it was merged into.
std::string encode_incident_alias(core::IncidentId id);
// The id when the value is an alias.
std::optional<core::IncidentId> decode_incident_alias(std::string_view value);

// What an incident counts as; the rest of its record is not looked at.
struct IncidentHead {
  model::IncidentStatus status = model::IncidentStatus::open;
  model::Severity severity = model::Severity::info;
};
core::StatusOr<IncidentHead> decode_incident_head(std::string_view value);

// An id alone.
std::string encode_id(std::uint64_t id);
core::StatusOr<std::uint64_t> decode_id(std::string_view value);

}  // namespace kgrca::graph
