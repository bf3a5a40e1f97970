// What was answered before a restart is answered after it.
#include <catch2/catch.hpp>

#include <map>

#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"
#include "tests/support/every_answer.h"

namespace kgrca::integration {
namespace {

void tell(test::Api& api, int round) {
  const core::Time begin = core::SystemClock().now() - std::chrono::minutes(3);
  const auto at = [&](int seconds) { return core::format_rfc3339(begin + std::chrono::seconds(seconds), 3); };
  std::string state;
  for (int version = 1; version <= 2; ++version) {
    core::append(state, R"({"op":"UPSERT","at":")", at(version * 10), R"(","kind":"Deployment","uid":"d-1","name":"orders",)"
        R"("namespace":"shop",)",
                 R"("replicas":3,"spec":{"image":"orders:v)", version + round, "\"}}\n");
  }
  core::append(state, R"({"op":"UPSERT","at":")", at(1), R"(","kind":"Pod","uid":"p-1","name":"orders-1","namespace":"shop",)",
               R"("spec":{"nodeName":"node-1"}})", "\n");
  CHECK(api.post("/api/v1/ingest/state", state).status == 200);
  std::string events;
  for (int i = 0; i < 20; ++i) {
    core::append(events, R"({"kind":"Event","metadata":{"name":"a","namespace":"shop","uid":"u-)", round, "-", i,
                 R"("},"involvedObject":{"kind":"Pod","namespace":"shop","name":"orders-1"},"reason":"BackOff",)"
                 R"("message":"Back-off restarting",)",
                 R"("type":"Warning","count":1,"firstTimestamp":")", at(40 + i), R"(","lastTimestamp":")", at(40 + i), "\"}\n");
  }
  CHECK(api.post("/api/v1/ingest/k8s-events", events).status == 200);
  CHECK(api.post("/webhook", core::cat(R"({"version":"4","status":"firing","receiver":"r","groupKey":"g","alerts":[{"status":"firing",)",
                                       R"("labels":{"alertname":"KubePodCrashLooping","severity":"critical","namespace":"shop",)",
                                       R"("pod":"orders-1"},"startsAt":")", at(100), R"(",)"
                                       R"("fingerprint":"f)", round, R"("}]})")).status == 200);
}

// The address of a run is in the links of its texts; it differs from run to run.
std::string without_address(std::string text, const std::string& url) {
  for (std::size_t at = text.find(url); at != std::string::npos; at = text.find(url, at)) text.erase(at, url.size());
  return text;
}

// Answers that speak of the stored graph only, not of the process or the present time.
std::map<std::string, std::string> stored_answers(const test::ServerProcess& server) {
  std::map<std::string, std::string> out;
  test::each_get_answer(server, server.key("default"), [&](const std::string& target, const test::Answer& answer) {
    const bool moving = target.find("/graph/") != std::string::npos || target.find("stats") != std::string::npos ||
                        target.find("whoami") != std::string::npos || target.find("/admin/") != std::string::npos;
    if (!target.starts_with("/api/v1/") || moving) return;
    out[target] = core::cat(answer.status, " ", without_address(answer.body, server.url()));
  });
  return out;
}

void check_equal(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after) {
  CHECK(before.size() == after.size());
  for (const auto& [target, answer] : before) {
    INFO(target);
    const auto found = after.find(target);
    REQUIRE(found != after.end());
    CHECK(found->second == answer);
  }
}

}  // namespace

TEST_CASE("integration: after a clean stop and after a kill the same questions get the same answers") {
  test::ServerProcess server;
  server.start();
  const std::string key = server.key("default");
  {
    test::Api api(server.url(), key);
    tell(api, 0);
  }
  const auto first = stored_answers(server);
  CHECK(first.size() > 20);
  const test::Ending ending = server.terminate(25);
  CHECK(ending.exited);
  CHECK(ending.code == 0);
  server.start();
  CHECK(server.key("default") == key);
  check_equal(first, stored_answers(server));
  server.kill_hard();
  server.start();
  check_equal(first, stored_answers(server));
}

TEST_CASE("integration: what was sent before a restart is a duplicate after it, and new records go on") {
  test::ServerProcess server;
  server.start();
  const std::string at = core::format_rfc3339(core::SystemClock().now(), 3);
  const auto event = [&](const std::string& id) {
    return core::cat(R"({"kind":"Event","metadata":{"name":"a","namespace":"shop","uid":")", id,
                     R"("},"involvedObject":{"kind":"Pod","namespace":"shop","name":"orders-1"},"reason":"BackOff","message":"m",)",
                     R"("type":"Warning","count":1,"firstTimestamp":")", at, R"(","lastTimestamp":")", at, "\"}\n");
  };
  {
    test::Api api(server.url(), server.key("default"));
    CHECK(api.post("/api/v1/ingest/k8s-events", event("one") + event("two")).integer("duplicates") == 0);
  }
  for (const bool clean : {true, false}) {
    if (clean) CHECK(server.terminate(25).code == 0);
    if (!clean) server.kill_hard();
    server.start();
    test::Api api(server.url(), server.key("default"));
    const test::Answer answer = api.post("/api/v1/ingest/k8s-events", event("one") + event("two") + event(clean ? "three" : "four"));
    CHECK(answer.integer("accepted") == 3);
    CHECK(answer.integer("duplicates") == 2);
    CHECK(api.get("/api/v1/stats").json["graph"]["events"].integer() == (clean ? 3 : 4));
  }
}

TEST_CASE("integration: a second server on the same folder names the folder and ends") {
  test::ServerProcess server;
  server.start();
  test::ServerProcess other;
  other.use_data_dir(server.data_dir());
  CHECK_THROWS(other.start());
  CHECK_FALSE(other.running());
  CHECK(test::read_file(other.log_file()).find(server.data_dir()) != std::string::npos);
  test::Api api(server.url(), server.key("default"));
  CHECK(api.get("/readyz").status == 200);
}

}  // namespace kgrca::integration
