// An incident with everything that its renderings show, read from one snapshot. Renderings are pure functions of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kgrca/api/advice.h"
#include "kgrca/graph/records.h"
#include "kgrca/model/incident.h"
#include "kgrca/model/taxonomy.h"

namespace kgrca::api {

// The part an event plays in its incident: root, suspect, change, ruled_out, symptom, effect.
struct EventView {
  graph::StoredEvent stored;
  std::string title;   // of its type
  std::string role;
  bool member = false;
};

struct NoiseFigures {
  std::uint64_t records = 0;     // in the incident's window: observations of members and events left out
  std::uint64_t left_out = 0;    // events of the window that are no members
  bool more = false;             // the window held more events than were counted
};

// When the lasting top cause was named, in the time of the stream: the latest event time that had arrived by then. So a
// recorded stream gives the same figures at any speed.
struct NamingFigures {
  std::optional<double> after_first_symptom_seconds;
  std::optional<double> before_first_alert_seconds;  // negative: after it
};

// One line of the tree that shows how trouble spread from the cause.
struct SpreadStep {
  core::EventKey event;
  std::size_t depth = 0;   // 0: directly below the cause
};

struct IncidentView {
  model::Incident incident;
  std::map<core::EventKey, EventView> events;              // members, suspects and their paths
  std::map<core::ResourceId, model::ResourceRef> resources;
  NoiseFigures noise;
  NamingFigures naming;
  std::vector<SpreadStep> spread;                          // in order of reading
  std::optional<Recommendation> recommendation;
  std::string base_url;                                    // of the request, for links in the text

  const EventView* event(core::EventKey key) const;        // nullptr when retention dropped it
  const model::ResourceRef& resource(core::ResourceId id) const;
  // The stored link from one event to another of this view.
  const model::Link* link(core::EventKey cause, core::EventKey effect) const;
  // Members that were found, by time.
  std::vector<const EventView*> members() const;
};

// REQUIRES: `incident` comes from the same snapshot. Cost: one read per member (at most 500) and a scan of its window
// (at most 20,000 events).
core::StatusOr<IncidentView> view_of(const graph::GraphReader& reader, model::Incident incident, const model::Taxonomy& taxonomy,
                                     const Advice& advice);

}  // namespace kgrca::api
