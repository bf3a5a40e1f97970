// The one canonical event. Every source's records become these; see docs/architecture.md, Identity.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/time.h"
#include "kgrca/model/resource.h"
#include "kgrca/model/severity.h"

namespace kgrca::model {

// Stored as its number; never renumber.
enum class EventSource : std::uint8_t { kubernetes = 1, alert = 2, log = 3, state = 4, derived = 5 };
std::string_view name_of(EventSource source);  // "k8s.event", "prom.alert", "k8s.log", "state.change", "derived"

struct Event {
  // Identity: verbatim `metadata.uid`, `alert:<fingerprint>:<startsAt>`, the log's `event_id`, `st:<kind>:<uid>@<at>`,
  // or `x-<hash>`. Equal source ids with equal `first` are the same event.
  std::string source_id;
  EventSource source = EventSource::kubernetes;
  // Equal for two deliveries of the same observation; differs when count, series time or status differ.
  std::uint64_t observation = 0;

  ResourceRef subject;               // what the event is about
  std::vector<ResourceRef> related;  // further resources it names: related object, alert labels, hosts in a log line
  std::string type;                  // taxonomy type id, kgrca/model/taxonomy.h; the reason itself when unknown
  std::string reason;                // verbatim reason, alert name, or log category
  std::string message;               // masked, at most 4 KiB
  Severity severity = Severity::info;

  core::Time first{};   // first occurrence; fixed by the identity, so that the key is the same for every observation
  core::Time last{};    // this observation
  core::Time onset{};   // earliest moment the condition can have begun: startsAt - `for` for alerts, else `first`
  std::uint32_t count = 1;
  bool resolved = false;             // an alert that ended at `last`; the event keeps its severity
  bool time_clamped = false;         // the sender's time lay too far ahead, or it gave none: `first` is our own

  std::string component;             // reporting component, alert group, container
  std::vector<FieldChange> changes;  // state changes only
  std::vector<std::pair<std::string, std::string>> attributes;  // sorted, bounded to 64
};

// The key under which the event is stored: `first` and 8 bytes of the fixed hash of source and source id.
core::EventKey event_key(const Event& event);

// One metric sample; decoded and counted, not yet used.
struct Sample {
  std::string metric;
  std::vector<std::pair<std::string, std::string>> labels;
  core::Time at{};
  double value = 0;
};

using Record = std::variant<Event, ResourceState, EdgeUpdate, Sample, ResourceSync, EdgeSync>;

}  // namespace kgrca::model
