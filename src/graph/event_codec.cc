#include <algorithm>
#include <cmath>

#include "graph/codec.h"
#include "graph/event_codec.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {
namespace {

enum Flag : std::uint64_t {
  flag_late = 1,
  flag_resolved = 2,
  flag_clamped = 4,
  flag_type_is_reason = 8,
  flag_related = 16,
  flag_changes = 32,
  flag_attributes = 64,
  flag_links = 128,
  flag_last = 256,
};

// A share of 1 in 1/65,535; anything that is no number is 0, so that no link is without a confidence.
std::uint16_t pack_share(float value) {
  if (!(value > 0)) return 0;
  return static_cast<std::uint16_t>(std::lround(std::min(value, 1.0F) * 65535.0F));
}
float unpack_share(std::uint64_t value) { return static_cast<float>(value) / 65535.0F; }

// Log-odds in thousandths.
std::int64_t pack_term(float value) {
  if (std::isnan(value)) return 0;
  return std::lround(std::clamp(static_cast<double>(value), -1e6, 1e6) * 1000.0);
}

template <typename Terms, typename Fn>
void each_term(Terms& terms, Fn fn) {
  fn(terms.base);
  fn(terms.pair);
  fn(terms.topology);
  fn(terms.lag);
  fn(terms.rarity);
  fn(terms.severity);
  fn(terms.specificity);
  fn(terms.competition);
}

void put_link(Encoder& out, const model::Link& link) {
  out.event_key(link.cause);
  out.varint(pack_share(link.confidence));
  out.varint(pack_share(link.raw));
  each_term(link.terms, [&](float term) { out.zigzag(pack_term(term)); });
  out.u8(link.hops);
  out.u8(link.inferred_topology ? 1 : 0);
  out.f32(std::isfinite(link.lag_seconds) ? link.lag_seconds : 0);
  out.text(link.path);
  out.varint(link.rule);
  out.varint(link.rules_version);
}

model::Link take_link(Decoder& in, core::EventKey effect) {
  model::Link link;
  link.effect = effect;
  link.cause = in.event_key();
  link.confidence = unpack_share(std::min<std::uint64_t>(in.varint(), 65535));
  link.raw = unpack_share(std::min<std::uint64_t>(in.varint(), 65535));
  each_term(link.terms, [&](float& term) { term = static_cast<float>(static_cast<double>(in.zigzag()) / 1000.0); });
  link.hops = in.u8();
  const std::uint8_t flags = in.u8();
  if (flags > 3) in.reject();  // 2 is given out
  link.inferred_topology = (flags & 1) != 0;
  link.lag_seconds = in.f32();
  if (!std::isfinite(link.lag_seconds)) in.reject();
  link.path = in.string();
  link.rule = static_cast<std::uint16_t>(in.varint());
  link.rules_version = static_cast<std::uint32_t>(in.varint());
  return link;
}

std::uint64_t flags_of(const EventRecord& record, const model::Event& event) {
  std::uint64_t flags = 0;
  if (record.late) flags |= flag_late;
  if (event.resolved) flags |= flag_resolved;
  if (event.time_clamped) flags |= flag_clamped;
  if (event.type == event.reason) flags |= flag_type_is_reason;
  if (!event.related.empty() || !record.related.empty()) flags |= flag_related;
  if (!event.changes.empty()) flags |= flag_changes;
  if (!event.attributes.empty()) flags |= flag_attributes;
  if (!record.links.empty()) flags |= flag_links;
  if (event.last != event.first || event.onset != event.first || event.count != 1) flags |= flag_last;
  return flags;
}

void put_lists(Encoder& out, const EventRecord& record, const model::Event& event, std::uint64_t flags) {
  if ((flags & flag_related) != 0) {
    out.varint(event.related.size());
    for (const model::ResourceRef& ref : event.related) out.ref(ref);
    out.ids(record.related);
  }
  if ((flags & flag_changes) != 0) {
    out.varint(event.changes.size());
    for (const model::FieldChange& change : event.changes) {
      out.text(change.path);
      out.text(change.before);
      out.text(change.after);
    }
  }
  if ((flags & flag_attributes) != 0) out.pairs(event.attributes);
  if ((flags & flag_links) == 0) return;
  out.varint(record.links.size());
  for (const model::Link& link : record.links) put_link(out, link);
}

void take_lists(Decoder& in, StoredEvent& stored, std::uint64_t flags) {
  model::Event& event = stored.event;
  if ((flags & flag_related) != 0) {
    event.related.resize(in.count(5));
    for (model::ResourceRef& ref : event.related) ref = in.ref();
    stored.related = in.ids();
  }
  if ((flags & flag_changes) != 0) {
    event.changes.resize(in.count(3));
    for (model::FieldChange& change : event.changes) {
      change.path = in.string();
      change.before = in.string();
      change.after = in.string();
    }
  }
  if ((flags & flag_attributes) != 0) event.attributes = in.pairs();
  if ((flags & flag_links) == 0) return;
  const std::size_t links = in.count(30);
  for (std::size_t i = 0; i < links; ++i) stored.links.push_back(take_link(in, stored.key));
}

}  // namespace

