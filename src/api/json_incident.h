#pragma once

#include "api/incident_view.h"
#include "api/json_values.h"

namespace kgrca::api {

// The line of a listing.
wire::JsonObject incident_brief_json(const model::Incident& incident);
// Everything: roots, changes, ruled_out, dag, timeline, blast_radius, evidence, history, counts.
wire::JsonObject incident_json(const IncidentView& view);

}  // namespace kgrca::api
