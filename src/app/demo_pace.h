// How fast the demo streams its incident.
#pragma once

#include "kgrca/core/time.h"

namespace kgrca::app {

// The bundled incident in the time of its stream: four calm minutes with the snapshot, then five and a half in which the
// trouble spreads, then alerts that trickle in. Most of the time goes to the middle part.
class DemoPace {
 public:
  // `total_seconds`: how long a stream with all three parts takes. At most 200, so that no part runs slower than it happened.
  DemoPace(core::Time first, double total_seconds) : first_(first), total_seconds_(total_seconds) {}

  // Seconds from the start at which a record that arrived at `due` is to be sent; never falls as `due` rises.
  double seconds_at(core::Time due) const;

 private:
  core::Time first_;
  double total_seconds_;
};

inline constexpr double demo_seconds_max = 200;

}  // namespace kgrca::app
