#pragma once

#include "normalize/batch.h"

namespace kgrca::normalize {

// One core/v1 or events.k8s.io/v1 Event, or a record of the original's events.normalized, as records of the open item.
void decode_event_item(wire::JsonValue event, Batch& batch);

// What a watch envelope wraps. `skip`: a bookmark, or the end of an Event's life, says nothing.
struct Unwrapped {
  wire::JsonValue object;
  std::string_view watch;  // ADDED, MODIFIED, DELETED; empty outside a watch
  bool skip = false;
  std::string error;       // set for ERROR envelopes
};
Unwrapped unwrap_watch(wire::JsonValue value);

}  // namespace kgrca::normalize
