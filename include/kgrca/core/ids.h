// Typed ids. Their stored and public forms are part of the contract; see kgrca/store/keys.h for the keys built of them.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kgrca/core/time.h"

namespace kgrca::core {

// The first four bytes of every key. 0 is the operator's own tenant; numbers are never reused.
enum class TenantNumber : std::uint32_t {};
inline constexpr TenantNumber operator_tenant{0};

// Fixed hash of the text id `cluster:kind:namespace:name` (kgrca/model/resource.h). 0 means none.
struct ResourceId {
  std::uint64_t value = 0;
  auto operator<=>(const ResourceId&) const = default;
  explicit operator bool() const { return value != 0; }
  template <typename H>
  friend H AbslHashValue(H h, ResourceId id) { return H::combine(std::move(h), id.value); }
};

// Event time in microseconds and 8 bytes of the fixed hash of the event's identity: ordered by time, ties by hash.
struct EventKey {
  std::uint64_t time_us = 0;
  std::uint64_t hash = 0;
  auto operator<=>(const EventKey&) const = default;
  explicit operator bool() const { return time_us != 0 || hash != 0; }
  Time time() const { return from_micros(static_cast<std::int64_t>(time_us)); }
  template <typename H>
  friend H AbslHashValue(H h, EventKey k) { return H::combine(std::move(h), k.time_us, k.hash); }
};

// Fixed hash of the incident's earliest event. 0 means none.
struct IncidentId {
  std::uint64_t value = 0;
  auto operator<=>(const IncidentId&) const = default;
  explicit operator bool() const { return value != 0; }
  template <typename H>
  friend H AbslHashValue(H h, IncidentId id) { return H::combine(std::move(h), id.value); }
};

// Public forms, lower-case base32 without padding (RFC 4648 alphabet): "ev" + 26 characters, "inc" + 13 characters.
std::string to_string(EventKey key);
std::string to_string(IncidentId id);
std::optional<EventKey> parse_event_key(std::string_view text);
std::optional<IncidentId> parse_incident_id(std::string_view text);

}  // namespace kgrca::core
