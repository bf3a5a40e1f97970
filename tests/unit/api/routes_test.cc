#include "support.h"

#include <algorithm>
#include <set>

using namespace kgrca;
using namespace kgrca::api::testing;

TEST_CASE("api: an event comes back by our id and by its source's id") {
  Bench bench;
  bench.ingest(bench.acme, pod_event(7));
  const Answer by_source = bench.get(bench.acme, "/api/v1/events/uid-7");
  REQUIRE(by_source.response.status == 200);
  CHECK(by_source.root["source_id"].string_or() == "uid-7");
  CHECK(by_source.root["resource"]["name"].string_or() == "web-1");
  CHECK(by_source.root["severity"].string_or() == "WARNING");
  const std::string id(by_source.root["id"].string_or());
  CHECK(bench.get(bench.acme, "/api/v1/events/" + id).root["source_id"].string_or() == "uid-7");
  CHECK(bench.get(bench.acme, "/api/v1/events?source_id=uid-7").root["items"].size() == 1);
  CHECK(bench.get(bench.acme, "/api/v1/events?source_id=none").root["items"].size() == 0);
}

TEST_CASE("api: another tenant's ids are unknown") {
  Bench bench;
  bench.ingest(bench.acme, pod_event(7));
  const std::string id(bench.get(bench.acme, "/api/v1/events/uid-7").root["id"].string_or());
  for (const std::string target : {"/api/v1/events/uid-7", "/api/v1/rca/uid-7", "/api/v1/resources/pod:shop:web-1",
                                   "/api/v1/graph/topology/pod:shop:web-1", "/api/v1/incidents/latest"}) {
    CHECK(bench.get(bench.globex, target).response.status == 404);
  }
  CHECK(bench.get(bench.globex, "/api/v1/events/" + id).response.status == 404);
  CHECK(bench.get(bench.globex, "/api/v1/events").root["items"].size() == 0);
  CHECK(bench.call(bench.globex, net::Method::post, "/api/v1/rca", R"({"event_id":"uid-7"})").response.status == 404);
}

TEST_CASE("api: pages follow each other without gaps or repeats") {
  Bench bench;
  std::string body;
  for (int i = 0; i < 25; ++i) body += pod_event(i, "Started", "Normal");
  bench.ingest(bench.acme, body);
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const Answer page = bench.get(bench.acme, "/api/v1/events?limit=10" + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.response.status == 200);
    page.root["items"].each_item([&](wire::JsonValue item) {
      CHECK(seen.emplace(item["id"].string_or()).second);
      return true;
    });
    cursor = std::string(page.root["next_cursor"].string_or());
    ++pages;
  } while (!cursor.empty() && pages < 10);
  CHECK(seen.size() == 25);
}

TEST_CASE("api: the list of resources goes on after names as long as decoders let pass") {
  Bench bench;
  const std::string longest(512, 'x');
  for (const std::string& name : {longest + "cut off", std::string("web")}) {
    const std::string object = core::cat(R"({"kind":")", longest, R"(","namespace":")", longest, R"(","name":")", name, R"("})");
    bench.ingest(bench.acme, core::cat(R"({"metadata":{"uid":"uid-)", name.size(), R"("},"involvedObject":)", object,
                                       R"(,"reason":"Started","message":"m","type":"Normal","count":1,)",
                                       R"("firstTimestamp":"2025-04-09T09:59:00Z","lastTimestamp":"2025-04-09T09:59:00Z"})", "\n"));
  }
  bench.ingest(bench.acme, pod_event(1));
  const std::string listing = "/api/v1/resources?kind=" + longest + "&limit=1";
  const Answer first = bench.get(bench.acme, listing);
  const std::string cursor(first.root["next_cursor"].string_or());
  REQUIRE_FALSE(cursor.empty());
  const Answer second = bench.get(bench.acme, listing + "&cursor=" + cursor);
  CHECK(second.response.status == 200);
  CHECK(first.root["items"].size() + second.root["items"].size() == 2);
}

TEST_CASE("api: a cursor fits its tenant and its listing only") {
  Bench bench;
  std::string body;
  for (int i = 0; i < 5; ++i) body += pod_event(i);
  bench.ingest(bench.acme, body);
  bench.ingest(bench.globex, body);
  const std::string cursor(bench.get(bench.acme, "/api/v1/events?limit=2").root["next_cursor"].string_or());
  REQUIRE_FALSE(cursor.empty());
  CHECK(bench.get(bench.acme, "/api/v1/events?limit=3&cursor=" + cursor).response.status == 200);
  CHECK(bench.get(bench.globex, "/api/v1/events?limit=2&cursor=" + cursor).response.status == 400);
  CHECK(bench.get(bench.acme, "/api/v1/resources?limit=2&cursor=" + cursor).response.status == 400);
  CHECK(bench.get(bench.acme, "/api/v1/events?reason=BackOff&cursor=" + cursor).response.status == 400);
  CHECK(bench.get(bench.acme, "/api/v1/events?cursor=AAAA").response.status == 400);
}

