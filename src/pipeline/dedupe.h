// Which observations were taken before: exact within what the store retains.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_set.h>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/store.h"

namespace kgrca::pipeline {

struct DedupeLimits {
  std::uint32_t recent_minutes = 15;      // of observation time before the newest: kept in memory while the bound allows
  std::size_t entries = 2'000'000;        // over all minutes in memory; the minute in use may go past it alone
  std::size_t older_minutes = 4096;       // minutes before the recent ones, least recently used first out
  std::size_t older_entries = 200'000;    // in those
};

// Observation minutes are sets of 128-bit fingerprints. A minute is read from the store when it is first touched; minutes
// after the newest one stored are known to be empty. Single-threaded.
class Dedupe {
 public:
  // `newest`: highest observation time that was ever written; zero when none was.
  Dedupe(store::TenantView view, core::Time newest, DedupeLimits limits = {});

  // True when the observation is new; it counts as seen from then on. Cost: a hash look-up, and one scan for a minute
  // that is not in memory. An error means the store could not be read.
  core::StatusOr<bool> add(core::EventKey key, std::uint64_t observation, core::Time at);
  // Puts what add() took since the last call: one block per minute.
  void write(store::Batch& batch, std::uint64_t sequence);

  core::Time newest() const { return newest_; }
  std::size_t entries() const { return entries_; }    // in memory
  std::uint64_t scans() const { return scans_; }      // of minutes in the store

 private:
  using Print = std::pair<std::uint64_t, std::uint64_t>;
  struct Minute {
    absl::flat_hash_set<Print> prints;
    bool older = false;                          // `place` is valid
    std::list<std::uint32_t>::iterator place;    // in order_
  };
  using Minutes = std::map<std::uint32_t, Minute>;

  core::StatusOr<Minute*> minute(std::uint32_t number);
  core::Status read(std::uint32_t number, Minute& into);
  void advance(core::Time newest);
  void make_older(std::uint32_t number, Minute& minute);
  void make_room(std::uint32_t keep);
  void drop(Minutes::iterator minute);

  store::TenantView view_;
  DedupeLimits limits_;
  core::Time newest_;
  std::uint32_t recent_from_;   // first recent minute
  std::uint32_t stored_until_;  // no minute after it is in the store
  Minutes minutes_;
  std::list<std::uint32_t> order_;  // minutes before the recent ones, least recently used first
  std::map<std::uint32_t, std::vector<graph::Fingerprint>> pending_;
  std::size_t entries_ = 0;
  std::size_t older_entries_ = 0;
  std::uint64_t scans_ = 0;
};

}  // namespace kgrca::pipeline
