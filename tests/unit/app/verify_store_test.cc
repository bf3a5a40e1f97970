#include "app/verify_store.h"

#include <filesystem>

#include "kgrca/core/manual_clock.h"
#include "kgrca/core/strings.h"
#include "kgrca/tenancy/tenancy.h"
#include "tests/unit/store/temp_store.h"

using namespace kgrca;
using namespace kgrca::app;
namespace keys = kgrca::store::keys;

namespace {

// A stopped store with tenants 1 (database 1) and 2 (database 0), and whatever was done to it behind their back.
struct Stopped {
  test::TempDirectory place;
  std::string path = place / "store";

  explicit Stopped(const std::function<void(store::Store&)>& change = {}, const std::string& deleting = {}) {
    core::Metrics metrics;
    auto store = store::Store::open(store::testing::small_options(path, 2), metrics);
    REQUIRE(store.ok());
    const core::ManualClock clock{core::from_micros(1'700'000'000'000'000)};
    auto tenancy = tenancy::Tenancy::open(**store, clock, place / "pepper");
    REQUIRE(tenancy.ok());
    REQUIRE((*tenancy)->create_tenant("one").ok());
    REQUIRE((*tenancy)->create_tenant("two").ok());
    if (change) change(**store);
    if (!deleting.empty()) REQUIRE((*tenancy)->begin_deletion(deleting, "k").ok());
  }
  StoreVerdict verdict(const std::string& tenant = {}) {
    VerifyRequest request;
    request.place = {path, false};
    request.tenant = tenant;
    auto found = verify_store(request);
    INFO(found.status().ToString());
    REQUIRE(found.ok());
    return *found;
  }
};

void put(store::Store& store, std::uint32_t tenant, int database, const store::Key& key) {
  store::testing::put(store::TenantViewOpener::open(store, core::TenantNumber{tenant}, database), key, "\x7f");
}

}  // namespace

TEST_CASE("verify: a store as tenancy makes it is whole") {
  Stopped stopped;
  const StoreVerdict verdict = stopped.verdict();
  INFO(verdict_text(verdict));
  CHECK(verdict.report.clean());
  CHECK(verdict.tenants == 2);
  CHECK(verdict_text(verdict).starts_with("The store is whole: "));
  CHECK(verdict_json(verdict).find("\"clean\":true") != std::string::npos);
}

TEST_CASE("verify: keys of nobody, and keys in another database than their tenant's, are foreign") {
  Stopped nobody([](store::Store& store) { put(store, 77, 1, keys::event({1, 2})); });
  StoreVerdict verdict = nobody.verdict();
  REQUIRE(verdict.report.totals["foreign_tenant"] == 1);
  CHECK(verdict.report.listed[0].key.find("database 1, tenant 77, first key: events event ev") == 0);
  Stopped astray([](store::Store& store) { put(store, 1, 0, keys::event({1, 2})); });
  verdict = astray.verdict();
  REQUIRE(verdict.report.totals["foreign_tenant"] == 1);
  CHECK(verdict.report.listed[0].what == "tenant one lies in database 1");
  Stopped operators([](store::Store& store) { put(store, 0, 1, keys::event({1, 2})); });
  CHECK(operators.verdict().report.totals["foreign_tenant"] == 1);
}

TEST_CASE("verify: what is left of a tenant that is being deleted is a leftover") {
  Stopped stopped([](store::Store& store) { put(store, 1, 1, keys::event({1, 2})); }, "one");
  const StoreVerdict verdict = stopped.verdict();
  INFO(verdict_text(verdict));
  CHECK(verdict.report.clean());
  CHECK(verdict.report.leftovers.at("deleted_tenant") == 1);
  CHECK(verdict.tenants == 1);
}

TEST_CASE("verify: a finding in a tenant's graph names the tenant, and one tenant can be looked at alone") {
  Stopped stopped([](store::Store& store) { put(store, 1, 1, keys::event({1, 2})); });
  const StoreVerdict verdict = stopped.verdict();
  REQUIRE(verdict.report.listed.size() == 1);
  CHECK(verdict.report.listed[0].kind == "undecodable");
  CHECK(verdict.report.listed[0].key.starts_with("one: events event ev"));
  CHECK(verdict_text(verdict).find("The store is BROKEN") == 0);
  CHECK(stopped.verdict("two").report.clean());
  VerifyRequest request;
  request.place = {stopped.path, false};
  request.tenant = "three";
  CHECK(absl::IsNotFound(verify_store(request).status()));
}

TEST_CASE("verify: a store that cannot be opened is broken, not an error without words") {
  Stopped stopped;
  std::filesystem::remove(stopped.path + "/1/CURRENT");
  const StoreVerdict verdict = stopped.verdict();
  CHECK(verdict.report.totals.at("file") >= 1);
}

TEST_CASE("verify: a store is found by its data directory and by its own") {
  Stopped stopped;
  CHECK(find_store(stopped.place.path())->directory == stopped.path);
  CHECK(find_store(stopped.path)->directory == stopped.path);
  CHECK(absl::IsNotFound(find_store(stopped.path + "/0").status()));
}
