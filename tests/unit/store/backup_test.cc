#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "kgrca/core/strings.h"
#include "kgrca/store/backup.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store {
namespace {

namespace fs = std::filesystem;
using testing::TempStore;
using testing::put;
using testing::value_of;

const core::Time noon = *core::parse_rfc3339("2026-03-01T12:00:00Z");

struct Safe {
  explicit Safe(int databases = 2) : disk(databases) {}
  TempStore disk;
  test::TempDirectory place;
  BackupOptions options() {
    BackupOptions out;
    out.directory = place / "backups";
    return out;
  }
  BackupSet take(const BackupOptions& how) {
    auto set = back_up(disk.store(), how, noon);
    INFO(set.status().ToString());
    REQUIRE(set.ok());
    return *set;
  }
  BackupSet take() { return take(options()); }
  core::StatusOr<BackupSet> restore(const std::string& to, std::uint32_t id = 0) {
    RestoreOptions how;
    how.from = options().directory;
    how.id = id;
    how.to = place / to;
    return restore_backup(how);
  }
  // The value under one key of a restored store.
  std::string restored_value(const std::string& to, std::uint32_t tenant, int database, const Key& key) {
    core::Metrics metrics;
    auto opened = Store::open(testing::small_options(place / to), metrics);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    return value_of(TenantViewOpener::open(**opened, core::TenantNumber{tenant}, database), key);
  }
};

Key some(int number) { return keys::event({static_cast<std::uint64_t>(number), 7}); }

std::uint64_t bytes_below(const std::string& path) {
  std::uint64_t sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file()) sum += entry.file_size();
  return sum;
}

std::vector<std::uint32_t> ids(const std::string& directory) {
  auto sets = list_backups(directory);
  REQUIRE(sets.ok());
  std::vector<std::uint32_t> out;
  for (const BackupSet& set : *sets) out.push_back(set.id);
  return out;
}

// Overwrites some bytes in the middle.
void damage(const fs::path& file) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
  bytes << "damaged";
}

}  // namespace

TEST_CASE("backup: a set holds all databases as they were, and restores into a store that can be written") {
  Safe safe;
  put(safe.disk.view(0), some(1), "operator");
  put(safe.disk.view(1, 1), some(1), "one");
  put(safe.disk.view(2, 0), some(1), "two");
  const BackupSet set = safe.take();
  CHECK(set.id == 1);
  CHECK(set.at == noon);
  CHECK(set.databases.size() == 2);
  CHECK(set.bytes > 0);
  put(safe.disk.view(1, 1), some(1), "later");
  REQUIRE(safe.restore("new").ok());
  CHECK(safe.restored_value("new", 0, 0, some(1)) == "operator");
  CHECK(safe.restored_value("new", 1, 1, some(1)) == "one");
  CHECK(safe.restored_value("new", 2, 0, some(1)) == "two");
  core::Metrics metrics;
  auto again = Store::open(testing::small_options(safe.place / "new"), metrics);
  REQUIRE(again.ok());
  put(TenantViewOpener::open(**again, core::TenantNumber{1}, 1), some(2), "new");
}

TEST_CASE("backup: the store that was backed up opens again, though its logs are flushed away") {
  for (int round = 0; round < 5; ++round) {
    Safe safe;
    put(safe.disk.view(0), some(1), "operator");
    put(safe.disk.view(1, 1), some(1), "one");
    safe.take();
    if (round % 2 == 1) safe.take();
    safe.disk.reopen();
    CHECK(value_of(safe.disk.view(1, 1), some(1)) == "one");
  }
}

TEST_CASE("backup: a set can be read where it lies, and takes no writes") {
  Safe safe;
  put(safe.disk.view(1, 1), some(1), "one");
  safe.take();
  core::Metrics metrics;
  auto opened = open_backup(safe.options().directory, 0, testing::small_options(""), metrics);
  INFO(opened.status().ToString());
  REQUIRE(opened.ok());
  TenantView view = TenantViewOpener::open(**opened, core::TenantNumber{1}, 1);
  CHECK(value_of(view, some(1)) == "one");
  Batch batch = view.batch();
  batch.put(some(2), "no");
  CHECK(absl::IsFailedPrecondition(view.commit_durably(std::move(batch))));
}