TEST_CASE("api: parameters that are unknown or malformed are named") {
  Bench bench;
  const auto detail = [&](const std::string& target) {
    const Answer answer = bench.get(bench.acme, target);
    CHECK(answer.response.status == 400);
    CHECK(answer.response.content_type == "application/problem+json");
    return std::string(answer.root["detail"].string_or());
  };
  CHECK_THAT(detail("/api/v1/events?sevrity=ERROR"), Catch::Contains("sevrity") && Catch::Contains("min_severity"));
  CHECK_THAT(detail("/api/v1/events?limit=1&limit=2"), Catch::Contains("'limit'") && Catch::Contains("more than once"));
  CHECK_THAT(detail("/api/v1/events?from=yesterday"), Catch::Contains("'from'") && Catch::Contains("RFC 3339"));
  CHECK_THAT(detail("/api/v1/events?limit=1001"), Catch::Contains("'limit'"));
  CHECK_THAT(detail("/api/v1/events?min_severity=loud"), Catch::Contains("'min_severity'"));
  CHECK_THAT(detail("/api/v1/events?from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z"), Catch::Contains("'from'"));
  CHECK_THAT(detail("/api/v1/incidents?status=closed"), Catch::Contains("'status'"));
  CHECK_THAT(detail("/api/v1/incidents/nonsense"), Catch::Contains("incident id"));
  CHECK_THAT(detail("/api/v1/graph/topology/x?depth=16"), Catch::Contains("'depth'"));
  CHECK_THAT(detail("/api/v1/graph/topology/x?relation=RUNS_ON,LIKES"), Catch::Contains("'relation'") && Catch::Contains("LIKES"));
  CHECK_THAT(detail("/api/v1/graph/topology/x?direction=up"), Catch::Contains("'direction'"));
  CHECK_THAT(detail("/api/v1/graph/path?from=pod:shop:web-1"), Catch::Contains("'to'"));
  CHECK_THAT(detail("/api/v1/graph/path"), Catch::Contains("'from'"));
  CHECK_THAT(detail("/api/v1/graph/diff"), Catch::Contains("'from'"));
  CHECK_THAT(detail("/api/v1/graph/diff?from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z"), Catch::Contains("'from'"));
  CHECK_THAT(detail("/api/v1/graph/diff?from=2025-01-02T00:00:00Z&resource=x&namespace=y"), Catch::Contains("'namespace'"));
  CHECK_THAT(detail("/api/v1/graph/effects/x?min_confidence=2"), Catch::Contains("'min_confidence'"));
  CHECK_THAT(detail("/api/v1/graph/causes/x?links=16"), Catch::Contains("'links'"));
}

TEST_CASE("api: the causes of an event, by POST and by GET") {
  Bench bench;
  bench.ingest(bench.acme, pod_event(3) + pod_event(6));
  const Answer post = bench.call(bench.acme, net::Method::post, "/api/v1/rca", R"({"event_id":"uid-6","time_window_minutes":5})");
  REQUIRE(post.response.status == 200);
  CHECK(post.root["event"]["source_id"].string_or() == "uid-6");
  for (const auto* member : {"potential_causes", "blast_radius", "timeline"}) CHECK(post.root[member].is_array());
  CHECK(bench.get(bench.acme, "/api/v1/rca/uid-6").response.status == 200);
  const auto status = [&](std::string body) { return bench.call(bench.acme, net::Method::post, "/api/v1/rca", std::move(body)).response.status; };
  CHECK(status(R"({"event_id":"nobody"})") == 404);
  CHECK(status(R"({"event_id":7})") == 400);
  CHECK(status(R"({"event_id":"uid-6","min_confidence":2})") == 400);
  CHECK(status(R"({"event_id":"uid-6","max_hops":"many"})") == 400);
  CHECK(status(R"({"event_id":"uid-6","min_confidance":0.5})") == 400);
  CHECK(status(R"({"event_id":"uid-6","max_hops":"3"})") == 400);
  CHECK(status(R"({"event_id":"uid-6","include_timeline":1})") == 400);
  CHECK(status("") == 400);
  CHECK(status("{") == 400);
  const Answer bare = bench.call(bench.acme, net::Method::post, "/api/v1/rca",
                                 R"({"event_id":"uid-6","include_blast_radius":false,"include_timeline":false})");
  CHECK(bare.root["timeline"].is_null_or_absent());
}

TEST_CASE("api: resources, one resource and what surrounds it") {
  Bench bench;
  bench.ingest(bench.acme, pod_event(1) + pod_event(2));
  const Answer list = bench.get(bench.acme, "/api/v1/resources?kind=Pods");
  CHECK(list.root["items"].size() == 2);
  CHECK(bench.get(bench.acme, "/api/v1/resources?kind=pod&namespace=shop&name=web-1").root["items"].size() == 1);
  CHECK(bench.get(bench.acme, "/api/v1/resources?namespace=shop").response.status == 400);
  const Answer one = bench.get(bench.acme, "/api/v1/resources/pod:shop:web-1");
  REQUIRE(one.response.status == 200);
  CHECK(one.root["recent_events"].size() == 1);
  CHECK(bench.get(bench.acme, "/api/v1/resources/pod:shop:none").response.status == 404);
  const Answer topology = bench.get(bench.acme, "/api/v1/graph/topology/pod:shop:web-1?depth=2");
  REQUIRE(topology.response.status == 200);
  CHECK(topology.root["nodes"].size() == 1);
}

