#include <limits>

#include "store/counter_merge.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store {

using namespace testing;

TEST_CASE("store: a batch is applied whole, in its own order, and the last write of a key wins") {
  TempStore temp;
  auto view = temp.view(1);
  auto batch = view.batch();
  batch.put(keys::resource({1}), "first");
  batch.put(keys::event({1, 1}), "event");
  batch.put(keys::resource({1}), "second");
  batch.put(keys::resource({2}), "gone");
  batch.erase(keys::resource({2}));
  CHECK(batch.keys() == 5);
  CHECK(batch.bytes() > 0);
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  CHECK(value_of(view, keys::resource({1})) == "second");
  CHECK(value_of(view, keys::event({1, 1})) == "event");
  CHECK(value_of(view, keys::resource({2})) == "(absent)");
}

TEST_CASE("store: values and keys may hold any bytes") {
  TempStore temp;
  const std::string binary("\0\xff\n\0", 4);
  put(temp.view(1), keys::resource_by_uid(binary), binary);
  put(temp.view(1), keys::resource_by_uid(""), "");
  CHECK(value_of(temp.view(1), keys::resource_by_uid(binary)) == binary);
  CHECK(value_of(temp.view(1), keys::resource_by_uid("")).empty());
}

TEST_CASE("store: a batch of one tenant is refused by the view of another") {
  TempStore temp;
  auto batch = temp.view(1).batch();
  batch.put(keys::resource({1}), "x");
  CHECK(temp.view(2).commit_durably(std::move(batch)).code() == absl::StatusCode::kInternal);
  CHECK(value_of(temp.view(2), keys::resource({1})) == "(absent)");
}

TEST_CASE("store: counters add up over batches, restarts and signs") {
  TempStore temp;
  const auto key = keys::meter(1, 2);
  CHECK(*temp.view(1).snapshot().counter(key) == 0);
  for (std::int64_t amount : {5, -2, 40}) {
    auto view = temp.view(1);
    auto batch = view.batch();
    batch.add(key, amount);
    batch.add(keys::count("kind:pod"), -amount);
    REQUIRE(view.commit_durably(std::move(batch)).ok());
    temp.reopen();
  }
  CHECK(*temp.view(1).snapshot().counter(key) == 43);
  CHECK(*temp.view(1).snapshot().counter(keys::count("kind:pod")) == -43);
  CHECK(*decode_counter(value_of(temp.view(1), key)) == 43);
}

