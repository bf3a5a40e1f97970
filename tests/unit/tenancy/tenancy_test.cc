#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "tenancy/key_text.h"
#include "tenancy/records.h"
#include "tests/unit/tenancy/region.h"

namespace kgrca::tenancy {
namespace {

using absl::StatusCode;
using core::Scope;

constexpr std::uint8_t ingest = static_cast<std::uint8_t>(Scope::ingest);
constexpr std::uint8_t read = static_cast<std::uint8_t>(Scope::read);

struct Region : testing::Region {
  Region() : testing::Region(3) {}
  StatusCode check(std::string_view key, Scope scope = Scope::none) const { return tenancy->authenticate(key, scope).status().code(); }
};

}  // namespace

TEST_CASE("tenancy: tenants keep number, plan and database over a restart, and numbers go on") {
  Region region;
  const auto one = region.tenancy->create_tenant("acme");
  const auto two = region.tenancy->create_tenant("beta-2", "pro");
  REQUIRE((one.ok() && two.ok()));
  CHECK(one->number == core::TenantNumber{1});
  CHECK(two->number == core::TenantNumber{2});
  CHECK(two->database == 2);
  CHECK(one->shard < 64);
  region.reopen();
  const auto again = region.tenancy->find("beta-2");
  REQUIRE(again);
  CHECK((again->number == two->number && again->plan == "pro" && again->database == 2 && again->shard == two->shard));
  CHECK(again->created == region.clock.now());
  CHECK(region.tenancy->find(core::TenantNumber{1})->name == "acme");
  CHECK_FALSE(region.tenancy->find("gamma"));
  CHECK(region.tenancy->create_tenant("gamma")->number == core::TenantNumber{3});
  CHECK(region.tenancy->tenants().size() == 3);
}

TEST_CASE("tenancy: a name that exists or is not allowed is refused with a way out") {
  Region region;
  REQUIRE(region.tenancy->create_tenant("acme").ok());
  CHECK(region.tenancy->create_tenant("acme").status().code() == StatusCode::kAlreadyExists);
  CHECK(region.tenancy->create_tenant("operator").status().code() == StatusCode::kAlreadyExists);
  const std::string bad[] = {"", "-a", "A", "a b", "a/b", "a.b", "ä", std::string("a\0b", 3), std::string(64, 'a'), std::string(1 << 20, 'x')};
  for (const auto& name : bad) {
    const auto status = region.tenancy->create_tenant(name).status();
    CHECK(status.code() == StatusCode::kInvalidArgument);
    CHECK(core::message_of(status).size() < 300);
    CHECK_THAT(core::message_of(status), Catch::Contains("a-z"));
  }
  CHECK(region.tenancy->create_tenant(std::string(63, 'a')).ok());
  CHECK(region.tenancy->create_tenant("x", "Bad Plan").status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("tenancy: a key opens its tenant, its scopes and its cluster, also after a restart") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme");
  const auto made = region.tenancy->create_key(tenant->number, ingest | read, "ci", "prod-eu");
  REQUIRE(made.ok());
  for (int round = 0; round < 2; ++round) {
    const auto who = region.tenancy->authenticate(made->secret_text, Scope::ingest);
    REQUIRE(who.ok());
    CHECK((who->tenant == tenant->number && who->tenant_name == "acme" && who->key_id == made->key.id));
    CHECK((who->scopes == (ingest | read) && who->cluster == "prod-eu"));
    CHECK(region.check(made->secret_text, Scope::admin) == StatusCode::kPermissionDenied);
    CHECK(region.tenancy->view(*who)->tenant() == tenant->number);
    const auto listed = region.tenancy->keys(tenant->number);
    REQUIRE(listed.size() == 1);
    CHECK((listed[0].label == "ci" && listed[0].id == made->key.id && !listed[0].revoked));
    region.reopen();
  }
}

TEST_CASE("tenancy: a key made elsewhere is taken over once, and its id by no other") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme");
  const std::string text = new_key_text();
  for (int round = 0; round < 2; ++round) {
    REQUIRE(region.tenancy->import_key(text, tenant->number, read, "given").ok());
    CHECK(region.check(text, Scope::read) == StatusCode::kOk);
    CHECK(region.tenancy->keys(tenant->number).size() == 1);
    region.reopen();
  }
  CHECK(region.tenancy->import_key(text, core::operator_tenant, read, "given").code() == StatusCode::kAlreadyExists);
  CHECK(region.tenancy->import_key("kg_live_nonsense", tenant->number, read, "given").code() == StatusCode::kInvalidArgument);
}

TEST_CASE("tenancy: a revoked or expired key opens nothing") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme")->number;
  const auto revoked = region.tenancy->create_key(tenant, read, "a");
  const auto expiring = region.tenancy->create_key(tenant, read, "b", "", region.clock.now() + std::chrono::seconds(10));
  REQUIRE((revoked.ok() && expiring.ok()));
  REQUIRE(region.tenancy->revoke_key(revoked->key.id).ok());
  REQUIRE(region.tenancy->revoke_key(revoked->key.id).ok());
  CHECK(region.tenancy->revoke_key("nosuchkeyid1").code() == StatusCode::kNotFound);
  CHECK(region.check(revoked->secret_text) == StatusCode::kUnauthenticated);
  CHECK(region.check(expiring->secret_text) == StatusCode::kOk);
  region.clock.set(region.clock.now() + std::chrono::seconds(10));
  CHECK(region.check(expiring->secret_text) == StatusCode::kUnauthenticated);
  region.reopen();
  CHECK(region.check(revoked->secret_text) == StatusCode::kUnauthenticated);
}

