// What a start does with damaged logs and manifests: nothing acknowledged goes missing without a word.
#include <fstream>

#include "kgrca/core/strings.h"
#include "store/database.h"
#include "store/crc32c.h"
#include "store/log_check.h"
#include "store/recovery.h"
#include "tests/unit/store/damage.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store {
namespace {

using namespace testing;

constexpr std::uint64_t events = 200;

void commit_event(TenantView view, std::uint64_t n) {
  auto batch = view.batch();
  batch.put(keys::event({n, 1}), std::string(500, 'v'));
  batch.add(keys::count("events"), 1);
  REQUIRE(view.commit_durably(std::move(batch)).ok());
}

// A store with numbered events in its log; `at_half` is called after half of them.
void make_log(const std::string& directory, const std::function<void()>& at_half = {}) {
  core::Metrics metrics;
  auto store = Store::open(small_options(directory), metrics);
  REQUIRE(store.ok());
  auto view = TenantViewOpener::open(**store, core::TenantNumber{1}, 0);
  for (std::uint64_t n = 1; n <= events; ++n) {
    commit_event(view, n);
    if (n == events / 2 && at_half) at_half();
  }
}

std::string file_of(const std::string& directory, std::string_view part) {
  std::string largest;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/0"))
    if (entry.path().filename().string().find(part) != std::string::npos && entry.is_regular_file() &&
        (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)))
      largest = entry.path().string();
  REQUIRE_FALSE(largest.empty());
  return largest;
}

void write_at(const std::string& file, std::uint64_t at, const std::string& bytes) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(static_cast<std::streamoff>(at));
  out << bytes;
  REQUIRE(out.good());
}

core::Status open_status(const std::string& directory) {
  core::Metrics metrics;
  return Store::open(small_options(directory), metrics).status();
}

// Opens with accept_loss; how many events are there, all from the first on and counted right.
std::uint64_t events_after_loss(const std::string& directory, bool accept_loss, core::Metrics& metrics) {
  auto options = small_options(directory);
  options.accept_loss = accept_loss;
  auto store = Store::open(options, metrics);
  INFO(store.status().ToString());
  REQUIRE(store.ok());
  auto snapshot = TenantViewOpener::open(**store, core::TenantNumber{1}, 0).snapshot();
  std::uint64_t last = 0;
  for (auto scan = snapshot.scan(keys::events()); scan.valid(); scan.next()) REQUIRE(keys::event_of(scan.key()).time_us == ++last);
  REQUIRE(*snapshot.counter(keys::count("events")) == static_cast<std::int64_t>(last));
  return last;
}

// One database without its store.
struct LoneDatabase {
  explicit LoneDatabase(std::string path, bool create = false) : written(metrics) {
    place.path = std::move(path);
    place.create = create;
    hooks.on_fatal = [this](const core::Status&) { ++fatal; };
    hooks.has_space = [] { return true; };
    hooks.sync_seconds = &metrics.histogram("sync_seconds", "", {1});
    hooks.stalled = &metrics.gauge("stalled", "");
    hooks.written = &written;
    hooks.damaged_reads = &metrics.counter("damaged_reads", "");
    hooks.damaged_compactions = &metrics.counter("damaged_compactions", "");
    auto opened = Database::open(place, memory, hooks);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    database = std::move(opened).value();
  }
  void put(std::initializer_list<Family> families) {
    rocksdb::WriteBatch batch;
    for (const Family family : families) batch.Put(database->family(family), "key", "value");
    std::promise<core::Status> synced;
    REQUIRE(database->commit(batch, Waiter{{}, &synced}).ok());
    CHECK(synced.get_future().get().ok());
  }
  void flush(std::initializer_list<Family> families) {
    for (const Family family : families) REQUIRE(database->db().Flush(rocksdb::FlushOptions(), database->family(family)).ok());
  }

  core::Metrics metrics;
  WriteMetrics written;
  std::atomic<int> fatal{0};
  DatabaseHooks hooks;
  DatabasePlace place;
  SharedMemory memory = make_shared_memory(small_options(""), 1);
  std::unique_ptr<Database> database;
};

