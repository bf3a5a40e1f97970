#include <algorithm>
#include <thread>

#include "tests/unit/store/temp_store.h"

namespace kgrca::store {
namespace {

using namespace testing;
using core::from_micros;

void put_events(TenantView view, std::initializer_list<std::uint64_t> times) {
  auto batch = view.batch();
  for (auto time : times) batch.put(keys::event({time, 1}), "x");
  REQUIRE(view.commit_durably(std::move(batch)).ok());
}

std::vector<std::uint64_t> times_of(Scan scan) {
  std::vector<std::uint64_t> times;
  for (; scan.valid(); scan.next()) times.push_back(keys::event_of(scan.key()).time_us);
  REQUIRE(scan.status().ok());
  return times;
}

using Times = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("store: a scan stops at the tenant's border") {
  TempStore temp;
  // Neighbours whose numbers share bytes, the operator, and the last number, after which there is no key.
  const std::uint32_t tenants[] = {0, 1, 2, 255, 256, 257, 0x01000000, 0xfffffffe, 0xffffffff};
  for (auto tenant : tenants) put_events(temp.view(tenant), {tenant + 10ull, ~0ull, 0});
  temp.reopen();  // recovery writes table files: the borders must hold there too
  for (auto tenant : tenants) {
    auto snapshot = temp.view(tenant).snapshot();
    const Times expected = {0, tenant + 10ull, ~0ull};
    CHECK(times_of(snapshot.scan(keys::events())) == expected);
    CHECK(times_of(snapshot.scan_backwards(keys::events())) == Times(expected.rbegin(), expected.rend()));
    CHECK(times_of(snapshot.scan(keys::events(), keys::events_from(from_micros(1)))) == Times{tenant + 10ull, ~0ull});
  }
  CHECK(times_of(temp.view(3).snapshot().scan(keys::events())).empty());
  CHECK(times_of(temp.view(3).snapshot().scan_backwards(keys::events())).empty());
}

TEST_CASE("store: tenants do not see each other's keys") {
  TempStore temp;
  put(temp.view(1), keys::resource({7}), "one");
  put(temp.view(256), keys::resource({7}), "two hundred and fifty-six");
  CHECK(value_of(temp.view(1), keys::resource({7})) == "one");
  CHECK(value_of(temp.view(256), keys::resource({7})) == "two hundred and fifty-six");
  CHECK(value_of(temp.view(2), keys::resource({7})) == "(absent)");
}

TEST_CASE("store: a scan stops at its prefix, forwards and backwards, in memory and in table files") {
  TempStore temp;
  auto view = temp.view(5);
  const std::uint64_t ids[] = {0, 1, 255, 256, 0xffffffffffffffff};
  auto batch = view.batch();
  for (auto id : ids)
    for (std::uint64_t other = 1; other <= 3; ++other)
      for (bool incoming : {false, true}) {
        batch.put(keys::open_edge(incoming, {id}, 1, {other}, from_micros(10)), "o");
        batch.put(keys::closed_edge(incoming, {id}, 2, from_micros(20), {other}, from_micros(10)), "c");
      }
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  for (int round = 0; round < 2; ++round) {
    if (round == 1) temp.reopen();
    auto snapshot = temp.view(5).snapshot();
    for (auto id : ids)
      for (bool incoming : {false, true}) {
        const auto forwards = keys_of(snapshot.scan(keys::open_edges(incoming, {id})));
        REQUIRE(forwards.size() == 3);
        for (const auto& key : forwards) {
          CHECK(keys::edge_of(key).id.value == id);
          CHECK(keys::edge_of(key).incoming == incoming);
          CHECK_FALSE(keys::edge_of(key).closed);
        }
        auto backwards = keys_of(snapshot.scan_backwards(keys::open_edges(incoming, {id})));
        std::reverse(backwards.begin(), backwards.end());
        CHECK(backwards == forwards);
        CHECK(keys_of(snapshot.scan(keys::closed_edges(incoming, {id}, 2))).size() == 3);
        CHECK(keys_of(snapshot.scan(keys::closed_edges(incoming, {id}, 1))).empty());
      }
  }
}

TEST_CASE("store: the filters of table files hide no resource") {
  TempStore temp;
  auto view = temp.view(9);
  auto batch = view.batch();
  for (std::uint64_t id = 0; id < 300; ++id) batch.put(keys::postings(keys::Term::resource, id << 48, {1, 1}, 0), "");
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  temp.reopen();
  auto snapshot = temp.view(9).snapshot();
  for (std::uint64_t id = 0; id < 300; ++id) {
    REQUIRE(keys_of(snapshot.scan(keys::postings(keys::Term::resource, id << 48))).size() == 1);
    REQUIRE(keys_of(snapshot.scan_backwards(keys::postings(keys::Term::resource, id << 48))).size() == 1);
    REQUIRE(keys_of(snapshot.scan(keys::postings(keys::Term::resource, (id << 48) + 1))).empty());
  }
}

TEST_CASE("store: a scan can begin and end inside its prefix") {
  TempStore temp;
  put_events(temp.view(1), {10, 20, 30, 40});
  auto snapshot = temp.view(1).snapshot();
  const auto at = [](std::int64_t us) { return keys::events_from(from_micros(us)); };
  CHECK(times_of(snapshot.scan(keys::events(), at(20))) == Times{20, 30, 40});
  CHECK(times_of(snapshot.scan(keys::events(), at(21))) == Times{30, 40});
  CHECK(times_of(snapshot.scan(keys::events(), at(41))).empty());
  CHECK(times_of(snapshot.scan_backwards(keys::events(), at(30))) == Times{20, 10});
  CHECK(times_of(snapshot.scan_backwards(keys::events(), at(31))) == Times{30, 20, 10});
  CHECK(times_of(snapshot.scan_backwards(keys::events(), at(10))).empty());
}

TEST_CASE("store: a start outside the prefix is moved into it") {
  TempStore temp;
  auto view = temp.view(1);
  auto batch = view.batch();
  for (std::uint64_t id : {4, 5, 6})
    for (std::uint64_t time : {1, 2}) batch.put(keys::postings(keys::Term::resource, id, {time, 0}, 0), "");
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  auto snapshot = view.snapshot();
  const auto prefix = keys::postings(keys::Term::resource, 5);
  CHECK(keys_of(snapshot.scan(prefix, keys::postings(keys::Term::resource, 4))).size() == 2);
  CHECK(keys_of(snapshot.scan(prefix, keys::postings(keys::Term::resource, 6))).empty());
  CHECK(keys_of(snapshot.scan_backwards(prefix, keys::postings(keys::Term::resource, 7))).size() == 2);
  CHECK(keys_of(snapshot.scan_backwards(prefix, keys::postings(keys::Term::resource, 4))).empty());
}

TEST_CASE("store: a scan that starts in another family is an error") {
  TempStore temp;
  auto snapshot = temp.view(1).snapshot();
  const auto scan = snapshot.scan(keys::events(), keys::resources());
  CHECK_FALSE(scan.valid());
  CHECK(scan.status().code() == absl::StatusCode::kInternal);
  CHECK(snapshot.scan_backwards(keys::events(), keys::resources()).status().code() == absl::StatusCode::kInternal);
}

TEST_CASE("store: a snapshot does not see later writes, and a scan outlives its snapshot object") {
  TempStore temp;
  put_events(temp.view(1), {10});
  auto old = temp.view(1).snapshot();
  put_events(temp.view(1), {20});
  CHECK(times_of(old.scan(keys::events())) == Times{10});
  auto scan = temp.view(1).snapshot().scan(keys::events());
  put_events(temp.view(1), {30});
  CHECK(times_of(std::move(scan)) == Times{10, 20});
}

TEST_CASE("store: a snapshot sees what was committed before it, synced or not") {
  TempStore temp;
  auto view = temp.view(1);
  for (std::uint64_t i = 1; i <= 50; ++i) {
    auto batch = view.batch();
    batch.put(keys::event({i, 0}), "");
    REQUIRE(view.commit(std::move(batch), nullptr).ok());
    REQUIRE(times_of(view.snapshot().scan(keys::events())).size() == i);
  }
}

TEST_CASE("store: keys read at once come in the order that they were asked for, and nothing for those that are not there") {
  TempStore temp;
  const auto view = temp.view(1);
  for (std::uint64_t i = 0; i < 100; i += 2) put(view, keys::event({i, 1}), std::to_string(i));
  put(temp.view(2), keys::event({1, 1}), "of another tenant");
  temp.reopen();  // the half of them in tables, the half in memory
  for (std::uint64_t i = 100; i < 200; i += 2) put(temp.view(1), keys::event({i, 1}), std::to_string(i));
  const auto snapshot = temp.view(1).snapshot();
  put(temp.view(1), keys::event({3, 1}), "later");
  std::vector<Key> asked;
  for (std::uint64_t i = 200; i-- > 0;) asked.push_back(keys::event({i, 1}));
  asked.push_back(keys::event({4, 1}));  // again
  const auto found = snapshot.get_all(asked);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 201);
  for (std::uint64_t i = 0; i < 200; ++i) {
    CHECK((*found)[199 - i] == (i % 2 == 0 ? std::optional(std::to_string(i)) : std::nullopt));
  }
  CHECK(found->back() == "4");
  CHECK(snapshot.get_all({})->empty());
  CHECK_FALSE(snapshot.get_all({keys::event({1, 1}), keys::resource({1})}).ok());
}

TEST_CASE("store: a snapshot whose time is over reads nothing more and says so") {
  TempStore temp;
  put_events(temp.view(1), {10, 20});
  const auto over = temp.view(1).snapshot(core::Duration::zero());
  CHECK(absl::IsDeadlineExceeded(over.get(keys::event({10, 1})).status()));
  CHECK(absl::IsDeadlineExceeded(over.get_all({keys::event({10, 1})}).status()));
  for (const auto& scan : {over.scan(keys::events()), over.scan_backwards(keys::events())}) {
    CHECK_FALSE(scan.valid());
    CHECK(absl::IsDeadlineExceeded(scan.status()));
  }
}

TEST_CASE("store: a scan under way ends when its snapshot's time is over") {
  TempStore temp;
  auto view = temp.view(1);
  auto batch = view.batch();
  for (std::uint64_t i = 1; i <= 1000; ++i) batch.put(keys::event({i, 1}), "x");
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  const auto limit = std::chrono::seconds(1);
  auto snapshot = view.snapshot(limit);
  auto scan = snapshot.scan(keys::events());
  REQUIRE(scan.valid());
  std::this_thread::sleep_for(limit);
  std::size_t seen = 0;
  for (; scan.valid(); scan.next()) ++seen;
  CHECK(seen < 1000);
  CHECK(absl::IsDeadlineExceeded(scan.status()));
}

TEST_CASE("store: a seeker finds at each place what a scan of its own finds, in memory and in table files") {
  TempStore disk;
  const auto relation = [](int i) { return static_cast<std::uint8_t>(i % 5); };
  for (std::uint32_t tenant = 1; tenant <= 3; ++tenant) {
    Batch batch = disk.view(tenant).batch();
    for (int i = 0; i < 400; ++i) {
      const core::ResourceId id{static_cast<std::uint64_t>(i % 20)};
      const core::ResourceId other{tenant * 1000ull + static_cast<std::uint64_t>(i)};
      batch.put(keys::open_edge(i % 2 == 0, id, relation(i), other, core::Time{}), std::to_string(tenant));
    }
    REQUIRE(disk.view(tenant).commit_durably(std::move(batch)).ok());
    if (tenant == 2) disk.reopen();
  }
  const Snapshot snapshot = disk.view(2).snapshot();
  Seeker seeker = snapshot.seeker(Family::topology);
  for (std::uint64_t id = 0; id < 25; ++id) {
    for (int first = 0; first < 6; ++first) {
      const Key prefix = keys::open_edges(id % 2 == 0, {id * 7 % 25});
      const Key from = keys::open_edge(id % 2 == 0, {id * 7 % 25}, relation(first), {}, core::Time{});
      Scan scan = snapshot.scan(prefix, from);
      for (seeker.seek(prefix, from); seeker.valid(); seeker.next(), scan.next()) {
        REQUIRE(scan.valid());
        REQUIRE(seeker.key() == scan.key());
        REQUIRE(seeker.value() == "2");
      }
      REQUIRE_FALSE(scan.valid());
      REQUIRE(seeker.status().ok());
    }
  }
}

TEST_CASE("store: a seeker starts at its prefix, and says when it was sent to another family or its time is over") {
  TempStore disk;
  Batch batch = disk.view(1).batch();
  batch.put(keys::resource({1}), "one");
  batch.put(keys::resource({2}), "two");
  REQUIRE(disk.view(1).commit_durably(std::move(batch)).ok());
  Seeker seeker = disk.view(1).snapshot().seeker(Family::state);
  seeker.seek(keys::resource({2}), keys::resource({1}));
  REQUIRE(seeker.valid());
  CHECK(seeker.value() == "two");
  seeker.seek(keys::events(), keys::events());
  CHECK_FALSE(seeker.valid());
  CHECK(absl::IsInternal(seeker.status()));
  Seeker wide = disk.view(1).snapshot().seeker(Family::index);
  wide.seek(keys::postings(), keys::postings(keys::Term::resource, 1));
  CHECK_FALSE(wide.valid());
  CHECK(absl::IsInternal(wide.status()));  // RocksDB would skip keys behind so short a prefix
  Seeker late = disk.view(1).snapshot(core::Duration(0)).seeker(Family::state);
  late.seek(keys::resource({1}), keys::resource({1}));
  CHECK_FALSE(late.valid());
  CHECK(absl::IsDeadlineExceeded(late.status()));
}

}  // namespace kgrca::store
