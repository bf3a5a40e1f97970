// Records of events, newest first.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "graph/event_streams.h"
#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

class EventRecords {
 public:
  virtual ~EventRecords() = default;
  virtual std::optional<core::EventKey> next() = 0;  // nothing at the end and after an error
  // As stored, of the key that next() gave last, until next(); nothing when the event is gone.
  virtual core::StatusOr<std::optional<std::string_view>> value() = 0;
  virtual core::Status status() const = 0;
};

// All events below `before`, from one scan.
std::unique_ptr<EventRecords> scanned_records(const store::Snapshot& snapshot, core::EventKey before);
// Those that the stream names. The first `wanted` from `earliest` on are probably all asked for, so they are read together.
std::unique_ptr<EventRecords> listed_records(const store::Snapshot& snapshot, std::unique_ptr<EventStream> stream,
                                             core::Time earliest, std::size_t wanted);

}  // namespace kgrca::graph
