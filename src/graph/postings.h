// Under what an event is found besides its time: its resource; of WARNING and above also severity and reason; of the event that
// begins a run also the causes of the run.
//
// A random insertion into RocksDB costs as much as everything else that is done for an event, so postings are not keys.
// Each batch stores all of its own as one sorted value (store key 'x'), which readers search; when enough have gathered they
// are merged into blocks of one term each (store family `index`), in key order.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/event_streams.h"
#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/model/incident.h"
#include "kgrca/store/keys.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

using store::keys::Term;

struct TermValue {
  Term term = Term::resource;
  std::uint64_t value = 0;
  auto operator<=>(const TermValue&) const = default;
};

struct Posting {
  TermValue under;
  core::EventKey event;
  auto operator<=>(const Posting&) const = default;
};

// The causes under which a run is listed: the best one from a confidence of 0.05 on, and two more of
// those that are shown (0.30). Looks at confidences as they are stored.
std::vector<core::EventKey> listed_causes(const std::vector<model::Link>& links);

// The postings of one batch as stored: rows of equal size in order, so that a reader finds a term's without decoding the rest.
std::string encode_postings(const std::vector<Posting>& sorted);
class PostingRows {
 public:
  static core::StatusOr<PostingRows> parse(std::string_view value);  // must outlive the rows
  std::size_t size() const { return rows_.size() / row_bytes; }
  Posting at(std::size_t index) const;
  // First and one past the last row of the term.
  std::pair<std::size_t, std::size_t> range(TermValue under) const;

  static constexpr std::size_t row_bytes = 25;

 private:
  explicit PostingRows(std::string_view rows) : rows_(rows) {}
  std::string_view rows_;
};

// One merged block: events of a term, ascending, none later than `block_span` after the first, which its key names.
inline constexpr core::Duration block_span = std::chrono::minutes(10);
inline constexpr std::size_t block_events_max = 512;
std::string encode_posting_block(std::span<const core::EventKey> ascending);
core::StatusOr<std::vector<core::EventKey>> decode_posting_block(core::EventKey earliest, std::string_view value);

// Events below `before` that are listed under any of the terms, newest first, each once.
core::StatusOr<std::unique_ptr<EventStream>> posting_stream(const store::Snapshot& snapshot, const std::vector<TermValue>& terms,
                                                            core::EventKey before);

// Gathers a batch's postings and merges those of former batches when it is time. Single-threaded; one per tenant.
class PostingWriter {
 public:
  core::Status load(const store::Snapshot& snapshot);  // what waits to be merged
  void add(TermValue under, core::EventKey event) { gathered_.push_back({under, event}); }
  // Puts what was gathered into the batch and forgets it. REQUIRES: `sequence` above that of every former batch.
  void write(store::Batch& batch, std::uint64_t sequence);
  bool merge_due() const { return batches_ >= batches_max || postings_ >= postings_max; }
  // Moves what the snapshot holds unmerged into blocks; about 1 µs for each posting. On error nothing was put.
  core::Status merge(const store::Snapshot& snapshot, store::Batch& batch);

  // A reader searches at most this many batches; the more postings are merged at once, the fewer keys it takes.
  static constexpr std::size_t batches_max = 128;
  static constexpr std::size_t postings_max = 100'000;

 private:
  std::vector<Posting> gathered_;
  std::size_t batches_ = 0;
  std::size_t postings_ = 0;
};

}  // namespace kgrca::graph
