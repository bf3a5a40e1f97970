#include "kgrca/store/keys.h"

#include <algorithm>

#include "kgrca/core/bytes.h"

namespace kgrca::store {

// Appends the parts of one key; the only maker of a Key.
struct KeyBuilder {
  explicit KeyBuilder(Family of) : family(of) { bytes.reserve(usual_bytes); }
  KeyBuilder(Family of, char tag) : KeyBuilder(of) { bytes.push_back(tag); }

  template <typename Integer>
  KeyBuilder& number(Integer value) {
    core::append_big_endian(bytes, value);
    return *this;
  }
  KeyBuilder& text(std::string_view value) {
    bytes.append(value);
    return *this;
  }
  KeyBuilder& terminated(std::string_view value) {
    const std::size_t begin = bytes.size();
    bytes.append(value);
    std::replace(bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.end(), '\0', '\x01');
    bytes.push_back('\0');
    return *this;
  }
  KeyBuilder& flag(bool value) { return number(static_cast<std::uint8_t>(value ? 1 : 0)); }
  KeyBuilder& id(core::ResourceId value) { return number(value.value); }
  KeyBuilder& id(core::IncidentId value) { return number(value.value); }
  KeyBuilder& event(core::EventKey key) { return number(key.time_us).number(key.hash); }
  KeyBuilder& time(core::Time at) { return number(micros(at)); }
  KeyBuilder& newest_first(core::Time at) { return number(~micros(at)); }
  Key key() { return Key(family, std::move(bytes)); }

  static std::uint64_t micros(core::Time at) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, core::to_micros(at)));
  }

  static constexpr std::size_t usual_bytes = 36;
  Family family;
  std::string bytes;
};