TEST_CASE("api: questions are kept apart from what must not wait for them") {
  const Bench bench;
  for (const net::Route& route : bench.list) {
    INFO(route.path);
    CHECK(route.long_running == (route.scope == core::Scope::read));
  }
}

TEST_CASE("api: the statistics have their agreed shape") {
  Bench bench;
  bench.ingest(bench.acme, pod_event(1));
  const Answer stats = bench.get(bench.acme, "/api/v1/stats");
  REQUIRE(stats.response.status == 200);
  CHECK(stats.root["graph"]["events"].integer() == 1);
  CHECK(stats.root["graph"]["resources"].integer() == 1);
  CHECK(stats.root["graph"]["links"]["without_confidence"].integer() == 0);
  CHECK(stats.root["graph"]["links"]["by_confidence"].is_object());
  CHECK(stats.root["incidents"]["by_status"].is_object());
  for (const auto* member : {"event_to_link_p50_ms", "p99_ms"}) CHECK(stats.root["performance"][member].number());
  CHECK(stats.root["sources"].is_array());
  // What nothing measures yet is left out rather than null.
  CHECK(stats.response.body.find("null") == std::string::npos);
  CHECK(stats.root["health"]["status"].string_or() == "ok");
  CHECK(stats.root["version"].string_or() == "test");
}

TEST_CASE("api: health answers in both usual forms, readiness gives its reason") {
  Bench bench;
  for (const std::string path : {"/healthz", "/livez", "/readyz", "/-/healthy", "/-/ready", "/metrics"}) {
    CHECK(bench.get({}, path).response.status == 200);
  }
  CHECK(bench.get({}, "/readyz?verbose").response.status == 200);
}

TEST_CASE("api: a tenant's admin manages its own keys and sees no other tenant") {
  Bench bench;
  const Answer made = bench.call(bench.acme, net::Method::post, "/api/v1/admin/tenants/acme/keys", R"({"scopes":["read"],"label":"x"})");
  REQUIRE(made.response.status == 201);
  const std::string id(made.root["id"].string_or());
  CHECK(bench.tenancy->authenticate(made.root["key"].string_or(), core::Scope::read).ok());
  CHECK(bench.get(bench.acme, "/api/v1/admin/tenants/globex/keys").response.status == 404);
  CHECK(bench.call(bench.globex, net::Method::del, "/api/v1/admin/keys/" + id).response.status == 404);
  CHECK(bench.call(bench.acme, net::Method::post, "/api/v1/admin/tenants/acme/keys", R"({"scopes":["platform"]})").response.status == 403);
  CHECK(bench.call(bench.acme, net::Method::post, "/api/v1/admin/tenants/acme/keys", R"({"scopes":["fly"]})").response.status == 400);
  CHECK(bench.call(bench.acme, net::Method::post, "/api/v1/admin/tenants/acme/keys", R"({"label":7})").response.status == 400);
  CHECK(bench.call(bench.acme, net::Method::post, "/api/v1/admin/tenants/acme/keys", R"({"scope":["read"]})").response.status == 400);
  for (const char* body : {R"({"cluster":"\u0000"})", R"({"expires":"2025-04-09T09:59:59Z"})", R"({"expires":7})"}) {
    CHECK(bench.call(bench.acme, net::Method::post, "/api/v1/admin/tenants/acme/keys", body).response.status == 400);
  }
  CHECK(bench.call(bench.acme, net::Method::del, "/api/v1/admin/keys/" + id).response.status == 204);
  CHECK_FALSE(bench.tenancy->authenticate(made.root["key"].string_or(), core::Scope::read).ok());
}

TEST_CASE("api: OpenAPI names every route and nothing else") {
  Bench bench;
  std::vector<net::Route> all = bench.list;
  api::add_openapi_route(all, "test");
  wire::JsonDocument document;
  const std::string text = api::openapi_json(all, "test");
  const auto root = document.parse(text);
  REQUIRE(root.ok());
  std::set<std::string> described;
  (*root)["paths"].each_member([&](std::string_view path, wire::JsonValue methods) {
    methods.each_member([&](std::string_view method, wire::JsonValue operation) {
      CHECK(described.insert(core::cat(method, " ", path)).second);
      CHECK_FALSE(operation["summary"].string_or().empty());
      CHECK(operation["responses"].size() > 0);
      return true;
    });
    return true;
  });
  std::set<std::string> served;
  for (const net::Route& route : all) served.insert(core::cat(core::to_lower(net::name_of(route.method)), " ", route.path));
  CHECK(described == served);
}
