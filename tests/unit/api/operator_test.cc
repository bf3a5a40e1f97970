#include "kgrca/graph/counts.h"
#include "kgrca/store/keys.h"
#include "tests/unit/api/support.h"

namespace kgrca::api::testing {
namespace {

core::Principal operator_of(const Bench&) {
  core::Principal principal;
  principal.tenant = core::operator_tenant;
  principal.tenant_name = "operator";
  principal.key_id = "the-key";
  principal.scopes = 15;
  return principal;
}

}  // namespace

TEST_CASE("api: usage shows every tenant's counts and bytes, and stats show one's own") {
  Bench bench;
  bench.ingest(bench.acme, R"({"kind":"Event","metadata":{"uid":"e1","namespace":"shop"},"type":"Warning","reason":"OOMKilling","message":"m",)"
                           R"("involvedObject":{"kind":"Pod","namespace":"shop","name":"p"},"firstTimestamp":"2025-04-09T10:00:00Z",)"
                           R"("lastTimestamp":"2025-04-09T10:00:00Z","count":1})");
  const Answer all = bench.get(operator_of(bench), "/api/v1/admin/usage");
  REQUIRE(all.response.status == 200);
  std::map<std::string, std::int64_t> events;
  all.root["items"].each_item([&](wire::JsonValue item) {
    events[std::string(item["name"].string_or())] = *item["events"].integer();
    CHECK(item["retention"]["normal"].string_or() == "7d");
    CHECK(item["disk_bytes_estimate"].integer().has_value());
    return true;
  });
  CHECK(events == std::map<std::string, std::int64_t>{{"acme", 1}, {"globex", 0}});
  const Answer stats = bench.get(bench.acme, "/api/v1/stats");
  const wire::JsonValue bytes = stats.root["usage"]["logical_bytes"];
  CHECK(*bytes["events"].integer() > 96);
  CHECK(*bytes["total"].integer() == *bytes["events"].integer() + *bytes["resources"].integer() + *bytes["edges"].integer());
}

TEST_CASE("api: retention is changed class by class, and back to the plan's") {
  Bench bench;
  const auto root = operator_of(bench);
  const std::string path = "/api/v1/admin/tenants/acme/retention";
  const Answer longer = bench.call(root, net::Method::post, path, R"({"warning":"30d","incidents":"365d"})");
  REQUIRE(longer.response.status == 200);
  CHECK(longer.root["normal"].string_or() == "7d");
  CHECK(longer.root["warning"].string_or() == "30d");
  CHECK(bench.call(root, net::Method::post, path, R"({"normal":"90d"})").response.status == 400);
  CHECK(bench.call(root, net::Method::post, path, R"({"normal":"soon"})").response.status == 400);
  CHECK(bench.call(root, net::Method::post, path, R"({"events":"7d"})").response.status == 400);
  CHECK(bench.call(root, net::Method::post, path, R"({"warning":"30d","warning":"7d"})").response.status == 400);
  CHECK(bench.call(root, net::Method::post, "/api/v1/admin/tenants/nobody/retention", "{}").response.status == 404);
  const Answer back = bench.call(root, net::Method::post, path, R"({"warning":"plan","incidents":"plan"})");
  CHECK(back.root["incidents"].string_or() == "7d");
}

TEST_CASE("api: a tenant is deleted only by its name given twice, and the audit tells who asked") {
  Bench bench;
  const auto root = operator_of(bench);
  CHECK(bench.call(root, net::Method::del, "/api/v1/admin/tenants/globex").response.status == 400);
  CHECK(bench.call(root, net::Method::del, "/api/v1/admin/tenants/globex?confirm=acme").response.status == 400);
  CHECK(bench.call(root, net::Method::del, "/api/v1/admin/tenants/nobody?confirm=nobody").response.status == 404);
  const Answer gone = bench.call(root, net::Method::del, "/api/v1/admin/tenants/globex?confirm=globex");
  REQUIRE(gone.response.status == 202);
  CHECK(gone.root["status"].string_or() == "deleting");
  CHECK(bench.call(root, net::Method::del, "/api/v1/admin/tenants/globex?confirm=globex").response.status == 404);
  const Answer audit = bench.get(root, "/api/v1/admin/audit?limit=1");
  REQUIRE(audit.response.status == 200);
  std::string detail;
  audit.root["items"].each_item([&](wire::JsonValue item) {
    detail = std::string(item["detail"].string_or());
    return true;
  });
  CHECK(detail.find("by key the-key") != std::string::npos);
  CHECK_FALSE(audit.root["next_cursor"].string_or().empty());
}

TEST_CASE("api: a damaged count is an error of its tenant, never a zero, and hides no other tenant's usage") {
  Bench bench;
  const core::Principal root = operator_of(bench);
  bench.ingest(bench.acme, pod_event(1));
  bench.ingest(bench.globex, pod_event(1));
  store::TenantView view = *bench.tenancy->view(bench.acme.tenant, tenancy::SystemJob::maintenance);
  store::Batch batch = view.batch();
  batch.put(store::keys::count(graph::counts::events), "?");
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  bench.ingest(bench.acme, pod_event(2));
  CHECK(bench.get(bench.acme, "/api/v1/stats").response.status == 500);
  const Answer usage = bench.get(root, "/api/v1/admin/usage");
  REQUIRE(usage.response.status == 200);
  std::map<std::string, std::string> told;
  usage.root["items"].each_item([&](wire::JsonValue item) { return told.emplace(item["name"].string_or(), "").second; });
  usage.root["failed"].each_item(
      [&](wire::JsonValue item) { return told.emplace(item["name"].string_or(), item["error"].string_or()).second; });
  REQUIRE(told.size() == 2);
  CHECK(told["globex"].empty());
  CHECK_FALSE(told["acme"].empty());
  CHECK(bench.get(bench.acme, "/api/v1/events").root["items"].size() == 2);
  CHECK(bench.get(bench.globex, "/api/v1/stats").root["graph"]["events"].integer().value_or(0) == 1);
}

}  // namespace kgrca::api::testing