TEST_CASE("tenancy: keys are bounded, and of those that work no more the oldest makes room") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme")->number;
  const auto make = [&] {
    region.clock.set(region.clock.now() + std::chrono::seconds(1));
    return region.tenancy->create_key(tenant, read, "rotated");
  };
  const auto first = make();
  const auto second = make();
  REQUIRE((first.ok() && second.ok()));
  auto operators = region.tenancy->view(core::operator_tenant, SystemJob::maintenance);
  REQUIRE(operators.ok());
  auto many = operators->batch();  // at once: made one by one, each would wait for its sync
  for (int i = 2; i < 1000; ++i) {
    KeyRecord record{second->key, std::string(32, 'd')};
    record.key.id = core::cat("made", 10'000'000 + i);
    record.key.created += std::chrono::milliseconds(1);
    many.put(store::keys::api_key(record.key.id), encode(record));
  }
  REQUIRE(operators->commit_durably(std::move(many)).ok());
  region.reopen();
  CHECK(make().status().code() == StatusCode::kResourceExhausted);
  REQUIRE((region.tenancy->revoke_key(second->key.id).ok() && region.tenancy->revoke_key(first->key.id).ok()));
  const auto fresh = make();
  REQUIRE(fresh.ok());
  region.reopen();
  const auto left = region.tenancy->keys(tenant);
  CHECK(left.size() == 1000);
  CHECK(left.front().id == second->key.id);
  CHECK(left.back().id == fresh->key.id);
  CHECK(region.check(fresh->secret_text, Scope::read) == StatusCode::kOk);
  CHECK(region.check(first->secret_text) == StatusCode::kUnauthenticated);
}

TEST_CASE("tenancy: hostile key texts are refused") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme")->number;
  const std::string good = region.tenancy->create_key(tenant, read, "")->secret_text;
  REQUIRE(region.check(good) == StatusCode::kOk);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (char c : {'\0', 'A', '_', '\xff', '0'}) {
      std::string changed = good;
      changed[i] = c;
      if (changed != good) CHECK(region.check(changed) == StatusCode::kUnauthenticated);
    }
    CHECK(region.check(good.substr(0, i)) == StatusCode::kUnauthenticated);
  }
  for (const std::string& text : {std::string(), good + "x", " " + good, good + "\n", std::string(1 << 20, 'k'), std::string(73, '\0')})
    CHECK(region.check(text) == StatusCode::kUnauthenticated);
  const auto parts = parse_key_text(good);
  REQUIRE(parts);
  // Right form and CRC, wrong content: another secret for a known id, and an unknown id.
  CHECK(region.check(key_text(parts->id, new_secret())) == StatusCode::kUnauthenticated);
  CHECK(region.check(key_text(new_key_id(), parts->secret)) == StatusCode::kUnauthenticated);
}

