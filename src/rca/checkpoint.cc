#include "rca/checkpoint.h"

#include <algorithm>

#include "kgrca/core/bytes.h"
#include "kgrca/core/strings.h"

namespace kgrca::rca {
namespace {

constexpr std::uint8_t format_version = 2;

using core::BytesReader;
using core::BytesWriter;

void put_time(BytesWriter& w, core::Time t) { w.zigzag(core::to_micros(t)); }
core::Time get_time(BytesReader& r) { return core::from_micros(r.zigzag()); }
void put_key(BytesWriter& w, core::EventKey k) {
  w.fixed64(k.time_us);
  w.fixed64(k.hash);
}
core::EventKey get_key(BytesReader& r) {
  core::EventKey k;
  k.time_us = r.fixed64();
  k.hash = r.fixed64();
  return k;
}

void put_terms(BytesWriter& w, const model::LinkTerms& t) {
  for (float f : {t.base, t.pair, t.topology, t.lag, t.rarity, t.severity, t.specificity, t.competition}) w.f32(f);
}
model::LinkTerms get_terms(BytesReader& r) {
  model::LinkTerms t;
  for (float* f : {&t.base, &t.pair, &t.topology, &t.lag, &t.rarity, &t.severity, &t.specificity, &t.competition}) *f = r.f32();
  return t;
}

void put_link(BytesWriter& w, const model::Link& l) {
  put_key(w, l.cause);
  w.f32(l.confidence);
  w.f32(l.raw);
  put_terms(w, l.terms);
  w.u8(l.hops);
  w.u8(l.inferred_topology ? 1 : 0);
  w.f32(l.lag_seconds);
  w.text(l.path);
  w.varint(l.rule);
  w.fixed32(l.rules_version);
}
model::Link get_link(BytesReader& r, core::EventKey effect) {
  model::Link l;
  l.effect = effect;
  l.cause = get_key(r);
  l.confidence = r.f32();
  l.raw = r.f32();
  l.terms = get_terms(r);
  l.hops = r.u8();
  l.inferred_topology = r.u8() != 0;
  l.lag_seconds = r.f32();
  l.path = r.text();
  l.rule = static_cast<std::uint16_t>(r.varint());
  l.rules_version = r.fixed32();
  return l;
}

void put_type(BytesWriter& w, const TypeInfo& t) {
  w.text(t.id);
  w.text(t.title);
  w.u8(t.group);
  w.u8(static_cast<std::uint8_t>(t.role));
  w.u8(static_cast<std::uint8_t>((t.chronic ? 1 : 0) | (t.known ? 2 : 0)));
}
TypeInfo get_type(BytesReader& r) {
  TypeInfo t;
  t.id = r.text();
  t.title = r.text();
  t.group = static_cast<GroupIndex>(r.u8() % group_limit);
  t.role = static_cast<model::Role>(std::min<std::uint8_t>(r.u8(), 4));
  std::uint8_t flags = r.u8();
  t.chronic = (flags & 1) != 0;
  t.known = (flags & 2) != 0;
  return t;
}

void put_episode(BytesWriter& w, const Episode& e, const TypeInfo& type, bool settling) {
  put_type(w, type);
  put_key(w, e.head);
  w.fixed64(e.resource.value);
  w.u8(static_cast<std::uint8_t>(e.severity));
  w.u8(static_cast<std::uint8_t>(e.source));
  w.fixed64(e.peer);
  put_time(w, e.onset);
  put_time(w, e.start);
  put_time(w, e.last);
  w.varint(e.observations);
  w.u8(static_cast<std::uint8_t>((e.final ? 1 : 0) | (settling ? 4 : 0) | (e.cut ? 8 : 0) |
                                 (e.concluded ? 16 : 0)));
  w.text(e.message);
  w.varint(e.changes.size());
  for (const model::FieldChange& c : e.changes) {
    w.text(c.path);
    w.text(c.before);
    w.text(c.after);
  }
  w.varint(e.related.size());
  for (core::ResourceId id : e.related) w.fixed64(id.value);
  w.varint(e.members.size());
  for (core::EventKey key : e.members) put_key(w, key);
  w.varint(e.firing.size());
  for (core::EventKey key : e.firing) put_key(w, key);
  w.varint(e.known_causes.size());
  for (core::EventKey key : e.known_causes) put_key(w, key);
  w.varint(e.parents.size());
  for (const model::Link& link : e.parents) put_link(w, link);
}

Episode get_episode(BytesReader& r, TypeInfo& type, bool& settling) {
  type = get_type(r);
  Episode e;
  e.head = get_key(r);
  e.resource.value = r.fixed64();
  e.severity = static_cast<model::Severity>(std::min<std::uint8_t>(r.u8(), 4));
  e.source = static_cast<model::EventSource>(std::clamp<std::uint8_t>(r.u8(), 1, 5));
  e.peer = r.fixed64();
  e.onset = get_time(r);
  e.start = get_time(r);
  e.last = get_time(r);
  e.observations = static_cast<std::uint32_t>(r.varint());
  std::uint8_t flags = r.u8();
  e.final = (flags & 1) != 0;
  settling = (flags & 4) != 0;
  e.cut = (flags & 8) != 0;
  e.concluded = (flags & 16) != 0;
  e.message = r.text();
  for (std::size_t n = r.count(3); n > 0 && r.ok(); --n) {
    model::FieldChange c;
    c.path = r.text();
    c.before = r.text();
    c.after = r.text();
    e.changes.push_back(std::move(c));
  }
  for (std::size_t n = r.count(8); n > 0 && r.ok(); --n) e.related.push_back(core::ResourceId{r.fixed64()});
  for (std::size_t n = r.count(16); n > 0 && r.ok(); --n) e.members.push_back(get_key(r));
  for (std::size_t n = r.count(16); n > 0 && r.ok(); --n) e.firing.push_back(get_key(r));
  for (std::size_t n = r.count(16); n > 0 && r.ok(); --n) e.known_causes.push_back(get_key(r));
  for (std::size_t n = r.count(16); n > 0 && r.ok(); --n) e.parents.push_back(get_link(r, e.head));
  return e;
}

std::string episodes_bytes(const EngineParts& engine, std::uint16_t part) {
  const EpisodeStore& episodes = engine.episodes;
  std::vector<std::pair<core::EventKey, EpisodeIndex>> here;
  for (const auto& [head, index] : episodes.heads())
    if (episodes.at(index).resource.value % episode_parts == part) here.emplace_back(head, index);
  std::sort(here.begin(), here.end());
  std::string out;
  BytesWriter w(out);
  w.u8(format_version);
  w.varint(here.size());
  for (const auto& [head, index] : here) {
    const Episode& e = episodes.at(index);
    put_episode(w, e, episodes.type_of(e), engine.linker.is_settling(index));
  }
  return out;
}

std::string statistics_bytes(const EngineParts& engine) {
  std::string out;
  BytesWriter w(out);
  w.u8(format_version);
  auto rows = engine.statistics.rows();
  w.varint(rows.size());
  for (const Statistics::Row& row : rows) {
    put_type(w, engine.episodes.type(row.type));
    w.zigzag(row.minute);
    w.varint(row.count);
  }
  return out;
}

void put_told(BytesWriter& w, const model::Incident& i) {
  w.u8(static_cast<std::uint8_t>(i.severity));
  for (core::Time t : {i.started, i.first_symptom, i.last_activity}) put_time(w, t);
  w.text(i.title);
  w.fixed64(i.hurt.value);
  w.fixed32(i.rules_version);
}

model::Incident get_told(BytesReader& r) {
  model::Incident i;
  i.severity = static_cast<model::Severity>(std::min<std::uint8_t>(r.u8(), 4));
  for (core::Time* t : {&i.started, &i.first_symptom, &i.last_activity}) *t = get_time(r);
  i.title = r.text();
  i.hurt.value = r.fixed64();
  i.rules_version = r.fixed32();
  return i;
}

void put_incident(BytesWriter& w, const IncidentState& s, const EpisodeStore& episodes, bool pending) {
  w.fixed64(s.id.value);
  w.varint(s.members.size());
  for (EpisodeIndex m : s.members) put_key(w, episodes.at(m).head);
  w.varint(s.aliases.size());
  for (core::IncidentId id : s.aliases) w.fixed64(id.value);
  put_time(w, s.opened);
  put_time(w, s.shown);
  put_time(w, s.resolved_at);
  w.u8(static_cast<std::uint8_t>(s.status));
  w.varint(s.history.size());
  for (const model::RootHistory& h : s.history) {
    put_time(w, h.at);
    put_key(w, h.root);
    w.f32(h.confidence);
  }
  w.varint(s.given_members.size());
  for (core::EventKey key : s.given_members) put_key(w, key);
  w.u8(static_cast<std::uint8_t>((s.listed ? 1 : 0) | (s.degraded ? 2 : 0) | (pending ? 4 : 0)));
  put_told(w, s.told);
}

PendingIncident get_incident(BytesReader& r) {
  PendingIncident out;
  IncidentState& s = out.state;
  s.id.value = r.fixed64();
  for (std::size_t n = r.count(16); n > 0 && r.ok(); --n) out.heads.push_back(get_key(r));
  for (std::size_t n = r.count(8); n > 0 && r.ok(); --n) s.aliases.push_back(core::IncidentId{r.fixed64()});
  s.opened = get_time(r);
  s.shown = get_time(r);
  s.resolved_at = get_time(r);
  s.status = static_cast<model::IncidentStatus>(std::min<std::uint8_t>(r.u8(), 2));
  for (std::size_t n = r.count(3); n > 0 && r.ok(); --n) {
    core::Time at = get_time(r);
    core::EventKey root = get_key(r);
    s.history.push_back({at, root, r.f32()});
  }
  for (std::size_t n = r.count(16); n > 0 && r.ok(); --n) s.given_members.push_back(get_key(r));
  std::uint8_t flags = r.u8();
  s.listed = (flags & 1) != 0;
  s.degraded = (flags & 2) != 0;
  out.pending = (flags & 4) != 0;
  s.told = get_told(r);
  return out;
}

std::string incidents_bytes(const EngineParts& engine) {
  std::string out;
  BytesWriter w(out);
  w.u8(format_version);
  put_time(w, engine.tenant_time);
  put_time(w, engine.pruned);
  w.varint(engine.incidents.states().size());
  for (const auto& [id, state] : engine.incidents.states()) put_incident(w, state, engine.episodes, engine.incidents.is_pending(id));
  return out;
}

core::Status finish(const BytesReader& r, std::uint16_t part) {
  if (r.ok() && r.at_end()) return core::ok_status();
  return core::data_loss(core::cat("engine checkpoint part ", part, " is damaged"));
}

}  // namespace

void write_checkpoint(const EngineParts& engine, CheckpointMarks& marks, bool all,
                      const std::function<void(std::uint16_t, std::string)>& put) {
  for (std::uint16_t part = 0; part < episode_parts; ++part) {
    bool dirty = marks.take(part);
    if (dirty || all) put(part, episodes_bytes(engine, part));
  }
  put(statistics_part, statistics_bytes(engine));
  put(incidents_part, incidents_bytes(engine));
}

core::Status read_checkpoint(const EngineParts& engine, std::uint16_t part, std::string_view bytes, PendingRestore& pending) {
  BytesReader r(bytes);
  if (r.u8() != format_version)
    return core::data_loss(core::cat("engine checkpoint part ", part, " has an unknown format version"));
  if (part < episode_parts) {
    for (std::size_t n = r.count(64); n > 0 && r.ok(); --n) {
      TypeInfo type;
      bool settling = false;
      Episode e = get_episode(r, type, settling);
      if (!r.ok()) break;
      if (settling) pending.settling.push_back(e.head);
      engine.episodes.adopt(std::move(e), engine.episodes.renewed(std::move(type)));
    }
  } else if (part == statistics_part) {
    for (std::size_t n = r.count(6); n > 0 && r.ok(); --n) {
      TypeInfo type = engine.episodes.renewed(get_type(r));
      Statistics::Row row{.type = engine.episodes.intern(type), .minute = r.zigzag(), .count = 0};
      row.count = static_cast<std::uint32_t>(r.varint());
      if (r.ok()) engine.statistics.restore(row);
    }
  } else if (part == incidents_part) {
    engine.tenant_time = std::max(engine.tenant_time, get_time(r));
    engine.pruned = std::max(engine.pruned, get_time(r));
    for (std::size_t n = r.count(16); n > 0 && r.ok(); --n) {
      PendingIncident incident = get_incident(r);
      if (r.ok()) pending.incidents.push_back(std::move(incident));
    }
  }
  return finish(r, part);
}

namespace {

// Links name their causes by head; those that are gone fall away.
void join_parents(EpisodeStore& episodes) {
  std::vector<std::pair<core::EventKey, EpisodeIndex>> order(episodes.heads().begin(), episodes.heads().end());
  std::sort(order.begin(), order.end());
  for (const auto& [head, index] : order) {
    Episode& e = episodes.at(index);
    std::erase_if(e.parents, [&](const model::Link& link) { return episodes.find_head(link.cause) == no_episode; });
    e.parent_index.clear();
    for (const model::Link& link : e.parents) e.parent_index.push_back(episodes.find_head(link.cause));
    for (EpisodeIndex parent : e.parent_index) episodes.at(parent).children.push_back(index);
    episodes.join(index);
  }
}

}  // namespace

void resolve_checkpoint(const EngineParts& engine, PendingRestore& pending) {
  EpisodeStore& episodes = engine.episodes;
  join_parents(episodes);
  std::sort(pending.settling.begin(), pending.settling.end());
  for (const auto& [head, index] : episodes.heads()) {
    bool settling = std::binary_search(pending.settling.begin(), pending.settling.end(), head);
    if (!episodes.at(index).final) engine.linker.expect(index, settling);
  }
  for (PendingIncident& incident : pending.incidents) {
    for (core::EventKey key : incident.heads) {
      EpisodeIndex index = episodes.find_head(key);
      if (index != no_episode) incident.state.members.push_back(index);
    }
    bool told_open = incident.state.listed && incident.state.status == model::IncidentStatus::open;
    if (!incident.state.members.empty() || told_open) engine.incidents.adopt(std::move(incident.state), incident.pending);
  }
  pending = {};
}

}  // namespace kgrca::rca
