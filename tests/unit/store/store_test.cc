#include <fstream>

#include <rocksdb/db.h>

#include "kgrca/core/strings.h"
#include "store/files.h"
#include "store/impl.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store {
namespace {

using namespace testing;

core::Status open_status(const StoreOptions& options) {
  core::Metrics metrics;
  return Store::open(options, metrics).status();
}

std::string operator_key(std::string_view item) { return std::string(4, '\0') + keys::identity(item).bytes(); }

// Changes database 0 behind the store's back, with plain RocksDB.
void with_raw_database(const std::string& store, const std::function<void(rocksdb::DB&)>& change) {
  rocksdb::Options options;
  std::vector<std::string> names;
  REQUIRE(rocksdb::DB::ListColumnFamilies(options, store + "/0", &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  REQUIRE(rocksdb::DB::Open(options, store + "/0", families, &handles, &raw).ok());
  const std::unique_ptr<rocksdb::DB> database(raw);
  change(*database);
  for (auto* handle : handles) REQUIRE(database->DestroyColumnFamilyHandle(handle).ok());
}

}  // namespace

TEST_CASE("store: what was committed is there after a restart") {
  TempStore temp(3);
  for (int database = 0; database < 3; ++database)
    put(temp.view(7, database), keys::resource({1}), core::cat("in ", database));
  temp.reopen();
  CHECK(temp.store().databases() == 3);
  for (int database = 0; database < 3; ++database)
    CHECK(value_of(temp.view(7, database), keys::resource({1})) == core::cat("in ", database));
}

TEST_CASE("store: the number of databases is fixed when the store is created") {
  TempDirectory directory;
  core::Metrics metrics;
  REQUIRE(Store::open(small_options(directory.path(), 2), metrics).ok());
  for (int asked : {0, 1, 5}) {
    auto again = Store::open(small_options(directory.path(), asked), metrics);
    REQUIRE(again.ok());
    CHECK((*again)->databases() == 2);
  }
}

TEST_CASE("store: a store that is open elsewhere is refused with the other process named") {
  TempStore temp;
  const auto status = open_status(small_options(temp.path() + "/store"));
  CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(core::message_of(status), Catch::Contains(core::cat("process ", ::getpid())));
}

TEST_CASE("store: without create an absent store is not made") {
  TempDirectory directory;
  auto options = small_options(directory / "absent");
  options.create = false;
  CHECK(open_status(options).code() == absl::StatusCode::kNotFound);
  CHECK_FALSE(std::filesystem::exists(directory / "absent"));
}

TEST_CASE("store: wrong options are refused") {
  TempDirectory directory;
  CHECK(open_status(small_options("")).code() == absl::StatusCode::kInvalidArgument);
  CHECK(open_status(small_options(directory.path(), 65)).code() == absl::StatusCode::kInvalidArgument);
  CHECK(open_status(small_options(directory.path(), -1)).code() == absl::StatusCode::kInvalidArgument);
  std::ofstream(directory / "file") << "in the way";
  CHECK(open_status(small_options(directory / "file/store")).code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("store: a newer format is refused with both versions named") {
  TempDirectory directory;
  REQUIRE(open_status(small_options(directory.path())).ok());
  with_raw_database(directory.path(), [](rocksdb::DB& database) {
    REQUIRE(database.Put({}, operator_key("format"), "7").ok());
    rocksdb::ColumnFamilyHandle* future = nullptr;
    REQUIRE(database.CreateColumnFamily({}, "future", &future).ok());
    REQUIRE(database.DestroyColumnFamilyHandle(future).ok());
  });
  const auto status = open_status(small_options(directory.path()));
  CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(core::message_of(status), Catch::Contains("format 7") && Catch::Contains("up to 3"));
}

TEST_CASE("store: an older format is refused with both versions named and what to do") {
  if (oldest_format == 1) SUCCEED("there is no older format yet");
  for (int format = 1; format < oldest_format; ++format) {
    TempDirectory directory;
    REQUIRE(open_status(small_options(directory.path())).ok());
    with_raw_database(directory.path(), [&](rocksdb::DB& db) { REQUIRE(db.Put({}, operator_key("format"), core::cat(format)).ok()); });
    const auto status = open_status(small_options(directory.path()));
    CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
    CHECK_THAT(core::message_of(status), Catch::Contains(core::cat("format ", format, ",")) &&
                                             Catch::Contains(core::cat("from ", oldest_format)) && Catch::Contains("send again"));
  }
}

TEST_CASE("store: a damaged identity is data loss, not a fresh store") {
  TempDirectory directory;
  REQUIRE(open_status(small_options(directory.path(), 2)).ok());
  SECTION("format is no number") {
    with_raw_database(directory.path(), [](rocksdb::DB& db) { REQUIRE(db.Put({}, operator_key("format"), "?").ok()); });
  }
  SECTION("the format is gone") {
    with_raw_database(directory.path(), [](rocksdb::DB& db) { REQUIRE(db.Delete({}, operator_key("format")).ok()); });
  }
  SECTION("the number of databases is gone") {
    with_raw_database(directory.path(), [](rocksdb::DB& db) { REQUIRE(db.Delete({}, operator_key("databases")).ok()); });
  }
  SECTION("the number of databases is zero") {
    with_raw_database(directory.path(), [](rocksdb::DB& db) { REQUIRE(db.Put({}, operator_key("databases"), "0").ok()); });
  }
  SECTION("the record is gone while data is there") {
    with_raw_database(directory.path(), [](rocksdb::DB& db) {
      REQUIRE(db.Delete({}, operator_key("format")).ok());
      REQUIRE(db.Delete({}, operator_key("databases")).ok());
    });
  }
  SECTION("a database is gone") { std::filesystem::remove_all(directory / "1"); }
  SECTION("database 0 is gone") { std::filesystem::remove_all(directory / "0"); }
  SECTION("the manifest pointer is damaged") { std::ofstream(directory / "0/CURRENT") << "nonsense"; }
  const auto status = open_status(small_options(directory.path(), 2));
  CAPTURE(core::message_of(status));
  CHECK(status.code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("store: a creation that was cut short is finished by the next start") {
  TempDirectory directory;
  std::filesystem::create_directories(directory / "0");
  std::filesystem::create_directories(directory / "1");
  core::Metrics metrics;
  auto store = Store::open(small_options(directory.path(), 3), metrics);
  REQUIRE(store.ok());
  CHECK((*store)->databases() == 3);
}

TEST_CASE("store: commits are refused below the disk reserve and taken again above it") {
  TempDirectory directory;
  auto options = small_options(directory.path());
  std::uint64_t free = 100;
  options.reserve_bytes = 50;
  options.reserve_share = 0.2;
  options.disk_space = [&free] { return DiskSpace{free, 1000}; };
  core::Metrics metrics;
  auto opened = Store::open(options, metrics);
  REQUIRE(opened.ok());
  auto& store = **opened;
  auto view = TenantViewOpener::open(store, core::TenantNumber{1}, 0);
  auto batch = view.batch();
  batch.put(keys::resource({1}), "x");
  CHECK_FALSE(store.has_space());  // 20 % of 1000 is more than 50 bytes and more than what is free
  CHECK(view.commit_durably(std::move(batch)).code() == absl::StatusCode::kUnavailable);
  CHECK(value_of(view, keys::resource({1})) == "(absent)");
  CHECK(metrics.counter("kgrca_store_refused_total", "", {{"reason", "disk"}}).value() == 1);
  free = 200;
  CHECK(store.has_space());
  CHECK(view.commit_durably(std::move(batch)).ok());  // a refused batch is still whole
  CHECK(value_of(view, keys::resource({1})) == "x");
}

TEST_CASE("store: the space of the real volume is known") {
  TempDirectory directory;
  const auto space = disk_space_of(directory.path());
  CHECK(space.total_bytes > 0);
  CHECK(space.free_bytes <= space.total_bytes);
  CHECK(disk_space_of(directory / "absent").total_bytes == 0);
}

TEST_CASE("store: it tells how much disk it takes and how much it wrote") {
  TempStore temp;
  put(temp.view(1), keys::resource({1}), std::string(100000, 'x'));
  CHECK(temp.store().disk_bytes() > 100000);
  CHECK(temp.metrics().counter("kgrca_store_commit_batches_total", "").value() == 1);
  CHECK(temp.metrics().counter("kgrca_store_keys_written_total", "").value() == 1);
}

TEST_CASE("store: what it wrote for what it was given is told when it closes, and its tables by family") {
  TempStore temp;
  std::string value(1 << 20, '\0');
  std::uint64_t state = 1;
  for (char& c : value) c = static_cast<char>((state = state * 6364136223846793005u + 1442695040888963407u) >> 56);
  const auto written = [&](const char* stage) {
    return temp.metrics().counter("kgrca_store_written_bytes_total", "", {{"stage", stage}}).value();
  };
  for (int i = 0; i < 40; ++i) put(temp.view(1), keys::resource({static_cast<std::uint64_t>(i)}), value);
  temp.store().close();
  const double given = written("given");
  CHECK(given >= 40.0 * (1 << 20));
  CHECK(given < 41.0 * (1 << 20));
  CHECK(written("log") >= given);
  CHECK(written("tables") > 0.3 * given);  // the memtables hold less than half of it
  core::Gauge& state_tables = temp.metrics().gauge("kgrca_store_table_bytes", "", {{"family", "state"}});
  CHECK(state_tables.value() > 0);
  temp.reopen();
  CHECK(state_tables.value() < 41.0 * (1 << 20));
}

}  // namespace kgrca::store
