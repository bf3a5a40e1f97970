#include "kgrca/core/manual_clock.h"
#include "kgrca/core/strings.h"
#include "kgrca/tenancy/offline.h"
#include "tests/unit/store/temp_store.h"

using namespace kgrca;
using namespace kgrca::tenancy;
namespace keys = kgrca::store::keys;

namespace {

const core::Time noon = *core::parse_rfc3339("2026-03-01T12:00:00Z");

struct Scene {
  store::testing::TempStore disk{2};
  core::ManualClock clock{noon};

  Scene() {
    auto tenancy = open();
    REQUIRE(tenancy->create_tenant("acme", "pro").ok());
    REQUIRE(tenancy->create_tenant("other").ok());
    REQUIRE(tenancy->create_key(core::TenantNumber{1}, 1, "k").ok());
  }
  std::unique_ptr<Tenancy> open() {
    auto opened = Tenancy::open(disk.store(), clock, disk.path() + "/pepper");
    REQUIRE(opened.ok());
    return *std::move(opened);
  }
  StoredTenants read() {
    auto tenants = stored_tenants(disk.store());
    REQUIRE(tenants.ok());
    return *tenants;
  }
  std::vector<std::string> problems() {
    std::vector<std::string> out;
    for (const auto& problem : read().problems) out.push_back(core::cat(problem.kind, ": ", problem.key));
    return out;
  }
  void put(const store::Key& key, std::string_view value) { store::testing::put(disk.view(0), key, value); }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("offline: the tenants are read without pepper, and whole records have no problems") {
  Scene scene;
  const StoredTenants tenants = scene.read();
  REQUIRE(tenants.all.size() == 2);
  CHECK(tenants.all[0].name == "acme");
  CHECK(tenants.all[0].plan == "pro");
  CHECK(tenants.problems.empty());
  CHECK(offline_view(scene.disk.store(), tenants.all[1]).tenant() == core::TenantNumber{2});
}

TEST_CASE("offline: records that do not fit together are named") {
  Scene scene;
  SECTION("a damaged record") {
    scene.put(keys::tenant_record(core::TenantNumber{2}), "\x7f");
    CHECK(scene.problems() == Lines{"tenant_record: meta tenant record 2", "tenant_name: meta tenant name \"other\""});
  }
  SECTION("a record under another number") {
    scene.put(keys::tenant_record(core::TenantNumber{9}), encode_for_export(scene.read().all[0]));
    CHECK(scene.problems() == Lines{"tenant_record: meta tenant record 9"});
  }
  SECTION("a database that does not exist") {
    Tenant tenant = scene.read().all[0];
    tenant.database = 7;
    scene.put(keys::tenant_record(tenant.number), encode_for_export(tenant));
    CHECK(scene.problems().front() == "tenant_record: meta tenant record 1");
  }
  SECTION("a name that leads to another tenant") {
    scene.put(keys::tenant_by_name("acme"), std::string("\0\0\0\2", 4));
    CHECK(scene.problems() == Lines{"tenant_name: meta tenant record 1", "tenant_name: meta tenant name \"acme\""});
  }
  SECTION("a key that cannot be read") {
    scene.put(keys::api_key("abc"), "\x7f");
    CHECK(scene.problems() == Lines{"api_key: meta API key \"abc\""});
  }
}

TEST_CASE("offline: a tenant whose deletion is not done is no damage, and its name is free") {
  Scene scene;
  const std::string record = encode_for_export(scene.read().all[0]);
  REQUIRE(scene.open()->begin_deletion("acme", "k").ok());
  CHECK(scene.problems().empty());
  const auto reserved = reserve_tenant(scene.disk.store(), record, "", noon);
  REQUIRE(reserved.ok());
  REQUIRE(admit_tenant(scene.disk.store(), *reserved, noon).ok());
  CHECK(scene.problems().empty());
  CHECK(scene.open()->find("acme")->number == reserved->number);
  // A record that was taken in the middle of a deletion comes back to life.
  const auto revived = reserve_tenant(scene.disk.store(), encode_for_export(scene.read().all[0]), "acme-2", noon);
  REQUIRE(revived.ok());
  REQUIRE(admit_tenant(scene.disk.store(), *revived, noon).ok());
  CHECK(scene.open()->find("acme-2"));
}

TEST_CASE("offline: an imported tenant has a new number and is seen once it is admitted") {
  Scene scene;
  const std::string record = encode_for_export(scene.read().all[0]);
  CHECK(absl::IsAlreadyExists(reserve_tenant(scene.disk.store(), record, "", noon).status()));
  CHECK(absl::IsAlreadyExists(reserve_tenant(scene.disk.store(), record, "operator", noon).status()));
  CHECK(absl::IsInvalidArgument(reserve_tenant(scene.disk.store(), record, "No Name", noon).status()));
  CHECK(absl::IsDataLoss(reserve_tenant(scene.disk.store(), "\x7f", "x", noon).status()));
  const auto reserved = reserve_tenant(scene.disk.store(), record, "acme-2", noon);
  REQUIRE(reserved.ok());
  CHECK(reserved->number == core::TenantNumber{3});
  CHECK_FALSE(scene.open()->find("acme-2"));
  // Cut short here, the number stays taken.
  const auto again = reserve_tenant(scene.disk.store(), record, "acme-2", noon);
  REQUIRE(again.ok());
  CHECK(again->number == core::TenantNumber{4});
  REQUIRE(admit_tenant(scene.disk.store(), *again, noon).ok());
  const auto tenancy = scene.open();
  const auto found = tenancy->find("acme-2");
  REQUIRE(found);
  CHECK(found->number == core::TenantNumber{4});
  CHECK(found->plan == "pro");
  CHECK(tenancy->keys(found->number).empty());
  CHECK(scene.problems().empty());
  CHECK(static_cast<std::uint32_t>(tenancy->create_tenant("next")->number) == 5);
}
