#include "api/json_values.h"

#include <cmath>

#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

wire::JsonObject pairs_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
  wire::JsonObject out;
  for (const auto& [name, value] : pairs) out[name] = value;
  return out;
}

}  // namespace

std::string time_text(core::Time t) {
  const bool whole_milliseconds = core::to_micros(t) % 1000 == 0;
  return core::format_rfc3339(t, whole_milliseconds ? 3 : 6);
}

wire::JsonOut time_json(core::Time t) {
  if (t == core::Time{} || t == core::Time::max()) return nullptr;
  return wire::JsonOut(time_text(t));
}

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

wire::JsonObject terms_json(const model::LinkTerms& terms) {
  wire::JsonObject out;
  const auto put = [&](const char* name, float value) { out[name] = rounded(value, 4); };
  put("base", terms.base);
  put("pair", terms.pair);
  put("topology", terms.topology);
  put("lag", terms.lag);
  put("rarity", terms.rarity);
  put("severity", terms.severity);
  put("specificity", terms.specificity);
  put("competition", terms.competition);
  return out;
}

wire::JsonObject link_json(const model::Link& link) {
  wire::JsonObject out;
  out["cause"] = core::to_string(link.cause);
  out["effect"] = core::to_string(link.effect);
  out["confidence"] = rounded(link.confidence, 4);
  out["raw"] = rounded(link.raw, 4);
  out["terms"] = terms_json(link.terms);
  out["hops"] = link.hops;
  out["lag_seconds"] = rounded(link.lag_seconds, 3);
  out["path"] = link.path;
  out["rule"] = link.rule;
  out["provisional"] = link.provisional;
  out["inferred_topology"] = link.inferred_topology;
  return out;
}

wire::JsonArray changes_json(const std::vector<model::FieldChange>& changes) {
  wire::JsonArray out;
  for (const model::FieldChange& change : changes) {
    wire::JsonObject item;
    item["path"] = change.path;
    item["before"] = change.before;
    item["after"] = change.after;
    out.push_back(std::move(item));
  }
  return out;
}

wire::JsonObject event_brief_json(const graph::StoredEvent& stored, ResourceNames& names, const model::Taxonomy& taxonomy) {
  const model::Event& event = stored.event;
  wire::JsonObject out;
  out["id"] = core::to_string(stored.key);
  out["source_id"] = event.source_id;
  out["source"] = std::string(model::name_of(event.source));
  out["time"] = time_json(event.first);
  out["type"] = event.type;
  out["title"] = event_title(event, taxonomy);
  out["reason"] = event.reason;
  out["message"] = event.message;
  out["severity"] = std::string(model::name_of(event.severity));
  out["resource"] = names.json(stored.resource);
  return out;
}

wire::JsonObject event_json(const graph::StoredEvent& stored, ResourceNames& names, const model::Taxonomy& taxonomy) {
  const model::Event& event = stored.event;
  wire::JsonObject out = event_brief_json(stored, names, taxonomy);
  if (const model::EventType* type = taxonomy.find(event.type)) out["group"] = type->group;
  wire::JsonArray related;
  for (const core::ResourceId id : stored.related) related.push_back(names.json(id));
  out["related"] = std::move(related);
  out["first"] = time_json(event.first);
  out["last"] = time_json(event.last);
  out["onset"] = time_json(event.onset);
  out["count"] = event.count;
  out["resolved"] = event.resolved;
  out["late"] = stored.late;
  out["time_clamped"] = event.time_clamped;
  out["component"] = event.component;
  out["changes"] = changes_json(event.changes);
  out["attributes"] = pairs_json(event.attributes);
  out["ingested"] = time_json(stored.ingested);
  return out;
}

wire::JsonObject edge_json(const graph::EdgeAt& edge, ResourceNames& names) {
  wire::JsonObject out;
  out["type"] = std::string(model::name_of(edge.relation));
  out["from"] = names.json(edge.from);
  out["to"] = names.json(edge.to);
  out["inferred"] = edge.evidence == model::Evidence::inferred || edge.evidence == model::Evidence::environment;
  out["since"] = time_json(edge.since);
  out["until"] = time_json(edge.until);
  return out;
}

wire::JsonArray edges_json(const std::vector<graph::EdgeAt>& edges, ResourceNames& names) {
  wire::JsonArray out;
  for (const graph::EdgeAt& edge : edges) out.push_back(edge_json(edge, names));
  return out;
}

wire::JsonObject resource_json(const graph::StoredResource& resource) {
  const model::ResourceState& state = resource.state;
  wire::JsonObject out;
  const wire::JsonOut ref = resource_ref_json(state.ref);
  if (ref.is_object()) out = ref.get_object();
  out["stated"] = resource.stated;
  out["deleted"] = resource.deleted;
  out["first_seen"] = time_json(resource.first_seen);
  out["last_seen"] = time_json(resource.last_seen);
  out["state_at"] = time_json(state.at);
  out["labels"] = pairs_json(state.labels);
  out["fields"] = pairs_json(state.fields);
  out["selector"] = pairs_json(state.selector);
  wire::JsonArray addresses;
  for (const std::string& address : state.addresses) addresses.emplace_back(address);
  out["addresses"] = std::move(addresses);
  return out;
}

}  // namespace kgrca::api
