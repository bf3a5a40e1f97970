// What is refused while the disk fills, the least wanted first.
#pragma once

#include <array>
#include <string>

#include "kgrca/core/metrics.h"
#include "kgrca/core/status.h"
#include "kgrca/pipeline/pipeline.h"

namespace kgrca::pipeline {

// Thread-safe.
class DiskGuard {
 public:
  explicit DiskGuard(core::Metrics& metrics);

  // Takes out of the submission what `level` refuses: logs, then metric samples, then DEBUG and INFO events. Warnings, alerts,
  // states and topology stay; at the level `nothing` the store refuses them by itself. Returns OK, or how the sender is told to
  // send all of it again: what was stored meanwhile counts once.
  core::Status sort_out(store::DiskLevel level, Submission& submission);

 private:
  std::array<core::Counter*, 3> refused_;  // logs, samples, normal events
};

}  // namespace kgrca::pipeline
