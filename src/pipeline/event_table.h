// The stored events a lane works on: those of the running batch and a bounded number of recent ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/graph/records.h"
#include "kgrca/model/event.h"
#include "kgrca/store/store.h"

namespace kgrca::pipeline {

struct TableEntry {
  graph::StoredEvent stored;
  bool is_new = false;             // not in the store yet
  bool dirty = false;              // to be written with the running batch
  std::size_t submission = 0;      // that touched it first in the running batch
  std::list<core::EventKey>::iterator place;  // in the order of use
};

// Whether it is likely to be asked for again. Benign records are not; the store has them.
bool worth_keeping(const model::Event& event);

// Single-threaded. Entries stay where they are until flush().
class EventTable {
 public:
  // `newest`: highest observation time ever written; events at or before it may be in the store without our knowing.
  EventTable(store::TenantView view, core::Time newest, std::size_t capacity = 4096);

  // The event of that key if it was ever stored, else nullptr. `event` is the new observation: it decides whether the store
  // must be asked at all.
  core::StatusOr<TableEntry*> known(core::EventKey key, const model::Event& event);
  // The same by key alone; always asks the store when it is not in memory.
  core::StatusOr<TableEntry*> load(core::EventKey key);
  // A record that cannot be read counts as gone, or it would stop its tenant for ever: nothing then, and counted.
  std::optional<graph::StoredEvent> decode(core::EventKey key, std::string_view value);
  TableEntry& insert(graph::StoredEvent event, std::size_t submission);
  // A new event that is not worth_keeping(): it is written from where it lies. REQUIRES: `event` stays there until flush().
  void pass(graph::EventRecord record, const model::Event& event, std::size_t submission);
  void touch(TableEntry& entry, std::size_t submission);  // writes it with this batch
  // The submission that brought it, of an event that is new in the running batch.
  std::optional<std::size_t> brought_by(core::EventKey key) const;

  // Hands every dirty event to the writer, in the order they became dirty, and keeps the ones likely to be asked for again.
  void flush(graph::RecordWriter& writer, std::uint64_t sequence);
  std::size_t size() const { return entries_.size(); }
  std::size_t take_damaged() { return std::exchange(damaged_, 0); }  // records that could not be read since the last call

 private:
  struct Passing {
    graph::EventRecord record;
    const model::Event* event = nullptr;  // null: it has become an entry
    std::size_t submission = 0;
  };
  bool may_be_stored(core::EventKey key, const model::Event& event) const;
  void remember(core::EventKey key, const model::Event& event);
  TableEntry& place(graph::StoredEvent event);
  TableEntry* take_passing(core::EventKey key);
  void drop(core::EventKey key);

  store::TenantView view_;
  std::size_t capacity_;
  absl::flat_hash_map<core::EventKey, std::unique_ptr<TableEntry>> entries_;
  std::list<core::EventKey> order_;  // least recently used first
  std::vector<TableEntry*> dirty_;
  std::vector<Passing> passing_;
  absl::flat_hash_map<core::EventKey, std::size_t> passing_places_;
  std::size_t damaged_ = 0;

  // Events observed lately, in two generations. An observation that looks like a first one, is later than `complete_from_` and
  // is in neither generation cannot be in the store: whatever was stored before is not later than that moment.
  absl::flat_hash_set<std::uint64_t> recent_;
  absl::flat_hash_set<std::uint64_t> former_;
  core::Time recent_from_;    // newest observation when the generation began
  core::Time complete_from_;  // the same of the former generation
  core::Time newest_;
};

}  // namespace kgrca::pipeline
