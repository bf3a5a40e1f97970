#pragma once

#include "normalize/batch.h"

namespace kgrca::normalize {

// One core/v1 or events.k8s.io/v1 Event, or a record of the original's events.normalized, as records of the open item.
void decode_event_item(wire::JsonValue event, Batch& batch);

// What a watch envelope wraps. `skip`: a bookmark says nothing.
struct Unwrapped {
  wire::JsonValue object;
  std::string_view watch;  // ADDED, MODIFIED, DELETED; empty outside a watch
  bool skip = false;
  std::string error;       // set for ERROR envelopes
};
Unwrapped unwrap_watch(wire::JsonValue value);

// Calls `fn` for each object of the body, as an item of its own: out of Lists and watch envelopes, with what the watch says of it.
// Error envelopes are rejected, bookmarks say nothing.
void each_watched_object(std::string_view body, Batch& batch, const std::function<void(wire::JsonValue, std::string_view watch)>& fn);

}  // namespace kgrca::normalize
