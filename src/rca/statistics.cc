#include "rca/statistics.h"

#include <algorithm>
#include <cmath>

namespace kgrca::rca {
namespace {

constexpr std::int64_t minutes_read = 6 * 60;
constexpr std::size_t known_max = 10'000;
constexpr core::Duration kept = std::chrono::hours(8);  // what is scored again may be as old as the engine's memory

std::int64_t minute_of(core::Time t) { return core::to_micros(t) / 60'000'000; }

}  // namespace

void Statistics::count(TypeIndex type, core::Time start) {
  std::int64_t minute = minute_of(start);
  ++types_[type][minute];
  ++all_[minute];
  changed(minute);
}

void Statistics::discount(TypeIndex type, core::Time start) {
  std::int64_t minute = minute_of(start);
  auto take = [minute](Minutes& minutes) {
    auto found = minutes.find(minute);
    if (found != minutes.end() && --found->second == 0) minutes.erase(found);
  };
  auto found = types_.find(type);
  if (found == types_.end() || !found->second.contains(minute)) return;
  take(found->second);
  take(all_);
  changed(minute);
}

void Statistics::changed(std::int64_t minute) {
  if (minute < newest_known_) known_.clear();
}

std::uint64_t Statistics::before(const Minutes& minutes, std::int64_t minute) {
  std::uint64_t sum = 0;
  for (auto it = minutes.lower_bound(minute - minutes_read); it != minutes.end() && it->first < minute; ++it) sum += it->second;
  return sum;
}

float Statistics::rarity(TypeIndex type, core::Time at) const {
  const std::int64_t minute = minute_of(at);
  if (known_.size() >= known_max) known_.clear();
  const auto [known, is_new] = known_.try_emplace({type, minute});
  if (is_new) known->second = computed(type, minute);
  newest_known_ = std::max(newest_known_, minute);
  return known->second;
}

float Statistics::computed(TypeIndex type, std::int64_t minute) const {
  auto found = types_.find(type);
  if (found == types_.end()) return 1;
  double total = static_cast<double>(before(all_, minute));
  double of_type = static_cast<double>(before(found->second, minute));
  if (total < 20 || of_type < 1) return 1;
  return static_cast<float>(std::min(1.0, std::log(1 + total / of_type) / std::log(1 + total / 3)));
}

void Statistics::prune(core::Time now) {
  known_.clear();
  auto cut = [minute = minute_of(now - kept)](Minutes& m) { m.erase(m.begin(), m.lower_bound(minute)); };
  cut(all_);
  for (auto it = types_.begin(); it != types_.end();) {
    cut(it->second);
    if (it->second.empty()) types_.erase(it++);
    else ++it;
  }
}

std::vector<Statistics::Row> Statistics::rows() const {
  std::vector<Row> out;
  for (const auto& [type, minutes] : types_)
    for (const auto& [minute, count] : minutes) out.push_back({type, minute, count});
  std::sort(out.begin(), out.end(), [](const Row& a, const Row& b) {
    return std::pair(a.type, a.minute) < std::pair(b.type, b.minute);
  });
  return out;
}

void Statistics::restore(const Row& row) {
  types_[row.type][row.minute] += row.count;
  all_[row.minute] += row.count;
  changed(row.minute);
}

}  // namespace kgrca::rca
