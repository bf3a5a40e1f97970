// The rules of the native push routes.
#include "tests/unit/ingest/support.h"

#include "kgrca/wire/compression.h"

namespace kgrca::ingest {
namespace {

using testing::Answer;
using testing::event_a;
using testing::Server;

const std::string k8s = "/api/v1/ingest/k8s-events";

}  // namespace

TEST_CASE("ingest: a Kubernetes event is accepted, and sent again it is a duplicate") {
  Server server;
  const Answer first = server.post(k8s, event_a);
  CHECK(first.status() == 200);
  CHECK(first.integer("accepted") == 1);
  CHECK(first.integer("rejected_total") == 0);
  CHECK(first.integer("duplicates") == 0);
  CHECK(server.post(k8s, event_a).integer("duplicates") == 1);
  CHECK(server.counted("k8s-events", "accepted") == 1);
  CHECK(server.counted("k8s-events", "duplicate") == 1);
  const auto sources = server.pipeline().sources(server.principal().tenant);
  REQUIRE(sources.size() == 1);
  CHECK(sources[0].protocol == "k8s-events");
  CHECK(sources[0].records == 2);
}

TEST_CASE("ingest: some valid gives 200 and names the rest with reasons") {
  Server server;
  std::string one_line = event_a;
  std::erase(one_line, '\n');
  const Answer answer = server.post(k8s, one_line + "\n{\"kind\":\"Event\",\n" + one_line + "\n",
                                    {{"content-type", "application/x-ndjson"}});
  CHECK(answer.status() == 200);
  CHECK(answer.integer("accepted") == 2);
  CHECK(answer.integer("rejected_total") == 1);
  std::string reason;
  answer.json["rejected"].each_item([&](wire::JsonValue item) {
    reason = std::string(item["reason"].string_or());
    CHECK(item["index"].integer().has_value());
    return true;
  });
  CHECK_FALSE(reason.empty());
  CHECK(server.counted("k8s-events", "rejected") == 1);
}

TEST_CASE("ingest: of many rejected items the first hundred are named and all are counted") {
  Server server;
  std::string body = event_a;
  std::erase(body, '\n');
  for (int i = 0; i < 250; ++i) body += "\n{\"nonsense\":1}";
  const Answer answer = server.post(k8s, body, {{"content-type", "application/x-ndjson"}});
  CHECK(answer.status() == 200);
  CHECK(answer.integer("rejected_total") == 250);
  CHECK(answer.json["rejected"].size() == 100);
}

TEST_CASE("ingest: nothing valid is 400 with the first reasons as problem+json") {
  Server server;
  for (const std::string& path : {k8s, std::string("/api/v1/ingest/logs"), std::string("/api/v1/ingest/state"),
                                  std::string("/api/v1/ingest/k8s-objects"), std::string("/api/v1/ingest/metrics")}) {
    INFO(path);
    for (const std::string body : {"{\"unclosed\":", "[1,", "\xff\xfe{}", "{\"a\":1e999999}"}) {
      INFO(body);
      const Answer answer = server.post(path, body);
      CHECK(answer.status() == 400);
      CHECK(answer.response.content_type == "application/problem+json");
      CHECK(answer.json["detail"].string_or().size() > 20);
    }
  }
}

TEST_CASE("ingest: a document nested ten thousand deep is 400, not a crash") {
  Server server;
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  for (const net::Route& route : server.all_routes()) {
    INFO(route.path);
    CHECK(server.post(route.path, deep).status() == 400);
    CHECK(server.post(route.path, "{\"a\":" + deep + "}").status() == 400);
  }
}

TEST_CASE("ingest: an empty body is 400 on every route") {
  Server server;
  for (const net::Route& route : server.all_routes()) {
    INFO(route.path);
    CHECK(server.post(route.path, "").status() == 400);
    CHECK(server.post(route.path, " \n\t").status() == 400);
  }
}

TEST_CASE("ingest: an unknown content type is 415 and the answer says what is read") {
  Server server;
  for (const net::Route& route : server.all_routes()) {
    INFO(route.path);
    const Answer answer = server.post(route.path, event_a, {{"content-type", "application/xml"}});
    CHECK(answer.status() == 415);
    CHECK(answer.response.body.find("application/json") != std::string::npos);
  }
  CHECK(server.post(k8s, event_a, {{"content-type", "Application/JSON; charset=utf-8"}}).status() == 200);
  CHECK(server.post(k8s, event_a, {{"content-type", "text/plain"}}).status() == 415);
}

TEST_CASE("ingest: logs may come as plain text type, NDJSON or a JSON array") {
  Server server;
  const std::string line = R"({"time":"2025-04-09T10:00:00Z","level":"error","message":"connection refused","kubernetes":)"
                           R"({"pod_name":"orders-1","namespace_name":"shop"}})";
  CHECK(server.post("/api/v1/ingest/logs", line + "\n", {{"content-type", "text/plain"}}).status() == 200);
  CHECK(server.post("/api/v1/ingest/logs", line + "\n" + line, {{"content-type", "application/x-ndjson"}}).status() == 200);
  CHECK(server.post("/api/v1/ingest/logs", "[" + line + "]").status() == 200);
}

TEST_CASE("ingest: compressed bodies are read and their size is bounded after decompression") {
  Server server(64 << 10);
  CHECK(server.post(k8s, wire::gzip(event_a), {{"content-encoding", "gzip"}}).status() == 200);
  const std::string bomb = wire::gzip(std::string(32u << 20, ' '));
  CHECK(bomb.size() < (64u << 10));
  CHECK(server.post(k8s, bomb, {{"content-encoding", "gzip"}}).status() == 413);
  CHECK(server.post(k8s, "no gzip at all", {{"content-encoding", "gzip"}}).status() == 400);
  CHECK(server.post(k8s, event_a, {{"content-encoding", "br"}}).status() == 415);
}

TEST_CASE("ingest: a body over the limit is 413") {
  Server server(64 << 10);
  CHECK(server.post(k8s, std::string(65 << 10, ' ') + event_a).status() == 413);
  CHECK(server.route(k8s).body_limit_bytes == 64u << 10);
}

TEST_CASE("ingest: X-Scope-OrgID is only checked") {
  Server server;
  CHECK(server.post(k8s, event_a, {{"x-scope-orgid", "demo"}}).status() == 200);
  CHECK(server.post(k8s, event_a, {{"x-scope-orgid", "other"}}).status() == 403);
  CHECK(server.post(k8s, event_a, {{"x-scope-orgid", "demo|other"}}).status() == 403);
  CHECK(server.post("/v1/logs", testing::otlp_a, {{"x-scope-orgid", "other"}}).status() == 403);
}

TEST_CASE("ingest: samples are answered 202 and counted as unused") {
  Server server;
  const Answer answer = server.post(
      "/api/v1/ingest/metrics", R"([{"metric":"up","labels":{"job":"x"},"ts":1744192800000,"value":1}])");
  CHECK(answer.status() == 202);
  CHECK(answer.integer("unused") == 1);
  CHECK(server.counted("metrics", "unused") == 1);
  CHECK(server.counted("metrics", "accepted") == 0);
}

TEST_CASE("ingest: raw objects and state records are taken") {
  Server server;
  const std::string list = R"({"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1",
    "uid":"n-1","creationTimestamp":"2025-04-09T09:00:00Z"},"status":{}}]})";
  CHECK(server.post("/api/v1/ingest/k8s-objects", list).status() == 200);
  CHECK(server.post("/api/v1/ingest/k8s-objects", R"({"apiVersion":"v1","kind":"List","items":[]})").status() == 200);
}

