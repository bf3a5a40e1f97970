// Event keys newest first, from several kinds of keys at once.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

inline constexpr core::EventKey after_all_events{~0ull, ~0ull};

// Keys strictly below `before`, descending.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual std::optional<core::EventKey> next() = 0;  // nothing at the end and after an error
  virtual core::Status status() const = 0;
};

// Several streams as one, equal keys once.
std::unique_ptr<EventStream> merged_stream(std::vector<std::unique_ptr<EventStream>> streams);

}  // namespace kgrca::graph
