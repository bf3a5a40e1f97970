#include "pipeline/dedupe.h"

#include "tests/unit/pipeline/support.h"

namespace kgrca::pipeline {
namespace {

using testing::at;
using testing::TempTenants;

core::EventKey key(std::uint64_t hash) { return {static_cast<std::uint64_t>(core::to_micros(testing::base)), hash}; }

bool add(Dedupe& dedupe, std::uint64_t hash, std::uint64_t observation, double seconds) {
  const auto added = dedupe.add(key(hash), observation, at(seconds));
  REQUIRE(added.ok());
  return *added;
}

void write(Dedupe& dedupe, store::TenantView view, std::uint64_t sequence) {
  store::Batch batch = view.batch();
  dedupe.write(batch, sequence);
  REQUIRE(view.commit_durably(std::move(batch)).ok());
}

}  // namespace

TEST_CASE("dedupe: an observation is new once; another count or another event is new again") {
  TempTenants tenants;
  Dedupe dedupe(tenants.view(), {});
  CHECK(add(dedupe, 1, 1, 0));
  CHECK_FALSE(add(dedupe, 1, 1, 0));
  CHECK(add(dedupe, 1, 2, 0));
  CHECK(add(dedupe, 2, 1, 0));
}

TEST_CASE("dedupe: a batch writes one key per minute, and none when nothing was new") {
  TempTenants tenants;
  Dedupe dedupe(tenants.view(), {});
  for (std::uint64_t i = 0; i < 100; ++i) add(dedupe, i, i, i < 50 ? 5 : 65);
  store::Batch batch = tenants.view().batch();
  dedupe.write(batch, 1);
  CHECK(batch.keys() == 2);
  store::Batch next = tenants.view().batch();
  dedupe.write(next, 2);
  CHECK(next.keys() == 0);
}

TEST_CASE("dedupe: what was written is known after a restart, in any minute") {
  TempTenants tenants;
  core::Time newest;
  {
    Dedupe dedupe(tenants.view(), {});
    add(dedupe, 1, 1, 0);
    add(dedupe, 2, 2, 3600);
    write(dedupe, tenants.view(), 1);
    add(dedupe, 3, 3, 3600);
    write(dedupe, tenants.view(), 2);
    newest = dedupe.newest();
  }
  Dedupe dedupe(tenants.view(), newest);
  CHECK_FALSE(add(dedupe, 1, 1, 0));
  CHECK_FALSE(add(dedupe, 2, 2, 3600));
  CHECK_FALSE(add(dedupe, 3, 3, 3600));
  CHECK(add(dedupe, 4, 4, 3600));
}

TEST_CASE("dedupe: a stream that goes round over a day of old minutes reads each of them once") {
  TempTenants tenants;
  constexpr int minutes = 1440;
  const auto round = [](Dedupe& dedupe) {
    int fresh = 0;
    for (int minute = 0; minute < minutes; ++minute) fresh += add(dedupe, 1, 1, minute * 60.0) ? 1 : 0;
    return fresh;
  };
  core::Time newest;
  {
    Dedupe dedupe(tenants.view(), {});
    CHECK(round(dedupe) == minutes);
    add(dedupe, 2, 2, 3.0 * minutes * 60);
    write(dedupe, tenants.view(), 1);
    newest = dedupe.newest();
  }
  Dedupe dedupe(tenants.view(), newest);
  for (int i = 0; i < 3; ++i) CHECK(round(dedupe) == 0);
  CHECK(dedupe.scans() == minutes);
}

TEST_CASE("dedupe: old minutes with many entries leave memory before recent ones") {
  TempTenants tenants;
  DedupeLimits limits;
  limits.older_entries = 100;
  Dedupe dedupe(tenants.view(), {}, limits);
  for (std::uint64_t i = 0; i < 500; ++i) REQUIRE(add(dedupe, i, i, 7200));
  for (std::uint64_t i = 0; i < 500; ++i) REQUIRE(add(dedupe, i, i, static_cast<double>(i % 50) * 60));
  CHECK(dedupe.entries() <= 600);
  for (std::uint64_t i = 0; i < 500; ++i) {
    REQUIRE_FALSE(add(dedupe, i, i, 7200));
    REQUIRE_FALSE(add(dedupe, i, i, static_cast<double>(i % 50) * 60));
  }
}

TEST_CASE("dedupe: minutes that left memory are read back, and unwritten ones are not forgotten") {
  TempTenants tenants;
  DedupeLimits limits;
  limits.entries = 10;
  limits.older_minutes = 2;
  Dedupe dedupe(tenants.view(), {}, limits);
  for (std::uint64_t minute = 0; minute < 40; ++minute) {
    for (std::uint64_t i = 0; i < 3; ++i) REQUIRE(add(dedupe, minute * 10 + i, i, static_cast<double>(minute) * 60));
    for (std::uint64_t i = 0; i < 3; ++i) REQUIRE_FALSE(add(dedupe, minute * 10 + i, i, static_cast<double>(minute) * 60));
    if (minute % 10 == 9) write(dedupe, tenants.view(), minute);
  }
  add(dedupe, 999, 999, 0);
  CHECK(dedupe.entries() <= 13);
  for (std::uint64_t minute = 0; minute < 40; ++minute) {
    for (std::uint64_t i = 0; i < 3; ++i) CHECK_FALSE(add(dedupe, minute * 10 + i, i, static_cast<double>(minute) * 60));
  }
}

TEST_CASE("dedupe: tenants do not see each other's observations") {
  TempTenants tenants({"one", "two"});
  Dedupe one(tenants.view("one"), {});
  add(one, 1, 1, 0);
  write(one, tenants.view("one"), 1);
  Dedupe two(tenants.view("two"), at(60));
  CHECK(add(two, 1, 1, 0));
}

}  // namespace kgrca::pipeline
