#include "pipeline/queue.h"

#include <algorithm>
#include <utility>

namespace kgrca::pipeline {
namespace {

constexpr std::size_t record_bytes_min = 64;

std::size_t lane_of(const Item& item) { return static_cast<std::size_t>(item.submission.priority); }

}  // namespace

LaneQueue::~LaneQueue() { budget_.used -= bytes_; }

std::size_t LaneQueue::bytes_of(const Item& item) {
  return std::max(item.submission.bytes, item.submission.records.size() * record_bytes_min);
}

bool LaneQueue::has_place(const Item& item) const {
  if (item.barrier || (bytes_ == 0 && records_ == 0 && budget_.used < budget_.limit)) return true;
  const std::size_t bytes = bytes_of(item);
  return bytes_ + bytes <= limits_.bytes && records_ + item.submission.records.size() <= limits_.records &&
         budget_.used + bytes <= budget_.limit;
}

bool LaneQueue::push(Item& item, SteadyTime now) {
  item.entered = now;
  const std::size_t lane = lane_of(item);
  const bool first_in_line = waiting_[0].empty() && (lane == 0 || waiting_[1].empty());
  if (first_in_line && has_place(item)) {
    admit(std::move(item));
    return true;
  }
  const std::size_t bytes = bytes_of(item);
  const bool room = nobody_waits() || (waiting_bytes_ + bytes <= limits_.bytes &&
                                       waiting_[0].size() + waiting_[1].size() < limits_.waiting);
  if (item.submission.wait <= core::Duration::zero() || !room) return false;
  waiting_bytes_ += bytes;
  waiting_[lane].push_back(std::move(item));
  return true;
}

void LaneQueue::admit(Item item) {
  if (!item.barrier) {
    const std::size_t bytes = bytes_of(item);
    bytes_ += bytes;
    records_ += item.submission.records.size();
    budget_.used += bytes;
  }
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
