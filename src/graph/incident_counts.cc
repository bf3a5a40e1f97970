#include "graph/incident_counts.h"

#include <string>

#include "graph/small_values.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {

namespace keys = store::keys;

core::StatusOr<IncidentCounts::Change*> IncidentCounts::change_of(core::IncidentId id) {
  const auto [it, fresh] = changes_.try_emplace(id);
  if (!fresh) return &it->second;
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, before_.get(keys::incident(id)));
  if (value && !decode_incident_alias(*value)) {
    KGRCA_ASSIGN_OR_RETURN(const IncidentHead head, decode_incident_head(*value));
    it->second.before = it->second.after = Counted{head.status, head.severity};
  }
  return &it->second;
}

core::Status IncidentCounts::put(const model::Incident& incident) {
  KGRCA_ASSIGN_OR_RETURN(Change * own, change_of(incident.id));
  own->after = Counted{incident.status, incident.severity};
  for (const core::IncidentId alias : incident.aliases) {
    KGRCA_ASSIGN_OR_RETURN(Change * former, change_of(alias));
    former->after.reset();
  }
  return core::ok_status();
}

void IncidentCounts::write(store::Batch& batch) const {
  std::map<std::string, std::int64_t> amounts;
  const auto count = [&](const std::optional<Counted>& counted, std::int64_t amount) {
    if (!counted) return;
    amounts[std::string(counts::incidents)] += amount;
    amounts[core::cat(counts::incidents_status, model::name_of(counted->status))] += amount;
    amounts[core::cat(counts::incidents_severity, model::name_of(counted->severity))] += amount;
  };
  for (const auto& [id, change] : changes_) {
    count(change.before, -1);
    count(change.after, 1);
  }
  for (const auto& [name, amount] : amounts) {
    if (amount != 0) batch.add(keys::count(name), amount);
  }
}

}  // namespace kgrca::graph