TEST_CASE("backup: a second set copies only what is new") {
  Safe safe(1);
  const std::string filler(1000, 'x');
  for (int i = 0; i < 2000; ++i) put(safe.disk.view(1), some(i), core::cat(filler, i * 7919));
  safe.take();
  const std::uint64_t first = bytes_below(safe.options().directory);
  put(safe.disk.view(1), some(5000), "little");
  safe.take();
  CHECK(bytes_below(safe.options().directory) - first < first / 2);
  CHECK(ids(safe.options().directory) == std::vector<std::uint32_t>{1, 2});
  REQUIRE(safe.restore("old", 1).ok());
  CHECK(safe.restored_value("old", 1, 0, some(5000)) == "(absent)");
  REQUIRE(safe.restore("new").ok());
  CHECK(safe.restored_value("new", 1, 0, some(5000)) == "little");
}

TEST_CASE("backup: what was acknowledged before it began is in it, whatever is written meanwhile") {
  Safe safe;
  std::atomic<int> acknowledged{0};
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 1; !done; ++i) {
      put(safe.disk.view(1, 1), some(i), core::cat(i));
      acknowledged = i;
    }
  });
  for (int round = 0; round < 5; ++round) {
    while (acknowledged < 20 * (round + 1)) std::this_thread::yield();
    const int before = acknowledged;
    const BackupSet set = safe.take();
    const std::string to = core::cat("restored-", round);
    REQUIRE(safe.restore(to, set.id).ok());
    for (const int i : {1, before / 2, before}) CHECK(safe.restored_value(to, 1, 1, some(i)) == core::cat(i));
  }
  done = true;
  writer.join();
}

TEST_CASE("backup: only the newest sets stay, and their files") {
  Safe safe(1);
  BackupOptions how = safe.options();
  how.keep = 2;
  for (int i = 0; i < 5; ++i) {
    put(safe.disk.view(1), some(i), "x");
    safe.take(how);
  }
  CHECK(ids(how.directory) == std::vector<std::uint32_t>{4, 5});
  const core::Status gone = safe.restore("gone", 3).status();
  CHECK(absl::IsNotFound(gone));
  CHECK_THAT(core::message_of(gone), Catch::Contains("there are 4 ("));
  REQUIRE(safe.restore("there", 4).ok());
  CHECK(std::distance(fs::directory_iterator(how.directory + "/0/private"), {}) == 2);
}

