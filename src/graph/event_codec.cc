#include "graph/event_codec.h"

#include "graph/codec.h"
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
  flag_begins_run = 128,
  flag_last = 256,
  flag_in_run = 512,
};

std::uint64_t flags_of(const EventRecord& record, const model::Event& event) {
  std::uint64_t flags = 0;
  if (record.late) flags |= flag_late;
  if (event.resolved) flags |= flag_resolved;
  if (event.time_clamped) flags |= flag_clamped;
  if (event.type == event.reason) flags |= flag_type_is_reason;
  if (!event.related.empty() || !record.related.empty()) flags |= flag_related;
  if (!event.changes.empty()) flags |= flag_changes;
  if (!event.attributes.empty()) flags |= flag_attributes;
  if (record.run) flags |= record.run == record.key ? flag_begins_run : flag_in_run;
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
  if ((flags & flag_in_run) != 0) out.event_key(record.run);
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
  if ((flags & flag_begins_run) != 0) stored.run = stored.key;
  if ((flags & flag_in_run) != 0) stored.run = in.event_key();
}

}  // namespace

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
  if (flags > 1023) in.reject();
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