namespace keys {

Key tenant_by_name(std::string_view name) { return KeyBuilder(Family::meta, 'n').text(name).key(); }
Key tenant_record(core::TenantNumber tenant) {
  return KeyBuilder(Family::meta, 't').number(static_cast<std::uint32_t>(tenant)).key();
}
Key tenant_records() { return KeyBuilder(Family::meta, 't').key(); }
Key api_key(std::string_view key_id) { return KeyBuilder(Family::meta, 'k').text(key_id).key(); }
Key api_keys() { return KeyBuilder(Family::meta, 'k').key(); }
Key identity(std::string_view item) { return KeyBuilder(Family::meta, 'i').text(item).key(); }
Key checkpoint_part(std::uint16_t part) { return KeyBuilder(Family::meta, 'c').number(part).key(); }
Key checkpoint_parts() { return KeyBuilder(Family::meta, 'c').key(); }
Key meter(std::uint16_t meter, std::uint32_t hour) {
  return KeyBuilder(Family::meta, 'm').number(meter).number(hour).key();
}
Key meters(std::uint16_t meter) { return KeyBuilder(Family::meta, 'm').number(meter).key(); }
Key fingerprints(std::uint32_t minute, std::uint64_t seq) {
  return KeyBuilder(Family::meta, 'f').number(minute).number(seq).key();
}
Key fingerprints_of_minute(std::uint32_t minute) { return KeyBuilder(Family::meta, 'f').number(minute).key(); }
Key fingerprints_all() { return KeyBuilder(Family::meta, 'f').key(); }
Key source_position(std::string_view source) { return KeyBuilder(Family::meta, 'p').text(source).key(); }
Key source_positions() { return KeyBuilder(Family::meta, 'p').key(); }
Key count(std::string_view name) { return KeyBuilder(Family::meta, 'g').text(name).key(); }
Key counts(std::string_view name_prefix) { return KeyBuilder(Family::meta, 'g').text(name_prefix).key(); }
Key dictionary(std::uint8_t kind, std::string_view name) {
  return KeyBuilder(Family::meta, 'd').number(kind).text(name).key();
}
Key cutoffs() { return KeyBuilder(Family::meta, 'v').key(); }
Key audit(core::Time at, std::uint32_t seq) {
  return KeyBuilder(Family::meta, 'a').newest_first(at).number(seq).key();
}
Key audits() { return KeyBuilder(Family::meta, 'a').key(); }

Key resource(ResourceId id) { return KeyBuilder(Family::state, 'r').id(id).key(); }
Key resources() { return KeyBuilder(Family::state, 'r').key(); }
Key resource_away(ResourceId id) { return KeyBuilder(Family::state, 'w').id(id).key(); }
Key resources_away() { return KeyBuilder(Family::state, 'w').key(); }
Key resource_state(ResourceId id, core::Time at) {
  return KeyBuilder(Family::state, 'h').id(id).newest_first(at).key();
}
Key resource_states(ResourceId id) { return KeyBuilder(Family::state, 'h').id(id).key(); }
Key resource_by_uid(std::string_view uid) { return KeyBuilder(Family::state, 'u').text(uid).key(); }
Key resource_by_name(std::string_view kind, std::string_view ns, std::string_view name, ResourceId id) {
  return KeyBuilder(Family::state, 'l').terminated(kind).terminated(ns).terminated(name).id(id).key();
}
Key resources_by_kind(std::string_view kind) { return KeyBuilder(Family::state, 'l').terminated(kind).key(); }
Key resources_by_kind(std::string_view kind, std::string_view ns) {
  return KeyBuilder(Family::state, 'l').terminated(kind).terminated(ns).key();
}
Key resources_by_name() { return KeyBuilder(Family::state, 'l').key(); }

Key open_edge(bool incoming, ResourceId id, std::uint8_t relation, ResourceId other, core::Time from) {
  return KeyBuilder(Family::topology).flag(incoming).id(id).flag(false).number(relation).id(other).time(from).key();
}
Key open_edges(bool incoming, ResourceId id) {
  return KeyBuilder(Family::topology).flag(incoming).id(id).flag(false).key();
}
Key closed_edge(bool incoming, ResourceId id, std::uint8_t relation, core::Time to, ResourceId other, core::Time from) {
  return KeyBuilder(Family::topology).flag(incoming).id(id).flag(true).number(relation).time(to).id(other).time(from).key();
}
Key closed_edges(bool incoming, ResourceId id, std::uint8_t relation) {
  return KeyBuilder(Family::topology).flag(incoming).id(id).flag(true).number(relation).key();
}
Key closed_edges(bool incoming, ResourceId id) {
  return KeyBuilder(Family::topology).flag(incoming).id(id).flag(true).key();
}
Key edges(bool incoming, ResourceId id) { return KeyBuilder(Family::topology).flag(incoming).id(id).key(); }

Key event(EventKey key) { return KeyBuilder(Family::events).event(key).key(); }
Key events() { return KeyBuilder(Family::events).key(); }
Key events_from(core::Time at) { return KeyBuilder(Family::events).time(at).key(); }
Key batch_postings(std::uint64_t seq) { return KeyBuilder(Family::meta, 'x').number(seq).key(); }
Key batch_postings() { return KeyBuilder(Family::meta, 'x').key(); }
Key merged_postings() { return KeyBuilder(Family::meta, 'y').key(); }
Key postings(Term term, std::uint64_t value, EventKey earliest, std::uint64_t seq) {
  KeyBuilder key(Family::index, static_cast<char>(term));
  return key.number(value).number(~earliest.time_us).number(~earliest.hash).number(seq).key();
}
Key postings(Term term, std::uint64_t value) { return KeyBuilder(Family::index, static_cast<char>(term)).number(value).key(); }
Key postings() { return KeyBuilder(Family::index).key(); }

Key incident_listed(core::Time opened, IncidentId id) {
  return KeyBuilder(Family::incidents, 'o').newest_first(opened).id(id).key();
}
Key incidents_listed() { return KeyBuilder(Family::incidents, 'o').key(); }
Key incident(IncidentId id) { return KeyBuilder(Family::incidents, 'i').id(id).key(); }
Key incident_of_event(EventKey key) { return KeyBuilder(Family::incidents, 'e').event(key).key(); }
Key run_links(EventKey run) { return KeyBuilder(Family::incidents, 'l').event(run).key(); }

Key after(const Key& prefix) {
  KeyBuilder end(prefix.family());
  end.bytes = prefix.bytes();
  while (!end.bytes.empty() && static_cast<unsigned char>(end.bytes.back()) == 0xff) end.bytes.pop_back();
  if (end.bytes.empty()) {
    // Only families of fixed-size binary keys (35 bytes at most) have a prefix without a successor.
    end.bytes.assign(64, '\xff');
  } else {
    end.bytes.back() = static_cast<char>(static_cast<unsigned char>(end.bytes.back()) + 1);
  }
  return end.key();
}

Key whole(Family family) { return KeyBuilder(family).key(); }

}  // namespace keys
}  // namespace kgrca::store
