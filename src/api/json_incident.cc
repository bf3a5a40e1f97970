#include "api/json_incident.h"

#include <algorithm>

namespace kgrca::api {
namespace {

wire::JsonObject suspect_json(const model::Suspect& suspect, const IncidentView* view) {
  wire::JsonObject out;
  out["event"] = suspect.event ? wire::JsonOut(core::to_string(suspect.event)) : wire::JsonOut(nullptr);
  out["confidence"] = rounded(suspect.confidence, 4);
  out["coverage"] = rounded(suspect.coverage, 4);
  out["inferred"] = suspect.inferred;
  out["resource_name"] = suspect.resource_name;
  out["title"] = suspect.title;
  out["sentence"] = suspect.sentence;
  if (view == nullptr) return out;
  out["resource"] = resource_ref_json(view->resource(suspect.resource));
  if (const EventView* event = view->event(suspect.event)) {
    out["source_id"] = event->stored.event.source_id;
    out["time"] = time_json(event->stored.event.first);
    out["type"] = event->stored.event.type;
    out["message"] = event->stored.event.message;
    out["fields"] = changes_json(event->stored.event.changes);
  }
  wire::JsonArray path;
  for (const core::EventKey key : suspect.path) path.emplace_back(core::to_string(key));
  out["path"] = std::move(path);
  return out;
}

wire::JsonArray suspects_json(const std::vector<model::Suspect>& suspects, const IncidentView& view) {
  wire::JsonArray out;
  for (const model::Suspect& suspect : suspects) out.push_back(suspect_json(suspect, &view));
  return out;
}

wire::JsonObject node_json(const EventView& event, const IncidentView& view) {
  const model::Event& source = event.stored.event;
  wire::JsonObject out;
  out["event"] = core::to_string(event.stored.key);
  out["source_id"] = source.source_id;
  out["source"] = std::string(model::name_of(source.source));
  out["time"] = time_json(source.first);
  out["resource"] = resource_ref_json(view.resource(event.stored.resource));
  out["type"] = source.type;
  out["title"] = event.title;
  out["severity"] = std::string(model::name_of(source.severity));
  out["message"] = source.message;
  out["count"] = source.count;
  out["role"] = event.role;
  out["member"] = event.member;
  return out;
}

wire::JsonObject dag_json(const IncidentView& view) {
  wire::JsonArray nodes;
  wire::JsonArray edges;
  for (const auto& [key, event] : view.events) {
    bool linked = event.member;
    for (const model::Link& link : event.stored.links) {
      const EventView* cause = view.event(link.cause);
      if (cause == nullptr || !event.member) continue;
      edges.push_back(link_json(link));
      linked = true;
    }
    if (linked || event.role == "root" || event.role == "suspect") nodes.push_back(node_json(event, view));
  }
  wire::JsonObject out;
  out["nodes"] = std::move(nodes);
  out["edges"] = std::move(edges);
  return out;
}

wire::JsonArray timeline_json(const IncidentView& view) {
  wire::JsonArray out;
  for (const auto& [key, event] : view.events) out.push_back(node_json(event, view));
  return out;
}

wire::JsonArray blast_radius_json(const IncidentView& view) {
  wire::JsonArray out;
  for (const core::ResourceId id : view.incident.blast_radius) {
    wire::JsonObject item;
    item["resource"] = resource_ref_json(view.resource(id));
    item["symptoms"] = std::count_if(view.incident.members.begin(), view.incident.members.end(), [&](const auto& member) {
      return member.symptom && member.resource == id;
    });
    out.push_back(std::move(item));
  }
  return out;
}

std::string event_words(const EventView& event, const IncidentView& view) {
  return model::display_name(view.resource(event.stored.resource)) + " \"" + event.title + "\"";
}

// The links along the way from the top root to the main symptom, each with its sentence.
wire::JsonArray evidence_json(const IncidentView& view) {
  wire::JsonArray out;
  if (view.incident.roots.empty()) return out;
  const std::vector<core::EventKey>& path = view.incident.roots.front().path;
  for (std::size_t i = 1; i < path.size(); ++i) {
    const model::Link* link = view.link(path[i - 1], path[i]);
    const EventView* cause = view.event(path[i - 1]);
    const EventView* effect = view.event(path[i]);
    if (link == nullptr || cause == nullptr || effect == nullptr) continue;
    wire::JsonObject item = link_json(*link);
    item["sentence"] = explain_link(*link, event_words(*cause, view), event_words(*effect, view));
    out.push_back(std::move(item));
  }
  return out;
}

wire::JsonArray history_json(const model::Incident& incident) {
  wire::JsonArray out;
  for (const model::RootHistory& entry : incident.history) {
    wire::JsonObject item;
    item["at"] = time_json(entry.at);
    item["root"] = entry.root ? wire::JsonOut(core::to_string(entry.root)) : wire::JsonOut(nullptr);
    item["confidence"] = rounded(entry.confidence, 4);
    out.push_back(std::move(item));
  }
  return out;
}

wire::JsonOut optional_number(const std::optional<double>& value) {
  return value ? wire::JsonOut(rounded(*value, 1)) : wire::JsonOut(nullptr);
}

wire::JsonObject counts_json(const IncidentView& view) {
  const model::Incident& incident = view.incident;
  wire::JsonObject out;
  out["members"] = incident.members.size();
  out["symptoms"] = std::count_if(incident.members.begin(), incident.members.end(), [](const auto& m) { return m.symptom; });
  out["alerts"] = incident.alerts;
  out["records"] = incident.records;
  out["resources"] = incident.blast_radius.size();
  out["window_records"] = view.noise.records;
  out["window_left_out"] = view.noise.left_out;
  out["window_truncated"] = view.noise.more;
  out["named_after_first_symptom_seconds"] = optional_number(view.naming.after_first_symptom_seconds);
  out["named_before_first_alert_seconds"] = optional_number(view.naming.before_first_alert_seconds);
  return out;
}

wire::JsonOut recommendation_json(const std::optional<Recommendation>& recommendation) {
  if (!recommendation) return nullptr;
  wire::JsonObject out;
  out["command"] = recommendation->command;
  out["risk"] = recommendation->risk;
  out["why"] = recommendation->why;
  return out;
}

}  // namespace

wire::JsonObject incident_brief_json(const model::Incident& incident) {
  wire::JsonObject out;
  out["id"] = core::to_string(incident.id);
  wire::JsonArray aliases;
  for (const core::IncidentId alias : incident.aliases) aliases.emplace_back(core::to_string(alias));
  out["aliases"] = std::move(aliases);
  out["title"] = incident.title;
  out["status"] = std::string(model::name_of(incident.status));
  out["severity"] = std::string(model::name_of(incident.severity));
  out["started"] = time_json(incident.started);
  out["opened"] = time_json(incident.opened);
  out["first_symptom"] = time_json(incident.first_symptom);
  out["last_activity"] = time_json(incident.last_activity);
  out["resolved_at"] = time_json(incident.resolved_at);
  out["abstained"] = incident.abstained;
  out["degraded"] = incident.degraded;
  out["confidence"] = incident.roots.empty() ? 0.0 : rounded(incident.roots.front().confidence, 4);
  out["root"] = incident.roots.empty() ? wire::JsonOut(nullptr) : wire::JsonOut(suspect_json(incident.roots.front(), nullptr));
  out["members"] = incident.members.size();
  out["alerts"] = incident.alerts;
  out["records"] = incident.records;
  out["rules_version"] = incident.rules_version;
  return out;
}

wire::JsonObject incident_json(const IncidentView& view) {
  wire::JsonObject out = incident_brief_json(view.incident);
  out.erase("root");
  out.erase("members");
  out["hurt"] = resource_ref_json(view.resource(view.incident.hurt));
  out["roots"] = suspects_json(view.incident.roots, view);
  out["changes"] = suspects_json(view.incident.changes, view);
  out["ruled_out"] = suspects_json(view.incident.ruled_out, view);
  out["recommendation"] = recommendation_json(view.recommendation);
  out["dag"] = dag_json(view);
  out["timeline"] = timeline_json(view);
  out["blast_radius"] = blast_radius_json(view);
  out["evidence"] = evidence_json(view);
  out["history"] = history_json(view.incident);
  out["counts"] = counts_json(view);
  return out;
}

}  // namespace kgrca::api
