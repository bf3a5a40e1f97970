#include "store/expiry.h"

#include "store/impl.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store {
namespace {

using namespace std::chrono_literals;
using core::ResourceId;

constexpr core::Time start = core::Time(std::chrono::hours(1'000'000 / 2));
core::Time at(int seconds) { return start + std::chrono::seconds(seconds); }

class Compaction {
 public:
  Compaction(Family family, const ExpiryTable& table)
      : filter_(expiry_filter(family, table)->CreateCompactionFilter({})) {}
  bool drops(std::uint32_t tenant, const Key& key) {
    std::string ignored;
    const std::string whole = tenant_prefix(core::TenantNumber{tenant}) + key.bytes();
    return filter_->FilterV2(0, whole, rocksdb::CompactionFilter::ValueType::kValue, "", &ignored, &ignored) ==
           rocksdb::CompactionFilter::Decision::kRemove;
  }

 private:
  std::unique_ptr<rocksdb::CompactionFilter> filter_;
};

}  // namespace

TEST_CASE("expiry: of a resource's states those that others had followed by the cut-off are dropped") {
  ExpiryTable table;
  table.set(core::TenantNumber{1}, {{}, at(100)});
  Compaction compaction(Family::state, table);
  const ResourceId id{7};
  CHECK_FALSE(compaction.drops(1, keys::resource_state(id, at(150))));
  CHECK_FALSE(compaction.drops(1, keys::resource_state(id, at(101))));
  CHECK_FALSE(compaction.drops(1, keys::resource_state(id, at(90))));  // held at the cut-off
  CHECK(compaction.drops(1, keys::resource_state(id, at(80))));
  CHECK(compaction.drops(1, keys::resource_state(id, at(10))));
  CHECK_FALSE(compaction.drops(1, keys::resource_state(ResourceId{8}, at(10))));
  CHECK(compaction.drops(1, keys::resource_state(ResourceId{8}, at(9))));
  CHECK_FALSE(compaction.drops(1, keys::resource(id)));
  CHECK_FALSE(compaction.drops(2, keys::resource_state(id, at(10))));
  CHECK_FALSE(compaction.drops(2, keys::resource_state(id, at(9))));
}

TEST_CASE("expiry: the same resource of another tenant begins anew") {
  ExpiryTable table;
  table.set(core::TenantNumber{1}, {{}, at(100)});
  table.set(core::TenantNumber{2}, {{}, at(100)});
  Compaction compaction(Family::state, table);
  CHECK_FALSE(compaction.drops(1, keys::resource_state(ResourceId{7}, at(90))));
  CHECK_FALSE(compaction.drops(2, keys::resource_state(ResourceId{7}, at(80))));
}

TEST_CASE("expiry: edges that ended before the cut-off are dropped, open ones never") {
  ExpiryTable table;
  table.set(core::TenantNumber{1}, {{}, at(100)});
  Compaction compaction(Family::topology, table);
  CHECK(compaction.drops(1, keys::closed_edge(false, ResourceId{1}, 2, at(100), ResourceId{2}, at(5))));
  CHECK(compaction.drops(1, keys::closed_edge(true, ResourceId{2}, 2, at(99), ResourceId{1}, at(5))));
  CHECK_FALSE(compaction.drops(1, keys::closed_edge(false, ResourceId{1}, 2, at(101), ResourceId{2}, at(5))));
  CHECK_FALSE(compaction.drops(1, keys::open_edge(false, ResourceId{1}, 2, ResourceId{2}, at(5))));
  CHECK_FALSE(compaction.drops(3, keys::closed_edge(false, ResourceId{1}, 2, at(1), ResourceId{2}, at(0))));
}

TEST_CASE("expiry: blocks of postings that begin before the cut-off are dropped") {
  ExpiryTable table;
  table.set(core::TenantNumber{1}, {at(100), {}});
  Compaction compaction(Family::index, table);
  const auto block = [](int seconds) {
    return keys::postings(keys::Term::resource, 7, {static_cast<std::uint64_t>(core::to_micros(at(seconds))), 1}, 3);
  };
  CHECK(compaction.drops(1, block(99)));
  CHECK_FALSE(compaction.drops(1, block(100)));
  CHECK_FALSE(compaction.drops(2, block(1)));
}

