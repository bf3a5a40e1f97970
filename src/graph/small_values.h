// Values of a few bytes: ids, and what stands in place of a merged incident.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"

namespace kgrca::graph {

// In place of an incident's record: the incident it was merged into.
std::string encode_incident_alias(core::IncidentId id);
// The id when the value is an alias.
std::optional<core::IncidentId> decode_incident_alias(std::string_view value);

// An id alone.
std::string encode_id(std::uint64_t id);
core::StatusOr<std::uint64_t> decode_id(std::string_view value);

}  // namespace kgrca::graph