TEST_CASE("store: a damaged counter is an error, whatever is added to it, and no other key's") {
  TempStore temp;
  put(temp.view(1), keys::count("x"), "no counter at all");
  auto view = temp.view(1);
  auto batch = view.batch();
  batch.add(keys::count("x"), 3);
  batch.add(keys::count("y"), 4);
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  CHECK(absl::IsDataLoss(view.snapshot().counter(keys::count("x")).status()));
  CHECK(*view.snapshot().counter(keys::count("y")) == 4);
  temp.reopen();
  CHECK(absl::IsDataLoss(temp.view(1).snapshot().counter(keys::count("x")).status()));

  const auto merge = counter_merge_operator();
  auto* add = dynamic_cast<rocksdb::AssociativeMergeOperator*>(merge.get());
  REQUIRE(add != nullptr);
  std::string sum;
  const rocksdb::Slice garbage("abc");
  CHECK(add->Merge("k", &garbage, encode_counter(1), &sum, nullptr));
  CHECK(sum == "abc");
  CHECK(add->Merge("k", nullptr, "abcd", &sum, nullptr));
  CHECK(sum == "abcd");
  const std::string largest = encode_counter(std::numeric_limits<std::int64_t>::max());
  const rocksdb::Slice existing(largest);
  CHECK(add->Merge("k", &existing, encode_counter(1), &sum, nullptr));  // wraps, never traps
  CHECK(*decode_counter(sum) == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("store: counters are little-endian and eight bytes") {
  CHECK(encode_counter(0x0102) == std::string("\x02\x01\0\0\0\0\0\0", 8));
  for (std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()})
    CHECK(*decode_counter(encode_counter(value)) == value);
  CHECK(absl::IsDataLoss(decode_counter("1234567").status()));
  CHECK(absl::IsDataLoss(decode_counter("").status()));
}

TEST_CASE("store: adding to a key that is no counter fails and writes nothing") {
  TempStore temp;
  auto view = temp.view(1);
  auto batch = view.batch();
  batch.put(keys::resource({2}), "x");
  batch.add(keys::resource({1}), 1);
  CHECK(view.commit_durably(std::move(batch)).code() == absl::StatusCode::kInternal);
  CHECK(value_of(view, keys::resource({2})) == "(absent)");
  auto crossed = view.batch();
  crossed.erase_range(keys::resources(), keys::events());
  CHECK(view.commit_durably(std::move(crossed)).code() == absl::StatusCode::kInternal);
  put(view, keys::resource({3}), "the store goes on");
}

TEST_CASE("store: a range is erased up to, not including, its end, and only for its tenant") {
  TempStore temp;
  for (std::uint32_t tenant : {1u, 2u, 0xffffffffu})
    for (std::uint64_t time : {10, 20, 30}) put(temp.view(tenant), keys::event({time, 0}), "x");
  auto view = temp.view(1);
  auto batch = view.batch();
  batch.erase_range(keys::event({10, 0}), keys::event({30, 0}));
  batch.erase_range(keys::event({40, 0}), keys::event({10, 0}));  // inverted: nothing
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  CHECK(keys_of(view.snapshot().scan(keys::events())).size() == 1);
  CHECK(value_of(view, keys::event({30, 0})) == "x");
  CHECK(keys_of(temp.view(2).snapshot().scan(keys::events())).size() == 3);

  auto rest = view.batch();
  rest.erase_range(keys::events(), keys::after(keys::events()));
  REQUIRE(view.commit_durably(std::move(rest)).ok());
  CHECK(keys_of(view.snapshot().scan(keys::events())).empty());
  CHECK(keys_of(temp.view(2).snapshot().scan(keys::events())).size() == 3);

  auto last = temp.view(0xffffffff);
  auto all = last.batch();
  all.erase_prefix(keys::events());
  REQUIRE(last.commit_durably(std::move(all)).ok());
  CHECK(keys_of(last.snapshot().scan(keys::events())).empty());
  CHECK(keys_of(temp.view(2).snapshot().scan(keys::events())).size() == 3);
}

TEST_CASE("store: erasing a prefix leaves its neighbours") {
  TempStore temp;
  auto view = temp.view(1);
  for (std::uint64_t id : {254, 255, 256}) put(view, keys::postings(keys::Term::resource, id, {~0ull, ~0ull}, 0xffffffff), "x");
  auto batch = view.batch();
  batch.erase_prefix(keys::postings(keys::Term::resource, 255));
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  CHECK(keys_of(view.snapshot().scan(keys::postings(keys::Term::resource, 254))).size() == 1);
  CHECK(keys_of(view.snapshot().scan(keys::postings(keys::Term::resource, 255))).empty());
  CHECK(keys_of(view.snapshot().scan(keys::postings(keys::Term::resource, 256))).size() == 1);
}

TEST_CASE("store: ranges are erased between ordered writes of one tenant") {
  TempStore temp;
  auto view = temp.view(1);
  for (std::uint64_t round = 0; round < 50; ++round) {
    auto batch = view.batch();
    for (std::uint64_t i = 0; i < 40; ++i) {
      batch.put(keys::event({round * 100 + i, i}), "x");
      batch.put(keys::postings(keys::Term::resource, 7, {round * 100 + i, i}, 0), "x");
    }
    // All but ten of this round go, beginning at a key that exists.
    batch.erase_range(keys::event({round * 100, 0}), keys::event({round * 100 + 30, 30}));
    const auto posting = [&](std::uint64_t i) { return keys::postings(keys::Term::resource, 7, {round * 100 + i, i}, 0); };
    batch.erase_range(posting(39), posting(9));
    REQUIRE(view.commit_durably(std::move(batch)).ok());
  }
  CHECK(keys_of(view.snapshot().scan(keys::events())).size() == 500);
  CHECK(keys_of(view.snapshot().scan(keys::postings(keys::Term::resource, 7))).size() == 500);
  temp.reopen();
  CHECK(keys_of(temp.view(1).snapshot().scan(keys::events())).size() == 500);
  CHECK(keys_of(temp.view(1).snapshot().scan(keys::postings(keys::Term::resource, 7))).size() == 500);
}

TEST_CASE("store: a prefix that is a whole key is erased between ordered writes") {
  TempStore temp;
  auto view = temp.view(1);
  for (std::uint64_t round = 0; round < 50; ++round) {
    auto batch = view.batch();
    for (std::uint64_t i = 0; i < 40; ++i) batch.put(keys::event({round * 100 + i, i}), "x");
    batch.erase_prefix(keys::event({round * 100 + 5, 5}));
    REQUIRE(view.commit_durably(std::move(batch)).ok());
  }
  CHECK(keys_of(view.snapshot().scan(keys::events())).size() == 50 * 39);
}

}  // namespace kgrca::store