void check_refused_then_accepted(const std::string& directory) {
  const core::Status refused = open_status(directory);
  INFO(refused.ToString());
  REQUIRE(refused.code() == absl::StatusCode::kDataLoss);
  CHECK(refused.message().find("acknowledged") != std::string_view::npos);
  CHECK(open_status(directory).code() == absl::StatusCode::kDataLoss);  // it changed nothing
  core::Metrics metrics;
  const auto kept = events_after_loss(directory, true, metrics);
  CHECK(kept > 0);
  CHECK(kept < events);
  CHECK(metrics.expose().find("kgrca_store_damaged_total{found_by=\"start\"} 1") != std::string::npos);
  core::Metrics later;
  CHECK(events_after_loss(directory, false, later) == kept);
  CHECK(later.expose().find("kgrca_store_damaged_total{found_by=\"start\"} 0") != std::string::npos);
}

}  // namespace

TEST_CASE("store: a log damaged in its middle refuses to open, and gives what stands before it when that is accepted") {
  TempDirectory directory(test::fast_directory());
  make_log(directory / "store");
  const std::string log = file_of(directory / "store", ".log");
  const auto bytes = std::filesystem::file_size(log);
  SECTION("noise") { write_at(log, bytes / 2, "noise"); }
  SECTION("a zeroed block, which RocksDB would skip") { write_at(log, 32 * 1024, std::string(32 * 1024, '\0')); }
  SECTION("the end cut off") { std::filesystem::resize_file(log, bytes / 2); }
  SECTION("the last record cut off") { std::filesystem::resize_file(log, bytes - 1); }
  SECTION("the end zeroed") { write_at(log, bytes - 700, std::string(700, '\0')); }
  check_refused_then_accepted(directory / "store");
}

