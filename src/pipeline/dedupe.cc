#include "pipeline/dedupe.h"

#include <algorithm>
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
    : view_(view), limits_(limits), newest_(newest), stored_until_(minute_of(newest)) {}

core::StatusOr<bool> Dedupe::add(core::EventKey key, std::uint64_t observation, core::Time at) {
  const std::uint32_t number = minute_of(at);
  KGRCA_ASSIGN_OR_RETURN(Minute * into, minute(number));
  if (!into->prints.insert({key.hash, observation}).second) return false;
  ++entries_;
  pending_[number].push_back({key.hash, observation, key.time_us});
  newest_ = std::max(newest_, at);
  if (entries_ > limits_.entries) make_room(number);
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
  if (found == minutes_.end()) {
    Minute fresh;
    if (number <= stored_until_) KGRCA_RETURN_IF_ERROR(read(number, fresh));
    entries_ += fresh.prints.size();
    found = minutes_.emplace(number, std::move(fresh)).first;
    make_room(number);
  }
  found->second.used = ++tick_;
  return &found->second;
}

core::Status Dedupe::read(std::uint32_t number, Minute& into) {
  const store::Snapshot snapshot = view_.snapshot();
  store::Scan scan = snapshot.scan(store::keys::fingerprints_of_minute(number));
  for (; scan.valid(); scan.next()) {
    for (const graph::Fingerprint& print : graph::decode_fingerprints(scan.value())) {
      into.prints.insert({print.identity, print.observation});
    }
  }
  return core::with_context(scan.status(), "reading fingerprints");
}

bool Dedupe::recent(std::uint32_t number) const {
  return static_cast<std::uint64_t>(number) + limits_.recent_minutes >= minute_of(newest_);
}

// Drops minutes until both bounds hold: older minutes first, least recently used first, then the oldest recent ones.
// Minutes with unwritten fingerprints stay, since the store does not know them yet.
void Dedupe::make_room(std::uint32_t keep) {
  while (true) {
    std::size_t older = 0;
    auto victim = minutes_.end();
    for (auto it = minutes_.begin(); it != minutes_.end(); ++it) {
      const bool is_recent = recent(it->first);
      if (!is_recent) ++older;
      if (it->first == keep || pending_.contains(it->first)) continue;
      const bool better = victim == minutes_.end() || (recent(victim->first) && !is_recent) ||
                          (recent(victim->first) == is_recent && it->second.used < victim->second.used);
      if (better) victim = it;
    }
    const bool over = entries_ > limits_.entries || older > limits_.older_minutes;
    if (!over || victim == minutes_.end()) return;
    if (entries_ <= limits_.entries && recent(victim->first)) return;
    entries_ -= victim->second.prints.size();
    minutes_.erase(victim);
  }
}

}  // namespace kgrca::pipeline