TEST_CASE("tenancy: keys with wrong scopes, tenants or texts are not made") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme")->number;
  const auto platform = static_cast<std::uint8_t>(Scope::platform);
  const auto code = [&](core::TenantNumber of, std::uint8_t scopes, std::string_view label, std::string_view cluster) {
    return region.tenancy->create_key(of, scopes, label, cluster).status().code();
  };
  CHECK(code(core::TenantNumber{9}, read, "", "") == StatusCode::kNotFound);
  CHECK(code(tenant, 0, "", "") == StatusCode::kInvalidArgument);
  CHECK(code(tenant, 16, "", "") == StatusCode::kInvalidArgument);
  CHECK(code(tenant, platform, "", "") == StatusCode::kInvalidArgument);
  CHECK(code(tenant, read, std::string(201, 'x'), "") == StatusCode::kInvalidArgument);
  CHECK(code(tenant, read, "\xff", "") == StatusCode::kInvalidArgument);
  CHECK(code(tenant, read, "", std::string(254, 'x')) == StatusCode::kInvalidArgument);
  const auto admin = region.tenancy->create_key(core::operator_tenant, platform, "bootstrap");
  REQUIRE(admin.ok());
  CHECK(region.tenancy->authenticate(admin->secret_text, Scope::platform)->tenant_name == "operator");
}

TEST_CASE("tenancy: a key that may not says what is needed, and the operator's key sends no data") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme")->number;
  const auto reader = region.tenancy->create_key(tenant, read, "");
  const auto refused = region.tenancy->authenticate(reader->secret_text, Scope::ingest).status();
  CHECK_THAT(core::message_of(refused), Catch::Contains("scope ingest") && Catch::Contains("has read"));
  const auto all = region.tenancy->create_key(core::operator_tenant, 15, "");
  const auto operators = region.tenancy->authenticate(all->secret_text, Scope::ingest).status();
  CHECK(operators.code() == StatusCode::kPermissionDenied);
  CHECK_THAT(core::message_of(operators), Catch::Contains("operator") && Catch::Contains("kgrca admin key create"));
  CHECK(region.check(all->secret_text, Scope::read) == StatusCode::kOk);
}

TEST_CASE("tenancy: the audit names tenant, scopes and who asked, and not what changed nothing") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme", "pro", "root-key")->number;
  CHECK(region.tenancy->audit(1)->front().detail == "plan pro by key root-key");
  region.clock.set(region.clock.now() + std::chrono::seconds(1));
  const auto made = region.tenancy->create_key(tenant, ingest | read, "", "prod", {}, "root-key");
  CHECK(region.tenancy->audit(1)->front().detail == "tenant acme scopes ingest,read cluster prod by key root-key");
  region.clock.set(region.clock.now() + std::chrono::seconds(1));
  REQUIRE(region.tenancy->revoke_key(made->key.id, "root-key").ok());
  CHECK(region.tenancy->audit(1)->front().detail == "tenant acme by key root-key");
  REQUIRE(region.tenancy->set_retention("acme", {}, "root-key").ok());
  CHECK(region.tenancy->audit(1)->front().action == "key.revoke");
}

TEST_CASE("tenancy: the secret is nowhere in the store, and each change has an audit record") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme")->number;
  const auto made = region.tenancy->create_key(tenant, read, "");
  REQUIRE(region.tenancy->revoke_key(made->key.id).ok());
  auto view = region.tenancy->view(core::operator_tenant, SystemJob::maintenance);
  REQUIRE(view.ok());
  std::size_t audits = 0;
  std::string all;
  {
    const auto snapshot = view->snapshot();
    for (auto scan = snapshot.scan(store::keys::audits()); scan.valid(); scan.next()) {
      ++audits;
      all.append(scan.value());
    }
  }
  CHECK(audits == 3);  // all at one time: none overwrites another
  for (const char* action : {"tenant.create", "key.create", "key.revoke"}) CHECK_THAT(all, Catch::Contains(action));
  const std::string secret(parse_key_text(made->secret_text)->secret);
  region.close();
  for (const auto& file : std::filesystem::recursive_directory_iterator(region.directory.path())) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    CHECK(bytes.find(secret) == std::string::npos);
  }
}

TEST_CASE("tenancy: views are opened for existing tenants only") {
  Region region;
  const auto tenant = region.tenancy->create_tenant("acme")->number;
  CHECK(region.tenancy->view(tenant, SystemJob::lane).ok());
  CHECK(region.tenancy->view(core::TenantNumber{77}, SystemJob::lane).status().code() == StatusCode::kNotFound);
  core::Principal stranger;
  stranger.tenant = core::TenantNumber{77};
  CHECK(region.tenancy->view(stranger).status().code() == StatusCode::kNotFound);
}