TEST_CASE("expiry: a compaction drops what has expired and nothing of other tenants") {
  testing::TempStore disk;
  std::atomic<bool> stop = false;
  const Key old = keys::closed_edge(false, ResourceId{1}, 2, at(50), ResourceId{2}, at(5));
  const Key young = keys::closed_edge(false, ResourceId{1}, 2, at(150), ResourceId{2}, at(5));
  for (const std::uint32_t tenant : {1u, 2u}) {
    testing::put(disk.view(tenant), old, "x");
    testing::put(disk.view(tenant), young, "x");
  }
  disk.view(1).set_expiry({{}, at(100)});
  REQUIRE(disk.view(1).compact(stop).ok());
  REQUIRE(disk.view(2).compact(stop).ok());
  CHECK(testing::value_of(disk.view(1), old) == "(absent)");
  CHECK(testing::value_of(disk.view(1), young) == "x");
  CHECK(testing::value_of(disk.view(2), old) == "x");
}

TEST_CASE("tenant bytes: what is erased is gone, also after a restart, and the neighbours stay") {
  testing::TempStore disk;
  std::atomic<bool> stop = false;
  for (const std::uint32_t tenant : {6u, 7u, 8u}) {
    for (int i = 0; i < 500; ++i) {
      auto batch = disk.view(tenant).batch();
      batch.put(keys::event({static_cast<std::uint64_t>(i), 1}), std::string(200, 'e'));
      batch.put(keys::open_edge(false, ResourceId{static_cast<std::uint64_t>(i)}, 1, ResourceId{2}, at(0)), "x");
      batch.put(keys::resource(ResourceId{static_cast<std::uint64_t>(i)}), "r");
      batch.add(keys::count("events"), 1);
      REQUIRE(disk.view(tenant).commit(std::move(batch), nullptr).ok());
    }
  }
  const auto before = disk.view(7).count_all(stop);
  REQUIRE(before.ok());
  CHECK(before->keys == 1501);
  CHECK(before->bytes > 500 * 200);
  CHECK(disk.view(7).disk_estimate() > 0);
  REQUIRE(disk.view(7).erase_all().ok());
  CHECK(disk.view(7).count_all(stop)->keys == 0);
  REQUIRE(disk.view(7).compact(stop).ok());
  CHECK(disk.view(7).disk_estimate() == 0);
  disk.reopen();
  CHECK(disk.view(7).count_all(stop)->keys == 0);
  CHECK(disk.view(6).count_all(stop)->keys == before->keys);
  CHECK(disk.view(8).count_all(stop)->keys == before->keys);
}

TEST_CASE("tenant bytes: the operator's own cannot be erased, and a stop ends the count") {
  testing::TempStore disk;
  CHECK_FALSE(disk.view(0).erase_all().ok());
  auto batch = disk.view(3).batch();
  for (int i = 0; i < 5000; ++i) batch.put(keys::event({static_cast<std::uint64_t>(i), 1}), "e");
  REQUIRE(disk.view(3).commit_durably(std::move(batch)).ok());
  const std::atomic<bool> stop = true;
  CHECK(absl::IsUnavailable(disk.view(3).count_all(stop).status()));
}

TEST_CASE("disk: levels follow the free reserves, and what makes room is written below the reserve too") {
  test::TempDirectory directory;
  core::Metrics metrics;
  auto options = testing::small_options(directory / "store");
  std::atomic<std::uint64_t> free = 100;
  options.reserve_bytes = 100;
  options.disk_space = [&] { return DiskSpace{free, 1'000'000}; };
  const auto opened = Store::open(options, metrics);
  REQUIRE(opened.ok());
  Store& store = **opened;
  const auto level_at = [&](std::uint64_t bytes) {
    free = bytes;
    return store.disk_level();
  };
  CHECK(level_at(200) == DiskLevel::plenty);
  CHECK(level_at(199) == DiskLevel::no_logs);
  CHECK(level_at(174) == DiskLevel::no_samples);
  CHECK(level_at(149) == DiskLevel::no_normal_events);
  CHECK(level_at(100) == DiskLevel::no_normal_events);
  CHECK(level_at(99) == DiskLevel::nothing);
  auto view = TenantViewOpener::open(store, core::TenantNumber{1}, 0);
  const auto write = [&](Purpose purpose) {
    auto batch = view.batch();
    batch.put(keys::count("x"), "12345678");
    return view.commit_durably(std::move(batch), purpose);
  };
  CHECK(absl::IsUnavailable(write(Purpose::keep)));
  CHECK(write(Purpose::make_room).ok());
  free = 49;
  CHECK(absl::IsUnavailable(write(Purpose::make_room)));
  free = 200;
  CHECK(write(Purpose::keep).ok());
}

}  // namespace kgrca::store
