#include "graph/postings.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <queue>

#include "graph/run_links.h"
#include "kgrca/core/bytes.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr std::uint8_t format = 1;
constexpr float listed_confidence_min = 0.05F;
constexpr float listed_further_min = 0.30F;
constexpr std::size_t listed_causes_max = 3;

core::Status damaged() { return core::data_loss("postings are damaged or written by a newer version"); }

core::StatusOr<std::uint64_t> merged_until(const store::Snapshot& snapshot) {
  KGRCA_ASSIGN_OR_RETURN(const auto value, snapshot.get(keys::merged_postings()));
  if (!value) return std::uint64_t{0};
  core::BytesReader in(*value);
  const std::uint64_t sequence = in.fixed64();
  if (!in.ok() || !in.at_end()) return damaged();
  return sequence;
}

// Calls fn(sequence, rows) for each batch whose postings are not merged, oldest first.
template <typename Fn>
core::Status each_unmerged(const store::Snapshot& snapshot, Fn fn) {
  KGRCA_ASSIGN_OR_RETURN(const std::uint64_t merged, merged_until(snapshot));
  if (merged == std::numeric_limits<std::uint64_t>::max()) return damaged();
  store::Scan scan = snapshot.scan(keys::batch_postings(), keys::batch_postings(merged + 1));
  for (; scan.valid(); scan.next()) {
    KGRCA_ASSIGN_OR_RETURN(const PostingRows rows, PostingRows::parse(scan.value()));
    fn(keys::seq_of_batch_postings(scan.key()), rows);
  }
  return scan.status();
}

// Keys that were found elsewhere.
class SortedStream final : public EventStream {
 public:
  explicit SortedStream(std::vector<core::EventKey> keys) : ascending_(std::move(keys)) {
    std::sort(ascending_.begin(), ascending_.end());
    ascending_.erase(std::unique(ascending_.begin(), ascending_.end()), ascending_.end());
  }
  std::optional<core::EventKey> next() override {
    if (ascending_.empty()) return std::nullopt;
    const core::EventKey key = ascending_.back();
    ascending_.pop_back();
    return key;
  }
  core::Status status() const override { return core::ok_status(); }

 private:
  std::vector<core::EventKey> ascending_;
};

// The merged blocks of one term.
class BlockStream final : public EventStream {
 public:
  BlockStream(store::Scan scan, core::EventKey before) : scan_(std::move(scan)), before_(before) {}

  std::optional<core::EventKey> next() override {
    // A block not read yet holds nothing later than its first event plus the span.
    while (scan_.valid() && (found_.empty() || next_block().time() + block_span >= found_.top().time())) {
      if (!read_block()) return std::nullopt;
    }
    if (found_.empty()) return std::nullopt;
    const core::EventKey key = found_.top();
    while (!found_.empty() && found_.top() == key) found_.pop();
    return key;
  }
  core::Status status() const override { return damaged_.ok() ? scan_.status() : damaged_; }

 private:
  core::EventKey next_block() const { return keys::postings_of(scan_.key()).earliest; }
  bool read_block() {
    const auto block = decode_posting_block(next_block(), scan_.value());
    if (!block.ok()) {
      damaged_ = block.status();
      return false;
    }
    for (const core::EventKey key : *block) {
      if (key < before_) found_.push(key);
    }
    scan_.next();
    return true;
  }

  store::Scan scan_;
  core::EventKey before_;
  std::priority_queue<core::EventKey> found_;
  core::Status damaged_;
};

// Puts [first, last), all of one term and ascending, as blocks.
template <typename Iterator>
void put_blocks(store::Batch& batch, Iterator first, Iterator last, std::uint64_t sequence) {
  std::vector<core::EventKey> block;
  for (; first != last; ++first) {
    block.push_back(first->event);
    const auto next = std::next(first);
    const bool full = next == last || block.size() == block_events_max || next->event.time() - block.front().time() > block_span;
    if (!full) continue;
    batch.put(keys::postings(first->under.term, first->under.value, block.front(), sequence), encode_posting_block(block));
    block.clear();
  }
}

}  // namespace

std::vector<core::EventKey> listed_causes(const std::vector<model::Link>& links) {
  std::vector<core::EventKey> out;
  for (const model::Link& link : links) {
    if (out.size() == listed_causes_max) break;
    if (stored_share(link.confidence) >= (out.empty() ? listed_confidence_min : listed_further_min)) out.push_back(link.cause);
  }
  return out;
}

std::string encode_postings(const std::vector<Posting>& sorted) {
  std::string bytes(1 + sorted.size() * PostingRows::row_bytes, static_cast<char>(format));
  char* row = bytes.data() + 1;
  for (const Posting& posting : sorted) {
    row[0] = static_cast<char>(posting.under.term);
    core::put_big_endian(row + 1, posting.under.value);
    core::put_big_endian(row + 9, posting.event.time_us);
    core::put_big_endian(row + 17, posting.event.hash);
    row += PostingRows::row_bytes;
  }
  return bytes;
}

