#include "pipeline/dedupe.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace kgrca::pipeline {
namespace {

constexpr std::int64_t minute_us = 60'000'000;

std::uint32_t minute_of(core::Time at) {
  const std::int64_t minutes = core::to_micros(at) / minute_us;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(minutes, 0, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

Dedupe::Dedupe(store::TenantView view, core::Time newest, DedupeLimits limits)
    : view_(view), limits_(limits), newest_(newest), recent_from_(0), stored_until_(minute_of(newest)) {
  advance(newest);
}

core::StatusOr<bool> Dedupe::add(core::EventKey key, std::uint64_t observation, core::Time at) {
  const std::uint32_t number = minute_of(at);
  KGRCA_ASSIGN_OR_RETURN(Minute * into, minute(number));
  if (!into->prints.insert({key.hash, observation}).second) return false;
  ++entries_;
  if (into->older) ++older_entries_;
  pending_[number].push_back({key.hash, observation, key.time_us});
  if (at > newest_) advance(at);
  make_room(number);
  return true;
}

void Dedupe::write(store::Batch& batch, std::uint64_t sequence) {
  for (const auto& [number, prints] : pending_) {
    batch.put(store::keys::fingerprints(number, sequence), graph::encode_fingerprints(prints));
    stored_until_ = std::max(stored_until_, number);
  }
  pending_.clear();
}

core::StatusOr<Dedupe::Minute*> Dedupe::minute(std::uint32_t number) {
  auto found = minutes_.find(number);
  if (found != minutes_.end()) {
    if (found->second.older) order_.splice(order_.end(), order_, found->second.place);
    return &found->second;
  }
  Minute fresh;
  if (number <= stored_until_) KGRCA_RETURN_IF_ERROR(read(number, fresh));
  if (const auto unwritten = pending_.find(number); unwritten != pending_.end()) {
    for (const graph::Fingerprint& print : unwritten->second) fresh.prints.insert({print.identity, print.observation});
  }
  entries_ += fresh.prints.size();
  found = minutes_.emplace(number, std::move(fresh)).first;
  if (number < recent_from_) make_older(number, found->second);
  make_room(number);
  return &found->second;
}

core::Status Dedupe::read(std::uint32_t number, Minute& into) {
  ++scans_;
  const store::Snapshot snapshot = view_.snapshot();
  store::Scan scan = snapshot.scan(store::keys::fingerprints_of_minute(number));
  for (; scan.valid(); scan.next()) {
    for (const graph::Fingerprint& print : graph::decode_fingerprints(scan.value())) {
      into.prints.insert({print.identity, print.observation});
    }
  }
  return core::with_context(scan.status(), "reading fingerprints");
}

void Dedupe::advance(core::Time newest) {
  newest_ = newest;
  const std::uint32_t number = minute_of(newest);
  const std::uint32_t from = number - std::min(number, limits_.recent_minutes);
  for (auto it = minutes_.lower_bound(recent_from_); it != minutes_.end() && it->first < from; ++it) {
    make_older(it->first, it->second);
  }
  recent_from_ = std::max(recent_from_, from);
}

void Dedupe::make_older(std::uint32_t number, Minute& minute) {
  minute.older = true;
  minute.place = order_.insert(order_.end(), number);
  older_entries_ += minute.prints.size();
}

// Drops minutes until all bounds hold: older ones, least recently used first, then the oldest recent ones.
void Dedupe::make_room(std::uint32_t keep) {
  const auto over = [&] { return entries_ > limits_.entries; };
  while ((over() || order_.size() > limits_.older_minutes || older_entries_ > limits_.older_entries) && !order_.empty() &&
         order_.front() != keep) {
    drop(minutes_.find(order_.front()));
  }
  for (auto it = minutes_.lower_bound(recent_from_); it != minutes_.end() && over();) {
    const auto next = std::next(it);
    if (it->first != keep) drop(it);
    it = next;
  }
}

void Dedupe::drop(Minutes::iterator minute) {
  entries_ -= minute->second.prints.size();
  if (minute->second.older) {
    older_entries_ -= minute->second.prints.size();
    order_.erase(minute->second.place);
  }
  minutes_.erase(minute);
}

}  // namespace kgrca::pipeline
