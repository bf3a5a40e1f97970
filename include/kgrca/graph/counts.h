// Names of the incremental counts (store key 'g'), each once. A family's name plus a suffix names one member:
// "resources.kind.pod", "edges.SELECTS", "events.severity.ERROR", "events.type.OOMKilled", "links.c3".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kgrca::graph::counts {

// What the live graph holds: resources that are not deleted, edges that are open.
inline constexpr std::string_view resources = "resources";
inline constexpr std::string_view resources_kind = "resources.kind.";
inline constexpr std::string_view resources_unstated = "resources.unstated";  // named by events or edges only
inline constexpr std::string_view resources_evicted = "resources.evicted";    // over the limit, ever
inline constexpr std::string_view edges = "edges";
inline constexpr std::string_view edges_relation = "edges.";                  // + relation name

// Stored events; an event counts once however often it is observed.
inline constexpr std::string_view events = "events";
inline constexpr std::string_view events_severity = "events.severity.";
inline constexpr std::string_view events_type = "events.type.";
inline constexpr std::string_view events_type_other = "events.type.other";    // types after the first 1,000 of a tenant
inline constexpr std::string_view events_late = "events.late";
inline constexpr std::size_t event_types_max = 1000;

// Stored links, and the same by confidence: c0 = [0, 0.1) … c9 = [0.9, 1].
inline constexpr std::string_view links = "links";
inline constexpr std::string_view links_confidence = "links.c";

// Logical bytes: what a tenant is billed for, whatever the store does with it.
//   events     graph::logical_bytes() of every stored event, adjusted when it is rewritten and when it expires
//   resources  key and value of every resource in memory (store key 'r', without the tenant number)
//   edges      open edges times bytes_per_edge: both directions, key and value
// Former states, closed edges, incidents and indexes are not part of it; the disk estimate has them.
inline constexpr std::string_view bytes_events = "bytes.events";
inline constexpr std::string_view bytes_resources = "bytes.resources";
inline constexpr std::int64_t bytes_per_edge = 2 * (27 + 2);

// Stored incidents, former ids not counted, and the same by status and by severity: "incidents.status.open".
inline constexpr std::string_view incidents = "incidents";
inline constexpr std::string_view incidents_status = "incidents.status.";
inline constexpr std::string_view incidents_severity = "incidents.severity.";

}  // namespace kgrca::graph::counts