core::StatusOr<PostingRows> PostingRows::parse(std::string_view value) {
  if (value.empty() || value[0] != static_cast<char>(format) || (value.size() - 1) % row_bytes != 0) return damaged();
  return PostingRows(value.substr(1));
}

Posting PostingRows::at(std::size_t index) const {
  const std::string_view row = rows_.substr(index * row_bytes, row_bytes);
  return {{static_cast<Term>(row[0]), core::big_endian<std::uint64_t>(row, 1)},
          {core::big_endian<std::uint64_t>(row, 9), core::big_endian<std::uint64_t>(row, 17)}};
}

std::pair<std::size_t, std::size_t> PostingRows::range(TermValue under) const {
  std::size_t first = 0;
  for (std::size_t left = size(); left > 0;) {
    const std::size_t half = left / 2;
    const bool below = at(first + half).under < under;
    if (below) first += half + 1;
    left = below ? left - half - 1 : half;
  }
  std::size_t last = first;
  while (last < size() && at(last).under == under) ++last;
  return {first, last};
}

std::string encode_posting_block(std::span<const core::EventKey> ascending) {
  std::string bytes;
  bytes.reserve(2 + ascending.size() * 12);
  core::BytesWriter out(bytes);
  out.u8(format);
  std::uint64_t before = ascending.empty() ? 0 : ascending.front().time_us;
  for (const core::EventKey key : ascending) {
    out.varint(key.time_us - before);
    out.fixed64(key.hash);
    before = key.time_us;
  }
  return bytes;
}

core::StatusOr<std::vector<core::EventKey>> decode_posting_block(core::EventKey earliest, std::string_view value) {
  core::BytesReader in(value);
  if (in.u8() != format) return damaged();
  std::vector<core::EventKey> events;
  std::uint64_t time_us = earliest.time_us;
  while (in.ok() && !in.at_end()) {
    time_us += in.varint();
    events.push_back({time_us, in.fixed64()});
  }
  if (!in.ok() || events.empty() || events.front() != earliest || !std::is_sorted(events.begin(), events.end())) return damaged();
  return events;
}

core::StatusOr<std::unique_ptr<EventStream>> posting_stream(const store::Snapshot& snapshot, const std::vector<TermValue>& terms,
                                                            core::EventKey before) {
  std::vector<core::EventKey> unmerged;
  KGRCA_RETURN_IF_ERROR(each_unmerged(snapshot, [&](std::uint64_t, const PostingRows& rows) {
    for (const TermValue under : terms) {
      auto [row, last] = rows.range(under);
      for (; row < last; ++row) {
        if (const core::EventKey event = rows.at(row).event; event < before) unmerged.push_back(event);
      }
    }
  }));
  std::vector<std::unique_ptr<EventStream>> streams;
  streams.push_back(std::make_unique<SortedStream>(std::move(unmerged)));
  for (const TermValue under : terms) {
    store::Scan scan = snapshot.scan(keys::postings(under.term, under.value), keys::postings(under.term, under.value, before, 0));
    streams.push_back(std::make_unique<BlockStream>(std::move(scan), before));
  }
  return merged_stream(std::move(streams));
}

core::Status PostingWriter::load(const store::Snapshot& snapshot) {
  batches_ = postings_ = 0;
  return each_unmerged(snapshot, [this](std::uint64_t, const PostingRows& rows) {
    ++batches_;
    postings_ += rows.size();
  });
}

void PostingWriter::write(store::Batch& batch, std::uint64_t sequence) {
  if (gathered_.empty()) return;
  std::sort(gathered_.begin(), gathered_.end());
  gathered_.erase(std::unique(gathered_.begin(), gathered_.end()), gathered_.end());
  batch.put(keys::batch_postings(sequence), encode_postings(gathered_));
  ++batches_;
  postings_ += gathered_.size();
  gathered_.clear();
}

core::Status PostingWriter::merge(const store::Snapshot& snapshot, store::Batch& batch) {
  std::vector<Posting> postings;
  std::vector<std::uint64_t> sequences;
  postings.reserve(postings_);
  KGRCA_RETURN_IF_ERROR(each_unmerged(snapshot, [&](std::uint64_t sequence, const PostingRows& rows) {
    sequences.push_back(sequence);
    for (std::size_t row = 0; row < rows.size(); ++row) postings.push_back(rows.at(row));
  }));
  batches_ -= std::min(batches_, sequences.size());
  postings_ -= std::min(postings_, postings.size());
  if (sequences.empty()) return core::ok_status();
  std::sort(postings.begin(), postings.end());
  postings.erase(std::unique(postings.begin(), postings.end()), postings.end());
  for (auto first = postings.begin(); first != postings.end();) {
    const auto last = std::find_if(first, postings.end(), [&](const Posting& posting) { return posting.under != first->under; });
    put_blocks(batch, first, last, sequences.back());
    first = last;
  }
  for (const std::uint64_t sequence : sequences) batch.erase(keys::batch_postings(sequence));
  std::string until;
  core::BytesWriter(until).fixed64(sequences.back());
  batch.put(keys::merged_postings(), until);
  return core::ok_status();
}

}  // namespace kgrca::graph
