// The answer of GET /api/v1/incidents for people.
#pragma once

#include <string>

#include "kgrca/wire/json.h"

namespace kgrca::app {

// Two lines an incident, what hurts and below it the cause, none wider than `width` columns.
std::string narrow_incidents(wire::JsonValue page, std::size_t width);
// One line an incident, nothing cut.
std::string wide_incidents(wire::JsonValue page);

}  // namespace kgrca::app
