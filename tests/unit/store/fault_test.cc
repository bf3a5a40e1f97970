// Power cuts, failing syncs and a full disk, through a file system of our own.
#include <chrono>
#include <thread>

#include <rocksdb/env.h>

#include "store/impl.h"
#include "tests/unit/store/fault_file_system.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store {
namespace {

using namespace testing;

struct FaultyStore {
  explicit FaultyStore(StoreOptions with) : options(std::move(with)) {
    options.on_fatal = [this](const core::Status&) { ++fatal; };
  }
  void open() {
    auto opened = Store::Impl::open(options, metrics, env.get());
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    store = std::move(opened).value();
  }
  TenantView view() { return TenantViewOpener::open(*store, core::TenantNumber{1}, 0); }

  StoreOptions options;
  std::shared_ptr<FaultFileSystem> files = std::make_shared<FaultFileSystem>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  core::Metrics metrics;
  std::atomic<int> fatal{0};
  std::unique_ptr<Store> store;
};

// Commits numbered events until the power goes; returns how many were acknowledged.
std::uint64_t commit_until_dark(FaultyStore& faulty, std::size_t value_bytes, int cut_after_ms) {
  std::atomic<std::uint64_t> acknowledged{0};
  std::thread cut([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(cut_after_ms));
    faulty.files->power_is_off = true;
  });
  const std::string value(value_bytes, 'v');
  auto view = faulty.view();
  for (std::uint64_t i = 1; i < 200000; ++i) {
    auto batch = view.batch();
    batch.put(keys::event({i, 1}), value);
    batch.put(keys::postings(keys::Term::resource, i, {i, 1}, 0), "");
    batch.add(keys::count("events"), 1);
    if (!view.commit(std::move(batch), [&acknowledged, i] { acknowledged = i; }).ok()) break;
  }
  cut.join();
  faulty.store.reset();
  return acknowledged;
}

}  // namespace

TEST_CASE("store: a power cut loses nothing acknowledged and leaves no batch in part") {
  std::uint64_t all = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    TempDirectory directory;
    FaultyStore faulty(small_options(directory / "store"));
    faulty.options.memory_bytes = 16u << 20;  // small memtables: some cuts fall into a flush
    faulty.open();
    const auto acknowledged = commit_until_dark(faulty, seed % 3 == 0 ? 30000 : 200, static_cast<int>(seed * 7 % 60));
    faulty.files->lose_unsynced(seed);
    all += acknowledged;

    core::Metrics metrics;
    auto again = Store::open(small_options(directory / "store"), metrics);
    INFO(again.status().ToString());
    REQUIRE(again.ok());
    auto snapshot = TenantViewOpener::open(**again, core::TenantNumber{1}, 0).snapshot();
    std::uint64_t last = 0;
    for (auto scan = snapshot.scan(keys::events()); scan.valid(); scan.next()) {
      const auto event = keys::event_of(scan.key());
      REQUIRE(event.time_us == last + 1);  // no hole before the end
      last = event.time_us;
      REQUIRE(snapshot.get(keys::postings(keys::Term::resource, last, {last, 1}, 0)).value().has_value());
    }
    REQUIRE(last >= acknowledged);
    REQUIRE(*snapshot.counter(keys::count("events")) == static_cast<std::int64_t>(last));
  }
  CHECK(all > 0);
}

TEST_CASE("store: a failed sync ends the store and acknowledges nothing") {
  TempDirectory directory;
  FaultyStore faulty(small_options(directory / "store"));
  faulty.open();
  auto view = faulty.view();
  put(view, keys::resource({1}), "before");
  faulty.files->syncs_fail = true;
  bool called = false;
  auto first = view.batch();
  first.put(keys::resource({1}), "after");
  REQUIRE(view.commit(std::move(first), [&] { called = true; }).ok());
  auto second = view.batch();
  second.put(keys::resource({1}), "after");
  CHECK_FALSE(view.commit_durably(std::move(second)).ok());
  faulty.files->syncs_fail = false;  // a later good sync proves nothing about the lost one
  auto third = view.batch();
  third.put(keys::resource({2}), "x");
  CHECK(view.commit_durably(std::move(third)).code() == absl::StatusCode::kUnavailable);
  faulty.store->close();
  CHECK_FALSE(called);
  CHECK(faulty.fatal == 1);
}

TEST_CASE("store: a full disk refuses commits, keeps reading, and goes on when there is space again") {
  TempDirectory directory;
  std::atomic<bool> seems_full{false};
  std::atomic<bool> seen_once{false};
  FaultyStore faulty(small_options(directory / "store"));
  faulty.options.reserve_bytes = 1;
  // The reserve looks fine until the disk refuses a write: another program took the space in between.
  faulty.options.disk_space = [&] {
    const bool full = seems_full && seen_once.exchange(true);
    return DiskSpace{full ? 0ull : 1000ull, 1000};
  };
  faulty.open();
  auto view = faulty.view();
  put(view, keys::resource({1}), "before");
  seems_full = true;
  faulty.files->disk_is_full = true;
  auto batch = view.batch();
  batch.put(keys::resource({1}), "lost");
  CHECK(view.commit_durably(std::move(batch)).code() == absl::StatusCode::kUnavailable);
  CHECK(view.commit_durably(std::move(batch)).code() == absl::StatusCode::kUnavailable);
  CHECK(value_of(view, keys::resource({1})) == "before");

  faulty.files->disk_is_full = false;
  seems_full = false;
  core::Status status = core::unavailable("");
  for (int i = 0; i < 200 && !status.ok(); ++i) {
    status = view.commit_durably(std::move(batch));
    if (!status.ok()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  INFO(status.ToString());
  CHECK(status.ok());
  CHECK(faulty.fatal == 0);
  CHECK(value_of(view, keys::resource({1})) == "lost");
}

}  // namespace kgrca::store
