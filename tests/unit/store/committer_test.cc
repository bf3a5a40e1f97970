#include <atomic>
#include <mutex>
#include <thread>

#include "tests/unit/store/temp_store.h"

namespace kgrca::store {

using namespace testing;

TEST_CASE("store: acknowledgements of a view come in call order, each once, after close at the latest") {
  TempStore temp(2);
  std::mutex mutex;
  std::vector<int> acknowledged[2];
  std::vector<std::thread> lanes;
  for (int database = 0; database < 2; ++database)
    lanes.emplace_back([&, database] {
      auto view = temp.view(1, database);
      for (int i = 0; i < 500; ++i) {
        auto batch = view.batch();
        batch.put(keys::event({static_cast<std::uint64_t>(i), 1}), "x");
        const auto status = view.commit(std::move(batch), [&, database, i] {
          const std::lock_guard lock(mutex);
          acknowledged[database].push_back(i);
        });
        if (!status.ok()) return;
      }
    });
  for (auto& lane : lanes) lane.join();
  temp.store().close();
  for (const auto& order : acknowledged) {
    REQUIRE(order.size() == 500);
    for (int i = 0; i < 500; ++i) REQUIRE(order[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("store: many tenants share one database and each acknowledgement arrives") {
  TempStore temp;
  std::atomic<int> durable{0};
  std::vector<std::thread> lanes;
  for (std::uint32_t tenant = 1; tenant <= 4; ++tenant)
    lanes.emplace_back([&, tenant] {
      auto view = temp.view(tenant);
      for (std::uint64_t i = 0; i < 200; ++i) {
        auto batch = view.batch();
        batch.put(keys::event({i, tenant}), "x");
        batch.add(keys::count("events"), 1);
        if (i % 10 == 0) {
          if (view.commit_durably(std::move(batch)).ok()) ++durable;
        } else if (!view.commit(std::move(batch), [&] { ++durable; }).ok()) {
          return;
        }
      }
    });
  for (auto& lane : lanes) lane.join();
  temp.store().close();
  CHECK(durable == 800);
  for (std::uint32_t tenant = 1; tenant <= 4; ++tenant) {
    CHECK(*temp.view(tenant).snapshot().counter(keys::count("events")) == 200);
    CHECK(keys_of(temp.view(tenant).snapshot().scan(keys::events())).size() == 200);
  }
}

TEST_CASE("store: after close commits fail, reads go on, and closing twice is harmless") {
  TempStore temp;
  put(temp.view(1), keys::resource({1}), "before");
  temp.store().close();
  temp.store().close();
  auto view = temp.view(1);
  auto batch = view.batch();
  batch.put(keys::resource({1}), "after");
  bool called = false;
  CHECK(view.commit(std::move(batch), [&] { called = true; }).code() == absl::StatusCode::kUnavailable);
  CHECK(view.commit_durably(std::move(batch)).code() == absl::StatusCode::kUnavailable);
  CHECK_FALSE(called);
  CHECK(value_of(view, keys::resource({1})) == "before");
}

TEST_CASE("store: a commit without an acknowledgement is synced too") {
  TempStore temp;
  auto view = temp.view(1);
  auto batch = view.batch();
  batch.put(keys::resource({1}), "x");
  REQUIRE(view.commit(std::move(batch), nullptr).ok());
  temp.store().close();
  CHECK(temp.metrics().histogram("kgrca_wal_sync_seconds", "", core::Metrics::latency_buckets()).quantile(1) > 0);
}

}  // namespace kgrca::store
