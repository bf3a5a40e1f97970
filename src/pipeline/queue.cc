#include "pipeline/queue.h"

#include <algorithm>
#include <utility>

namespace kgrca::pipeline {
namespace {

// A short line becomes an event of about 1 KiB: its body's bytes would say too little.
constexpr std::size_t record_bytes_min = 512;

std::size_t lane_of(const Item& item) { return static_cast<std::size_t>(item.submission.priority); }

}  // namespace

bool ProcessBudget::take(std::size_t bytes, bool beyond) {
  std::size_t before = used.load();
  do {
    if (beyond ? before >= limit : before + bytes > limit) return false;
  } while (!used.compare_exchange_weak(before, before + bytes));
  return true;
}

LaneQueue::~LaneQueue() { budget_.used -= bytes_ + waiting_bytes_; }

std::size_t LaneQueue::bytes_of(const Item& item) {
  if (item.barrier) return 0;
  return std::max(item.submission.bytes, item.submission.records.size() * record_bytes_min);
}

bool LaneQueue::has_place(const Item& item) const {
  if (item.barrier || (bytes_ == 0 && records_ == 0)) return true;
  return bytes_ + bytes_of(item) <= limits_.bytes && records_ + item.submission.records.size() <= limits_.records;
}

bool LaneQueue::may_wait(const Item& item) const {
  if (item.submission.wait <= core::Duration::zero()) return false;
  return nobody_waits() || (waiting_bytes_ + bytes_of(item) <= limits_.bytes &&
                            waiting_[0].size() + waiting_[1].size() < limits_.waiting);
}

bool LaneQueue::push(Item& item, SteadyTime now) {
  item.entered = now;
  const std::size_t lane = lane_of(item);
  const bool first_in_line = waiting_[0].empty() && (lane == 0 || waiting_[1].empty());
  const bool placed = first_in_line && has_place(item);
  if (!placed && !may_wait(item)) return false;
  const bool alone = bytes_ == 0 && records_ == 0 && nobody_waits();
  if (!item.barrier && !budget_.take(bytes_of(item), alone)) return false;
  if (placed) {
    admit(std::move(item));
  } else {
    waiting_bytes_ += bytes_of(item);
    waiting_[lane].push_back(std::move(item));
  }
  return true;
}

void LaneQueue::admit(Item item) {
  bytes_ += bytes_of(item);
  records_ += item.submission.records.size();
  queues_[lane_of(item)].push_back(std::move(item));
}

std::vector<Item> LaneQueue::take(std::size_t max_records) {
  std::vector<Item> taken;
  std::size_t records = 0;
  for (std::deque<Item>& queue : queues_) {
    while (!queue.empty() && (taken.empty() || records + queue.front().submission.records.size() <= max_records)) {
      records += queue.front().submission.records.size();
      taken.push_back(std::move(queue.front()));
      queue.pop_front();
    }
    if (!queue.empty()) break;
  }
  return taken;
}

void LaneQueue::release(std::size_t records, std::size_t bytes) {
  records_ -= records;
  bytes_ -= bytes;
  budget_.used -= bytes;
  move_up();
}

void LaneQueue::move_up() {
  for (std::deque<Item>& waiting : waiting_) {
    while (!waiting.empty() && has_place(waiting.front())) {
      waiting_bytes_ -= bytes_of(waiting.front());
      admit(std::move(waiting.front()));
      waiting.pop_front();
    }
    if (!waiting.empty()) return;
  }
}

std::vector<Item> LaneQueue::expire(SteadyTime now, bool all) {
  std::vector<Item> expired;
  for (std::deque<Item>& waiting : waiting_) {
    auto keep = waiting.begin();
    for (Item& item : waiting) {
      if (all || now - item.entered >= item.submission.wait) {
        waiting_bytes_ -= bytes_of(item);
        budget_.used -= bytes_of(item);
        expired.push_back(std::move(item));
      } else {
        if (&*keep != &item) *keep = std::move(item);
        ++keep;
      }
    }
    waiting.erase(keep, waiting.end());
  }
  return expired;
}

}  // namespace kgrca::pipeline
