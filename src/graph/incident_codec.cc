#include <cmath>

#include "graph/codec.h"
#include "graph/small_values.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {
namespace {

void put_suspects(Encoder& out, const std::vector<model::Suspect>& suspects) {
  out.varint(suspects.size());
  for (const model::Suspect& suspect : suspects) {
    out.event_key(suspect.event);
    out.fixed64(suspect.resource.value);
    out.f32(suspect.confidence);
    out.f32(suspect.coverage);
    out.u8(suspect.inferred ? 1 : 0);
    out.text(suspect.resource_name);
    out.text(suspect.title);
    out.text(suspect.sentence);
    out.varint(suspect.path.size());
    for (const core::EventKey key : suspect.path) out.event_key(key);
  }
}

float take_share(Decoder& in) {
  const float value = in.f32();
  if (!std::isfinite(value)) in.reject();
  return value;
}

bool take_flag(Decoder& in) {
  const std::uint8_t value = in.u8();
  if (value > 1) in.reject();
  return value == 1;
}

std::vector<model::Suspect> take_suspects(Decoder& in) {
  std::vector<model::Suspect> out;
  const std::size_t size = in.count(37);
  for (std::size_t i = 0; i < size; ++i) {
    model::Suspect suspect;
    suspect.event = in.event_key();
    suspect.resource.value = in.fixed64();
    suspect.confidence = take_share(in);
    suspect.coverage = take_share(in);
    suspect.inferred = take_flag(in);
    suspect.resource_name = in.string();
    suspect.title = in.string();
    suspect.sentence = in.string();
    suspect.path.resize(in.count(16));
    for (core::EventKey& key : suspect.path) key = in.event_key();
    out.push_back(std::move(suspect));
  }
  return out;
}

void put_head(Encoder& out, const model::Incident& incident) {
  out.fixed64(incident.id.value);
  out.varint(incident.aliases.size());
  for (const core::IncidentId alias : incident.aliases) out.fixed64(alias.value);
  out.u8(static_cast<std::uint8_t>(incident.status));
  out.u8(static_cast<std::uint8_t>(incident.severity));
  for (const core::Time t : {incident.started, incident.opened, incident.first_symptom, incident.last_activity, incident.resolved_at}) {
    out.time(t);
  }
  out.text(incident.title);
  out.fixed64(incident.hurt.value);
  out.u8(incident.abstained ? 1 : 0);
  out.u8(incident.degraded ? 1 : 0);
}

void take_head(Decoder& in, model::Incident& incident) {
  incident.id.value = in.fixed64();
  incident.aliases.resize(in.count(8));
  for (core::IncidentId& alias : incident.aliases) alias.value = in.fixed64();
  incident.status = in.number(model::IncidentStatus::open, model::IncidentStatus::dissolved);
  incident.severity = in.number(model::Severity::debug, model::Severity::fatal);
  for (core::Time* t : {&incident.started, &incident.opened, &incident.first_symptom, &incident.last_activity, &incident.resolved_at}) {
    *t = in.time();
  }
  incident.title = in.string();
  incident.hurt.value = in.fixed64();
  incident.abstained = take_flag(in);
  incident.degraded = take_flag(in);
}

}  // namespace

std::string encode_incident(const model::Incident& incident) {
  std::string bytes;
  Encoder out(bytes);
  put_head(out, incident);
  put_suspects(out, incident.roots);
  put_suspects(out, incident.changes);
  put_suspects(out, incident.ruled_out);
  out.varint(incident.members.size());
  for (const model::IncidentMember& member : incident.members) {
    out.event_key(member.event);
    out.fixed64(member.resource.value);
    out.u8(member.symptom ? 1 : 0);
  }
  out.ids(incident.blast_radius);
  out.varint(incident.history.size());
  for (const model::RootHistory& entry : incident.history) {
    out.time(entry.at);
    out.event_key(entry.root);
    out.f32(entry.confidence);
  }
  out.varint(incident.alerts);
  out.varint(incident.records);
  out.varint(incident.rules_version);
  return bytes;
}

core::StatusOr<IncidentHead> decode_incident_head(std::string_view value) {
  Decoder in(value);
  model::Incident incident;
  if (in.good()) take_head(in, incident);
  if (!in.good()) return in.finish("incident record");
  return IncidentHead{incident.status, incident.severity};
}

core::StatusOr<model::Incident> decode_incident(std::string_view value) {
  Decoder in(value);
  if (!in.good()) return in.finish("incident record");
  model::Incident incident;
  take_head(in, incident);
  incident.roots = take_suspects(in);
  incident.changes = take_suspects(in);
  incident.ruled_out = take_suspects(in);
  incident.members.resize(in.count(25));
  for (model::IncidentMember& member : incident.members) {
    member.event = in.event_key();
    member.resource.value = in.fixed64();
    member.symptom = take_flag(in);
  }
  incident.blast_radius = in.ids();
  incident.history.resize(in.count(21));
  for (model::RootHistory& entry : incident.history) {
    entry.at = in.time();
    entry.root = in.event_key();
    entry.confidence = take_share(in);
  }
  incident.alerts = static_cast<std::uint32_t>(in.varint());
  incident.records = static_cast<std::uint32_t>(in.varint());
  incident.rules_version = static_cast<std::uint32_t>(in.varint());
  KGRCA_RETURN_IF_ERROR(in.finish("incident record"));
  return incident;
}

}  // namespace kgrca::graph
