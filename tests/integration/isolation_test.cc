// Two tenants whose things have equal names and ids: each sees its own and nothing of the other.
#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"
#include "tests/support/every_answer.h"

namespace kgrca::integration {
namespace {

const std::string alpha_mark = "alpha-canary-77";
const std::string beta_mark = "beta-canary-88";

std::string new_tenant(test::Api& admin, const std::string& name) {
  CHECK(admin.post("/api/v1/admin/tenants", core::cat(R"({"name":")", name, R"("})")).status == 201);
  const test::Answer key = admin.post(core::cat("/api/v1/admin/tenants/", name, "/keys"), R"({"scopes":["ingest","read"]})");
  CHECK(key.status == 201);
  return std::string(key.json["key"].string_or());
}

void tell(test::Api& api, const std::string& mark, const std::string& extra) {
  const std::string at = core::format_rfc3339(core::SystemClock().now(), 3);
  std::string events;
  for (const std::string& id : {std::string("u-1"), std::string("u-2"), extra}) {
    core::append(events, R"({"kind":"Event","metadata":{"name":"a","namespace":"shop","uid":")", id,
                 R"("},"involvedObject":{"kind":"Pod","namespace":"shop","name":"orders-1"},"reason":"OOMKilling","message":")", mark,
                 R"(","type":"Warning","count":1,"firstTimestamp":")", at, R"(","lastTimestamp":")", at, "\"}\n");
  }
  CHECK(api.post("/api/v1/ingest/k8s-events", events).status == 200);
  CHECK(api.post("/api/v1/ingest/state", core::cat(R"({"op":"UPSERT","at":")", at, R"(","kind":"Pod","uid":"p-1","name":"orders-1",)",
                                                   R"("namespace":"shop","labels":{"mark":")", mark, R"("}})")).status == 200);
  CHECK(api.post("/webhook", core::cat(R"({"version":"4","status":"firing","receiver":"r","groupKey":"g","alerts":[{"status":"firing",)",
                                       R"("labels":{"alertname":"KubePodCrashLooping","severity":"critical","namespace":"shop",)",
                                       R"("pod":"orders-1"},"annotations":{"summary":")", mark, R"("},"startsAt":")", at,
                                       R"(","fingerprint":"f1"}]})")).status == 200);
}

void sees_only_its_own(const test::ServerProcess& server, const std::string& key, const std::string& own, const std::string& foreign) {
  std::string all;
  test::each_get_answer(server, key, [&](const std::string& target, const test::Answer& answer) {
    INFO(target << " -> " << answer.status);
    CHECK(answer.body.find(foreign) == std::string::npos);
    all += answer.body;
  });
  CHECK(all.find(own) != std::string::npos);
}

}  // namespace

TEST_CASE("integration: two tenants with equal names see only their own") {
  test::ServerProcess server;
  server.start();
  test::Api admin(server.url(), server.key("admin"));
  const std::string alpha_key = new_tenant(admin, "t1");
  const std::string beta_key = new_tenant(admin, "t10");
  test::Api alpha(server.url(), alpha_key);
  test::Api beta(server.url(), beta_key);
  tell(alpha, alpha_mark, "u-only-alpha");
  tell(beta, beta_mark, "u-only-beta");
  sees_only_its_own(server, alpha_key, alpha_mark, beta_mark);
  sees_only_its_own(server, beta_key, beta_mark, alpha_mark);
  CHECK(alpha.get("/api/v1/events?source_id=u-only-beta").json["items"].size() == 0);
  CHECK(alpha.get("/api/v1/events?source_id=u-only-alpha").json["items"].size() == 1);
}

TEST_CASE("integration: ids and cursors of another tenant are as good as unknown") {
  test::ServerProcess server;
  server.start();
  test::Api admin(server.url(), server.key("admin"));
  test::Api alpha(server.url(), new_tenant(admin, "alpha"));
  const std::string beta_key = new_tenant(admin, "beta");
  test::Api beta(server.url(), beta_key);
  tell(alpha, alpha_mark, "u-only-alpha");
  for (const std::string& target : test::get_targets(alpha, test::ids_of(alpha))) {
    if (target.find("/api/v1/") == std::string::npos) continue;
    const test::Answer answer = beta.get(target);
    INFO(target << " -> " << answer.status << " " << answer.body.substr(0, 200));
    CHECK((answer.status == 200 || answer.status == 403 || answer.status == 404));
    CHECK(answer.body.find(alpha_mark) == std::string::npos);
    const bool names_one = target.find("/events/") != std::string::npos || target.find("/incidents/") != std::string::npos ||
                           target.find("/resources/") != std::string::npos || target.find("/topology/") != std::string::npos ||
                           target.find("/causes/") != std::string::npos || target.find("/effects/") != std::string::npos;
    if (names_one) CHECK(answer.status == 404);
  }
  const test::Answer page = alpha.get("/api/v1/events?limit=1");
  const std::string cursor(page.json["next_cursor"].string_or());
  REQUIRE_FALSE(cursor.empty());
  CHECK(alpha.get("/api/v1/events?limit=1&cursor=" + test::percent_encoded(cursor)).status == 200);
  CHECK(beta.get("/api/v1/events?limit=1&cursor=" + test::percent_encoded(cursor)).status == 400);
}

}  // namespace kgrca::integration
