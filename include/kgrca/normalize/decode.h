// Bytes of any format become model values. Pure functions of bytes, context and taxonomy: the same for HTTP, replay, eval.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/time.h"
#include "kgrca/model/event.h"
#include "kgrca/model/taxonomy.h"
#include "kgrca/normalize/mask.h"

namespace kgrca::normalize {

// What the caller knows beside the bytes.
struct Context {
  std::shared_ptr<const model::Taxonomy> taxonomy;
  std::shared_ptr<const Masker> masker;
  core::Time received{};    // the Clock's present: for records without a time, and the 5 min border for future ones
  std::string cluster;      // bound to the key or topic; empty: none
  core::Time listed{};      // the objects stand in a full list made then; {}: they do not
};

struct Rejection {
  std::size_t index = 0;    // of the item in the body, from 0
  std::string reason;       // what is wrong, where, and how to mend it
};

inline constexpr std::size_t rejections_kept = 1000;

struct Decoded {
  std::vector<model::Record> records;      // one item may give several records, or none when it says nothing new
  std::vector<Rejection> rejected;         // the first of them, at most rejections_kept
  std::size_t rejections = 0;              // all
  std::size_t items = 0;                   // items seen, good and bad
  std::size_t masked = 0;                  // secrets and personal data masked
  std::size_t clamped = 0;                 // times that lay too far ahead
};

// core/v1 Event (bare, or as kubernetes-event-exporter posts it), events.k8s.io/v1, List, watch envelope, NDJSON, array,
// and the original's events.normalized.
Decoded decode_kubernetes_events(std::string_view body, const Context& context);
// Alertmanager webhook version 4.
Decoded decode_alertmanager(std::string_view body, const Context& context);
// JSON array, NDJSON, Vector kubernetes_logs, Fluent Bit, the original's logs.normalized, OTLP resourceLogs lines.
Decoded decode_logs(std::string_view body, const Context& context);
// OTLP ExportLogsServiceRequest as JSON.
Decoded decode_otlp_logs_json(std::string_view body, const Context& context);
// state.k8s.resource and state.k8s.topology records of the original and full states (op SYNC), one, NDJSON or array. `key` is the
// Kafka key of a tombstone (empty payload) or empty.
Decoded decode_state(std::string_view body, const Context& context, std::string_view key = {});
// Raw Kubernetes objects: List, single, watch envelope, concatenated.
Decoded decode_kubernetes_objects(std::string_view body, const Context& context);
// {samples:[{metric, labels, ts, value}]} or an array of samples.
Decoded decode_metrics(std::string_view body, const Context& context);

// One change event out of a resource's state change; nothing when no row of the taxonomy cares. `source_id` is the record's.
// Facets (image and env at once) stay in `changes`; the strongest gives the type. A first version is no change, except of
// kinds that restrain others by appearing (quota, limit range, network policy, admission webhook): change `created`.
// A deletion is the one change `deleted`; partial states give nothing.
std::optional<model::Event> state_change_event(const model::ResourceState& after, const std::vector<model::FieldChange>& changes,
                                               bool created, const Context& context);

}  // namespace kgrca::normalize
