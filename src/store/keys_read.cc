#include "kgrca/core/bytes.h"
#include "kgrca/store/keys.h"

namespace kgrca::store::keys {
namespace {

std::uint64_t number_at(std::string_view bytes, std::size_t offset) { return core::big_endian<std::uint64_t>(bytes, offset); }

EventKey event_at(std::string_view bytes, std::size_t offset) {
  return {number_at(bytes, offset), number_at(bytes, offset + 8)};
}

core::Time time_at(std::string_view bytes, std::size_t offset) {
  return core::from_micros(static_cast<std::int64_t>(number_at(bytes, offset)));
}

core::Time newest_first_at(std::string_view bytes, std::size_t offset) {
  return core::from_micros(static_cast<std::int64_t>(~number_at(bytes, offset)));
}

bool tagged(std::string_view bytes, char tag, std::size_t size) {
  return bytes.size() == size && bytes.front() == tag;
}

constexpr std::size_t open_edge_size = 27;    // d R 0 relation R' from
constexpr std::size_t closed_edge_size = 35;  // d R 1 relation to R' from

}  // namespace

EventKey event_of(std::string_view key_bytes) {
  return key_bytes.size() == 16 ? event_at(key_bytes, 0) : EventKey{};
}

std::uint64_t seq_of_batch_postings(std::string_view key_bytes) {
  return tagged(key_bytes, 'x', 9) ? number_at(key_bytes, 1) : 0;
}

PostingsKey postings_of(std::string_view key_bytes) {
  if (key_bytes.size() != 33) return {};
  return {static_cast<Term>(key_bytes[0]), number_at(key_bytes, 1), {~number_at(key_bytes, 9), ~number_at(key_bytes, 17)}};
}

IncidentId incident_of_listing(std::string_view key_bytes) {
  return tagged(key_bytes, 'o', 17) ? IncidentId{number_at(key_bytes, 9)} : IncidentId{};
}

IncidentId incident_of_key(std::string_view key_bytes) {
  return tagged(key_bytes, 'i', 9) ? IncidentId{number_at(key_bytes, 1)} : IncidentId{};
}

core::Time opened_of_listing(std::string_view key_bytes) {
  return tagged(key_bytes, 'o', 17) ? newest_first_at(key_bytes, 1) : core::Time{};
}

ResourceId resource_of_name_key(std::string_view key_bytes) {
  constexpr std::size_t smallest = 12;  // 'l', three empty texts with their NULs, R
  if (key_bytes.size() < smallest || key_bytes.front() != 'l') return {};
  return {number_at(key_bytes, key_bytes.size() - 8)};
}

NameKey name_key_of(std::string_view key_bytes) {
  const ResourceId id = resource_of_name_key(key_bytes);
  if (!id) return {};
  const std::string_view parts = key_bytes.substr(1, key_bytes.size() - 9);  // "kind\0ns\0name\0"
  const std::size_t kind = parts.find('\0');
  const std::size_t ns = parts.find('\0', kind + 1);
  if (ns >= parts.size() - 1 || parts.find('\0', ns + 1) != parts.size() - 1) return {};
  return {parts.substr(0, kind), parts.substr(kind + 1, ns - kind - 1), parts.substr(ns + 1, parts.size() - ns - 2), id};
}

ResourceId resource_of_key(std::string_view key_bytes) {
  return tagged(key_bytes, 'r', 9) || tagged(key_bytes, 'w', 9) ? ResourceId{number_at(key_bytes, 1)} : ResourceId{};
}

ResourceId resource_of_state_key(std::string_view key_bytes) {
  return tagged(key_bytes, 'h', 17) ? ResourceId{number_at(key_bytes, 1)} : ResourceId{};
}

core::Time time_of_state_key(std::string_view key_bytes) {
  return tagged(key_bytes, 'h', 17) ? newest_first_at(key_bytes, 9) : core::Time{};
}

EdgeKey edge_of(std::string_view key_bytes) {
  EdgeKey edge;
  if (key_bytes.size() != open_edge_size && key_bytes.size() != closed_edge_size) return edge;
  const bool closed = key_bytes[9] != 0;
  if (closed != (key_bytes.size() == closed_edge_size)) return edge;
  edge.incoming = key_bytes[0] != 0;
  edge.closed = closed;
  edge.id = {number_at(key_bytes, 1)};
  edge.relation = static_cast<std::uint8_t>(key_bytes[10]);
  const std::size_t other = closed ? 19 : 11;
  if (closed) edge.to = time_at(key_bytes, 11);
  edge.other = {number_at(key_bytes, other)};
  edge.from = time_at(key_bytes, other + 8);
  return edge;
}

AuditKey audit_of(std::string_view key_bytes) {
  if (!tagged(key_bytes, 'a', 13)) return {};
  return {newest_first_at(key_bytes, 1), core::big_endian<std::uint32_t>(key_bytes, 9)};
}

std::string_view name_of_count(std::string_view key_bytes) {
  if (key_bytes.empty() || key_bytes.front() != 'g') return {};
  return key_bytes.substr(1);
}

}  // namespace kgrca::store::keys
