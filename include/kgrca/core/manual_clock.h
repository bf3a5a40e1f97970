#pragma once

#include <atomic>

#include "kgrca/core/time.h"

namespace kgrca::core {

// A clock that moves only when told to; eval sets it to each record's arrival time. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = Time{}) : micros_(to_micros(start)) {}
  Time now() const override { return from_micros(micros_.load(std::memory_order_relaxed)); }
  void set(Time t) { micros_.store(to_micros(t), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace kgrca::core
