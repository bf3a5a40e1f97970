#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "tests/unit/tenancy/region.h"

namespace kgrca::tenancy {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration day = 24h;
constexpr std::uint8_t read_scope = static_cast<std::uint8_t>(core::Scope::read);

struct Region : testing::Region {
  // A tenant with `events` records.
  Tenant filled(const std::string& name, std::uint64_t events) {
    const auto tenant = tenancy->create_tenant(name);
    REQUIRE(tenant.ok());
    auto view = *tenancy->view(tenant->number, SystemJob::lane);
    auto batch = view.batch();
    for (std::uint64_t i = 0; i < events; ++i) batch.put(store::keys::event({i, 1}), "an event");
    REQUIRE(view.commit_durably(std::move(batch)).ok());
    return *tenant;
  }
  std::vector<std::string> actions() {
    const auto entries = tenancy->audit(100);
    REQUIRE(entries.ok());
    std::vector<std::string> out;
    for (const AuditEntry& entry : *entries) out.push_back(entry.action);
    return out;
  }

  std::atomic<bool> stop{false};
};

}  // namespace

TEST_CASE("deletion: keys are refused at once, the data goes, the certificate says so and the number stays taken") {
  Region region;
  const Tenant gone = region.filled("gone", 300);
  const Tenant stays = region.filled("stays", 50);
  const auto key = region.tenancy->create_key(gone.number, read_scope, "k");
  REQUIRE(key.ok());
  REQUIRE(region.tenancy->begin_deletion("gone", "operator-key").ok());
  CHECK_FALSE(region.tenancy->authenticate(key->secret_text, core::Scope::read).ok());
  CHECK_FALSE(region.tenancy->view(gone.number, SystemJob::lane).ok());
  CHECK_FALSE(region.tenancy->find("gone").has_value());
  CHECK(absl::IsNotFound(region.tenancy->begin_deletion("gone", "operator-key").status()));
  REQUIRE(region.tenancy->unfinished_deletions() == std::vector{gone.number});

  REQUIRE(region.tenancy->finish_deletion(gone.number, region.stop).ok());
  CHECK(region.tenancy->unfinished_deletions().empty());
  const auto entries = region.tenancy->audit(1);
  REQUIRE(entries.ok());
  CHECK(entries->front().action == "tenant.deleted");
  CHECK(entries->front().target == "gone");
  for (const char* part : {"erased 300 keys", "1 API keys", "by key operator-key", "verified: 0 keys left"})
    CHECK_THAT(entries->front().detail, Catch::Contains(part));
  CHECK(region.tenancy->keys(gone.number).empty());
  CHECK(region.tenancy->view(stays.number, SystemJob::lane)->count_all(region.stop)->keys == 50);

  region.reopen();
  CHECK(region.tenancy->unfinished_deletions().empty());
  CHECK_FALSE(region.tenancy->authenticate(key->secret_text, core::Scope::read).ok());
  const auto again = region.tenancy->create_tenant("gone");
  REQUIRE(again.ok());
  CHECK(static_cast<std::uint32_t>(again->number) == static_cast<std::uint32_t>(stays.number) + 1);
  CHECK(region.tenancy->view(again->number, SystemJob::lane)->count_all(region.stop)->keys == 0);
}

TEST_CASE("deletion: what a crash cut short is finished by the next process, with the figures of the first") {
  Region region;
  const Tenant gone = region.filled("gone", 120);
  REQUIRE(region.tenancy->begin_deletion("gone", "k").ok());
  SECTION("before anything was erased") {}
  SECTION("after the figures were taken and the keys erased") {
    region.stop = true;  // the compaction is what gives up
    CHECK_FALSE(region.tenancy->finish_deletion(gone.number, region.stop).ok());
    region.stop = false;
  }
  region.reopen();
  REQUIRE(region.tenancy->unfinished_deletions() == std::vector{gone.number});
  CHECK_FALSE(region.tenancy->find(gone.number).has_value());
  REQUIRE(region.tenancy->finish_deletion(gone.number, region.stop).ok());
  CHECK_THAT(region.tenancy->audit(1)->front().detail, Catch::Contains("erased 120 keys"));
  CHECK_FALSE(region.tenancy->finish_deletion(gone.number, region.stop).ok());
}

TEST_CASE("deletion: a tenant that lives cannot be finished off") {
  Region region;
  const Tenant lives = region.filled("lives", 5);
  CHECK_FALSE(region.tenancy->finish_deletion(lives.number, region.stop).ok());
  CHECK_FALSE(region.tenancy->finish_deletion(core::TenantNumber{99}, region.stop).ok());
  CHECK(region.tenancy->view(lives.number, SystemJob::lane)->count_all(region.stop)->keys == 5);
}

TEST_CASE("audit: pages follow each other without a gap, newest first") {
  Region region;
  for (int i = 0; i < 7; ++i) REQUIRE(region.tenancy->create_tenant(core::cat("t", i)).ok());  // all of one microsecond
  std::vector<std::string> seen;
  std::optional<AuditEntry> after;
  for (;;) {
    const auto page = region.tenancy->audit(3, after);
    REQUIRE(page.ok());
    if (page->empty()) break;
    for (const AuditEntry& entry : *page) seen.push_back(entry.target);
    after = page->back();
  }
  CHECK(seen == std::vector<std::string>{"t6", "t5", "t4", "t3", "t2", "t1", "t0"});
  region.clock.set(region.clock.now() + 1s);
  REQUIRE(region.tenancy->create_tenant("later").ok());
  CHECK(region.tenancy->audit(1)->front().target == "later");
}

TEST_CASE("retention: the plan decides until the tenant has its own, and what contradicts itself is refused") {
  Region region;
  REQUIRE(region.tenancy->create_tenant("a", "free").ok());
  REQUIRE(region.tenancy->create_tenant("b", "pro").ok());
  CHECK(region.tenancy->find("a")->retention().normal == 7 * day);
  CHECK(region.tenancy->find("b")->retention().history == 90 * day);
  CHECK(plan_retention("enterprise").incidents == 365 * day);
  CHECK(plan_retention("basic").warning == 30 * day);

  Retention own;
  own.warning = own.incidents = 40 * day;
  REQUIRE(region.tenancy->set_retention("a", own, "k").ok());
  region.reopen();
  const Retention kept = region.tenancy->find("a")->retention();
  CHECK(kept == Retention{7 * day, 40 * day, 40 * day, 7 * day});
  CHECK(region.actions().front() == "tenant.retention");

  own.normal = 41 * day;
  CHECK(absl::IsInvalidArgument(region.tenancy->set_retention("a", own, "k").status()));
  own.normal = 1h;
  CHECK(absl::IsInvalidArgument(region.tenancy->set_retention("a", own, "k").status()));
  own.normal = 5000 * day;
  CHECK(absl::IsInvalidArgument(region.tenancy->set_retention("a", own, "k").status()));
  CHECK(absl::IsNotFound(region.tenancy->set_retention("nobody", {}, "k").status()));
  CHECK(region.tenancy->find("a")->retention() == kept);
}

}  // namespace kgrca::tenancy
