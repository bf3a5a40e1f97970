#pragma once

#include <string_view>

#include "kgrca/graph/records.h"

namespace kgrca::api {

// An event by our id ("ev…") or by the verbatim id of its source. not_found names the id.
core::StatusOr<graph::StoredEvent> find_event(const graph::GraphReader& reader, std::string_view text);

}  // namespace kgrca::api
