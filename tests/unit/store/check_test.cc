#include <filesystem>
#include <fstream>

#include "kgrca/core/strings.h"
#include "kgrca/store/backup.h"
#include "kgrca/store/check.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store {
namespace {

namespace fs = std::filesystem;
using testing::put;

Key some(int number) { return keys::event({static_cast<std::uint64_t>(number), 7}); }

// A closed store of two databases with tables (its backup flushes) and something in the log.
struct Closed {
  test::TempDirectory place;
  std::string path = place / "store";
  std::string backups = place / "backups";

  Closed() {
    core::Metrics metrics;
    auto store = Store::open(testing::small_options(path, 2), metrics);
    REQUIRE(store.ok());
    TenantView view = TenantViewOpener::open(**store, core::TenantNumber{1}, 1);
    for (int i = 0; i < 300; ++i) put(view, some(i), std::string(200, 'x'));
    BackupOptions how;
    how.directory = backups;
    REQUIRE(back_up(**store, how, core::Time{}).ok());
    for (int i = 300; i < 600; ++i) put(view, some(i), std::string(200, 'y'));
  }
  std::vector<fs::path> files(const std::string& extension, int database = 1) const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(core::cat(path, '/', database)))
      if (entry.path().extension() == extension && entry.file_size() > 0) out.push_back(entry.path());
    return out;
  }
  FilesReport check() {
    auto report = check_files(path, {});
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    return *report;
  }
};

void damage(const fs::path& file, double where) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(static_cast<std::streamoff>(static_cast<double>(fs::file_size(file)) * where));
  bytes << "damaged";
}

}  // namespace

TEST_CASE("check: a whole store has no damage, and its tables were read") {
  Closed closed;
  const FilesReport report = closed.check();
  CHECK(report.damage.empty());
  CHECK(report.files >= 2);
  CHECK(report.bytes > 0);
  CHECK(check_backup_files(closed.backups, 0, {}).value().damage.empty());
}

TEST_CASE("check: a damaged table is named") {
  Closed closed;
  const std::vector<fs::path> tables = closed.files(".sst");
  REQUIRE_FALSE(tables.empty());
  fs::path largest = tables.front();
  for (const fs::path& table : tables)
    if (fs::file_size(table) > fs::file_size(largest)) largest = table;
  damage(largest, 0.1);
  const FilesReport report = closed.check();
  REQUIRE(report.damage.size() == 1);
  CHECK(report.damage[0].database == 1);
  CHECK(report.damage[0].file.find(largest.filename()) != std::string::npos);
}

TEST_CASE("check: a missing table is told") {
  Closed closed;
  fs::remove(closed.files(".sst").front());
  CHECK_FALSE(closed.check().damage.empty());
}

TEST_CASE("check: a start with a table missing in one of two databases names that database and what to do") {
  Closed closed;
  fs::remove(closed.files(".sst").front());
  core::Metrics metrics;
  const core::Status status = Store::open(testing::small_options(closed.path, 2), metrics).status();
  CHECK(absl::IsDataLoss(status));
  CHECK(core::message_of(status).find(closed.path + "/1") != std::string::npos);
  CHECK(core::message_of(status).find("kgrca restore") != std::string::npos);
}

TEST_CASE("check: damage in the middle of a log is told, a torn end is not") {
  Closed closed;
  const std::vector<fs::path> logs = closed.files(".log");
  REQUIRE(logs.size() == 1);
  SECTION("torn") {
    fs::remove(logs[0].parent_path() / "SYNCED");  // else it knows that the last record was acknowledged
    fs::resize_file(logs[0], fs::file_size(logs[0]) - 5);
    CHECK(closed.check().damage.empty());
  }
  SECTION("damaged") {
    damage(logs[0], 0.4);
    const FilesReport report = closed.check();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].database == 1);
  }
}

TEST_CASE("check: a backup's damaged table is named") {
  Closed closed;
  for (const auto& entry : fs::directory_iterator(closed.backups + "/1/shared_checksum")) damage(entry.path(), 0.1);
  const auto report = check_backup_files(closed.backups, 0, {});
  REQUIRE(report.ok());
  CHECK_FALSE(report->damage.empty());
}

TEST_CASE("check: a store in use, or none, is not looked at") {
  testing::TempStore used;
  CHECK(absl::IsFailedPrecondition(check_files(used.path() + "/store", {}).status()));
  test::TempDirectory empty;
  CHECK(absl::IsNotFound(check_files(empty.path(), {}).status()));
}

TEST_CASE("check: every tenant number that begins a key is traced to its database and family") {
  testing::TempStore disk(2);
  put(disk.view(1, 1), some(1), "x");
  put(disk.view(0xffffffff, 1), keys::resource({5}), "x");
  put(disk.view(1, 0), keys::count("lost"), "12345678");
  const auto traces = tenant_traces(disk.store());
  REQUIRE(traces.ok());
  std::vector<std::string> found;
  for (const TenantTrace& trace : *traces)
    found.push_back(core::cat(trace.database, ' ', static_cast<std::uint32_t>(trace.tenant), ' ', static_cast<int>(trace.family)));
  CHECK(found == std::vector<std::string>{"0 0 0", "0 1 0", "1 4294967295 1", "1 1 3"});
  CHECK((*traces)[1].first_key == "meta count \"lost\"");
}

TEST_CASE("read only: reads what is there, log included, refuses writes and leaves the files as they are") {
  Closed closed;
  core::Metrics metrics;
  auto store = Store::open_read_only(testing::small_options(closed.path), metrics);
  INFO(store.status().ToString());
  REQUIRE(store.ok());
  CHECK((*store)->databases() == 2);
  TenantView view = TenantViewOpener::open(**store, core::TenantNumber{1}, 1);
  CHECK(testing::value_of(view, some(599)) == std::string(200, 'y'));
  Batch batch = view.batch();
  batch.put(some(1), "no");
  CHECK(absl::IsFailedPrecondition(view.commit_durably(std::move(batch))));
  core::Metrics more;
  CHECK(absl::IsFailedPrecondition(Store::open(testing::small_options(closed.path), more).status()));
}

}  // namespace kgrca::store
