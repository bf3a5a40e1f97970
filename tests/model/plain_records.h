// Events, links and incidents as plain values in memory.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kgrca/graph/records.h"

namespace kgrca::model_test {

// What a reader sees of an event, as text. `settled_until`: links of effects before it are no longer provisional.
std::string shown(const graph::StoredEvent& stored, core::Time settled_until);
std::string shown(const graph::StoredEvent& stored);  // as the reader says what is provisional
std::string shown(const model::Incident& incident);

class PlainRecords {
 public:
  void put(const graph::StoredEvent& event);
  void put(const model::Incident& incident, const std::vector<core::EventKey>& new_members);

  const std::map<core::EventKey, graph::StoredEvent>& events() const { return events_; }
  std::vector<std::string> events(const graph::EventFilter& filter, core::Time settled_until) const;  // newest first
  std::vector<std::string> effects_of(core::EventKey cause) const;
  // The event that begins the run of this one by now; none when it is of no run.
  core::EventKey run_of(core::EventKey event) const;
  std::vector<std::string> incidents(const graph::IncidentFilter& filter) const;
  std::optional<core::IncidentId> incident_of(core::EventKey event) const;
  const std::map<core::IncidentId, model::Incident>& incidents() const { return incidents_; }
  core::IncidentId present(core::IncidentId id) const;
  void count(std::map<std::string, std::int64_t>& out) const;

 private:
  std::vector<model::Link> links_of(core::EventKey event) const;

  std::map<core::EventKey, graph::StoredEvent> events_;
  std::map<core::EventKey, std::set<core::EventKey>> effects_;  // that were ever shown among its effects
  std::map<core::IncidentId, model::Incident> incidents_;
  std::map<core::IncidentId, core::IncidentId> former_;
  std::map<core::EventKey, core::IncidentId> incident_of_;
};

}  // namespace kgrca::model_test