float stored_share(float value) { return unpack_share(pack_share(value)); }

void append_event(const EventRecord& record, const model::Event& event, std::string& bytes) {
  Encoder out(bytes);
  const std::uint64_t flags = flags_of(record, event);
  const std::int64_t first = core::to_micros(event.first);
  out.varint(flags);
  out.fixed64(record.resource.value);
  out.zigzag(first - static_cast<std::int64_t>(record.key.time_us));
  if ((flags & flag_last) != 0) {
    out.zigzag(core::to_micros(event.last) - first);
    out.zigzag(core::to_micros(event.onset) - first);
    out.varint(event.count);
  }
  out.zigzag(core::to_micros(record.ingested) - first);
  out.varint(record.sequence);
  out.u8(static_cast<std::uint8_t>(static_cast<int>(event.source) * 8 + static_cast<int>(event.severity)));
  out.fixed64(event.observation);
  out.word(event.source_id);
  out.ref(event.subject);
  out.text(event.reason);
  if ((flags & flag_type_is_reason) == 0) out.text(event.type);
  out.text(event.message);
  out.text(event.component);
  put_lists(out, record, event, flags);
}

std::string encode_event(const StoredEvent& stored) {
  std::string bytes;
  append_event(stored, stored.event, bytes);
  return bytes;
}

core::StatusOr<StoredEvent> decode_event(core::EventKey key, std::string_view value) {
  Decoder in(value);
  StoredEvent stored;
  stored.key = key;
  if (!in.good()) return in.finish("event record");
  model::Event& event = stored.event;
  const std::uint64_t flags = in.varint();
  if (flags > 511) in.reject();
  stored.late = (flags & flag_late) != 0;
  event.resolved = (flags & flag_resolved) != 0;
  event.time_clamped = (flags & flag_clamped) != 0;
  stored.resource.value = in.fixed64();
  // Wraps on damaged bytes; times are not used for anything before finish().
  const auto plus = [](std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  };
  const std::int64_t first = plus(static_cast<std::int64_t>(key.time_us), in.zigzag());
  event.first = event.last = event.onset = core::from_micros(first);
  if ((flags & flag_last) != 0) {
    event.last = core::from_micros(plus(first, in.zigzag()));
    event.onset = core::from_micros(plus(first, in.zigzag()));
    event.count = static_cast<std::uint32_t>(in.varint());
  }
  stored.ingested = core::from_micros(plus(first, in.zigzag()));
  stored.sequence = in.varint();
  const std::uint8_t packed = in.u8();
  if ((packed & 7) > 4 || (packed >> 3) < 1 || (packed >> 3) > 5) in.reject();
  event.source = static_cast<model::EventSource>(packed >> 3);
  event.severity = static_cast<model::Severity>(packed & 7);
  event.observation = in.fixed64();
  event.source_id = in.word();
  event.subject = in.ref();
  event.reason = in.string();
  event.type = (flags & flag_type_is_reason) != 0 ? event.reason : in.string();
  event.message = in.string();
  event.component = in.string();
  take_lists(in, stored, flags);
  KGRCA_RETURN_IF_ERROR(in.finish("event record"));
  stored.counted = counted_of(stored, stored.event);
  return stored;
}

std::string encode_fingerprints(const std::vector<Fingerprint>& entries) {
  std::string bytes;
  bytes.reserve(entries.size() * 24);
  core::BytesWriter out(bytes);
  for (const Fingerprint& entry : entries) {
    out.fixed64(entry.identity);
    out.fixed64(entry.observation);
    out.fixed64(entry.first_us);
  }
  return bytes;
}

std::vector<Fingerprint> decode_fingerprints(std::string_view value) {
  std::vector<Fingerprint> entries(value.size() / 24);
  core::BytesReader in(value);
  for (Fingerprint& entry : entries) {
    entry.identity = in.fixed64();
    entry.observation = in.fixed64();
    entry.first_us = in.fixed64();
  }
  return entries;
}

}  // namespace kgrca::graph