TEST_CASE("tenancy: derived keys differ by purpose and last") {
  Region region;
  const auto cursor = region.tenancy->derived_key("cursor");
  CHECK(cursor.size() == 32);
  CHECK(cursor != region.tenancy->derived_key("digest:1"));
  region.reopen();
  CHECK(cursor == region.tenancy->derived_key("cursor"));
}

TEST_CASE("tenancy: the pepper file is private, whole and the one the store knows") {
  Region region;
  struct stat facts {};
  REQUIRE(::stat(region.pepper().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK(facts.st_size == 32);
  region.close();
  std::string expected;
  SECTION("readable by others") {
    REQUIRE(::chmod(region.pepper().c_str(), 0640) == 0);
    expected = "chmod 600";
  }
  SECTION("short") {
    std::filesystem::resize_file(region.pepper(), 31);
    expected = "32 bytes";
  }
  SECTION("long") {
    std::ofstream(region.pepper(), std::ios::app) << "x";
    expected = "32 bytes";
  }
  SECTION("swapped") {
    std::ofstream(region.pepper()) << std::string(32, 'p');
    expected = "not the one";
  }
  SECTION("lost") {
    std::filesystem::remove(region.pepper());
    expected = "missing";
  }
  const auto status = region.try_open();
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(core::message_of(status), Catch::Contains(expected));
  if (expected == "missing") CHECK_FALSE(std::filesystem::exists(region.pepper()));
}

TEST_CASE("tenancy: stored records survive a round trip and reject every cut and unknown version") {
  Tenant tenant{core::TenantNumber{7}, "acme", "pro", 3, 42, core::from_micros(5), true};
  const auto bytes = encode(tenant);
  const auto back = decode_tenant(bytes);
  REQUIRE(back.ok());
  CHECK((back->number == tenant.number && back->name == "acme" && back->plan == "pro" && back->database == 3));
  CHECK((back->shard == 42 && back->created == tenant.created && back->deleted));
  KeyRecord record{{"abcdefghijkl", core::TenantNumber{7}, "l", 3, "c", core::from_micros(1), core::from_micros(2), true}, std::string(32, 'd')};
  const auto key_bytes = encode(record);
  REQUIRE(decode_key(key_bytes).ok());
  CHECK(decode_key(key_bytes)->digest == record.digest);
  for (std::size_t i = 0; i < bytes.size(); ++i) CHECK(decode_tenant(bytes.substr(0, i)).status().code() == StatusCode::kDataLoss);
  for (std::size_t i = 0; i < key_bytes.size(); ++i) CHECK(decode_key(key_bytes.substr(0, i)).status().code() == StatusCode::kDataLoss);
  CHECK_FALSE(decode_tenant("\x09" + bytes.substr(1)).ok());
}

TEST_CASE("tenancy: the CRC is the IEEE one") { CHECK(crc32("123456789") == 0xcbf43926u); }

TEST_CASE("tenancy: a key is found in Bearer, Basic and X-API-Key") {
  CHECK(key_from_headers("Bearer kg_live_x", "") == "kg_live_x");
  CHECK(key_from_headers("  bearer   kg_live_x ", "other") == "kg_live_x");
  CHECK(key_from_headers("Basic dXNlcjpzZWNyZXQ6eA==", "") == "secret:x");  // user:secret:x
  CHECK(key_from_headers("basic OnNlY3JldA", "") == "secret");               // :secret, no padding
  CHECK(key_from_headers("", " kg_live_x ") == "kg_live_x");
  CHECK(key_from_headers("Digest abc", "kg_live_x") == "kg_live_x");
  CHECK(key_from_headers("", "").empty());
  CHECK(key_from_headers("Bearer", "").empty());
  CHECK(key_from_headers("Bearer   ", "").empty());
  CHECK(key_from_headers("Basic !!!", "").empty());
  CHECK(key_from_headers("Basic dXNlcg==", "").empty());  // no colon
  CHECK(key_from_headers("Bearer " + std::string(5000, 'x'), "").empty());
}

}  // namespace kgrca::tenancy
