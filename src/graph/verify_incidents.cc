#include "graph/checker.h"
#include "graph/run_links.h"
#include "graph/small_values.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;
using core::IncidentId;
using store::Family;

// Whether the event is there. Called for ascending keys; the scan goes along.
bool stands_at(store::Scan& events, std::string_view event) {
  while (events.valid() && events.key() < event) events.next();
  return events.valid() && events.key() == event;
}

}  // namespace

void Checker::check_incidents() {
  store::Scan events = snapshot_.scan(keys::events());
  store::Scan begins = snapshot_.scan(keys::events());
  store::Scan scan = snapshot_.scan(keys::whole(Family::incidents));
  for (; scan.valid(); scan.next()) {
    const std::string_view key = scan.key();
    if (!keys::is_key(Family::incidents, key)) {
      find("malformed_key", Family::incidents, key, "no kind of key looks like this");
      continue;
    }
    switch (key.front()) {
      case 'e': check_event_of_incident(key, scan.value(), events); break;
      case 'i': check_incident(key, scan.value()); break;
      case 'l': check_links_of_run(key, scan.value(), begins); break;
      default: check_listing(key);
    }
  }
  finish(scan, Family::incidents);
}

void Checker::check_incident(std::string_view key, std::string_view value) {
  const IncidentId id = keys::incident_of_key(key);
  if (decode_incident_alias(value)) {
    if (!present_of(id)) find("incident_alias", Family::incidents, key, "its present id leads to no incident");
    return;
  }
  const core::StatusOr<model::Incident> incident = decode_incident(value);
  if (!incident.ok()) return find("undecodable", Family::incidents, key, core::message_of(incident.status()));
  ++report_.incidents;
  count(counts::incidents, 1);
  count(core::cat(counts::incidents_status, model::name_of(incident->status)), 1);
  count(core::cat(counts::incidents_severity, model::name_of(incident->severity)), 1);
  if (incident->id != id) find("incident_id", Family::incidents, key, core::cat("the record is that of ", core::to_string(incident->id)));
  if (!exists(keys::incident_listed(incident->opened, id)))
    find("incident_listing", Family::incidents, key, core::cat("it is not listed at ", core::format_rfc3339(incident->opened, 6)));
  for (const IncidentId alias : incident->aliases) {
    if (!exists(keys::incident(alias)))
      find("incident_alias", Family::incidents, key, core::cat("its former id ", core::to_string(alias), " is not stored"));
  }
  for (const model::IncidentMember& member : incident->members) {
    if (member.event.time() >= cutoffs_.warning && !exists(keys::incident_of_event(member.event)))
      find("incident_member", Family::incidents, key, core::cat("its member ", core::to_string(member.event), " knows no incident"));
  }
}

void Checker::check_listing(std::string_view key) {
  const std::optional<std::string> value = get(keys::incident(keys::incident_of_listing(key)));
  if (!value) return find("incident_listing", Family::incidents, key, "there is no such incident");
  const core::StatusOr<model::Incident> incident = decode_incident(*value);
  // Listed under a former id or an earlier time: readers pass over it.
  if (!incident.ok() || incident->opened != keys::opened_of_listing(key)) left_over("former_listing");
}

// `events`: beside the keys of events, which have the same order.
void Checker::check_event_of_incident(std::string_view key, std::string_view value, store::Scan& events) {
  const core::StatusOr<std::uint64_t> id = decode_id(value);
  if (!id.ok()) return find("undecodable", Family::incidents, key, core::message_of(id.status()));
  if (!present_of(IncidentId{*id})) find("incident_member", Family::incidents, key, "it leads to no incident");
  const std::string_view event = key.substr(1);
  if (keys::event_of(event).time() < cutoffs_.normal) return;
  if (!stands_at(events, event)) find("incident_member", Family::incidents, key, "there is no such event");
}

// The links themselves are checked with the event that begins the run. `events`: as above.
void Checker::check_links_of_run(std::string_view key, std::string_view value, store::Scan& events) {
  const std::string_view event = key.substr(1);
  if (!stands_at(events, event)) return find("links_without_run", Family::incidents, key, "there is no such event");
  const core::StatusOr<StoredEvent> stored = decode_event(keys::event_of(event), events.value());
  const core::StatusOr<RunLinks> run = decode_run_links(keys::event_of(event), value);
  if (!stored.ok() || !run.ok()) return;  // named as undecodable
  const bool begins = stored->run == stored->key;
  if (begins && run->part_of)
    find("links_without_run", Family::incidents, key, core::cat("the event begins its run, here it is of ", core::to_string(run->part_of)));
  if (!begins && !run->part_of) find("links_without_run", Family::incidents, key, "the event begins no run");
}

}  // namespace kgrca::graph