TEST_CASE("store: a manifest that lost its end refuses to open") {
  TempDirectory directory(test::fast_directory());
  make_log(directory / "store");
  CHECK(open_status(directory / "store").ok());  // the log becomes tables
  const std::string manifest = file_of(directory / "store", "MANIFEST");
  std::filesystem::resize_file(manifest, std::filesystem::file_size(manifest) - 20);
  const auto status = open_status(directory / "store");
  INFO(status.ToString());
  CHECK(status.code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("store: a log that is gone refuses to open") {
  TempDirectory directory(test::fast_directory());
  make_log(directory / "store");
  std::filesystem::remove(file_of(directory / "store", ".log"));
  const auto status = open_status(directory / "store");
  INFO(status.ToString());
  CHECK(status.code() == absl::StatusCode::kDataLoss);
}

// A flush that ends while the database closes removes a log after the mark was written for the last time.
TEST_CASE("store: a log that went after it was noted is no loss, though some families never had a flush") {
  TempDirectory directory(test::fast_directory());
  const std::string path = directory / "database";
  std::filesystem::create_directories(path);
  HighMark early;
  {
    LoneDatabase lone(path, true);
    lone.put({Family::meta, Family::state});
    lone.flush({Family::meta, Family::state});
    for (int i = 0; i < 200 && early.log_first == 0; ++i) {
      lone.put({Family::meta, Family::state});
      early = SyncedFile(path).read()->value_or(HighMark{});
    }
    lone.flush({Family::meta, Family::state});
    lone.put({Family::state});
  }
  REQUIRE(early.log_first != 0);
  const auto logs = read_logs(path);
  REQUIRE(logs.ok());
  for (const LogSpan& log : *logs) REQUIRE(log.number > early.log);
  HighMark stale = SyncedFile(path).read()->value();
  stale.log = early.log;
  stale.log_first = early.log_first;
  SyncedFile(path).write(stale);
  LoneDatabase again(path);
}

TEST_CASE("store: damage behind the last acknowledged write is cut off with all that follows it") {
  TempDirectory directory(test::fast_directory());
  const std::string store = directory / "store";
  const std::string mark = directory / "mark";
  std::uint64_t bytes_at_half = 0;
  make_log(store, [&] {
    std::filesystem::copy_file(store + "/0/SYNCED", mark);
    bytes_at_half = std::filesystem::file_size(file_of(store, ".log"));
  });
  // As after a power cut: the mark and half of the log are on the disk, and of the rest some pages came and some did not.
  std::filesystem::copy_file(mark, store + "/0/SYNCED", std::filesystem::copy_options::overwrite_existing);
  write_at(file_of(store, ".log"), bytes_at_half + 1000, std::string(40'000, '\0'));
  core::Metrics metrics;
  const auto kept = events_after_loss(store, false, metrics);
  CHECK(kept >= events / 2);
  CHECK(kept < events / 2 + 5);
}

TEST_CASE("store: a log is followed record by record, whatever its blocks") {
  TempDirectory directory(test::fast_directory());
  const std::string store = directory / "store";
  make_log(store);
  auto logs = read_logs(store + "/0");
  REQUIRE(logs.ok());
  const LogEnd end = follow_logs(*logs, 0);
  CHECK_FALSE(end.torn);
  CHECK_FALSE(end.whole_after);
  CHECK(end.last > 2 * events);  // each batch writes two keys, the store's identity some more
  // Cut at any place, it ends with the last record that is whole.
  const std::string log = file_of(store, ".log");
  const auto bytes = std::filesystem::file_size(log);
  std::uint64_t last = end.last;
  for (std::uint64_t cut = 1; cut < bytes; cut += 97) {
    std::filesystem::resize_file(log, bytes - cut);
    logs = read_logs(store + "/0");
    REQUIRE(logs.ok());
    const LogEnd now = follow_logs(*logs, 0);
    REQUIRE(now.last <= last);
    REQUIRE(now.last + 2 + 2 * cut / 500 >= end.last);
    REQUIRE_FALSE(now.whole_after);
    last = now.last;
  }
}

TEST_CASE("store: the checksum of the log is CRC-32C, with the processor's instruction and without") {
  const std::string zeroes(32, '\0');
  for (const auto checksum : {crc32c, crc32c_by_tables}) {
    CHECK(checksum("123456789") == 0xe3069283u);
    CHECK(checksum(zeroes) == 0x8a9136aau);
  }
}

TEST_CASE("store: each table hurt at its beginning gives right answers or errors") {
  TempDirectory directory(test::fast_directory());
  const Expected expected = make_known_store(directory / "known");
  int unreadable = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory / "known")) {
    if (entry.path().extension() != ".sst") continue;
    std::filesystem::remove_all(directory / "hurt");
    std::filesystem::copy(directory / "known", directory / "hurt", std::filesystem::copy_options::recursive);
    write_at(directory / "hurt" + "/" + entry.path().lexically_relative(directory / "known").string(), 10, "noise");
    const Look look = look_at(directory / "hurt", expected);
    INFO(entry.path() << ": " << look.text);
    REQUIRE(look.findings != Findings::wrong);
    if (look.findings == Findings::partly_unreadable) ++unreadable;
  }
  CHECK(unreadable > 5);
}

TEST_CASE("store: a damaged table stops its compaction and no write") {
  TempDirectory directory(test::fast_directory());
  make_known_store(directory / "known");
  for (const auto& entry : std::filesystem::directory_iterator(directory / "known" + "/0"))
    if (entry.path().extension() == ".sst") write_at(entry.path().string(), 10, "noise");
  LoneDatabase lone(directory / "known" + "/0");
  Database& database = *lone.database;
  const auto compacted = database.db().CompactRange(rocksdb::CompactRangeOptions(), database.family(Family::state), nullptr, nullptr);
  CHECK(compacted.IsCorruption());
  lone.put({Family::state});
  CHECK(lone.fatal == 0);
  CHECK(lone.metrics.expose().find("damaged_compactions 0") == std::string::npos);
}

}  // namespace kgrca::store
