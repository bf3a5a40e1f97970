// What the stored counts of incidents change by when a batch writes incidents.
#pragma once

#include <map>
#include <optional>

#include "kgrca/core/status.h"
#include "kgrca/model/incident.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

// The store says how an incident was counted, so nothing need be remembered: a record written twice counts once.
class IncidentCounts {
 public:
  explicit IncidentCounts(store::Snapshot before) : before_(std::move(before)) {}

  // In the order in which the batch writes them. Cost: a read of the incident, and one of each former id, the first time.
  core::Status put(const model::Incident& incident);
  void write(store::Batch& batch) const;

 private:
  struct Counted {
    model::IncidentStatus status = model::IncidentStatus::open;
    model::Severity severity = model::Severity::info;
  };
  struct Change {
    std::optional<Counted> before;  // nothing: absent, or a former id
    std::optional<Counted> after;
  };
  core::StatusOr<Change*> change_of(core::IncidentId id);

  store::Snapshot before_;
  std::map<core::IncidentId, Change> changes_;
};

}  // namespace kgrca::graph
