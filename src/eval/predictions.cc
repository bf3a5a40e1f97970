#include "eval/predictions.h"

#include <algorithm>

#include "kgrca/core/strings.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::eval {
namespace {

// Source ids of event keys, read from the store once each.
class SourceIds {
 public:
  explicit SourceIds(const graph::GraphReader& reader) : reader_(reader) {}
  const std::string& of(core::EventKey key) {
    auto [it, fresh] = known_.try_emplace(key);
    if (fresh) {
      auto event = reader_.event(key);
      if (event.ok()) it->second = event->event.source_id;
    }
    return it->second;
  }

 private:
  const graph::GraphReader& reader_;
  std::map<core::EventKey, std::string> known_;
};

double rounded(float value) { return std::round(static_cast<double>(value) * 1e4) / 1e4; }

void add_links(const TenantRun& tenant, SourceIds& ids, wire::JsonArray& out) {
  for (const auto& [effect, links] : tenant.links.by_event())
    for (const model::Link& link : links)
      out.push_back(wire::JsonObject{{"cause", ids.of(link.cause)}, {"effect", ids.of(effect)}, {"confidence", rounded(link.confidence)}});
}

wire::JsonObject incident_json(const model::Incident& incident, SourceIds& ids) {
  wire::JsonArray events, roots, history;
  for (const model::IncidentMember& member : incident.members) events.push_back(wire::JsonOut(ids.of(member.event)));
  if (!incident.abstained)
    for (const model::Suspect& root : incident.roots) roots.push_back(wire::JsonOut(ids.of(root.event)));
  for (const model::RootHistory& entry : incident.history) {
    wire::JsonOut root = nullptr;
    if (entry.root) root = ids.of(entry.root);
    history.push_back(wire::JsonObject{
        {"at", core::format_rfc3339(entry.at)}, {"root_cause", root}, {"confidence", rounded(entry.confidence)}});
  }
  double confidence = incident.roots.empty() ? 0 : rounded(incident.roots.front().confidence);
  return {{"event_ids", std::move(events)}, {"root_causes", std::move(roots)}, {"confidence", confidence},
          {"abstained", incident.abstained}, {"history", std::move(history)}};
}

}  // namespace

core::StatusOr<std::string> prediction_line(const CaseRun& run, const std::string& case_id, double seconds) {
  wire::JsonArray links, incidents;
  for (const auto& [name, tenant] : run.tenants()) {
    KGRCA_ASSIGN_OR_RETURN(graph::GraphReader reader, run.reader(tenant));
    SourceIds ids(reader);
    add_links(tenant, ids, links);
    for (const auto& [id, seen] : tenant.incidents)
      if (seen.incident.status != model::IncidentStatus::dissolved) incidents.push_back(incident_json(seen.incident, ids));
  }
  wire::JsonObject line{{"case_id", case_id}, {"links", std::move(links)}, {"incidents", std::move(incidents)},
                        {"latency_ms", seconds * 1000}};
  return wire::to_json(line);
}

core::Status add_to_report(const CaseRun& run, IncidentsReport& report) {
  ++report.cases;
  report.records += run.records();
  report.rejected += run.rejected();
  for (const auto& [name, tenant] : run.tenants()) {
    KGRCA_ASSIGN_OR_RETURN(graph::GraphReader reader, run.reader(tenant));
    graph::EventFilter all;
    std::string position;
    do {
      KGRCA_ASSIGN_OR_RETURN(auto page, reader.events(all, 1000, position));
      for (const graph::StoredEvent& event : page.items) {
        ++report.events;
        const graph::Node* node = tenant.lane->graph().node(tenant.lane->graph().canonical(event.resource));
        if (node == nullptr || !node->stated) ++report.events_on_unstated_resources;
      }
      position = page.next;
    } while (!position.empty());
    report.unstated_resources += tenant.lane->graph().unstated_count();
    for (const auto& [effect, links] : tenant.links.by_event()) report.links += links.size();
    report.incidents += tenant.incidents.size();
  }
  return core::ok_status();
}

}  // namespace kgrca::eval
