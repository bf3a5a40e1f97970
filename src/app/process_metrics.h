#pragma once

#include "kgrca/core/metrics.h"

namespace kgrca::app {

// Figures of the process out of /proc; `refresh` reads them again.
class ProcessMetrics {
 public:
  explicit ProcessMetrics(core::Metrics& metrics);
  void refresh();

 private:
  core::Gauge& resident_bytes_;
  core::Gauge& open_descriptors_;
  core::Gauge& cpu_seconds_;
};

}  // namespace kgrca::app
