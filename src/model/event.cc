#include "kgrca/model/event.h"

#include "kgrca/core/hash.h"
#include "kgrca/core/strings.h"
#include "kgrca/model/incident.h"

namespace kgrca::model {

std::string_view name_of(EventSource source) {
  switch (source) {
    case EventSource::kubernetes: return "k8s.event";
    case EventSource::alert: return "prom.alert";
    case EventSource::log: return "k8s.log";
    case EventSource::state: return "state.change";
    case EventSource::derived: return "derived";
  }
  return "unknown";
}

std::string_view name_of(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::open: return "open";
    case IncidentStatus::resolved: return "resolved";
    case IncidentStatus::dissolved: return "dissolved";
  }
  return "open";
}

core::EventKey event_key(const Event& event) {
  const std::string identity = core::cat(name_of(event.source), "\n", event.source_id);
  const std::int64_t micros = core::to_micros(event.first);
  return {micros < 0 ? 0 : static_cast<std::uint64_t>(micros), core::stable_hash64(identity)};
}

}  // namespace kgrca::model
