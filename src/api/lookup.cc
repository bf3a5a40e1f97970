#include "api/lookup.h"

#include "kgrca/core/strings.h"

namespace kgrca::api {

core::StatusOr<graph::StoredEvent> find_event(const graph::GraphReader& reader, std::string_view text) {
  core::StatusOr<graph::StoredEvent> found = core::not_found("");
  if (const auto key = core::parse_event_key(text)) found = reader.event(*key);
  if (absl::IsNotFound(found.status())) found = reader.event_by_source_id(text);
  if (absl::IsNotFound(found.status())) {
    return core::not_found(core::cat("no event '", core::clip_utf8(text, 128),
                                     "'; give an id as answers show it (ev…) or the source's own id (for Kubernetes metadata.uid)"));
  }
  return found;
}

}  // namespace kgrca::api
