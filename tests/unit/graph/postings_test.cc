#include "graph/postings.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/unit/store/temp_store.h"

namespace kgrca::graph {
namespace {

using Keys = std::vector<core::EventKey>;

constexpr core::EventKey end_of_time{~0ull, ~0ull};

Keys newest_first(const store::Snapshot& snapshot, const std::vector<TermValue>& terms, core::EventKey before = end_of_time) {
  const auto stream = posting_stream(snapshot, terms, before);
  REQUIRE(stream.ok());
  Keys out;
  while (const auto key = (*stream)->next()) out.push_back(*key);
  REQUIRE((*stream)->status().ok());
  return out;
}

struct Home {
  store::testing::TempStore store;
  PostingWriter writer;
  std::uint64_t sequence = 0;
  store::TenantView view() { return store.view(1); }
  void write(bool merge) {
    store::Batch batch = view().batch();
    writer.write(batch, ++sequence);
    if (merge) REQUIRE(writer.merge(view().snapshot(), batch).ok());
    REQUIRE(view().commit_durably(std::move(batch)).ok());
  }
};

constexpr std::uint64_t minute_us = 60'000'000;

}  // namespace

TEST_CASE("postings: rows of a batch are found by their term without the others") {
  std::vector<Posting> postings;
  for (std::uint64_t value : {1, 3, 5})
    for (std::uint64_t i = 0; i < value; ++i) postings.push_back({{Term::resource, value}, {i, value}});
  std::sort(postings.begin(), postings.end());
  const std::string bytes = encode_postings(postings);
  const auto rows = PostingRows::parse(bytes);
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == postings.size());
  for (std::size_t i = 0; i < postings.size(); ++i) CHECK(rows->at(i) == postings[i]);
  for (std::uint64_t value = 0; value < 7; ++value) {
    const auto [first, last] = rows->range({Term::resource, value});
    CHECK(last - first == (value % 2 == 1 ? value : 0));
  }
  CHECK(absl::IsDataLoss(PostingRows::parse(bytes.substr(0, bytes.size() - 1)).status()));
  CHECK(absl::IsDataLoss(PostingRows::parse("").status()));
}

TEST_CASE("postings: whatever the batches, merges and restarts, a term lists its events newest first and once") {
  std::mt19937 random(11);
  Home home;
  std::map<TermValue, std::set<core::EventKey>> model;
  const auto check = [&] {
    const store::Snapshot snapshot = home.view().snapshot();
    for (const auto& [under, events] : model) {
      REQUIRE(newest_first(snapshot, {under}) == Keys(events.rbegin(), events.rend()));
      const core::EventKey middle = *std::next(events.begin(), static_cast<long>(random() % events.size()));
      REQUIRE(newest_first(snapshot, {under}, middle) == Keys(std::make_reverse_iterator(events.find(middle)), events.rend()));
    }
  };
  for (int batch = 0; batch < 60; ++batch) {
    for (int i = 0; i < 40; ++i) {
      const TermValue under{random() % 2 == 0 ? Term::resource : Term::cause, random() % 5};
      // Bursts and lone ones: blocks are cut by their span.
      const core::EventKey event{(random() % 4 * 30 + random() % 12) * minute_us + random() % 3, random() % 20};
      home.writer.add(under, event);
      model[under].insert(event);
    }
    home.write(batch % 7 == 6);
    if (batch % 10 == 9) {
      home.store.reopen();
      home.writer = PostingWriter();
      REQUIRE(home.writer.load(home.view().snapshot()).ok());
    }
    if (batch % 6 == 5) check();
  }
  home.write(true);
  check();
  std::set<core::EventKey> of_all;
  std::vector<TermValue> terms;
  for (const auto& [under, events] : model) {
    of_all.insert(events.begin(), events.end());
    terms.push_back(under);
  }
  CHECK(newest_first(home.view().snapshot(), terms) == Keys(of_all.rbegin(), of_all.rend()));
}

TEST_CASE("postings: a merge is due after many batches or many postings, and again only when more have gathered") {
  Home home;
  for (std::size_t i = 0; i < PostingWriter::batches_max; ++i) {
    REQUIRE_FALSE(home.writer.merge_due());
    home.writer.add({Term::resource, 1}, {i, i});
    home.write(false);
  }
  REQUIRE(home.writer.merge_due());
  PostingWriter after_restart;
  REQUIRE(after_restart.load(home.view().snapshot()).ok());
  REQUIRE(after_restart.merge_due());
  home.write(true);
  REQUIRE_FALSE(home.writer.merge_due());
  for (std::size_t i = 0; i < PostingWriter::postings_max; ++i) home.writer.add({Term::resource, i}, {i, i});
  home.write(false);
  REQUIRE(home.writer.merge_due());
  REQUIRE(newest_first(home.view().snapshot(), {{Term::resource, 1}}).size() == PostingWriter::batches_max);
}

TEST_CASE("postings: a merge takes away what it merged") {
  Home home;
  home.writer.add({Term::severity, 2}, {5, 5});
  home.write(false);
  home.write(true);
  const store::Snapshot snapshot = home.view().snapshot();
  CHECK_FALSE(snapshot.scan(store::keys::batch_postings()).valid());
  CHECK(snapshot.scan(store::keys::postings()).valid());
  CHECK(newest_first(snapshot, {{Term::severity, 2}}) == Keys{{5, 5}});
}

TEST_CASE("postings: damaged values are reported, not read") {
  Home home;
  home.writer.add({Term::reason, 2}, {5, 5});
  home.write(false);
  store::Batch batch = home.view().batch();
  batch.put(store::keys::batch_postings(1), "\x01short");
  batch.put(store::keys::postings(Term::reason, 3, {9, 9}, 1), "\x01");
  REQUIRE(home.view().commit_durably(std::move(batch)).ok());
  const store::Snapshot snapshot = home.view().snapshot();
  CHECK(absl::IsDataLoss(posting_stream(snapshot, {{Term::reason, 2}}, end_of_time).status()));
  store::Batch merging = home.view().batch();
  CHECK(absl::IsDataLoss(home.writer.merge(snapshot, merging)));
  CHECK(merging.keys() == 0);
}

}  // namespace kgrca::graph
