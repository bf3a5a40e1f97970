// The value of one by_resource key: the events of one resource in one batch. All lie within `block_span` after the key's
// event, so that a reader going back in time knows when it has seen everything newer than a moment. And small values of the
// incident keys.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/model/severity.h"

namespace kgrca::graph {

inline constexpr core::Duration block_span = std::chrono::minutes(10);

struct ResourceEvent {
  core::EventKey key;
  model::Severity severity = model::Severity::info;
  std::string type;
};

std::string encode_block(const std::vector<ResourceEvent>& events);
core::StatusOr<std::vector<ResourceEvent>> decode_block(std::string_view value);

// In place of an incident's record: the incident it was merged into.
std::string encode_incident_alias(core::IncidentId id);
// The id when the value is an alias.
std::optional<core::IncidentId> decode_incident_alias(std::string_view value);

// An id alone.
std::string encode_id(std::uint64_t id);
core::StatusOr<std::uint64_t> decode_id(std::string_view value);

}  // namespace kgrca::graph
