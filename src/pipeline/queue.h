// What waits for one lane: submissions that have a place, and those that wait for one.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/pipeline/pipeline.h"

namespace kgrca::pipeline {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Item {
  Submission submission;
  std::function<void(core::StatusOr<Outcome>)> done;
  SteadyTime entered{};
  bool barrier = false;  // takes no place: only waits for what came before it
};

// Bytes queued or waiting in the whole process. Thread-safe.
struct ProcessBudget {
  std::atomic<std::size_t> limit = 0;
  std::atomic<std::size_t> used{0};

  // False when there is no room; `beyond`: any room is enough.
  bool take(std::size_t bytes, bool beyond);
};

struct QueueLimits {
  std::size_t bytes = 0;
  std::size_t records = 0;
  std::size_t waiting = 1024;  // submissions without a place; their bytes are bounded like the queue's
};

// Two lanes of priority, first come first served in each. A submission larger than a bound has a place only when the queue
// is empty. What was taken keeps its place until release(). The process's bytes hold waiting submissions too, so a full process
// refuses at once. Not thread-safe; the budget is.
class LaneQueue {
 public:
  LaneQueue(QueueLimits limits, ProcessBudget& budget) : limits_(limits), budget_(budget) {}
  ~LaneQueue();

  // Smaller bounds turn nobody out: they count for what comes.
  void set_limits(QueueLimits limits) { limits_ = limits; }
  // False when it neither has a place nor may wait, or the process is full: the item is untouched then.
  bool push(Item& item, SteadyTime now);
  // Events first, then bulk, until `max_records` are reached; at least one when there is any.
  std::vector<Item> take(std::size_t max_records);
  // The places of taken items are free again; waiting items move up.
  void release(std::size_t records, std::size_t bytes);
  void move_up();
  // Waiting items whose time is over (or all), out of the queue.
  std::vector<Item> expire(SteadyTime now, bool all = false);

  bool empty() const { return queues_[0].empty() && queues_[1].empty(); }
  bool nobody_waits() const { return waiting_[0].empty() && waiting_[1].empty(); }
  std::size_t records() const { return records_; }
  std::size_t bytes() const { return bytes_; }

  static std::size_t bytes_of(const Item& item);

 private:
  bool has_place(const Item& item) const;
  bool may_wait(const Item& item) const;
  void admit(Item item);

  QueueLimits limits_;
  ProcessBudget& budget_;
  std::array<std::deque<Item>, 2> queues_;   // by priority
  std::array<std::deque<Item>, 2> waiting_;
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace kgrca::pipeline