TEST_CASE("backup: small files go with the set, unreadable to others") {
  Safe safe(1);
  BackupOptions how = safe.options();
  { std::ofstream(safe.place / "pepper") << "secret"; }
  how.files = {{"pepper", safe.place / "pepper"}, {"absent", safe.place / "absent"}};
  const BackupSet set = safe.take(how);
  CHECK(set.files == std::vector<std::string>{"pepper"});
  CHECK(backup_file(how.directory, set, "pepper").value() == "secret");
  CHECK(absl::IsNotFound(backup_file(how.directory, set, "absent").status()));
  CHECK(fs::status(how.directory + "/sets/1/file-pepper").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("backup: one that is stopped leaves no set, and the next one is whole") {
  Safe safe;
  put(safe.disk.view(1, 1), some(1), "one");
  BackupOptions how = safe.options();
  int asked = 0;
  how.go_on = [&](std::uint64_t) { return ++asked < 2; };  // database 1 is copied, database 0 is not
  CHECK(absl::IsUnavailable(back_up(safe.disk.store(), how, noon).status()));
  CHECK(ids(how.directory).empty());
  CHECK(absl::IsNotFound(safe.restore("none").status()));
  CHECK(safe.take().id == 1);
  REQUIRE(safe.restore("new").ok());
}

TEST_CASE("backup: what a crash left half done counts for nothing and is cleared away") {
  Safe safe;
  put(safe.disk.view(1, 1), some(1), "one");
  safe.take();
  const std::string directory = safe.options().directory;
  // As if the process had died after the databases, before the record.
  safe.take();
  fs::rename(directory + "/sets/2", directory + "/sets/2.new");
  CHECK(ids(directory) == std::vector<std::uint32_t>{1});
  BackupOptions how = safe.options();
  how.keep = 5;
  const BackupSet next = safe.take(how);
  CHECK(next.id == 2);
  CHECK(ids(directory) == std::vector<std::uint32_t>{1, 2});
  for (const char* database : {"/0", "/1"})
    CHECK(std::distance(fs::directory_iterator(directory + database + "/private"), {}) == 2);
  REQUIRE(safe.restore("new").ok());
  CHECK(safe.restored_value("new", 1, 1, some(1)) == "one");
}

TEST_CASE("backup: a damaged record or file is told, and nothing is restored from it") {
  Safe safe(1);
  for (int i = 0; i < 100; ++i) put(safe.disk.view(1), some(i), std::string(100, 'x'));
  safe.take();
  const std::string directory = safe.options().directory;
  SECTION("the record") {
    damage(directory + "/sets/1/set");
    CHECK(ids(directory).empty());
    CHECK(absl::IsDataLoss(safe.restore("new").status()));
    CHECK_FALSE(fs::exists(safe.place / "new"));
  }
  SECTION("a table") {
    const fs::path shared = fs::path(directory) / "0" / "shared_checksum";
    for (const auto& file : fs::directory_iterator(shared)) damage(file.path());
    CHECK(absl::IsDataLoss(safe.restore("new").status()));
    core::Metrics metrics;
    CHECK(absl::IsFailedPrecondition(Store::open(testing::small_options(safe.place / "new"), metrics).status()));
  }
  SECTION("a missing table") {
    for (const auto& file : fs::directory_iterator(fs::path(directory) / "0" / "shared_checksum")) fs::remove(file.path());
    core::Metrics metrics;
    CHECK_FALSE(open_backup(directory, 0, testing::small_options(""), metrics).ok());
    CHECK_FALSE(safe.restore("new").ok());
  }
}

TEST_CASE("restore: only into a directory that is absent or empty") {
  Safe safe(1);
  put(safe.disk.view(1), some(1), "one");
  safe.take();
  fs::create_directories(safe.place / "full");
  { std::ofstream(safe.place / "full/file") << "mine"; }
  CHECK(absl::IsFailedPrecondition(safe.restore("full").status()));
  CHECK(fs::exists(safe.place / "full/file"));
  fs::create_directories(safe.place / "empty");
  CHECK(safe.restore("empty").ok());
  CHECK(absl::IsFailedPrecondition(safe.restore("empty").status()));
}

TEST_CASE("restore: one that was cut short leaves a directory that nobody opens") {
  Safe safe;
  put(safe.disk.view(1, 1), some(1), "one");
  safe.take();
  RestoreOptions how;
  how.from = safe.options().directory;
  how.to = safe.place / "half";
  how.restored = [](int done, int) {
    if (done == 1) throw std::runtime_error("the process dies here");
  };
  CHECK_THROWS(restore_backup(how));
  core::Metrics metrics;
  CHECK(absl::IsFailedPrecondition(Store::open(testing::small_options(how.to), metrics).status()));
  CHECK(absl::IsFailedPrecondition(Store::open_read_only(testing::small_options(how.to), metrics).status()));
  CHECK(absl::IsFailedPrecondition(safe.restore("half").status()));
}

TEST_CASE("backup: a folder takes the backups of one store only, also after that was restored") {
  Safe safe(1);
  put(safe.disk.view(1), some(1), "one");
  safe.take();
  TempStore other;
  CHECK(absl::IsFailedPrecondition(back_up(other.store(), safe.options(), noon).status()));
  REQUIRE(safe.restore("new").ok());
  core::Metrics metrics;
  auto restored = Store::open(testing::small_options(safe.place / "new"), metrics);
  REQUIRE(restored.ok());
  const auto set = back_up(**restored, safe.options(), noon);
  REQUIRE(set.ok());
  CHECK(set->id == 2);
}

TEST_CASE("backup: neither a data directory nor any place in a store takes backups") {
  Safe safe;
  put(safe.disk.view(1), some(1), "v");
  BackupOptions how = safe.options();
  for (const std::string within : {"", "/store", "/store/x", "/store/0/x"}) {
    how.directory = safe.disk.path() + within;
    INFO(within);
    CHECK(absl::IsFailedPrecondition(back_up(safe.disk.store(), how, noon).status()));
  }
  fs::create_directories(safe.place / "data/store/0");
  std::ofstream(safe.place / "data/store/0/CURRENT") << "MANIFEST-000004\n";
  how.directory = safe.place / "data";
  CHECK(absl::IsFailedPrecondition(back_up(safe.disk.store(), how, noon).status()));
  CHECK_FALSE(fs::exists(safe.place / "data/sets"));
  how.directory = safe.place / "data/backups";  // beside the store: unwise, but nothing is mistaken
  safe.take(how);
}

TEST_CASE("backup: without a directory it says which setting names one") {
  Safe safe(1);
  CHECK(absl::IsFailedPrecondition(back_up(safe.disk.store(), {}, noon).status()));
  CHECK(list_backups(safe.place / "nowhere").value().empty());
}

}  // namespace kgrca::store
