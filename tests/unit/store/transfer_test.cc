#include <filesystem>
#include <fstream>

#include "kgrca/core/strings.h"
#include "kgrca/store/transfer.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store {
namespace {

namespace fs = std::filesystem;
using testing::TempStore;
using testing::keys_of;
using testing::put;
using testing::value_of;

const core::Time noon = *core::parse_rfc3339("2026-03-01T12:00:00Z");

Key some(int number) { return keys::event({static_cast<std::uint64_t>(number), 7}); }

// A tenant with keys in several families, between two others.
struct Scene {
  TempStore disk{2};
  test::TempDirectory place;
  std::string files = place / "export";

  Scene() {
    for (const std::uint32_t tenant : {6u, 7u, 8u}) {
      TenantView view = disk.view(tenant, 1);
      Batch batch = view.batch();
      for (int i = 0; i < 500; ++i) batch.put(some(i), core::cat(tenant, ' ', i));
      batch.put(keys::resource({9}), core::cat(tenant, " resource"));
      batch.put(keys::source_position("topic/0"), "12");
      batch.add(keys::count("events"), 500);
      REQUIRE(view.commit_durably(std::move(batch)).ok());
    }
    put(disk.view(7, 1), some(3), "changed");
  }
  core::StatusOr<TenantExport> take() {
    return export_tenant(disk.view(7, 1).snapshot(), files, "the record", noon, {});
  }
};

std::vector<std::string> everything(TenantView view) {
  std::vector<std::string> out;
  const Snapshot snapshot = view.snapshot();
  for (int family = 0; family < family_count; ++family) {
    for (Scan scan = snapshot.scan(keys::whole(static_cast<Family>(family))); scan.valid(); scan.next())
      out.push_back(core::cat(family, ' ', scan.key(), '=', scan.value()));
  }
  return out;
}

}  // namespace

TEST_CASE("export: a tenant's files become the same tenant under another number, and nobody else's keys come along") {
  Scene scene;
  const auto exported = scene.take();
  INFO(exported.status().ToString());
  REQUIRE(exported.ok());
  const auto read = read_export(scene.files);
  REQUIRE(read.ok());
  CHECK(read->record == "the record");
  CHECK(read->at == noon);
  REQUIRE(read->files.size() == 3);
  TempStore other(1);
  put(other.view(1), some(1), "neighbour");
  REQUIRE(import_tenant(other.store(), {core::TenantNumber{2}, 0}, scene.files, *read).ok());
  std::vector<std::string> expected = everything(scene.disk.view(7, 1));
  std::erase_if(expected, [](const std::string& line) { return line.find("topic/0") != std::string::npos; });
  CHECK(everything(other.view(2)) == expected);
  CHECK(everything(other.view(1)).size() == 1);
  CHECK(keys_of(other.view(3).snapshot().scan(keys::events())).empty());
  CHECK_FALSE(fs::exists(other.path() + "/store/import"));
  // It is a tenant as any other: it takes writes, counters go on, and it survives a restart.
  Batch batch = other.view(2).batch();
  batch.add(keys::count("events"), 2);
  batch.put(some(9000), "new");
  TenantView view = other.view(2);
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  other.reopen();
  CHECK(*other.view(2).snapshot().counter(keys::count("events")) == 502);
  CHECK(value_of(other.view(2), some(3)) == "changed");
  CHECK(value_of(other.view(2), some(9000)) == "new");
}

TEST_CASE("export: an empty tenant can be moved too") {
  TempStore disk;
  test::TempDirectory place;
  REQUIRE(export_tenant(disk.view(5).snapshot(), place / "e", "r", noon, {}).ok());
  const auto read = read_export(place / "e");
  REQUIRE(read.ok());
  CHECK(read->files.empty());
  CHECK(import_tenant(disk.store(), {core::TenantNumber{6}, 0}, place / "e", *read).ok());
}

TEST_CASE("export: only into a directory that is absent or empty") {
  Scene scene;
  fs::create_directories(scene.files);
  { std::ofstream(scene.files + "/mine") << "x"; }
  CHECK(absl::IsFailedPrecondition(scene.take().status()));
  CHECK(absl::IsNotFound(read_export(scene.files).status()));
}

TEST_CASE("import: damaged, missing or foreign files are told before anything is stored") {
  Scene scene;
  REQUIRE(scene.take().ok());
  SECTION("a damaged table") {
    std::fstream file(scene.files + "/events.sst", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << "damaged";
  }
  SECTION("a missing table") { fs::remove(scene.files + "/events.sst"); }
  SECTION("a damaged manifest") {
    std::fstream file(scene.files + "/manifest", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(30);
    file << "9";
  }
  SECTION("a manifest that was cut short") { fs::resize_file(scene.files + "/manifest", 40); }
  CHECK(absl::IsDataLoss(read_export(scene.files).status()));
}

TEST_CASE("import: a manifest of a newer kgrca says so") {
  Scene scene;
  REQUIRE(scene.take().ok());
  { std::ofstream(scene.files + "/manifest") << "kgrca tenant export 2\nwhatever\n"; }
  CHECK(absl::IsFailedPrecondition(read_export(scene.files).status()));
}

TEST_CASE("import: of a table with other keys than promised nothing is stored") {
  Scene scene;
  REQUIRE(scene.take().ok());
  auto read = read_export(scene.files);
  REQUIRE(read.ok());
  read->files.back().keys += 1;
  TempStore other;
  CHECK(absl::IsDataLoss(import_tenant(other.store(), {core::TenantNumber{2}, 0}, scene.files, *read)));
  CHECK(everything(other.view(2)).empty());
  CHECK_FALSE(fs::exists(other.path() + "/store/import"));
}

TEST_CASE("import: never into a tenant that has keys") {
  Scene scene;
  REQUIRE(scene.take().ok());
  const auto read = read_export(scene.files);
  TempStore other;
  put(other.view(2), keys::count("x"), "12345678");
  CHECK(absl::IsFailedPrecondition(import_tenant(other.store(), {core::TenantNumber{2}, 0}, scene.files, *read)));
  CHECK(everything(other.view(2)).size() == 1);
}

}  // namespace kgrca::store
