// What /openapi.json says of answers is what the running server answers.
#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "process.h"
#include "tests/integration/endpoints.h"
#include "tests/support/api.h"
#include "tests/support/every_answer.h"
#include "tests/support/schema.h"
#include "tests/support/server_process.h"

namespace kgrca::integration {
namespace {

constexpr std::size_t ids_each = 40;

void check(wire::JsonValue openapi, std::string_view path, std::string_view method, const test::Answer& answer) {
  const wire::JsonValue schema = test::answer_schema(openapi, path, method, answer.status, answer.content_type);
  INFO(method << " " << path << " " << answer.status << " " << answer.content_type << " " << answer.body.substr(0, 300));
  REQUIRE(schema.is_object());
  const std::vector<std::string> faults = test::schema_faults(openapi, schema, answer.json);
  for (const std::string& fault : faults) {
    UNSCOPED_INFO(fault);
  }
  CHECK(faults.empty());
}

// A server that holds the bundled incident.
struct Demo {
  Demo() {
    server.start();
    const testing::Result sent = testing::run({"replay", "--stream", KGRCA_SOURCE_DIR "/config/demo/stream.jsonl.gz", "--url", server.url(),
                                               "--key", server.key("default")});
    INFO(sent.errors);
    REQUIRE(sent.code == 0);
  }
  test::ServerProcess server;
};

std::vector<std::string> few(std::vector<std::string> ids) {
  if (ids.size() > ids_each) ids.resize(ids_each);
  return ids;
}

std::string route_of(const std::string& target, wire::JsonValue openapi) {
  std::string found;
  const std::string asked = target.substr(0, target.find('?'));
  openapi["paths"].each_member([&](std::string_view path, wire::JsonValue) {
    const std::size_t open = path.find('{');
    const std::string head(path.substr(0, open));
    const std::string tail(open == std::string_view::npos ? "" : path.substr(path.find('}') + 1));
    const bool same = open == std::string_view::npos
                          ? asked == path
                          : asked.starts_with(head) && asked.size() > head.size() + tail.size() && asked.ends_with(tail);
    if (same && path.size() > found.size()) found = std::string(path);
    return true;
  });
  return found;
}

}  // namespace

TEST_CASE("openapi: every GET answers as its schema says, over the bundled incident") {
  Demo demo;
  test::Api api(demo.server.url(), demo.server.key("default"));
  const test::Answer openapi = api.get("/openapi.json");
  test::Ids ids = test::ids_of(api);
  ids.events = few(ids.events);
  ids.resources = few(ids.resources);
  REQUIRE(ids.incidents.size() > 0);
  std::set<std::string> seen;
  std::vector<std::string> targets = test::get_targets(api, ids);
  api.each("/api/v1/events?min_severity=WARNING&limit=20", [&](wire::JsonValue item) {
    if (targets.size() < 600) targets.push_back(core::cat("/api/v1/events?source_id=", test::percent_encoded(item["source_id"].string_or())));
  });
  targets.push_back("/api/v1/resources?kind=deployment");
  for (const std::string& target : targets) {
    const test::Answer answer = api.get(target);
    INFO(target);
    const std::string route = route_of(target, openapi.json);
    if (!answer.content_type.ends_with("json")) continue;
    check(openapi.json, route, "get", answer);
    seen.insert(route);
  }
  for (const std::string path : {"/api/v1/incidents", "/api/v1/incidents/{id}", "/api/v1/events", "/api/v1/events/{id}", "/api/v1/resources",
                                 "/api/v1/resources/{id}", "/api/v1/graph/topology/{id}", "/api/v1/graph/path", "/api/v1/graph/diff",
                                 "/api/v1/graph/causes/{event_id}", "/api/v1/graph/effects/{event_id}", "/api/v1/rca/{event_id}", "/api/v1/stats",
                                 "/api/v1/whoami", "/healthz", "/readyz"}) {
    INFO(path);
    CHECK(seen.count(path) == 1);
  }
}

TEST_CASE("openapi: POST and DELETE answer as their schemas say") {
  Demo demo;
  test::Api user(demo.server.url(), demo.server.key("default"));
  test::Api admin(demo.server.url(), demo.server.key("admin"));
  const test::Answer openapi = user.get("/openapi.json");
  std::string event;
  user.each("/api/v1/events?min_severity=ERROR", [&](wire::JsonValue item) { event = std::string(item["id"].string_or()); });
  check(openapi.json, "/api/v1/rca", "post", user.post("/api/v1/rca", core::cat(R"({"event_id":")", event, R"("})")));
  check(openapi.json, "/api/v1/rca", "post", user.post("/api/v1/rca", "{"));
  check(openapi.json, "/api/v1/admin/tenants", "post", admin.post("/api/v1/admin/tenants", R"({"name":"acme"})"));
  check(openapi.json, "/api/v1/admin/tenants", "get", admin.get("/api/v1/admin/tenants"));
  const test::Answer key = admin.post("/api/v1/admin/tenants/acme/keys", R"({"label":"x","expires":"2099-01-01T00:00:00Z"})");
  check(openapi.json, "/api/v1/admin/tenants/{name}/keys", "post", key);
  check(openapi.json, "/api/v1/admin/tenants/{name}/keys", "get", admin.get("/api/v1/admin/tenants/acme/keys"));
  check(openapi.json, "/api/v1/admin/backups", "get", admin.get("/api/v1/admin/backups"));
  const test::Answer refused = admin.post("/api/v1/admin/backups", "");
  CHECK(refused.status == 409);  // no folder is set
  check(openapi.json, "/api/v1/admin/backups", "post", refused);
  check(openapi.json, "/api/v1/admin/tenants/{name}/retention", "post",
        admin.post("/api/v1/admin/tenants/acme/retention", R"({"normal":"2d"})"));
  check(openapi.json, "/api/v1/admin/usage", "get", admin.get("/api/v1/admin/usage"));
  check(openapi.json, "/api/v1/admin/audit", "get", admin.get("/api/v1/admin/audit?limit=2"));
  check(openapi.json, "/-/reload", "post", admin.post("/-/reload", ""));
  CHECK(admin.send(net::Method::del, core::cat("/api/v1/admin/keys/", key.json["id"].string_or()), "", {}).status == 204);
  check(openapi.json, "/api/v1/admin/tenants/{name}", "delete", admin.send(net::Method::del, "/api/v1/admin/tenants/acme?confirm=acme", "", {}));
  for (const Endpoint& endpoint : endpoints()) {
    check(openapi.json, endpoint.path, "post", user.post(endpoint.path, endpoint.good));
    check(openapi.json, endpoint.path, "post", user.post(endpoint.path, "{"));
  }
}

TEST_CASE("openapi: every success with a body has a schema or is text") {
  test::ServerProcess server;
  server.start();
  test::Api api(server.url(), "");
  const test::Answer openapi = api.get("/openapi.json");
  openapi.json["paths"].each_member([&](std::string_view path, wire::JsonValue methods) {
    methods.each_member([&](std::string_view method, wire::JsonValue operation) {
      operation["responses"].each_member([&](std::string_view status, wire::JsonValue response) {
        INFO(method << " " << path << " " << status);
        if (status != "204") CHECK(response["content"].size() > 0);
        response["content"].each_member([&](std::string_view, wire::JsonValue media) {
          CHECK(media["schema"].is_object());
          return true;
        });
        return true;
      });
      return true;
    });
    return true;
  });
}

}  // namespace kgrca::integration