TEST_CASE("ingest: a body of nothing but nonsense is counted whole") {
  Server server;
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += "7\n";
  const Answer answer = server.post(k8s, body, {{"content-type", "application/x-ndjson"}});
  CHECK(answer.status() == 400);
  CHECK(std::string(answer.json["detail"].string_or()).find("and 199997 more") != std::string::npos);
  CHECK(server.counted("k8s-events", "rejected") == 200'000);
}

TEST_CASE("ingest: a full disk is 503 with Retry-After, never a 2xx") {
  Server server;
  server.fill_disk(true);
  const Answer answer = server.post(k8s, event_a);
  CHECK(answer.status() == 503);
  CHECK_FALSE(answer.header("Retry-After").empty());
  CHECK(server.counted("k8s-events", "accepted") == 0);
  CHECK(server.counted("k8s-events", "refused") == 1);
  const auto sources = server.pipeline().sources(server.principal().tenant);
  REQUIRE(sources.size() == 1);
  CHECK(sources[0].records == 0);
}

TEST_CASE("ingest: a stopping server answers 503") {
  Server server;
  server.pipeline().stop();
  CHECK(server.post(k8s, event_a).status() == 503);
}

TEST_CASE("ingest: every route needs the ingest scope and documents itself") {
  Server server;
  std::vector<std::string> paths;
  for (const net::Route& route : server.all_routes()) {
    paths.push_back(route.path);
    CHECK(route.method == net::Method::post);
    CHECK(route.scope == core::Scope::ingest);
    CHECK_FALSE(route.doc.summary.empty());
    CHECK(route.doc.tag == "ingest");
    CHECK(route.doc.request_body.find("application/json") != std::string::npos);
    CHECK(route.doc.responses.size() >= 7);
  }
  CHECK(paths == std::vector<std::string>{"/api/v1/ingest/k8s-events", "/api/v1/ingest/alertmanager", "/webhook",
                                          "/api/v1/ingest/logs", "/v1/logs", "/otlp/v1/logs", "/api/v1/ingest/state",
                                          "/api/v1/ingest/k8s-objects", "/api/v1/ingest/metrics"});
}

TEST_CASE("ingest: a full state ends what it does not name, and a list that shows it again revives it") {
  Server server;
  const std::string objects = "/api/v1/ingest/k8s-objects";
  const std::string pods = R"({"kind":"List","items":[
    {"kind":"Pod","metadata":{"name":"a","namespace":"shop","uid":"u-a","creationTimestamp":"2025-04-09T09:00:00Z"}},
    {"kind":"Pod","metadata":{"name":"b","namespace":"shop","uid":"u-b","creationTimestamp":"2025-04-09T09:00:00Z"}}]})";
  CHECK(server.post(objects, pods).integer("accepted") == 2);
  const auto sync = [&](const std::string& time) {
    return server.post("/api/v1/ingest/state", R"({"op":"SYNC","at":")" + time + R"(","kind":"Pod","names":["shop/a"]})");
  };
  const Answer first = sync("2025-04-09T09:10:00Z");
  CHECK(first.status() == 200);
  CHECK(first.integer("accepted") == 1);
  CHECK(first.integer("ended") == 1);
  CHECK(sync("2025-04-09T09:11:00Z").integer("ended") == -1);
  CHECK(server.post(objects + "?listed_at=2025-04-09T09:12:00Z", pods).integer("accepted") == 2);
  CHECK(sync("2025-04-09T09:13:00Z").integer("ended") == 1);
  CHECK(server.post(objects + "?listed_at=yesterday", pods).status() == 400);
}

TEST_CASE("ingest: a full state without a cluster is told as unused when the tenant has several") {
  Server server;
  for (const std::string cluster : {"c1", "c2"}) {
    CHECK(server.post("/api/v1/ingest/state", R"({"op":"UPSERT","at":"2025-04-09T09:00:00Z","kind":"Node","name":"n","cluster":")" + cluster + "\"}")
              .integer("accepted") == 1);
  }
  const Answer answer = server.post("/api/v1/ingest/state", R"({"op":"SYNC","at":"2025-04-09T09:10:00Z","kind":"Node","names":[]})");
  CHECK(answer.integer("unused") == 1);
  CHECK(answer.integer("ended") == -1);
}

}  // namespace kgrca::ingest
