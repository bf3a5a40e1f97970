// The causes of one event, followed through stored links.
#pragma once

#include <vector>

#include "kgrca/graph/records.h"

namespace kgrca::api {

struct RcaLimits {
  core::Duration window = std::chrono::minutes(15);  // a cause began at most this long before the event
  int max_hops = 3;                                  // edges walked by one link
  double min_confidence = 0.30;                      // of the whole chain
  std::size_t causes = 50;
  std::size_t reads = 500;                           // events read at most
};

struct PotentialCause {
  graph::StoredEvent event;
  double confidence = 0;           // product over the links from it to the event asked about
  int hops = 0;                    // edges walked by all of them
  int links = 1;                   // 1: a direct cause
  model::Link link;                // its link towards the event
  core::EventKey next;             // that link's effect
};

// Best first; of several ways to one cause the most confident counts. Causes of causes are followed through their own links.
core::StatusOr<std::vector<PotentialCause>> causes_of(const graph::GraphReader& reader, const graph::StoredEvent& event,
                                                      const RcaLimits& limits);

struct Affected {
  graph::StoredEvent event;
  double confidence = 0;
};
// Events that follow from it, nearest first.
core::StatusOr<std::vector<Affected>> effects_of(const graph::GraphReader& reader, const graph::StoredEvent& event,
                                                 const RcaLimits& limits);

}  // namespace kgrca::api
