// Event keys newest first, from several kinds of keys at once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "graph/resource_events.h"
#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

// Keys strictly below `before`, descending.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual std::optional<core::EventKey> next() = 0;  // nothing at the end and after an error
  virtual core::Status status() const = 0;
};

// A family or index ordered by event key.
std::unique_ptr<EventStream> ordered_stream(store::Scan scan, core::EventKey (*parse)(std::string_view));
// The by_resource entries of one resource.
std::unique_ptr<EventStream> resource_stream(const store::Snapshot& snapshot, core::ResourceId id, core::EventKey before);
// Several streams as one, equal keys once.
std::unique_ptr<EventStream> merged_stream(std::vector<std::unique_ptr<EventStream>> streams);

}  // namespace kgrca::graph
