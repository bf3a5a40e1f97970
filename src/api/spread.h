// How the trouble of an incident spread from its cause, one step per component (a workload or service with its pods).
#pragma once

#include <vector>

#include "api/incident_view.h"

namespace kgrca::api {

// The first symptom of each component that stored links lead to from the top root, as a tree in order of reading: a step
// stands under the step of the component that its likeliest cause belongs to. Empty when no root left an event of its own.
// REQUIRES: events and resources of the view are read. Cost: up to 3 reads per resource with symptoms.
std::vector<SpreadStep> spread_of(const graph::GraphReader& reader, const IncidentView& view);

// The workload at the top of the chain of controllers; the resource itself when nothing controls it.
model::ResourceRef controller_of(const graph::GraphReader& reader, core::ResourceId id, const model::ResourceRef& self, core::Time at);

}  // namespace kgrca::api
