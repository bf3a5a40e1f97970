#pragma once

#include <string_view>

#include "kgrca/model/event.h"

namespace kgrca::normalize {

// Adds objects that an event's text names in the fixed phrases of Kubernetes' components (`secret "x" not found`,
// `Created pod: x`, `Scaled up replica set x to 3`) to `event.related`, in the subject's namespace.
void add_named_objects(model::Event& event, std::string_view message);

}  // namespace kgrca::normalize
