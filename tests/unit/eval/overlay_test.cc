#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "eval/overlay.h"
#include "kgrca/core/strings.h"
#include "kgrca/wire/json.h"

namespace kgrca::eval {
namespace {

core::Time time_of(std::string_view text) { return *core::parse_rfc3339(text); }

StreamRecord record(std::string_view at, std::string source, std::string key, std::string payload) {
  return {time_of(at), std::move(source), "", std::move(key), std::move(payload)};
}

RecordedCase first_case() {
  RecordedCase made;
  made.name = "one";
  made.records = {
      record("2025-06-01T10:00:00Z", "state.k8s.resource", "acme::node:n-1",
             R"({"op":"UPSERT","at":"2025-06-01T10:00:00Z","cluster":"prod","kind":"Node","uid":"n-1","name":"worker-1"})"),
      record("2025-06-01T10:00:00Z", "state.k8s.resource", "acme::service:s-1",
             R"({"op":"UPSERT","at":"2025-06-01T10:00:00Z","cluster":"prod","kind":"Service","uid":"s-1","namespace":"kube-system","name":"dns"})"),
      record("2025-06-01T10:30:00Z", "k8s.event", "acme::e-1", R"({"metadata":{"uid":"e-1","namespace":"shop"}})")};
  made.truth = R"({"case_id":"one","incidents":[["e-1"]],"root_causes":[{"event_id":"e-1","incident":0}],"counts":{"lines":3}})";
  return made;
}

RecordedCase second_case() {
  RecordedCase made;
  made.name = "two";
  made.records = {
      record("2024-01-01T08:00:00.250Z", "state.k8s.resource", "globex::node:n-9",
             R"({"op":"UPSERT","at":"2024-01-01T08:00:00Z","cluster":"main","kind":"Node","uid":"n-9","name":"worker-1"})"),
      record("2024-01-01T08:00:01Z", "state.k8s.resource", "globex::service:s-9",
             R"({"op":"UPSERT","at":"2024-01-01T08:00:00Z","cluster":"main","kind":"Service","uid":"s-9","namespace":"kube-system","name":"dns"})"),
      record("2024-01-01T08:00:02Z", "state.k8s.topology", "globex::edge:pod:shop:web-1->node:worker-1", ""),
      record("2024-01-01T08:00:03Z", "state.k8s.resource", "globex::pod:p-9",
             R"({"op":"UPSERT","at":"2024-01-01T08:00:03Z","cluster":"main","kind":"Pod","uid":"p-9","namespace":"shop","name":"web-1","node":"worker-1"})"),
      record("2024-01-01T08:05:00Z", "state.k8s.resource", "globex::service:s-9",
             R"({"op":"UPSERT","at":"2024-01-01T08:05:00Z","cluster":"main","kind":"Service","uid":"s-9","namespace":"kube-system","name":"dns"})"),
      record("2024-01-01T08:10:00Z", "k8s.event", "globex::e-9",
             R"({"metadata":{"uid":"e-9","namespace":"shop"},"message":"main pod shop/web-1 calls orders.shop.svc on worker-1. worker-11 stays"})"),
      record("2024-01-01T08:11:00Z", "log", "twin::p-0", R"({"event_id":"l-0"})")};
  made.truth = R"({"case_id":"two","incidents":[["st:service:s-9@2024-01-01T08:05:00Z","e-9"]],
    "root_causes":[{"event_id":"st:service:s-9@2024-01-01T08:05:00Z","incident":0}],
    "event_times":{"st:service:s-9@2024-01-01T08:05:00Z":"2024-01-01T08:05:00Z"},"counts":{"lines":6}})";
  return made;
}

RecordedCase laid_over() {
  std::vector<RecordedCase> cases;
  cases.push_back(first_case());
  cases.push_back(second_case());
  return overlay(std::move(cases), [] { return 0.5; });  // 300 s later
}

const StreamRecord* find(const RecordedCase& made, std::string_view key) {
  for (const StreamRecord& each : made.records) {
    if (each.key == key) return &each;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("overlay: further cases come into the first one's tenant, cluster and hour") {
  const RecordedCase made = laid_over();
  CHECK(made.name == "one+two");
  for (const StreamRecord& each : made.records) {
    CHECK(tenant_of_key(each.key) == "acme");
    CHECK(each.payload.find(R"("cluster":"main")") == std::string::npos);
    CHECK(each.arrive_at >= time_of("2025-06-01T10:00:00Z"));
  }
  CHECK(std::is_sorted(made.records.begin(), made.records.end(),
                       [](const auto& a, const auto& b) { return a.arrive_at < b.arrive_at; }));
  const StreamRecord* event = find(made, "acme::e-9");
  REQUIRE(event != nullptr);
  CHECK(event->arrive_at == time_of("2025-06-01T10:14:59Z"));  // 9 min 59.75 s after its first record, in whole seconds
}

TEST_CASE("overlay: nodes and namespaces of further cases have names of their own, in every text") {
  const RecordedCase made = laid_over();
  CHECK(find(made, "acme::edge:pod:shop-2:web-1->node:worker-1-2") != nullptr);
  const StreamRecord* event = find(made, "acme::e-9");
  REQUIRE(event != nullptr);
  CHECK(event->payload.find("main pod shop-2/web-1 calls orders.shop-2.svc on worker-1-2. worker-11 stays") != std::string::npos);
  const StreamRecord* pod = find(made, "acme::pod:p-9");
  REQUIRE(pod != nullptr);
  CHECK(pod->payload.find(R"("cluster":"prod")") != std::string::npos);
  CHECK(pod->payload.find(R"("node":"worker-1-2")") != std::string::npos);
  CHECK(find(made, "acme::e-1")->payload.find(R"("namespace":"shop"})") != std::string::npos);
}

TEST_CASE("overlay: what both cases have in a shared namespace is one object") {
  const RecordedCase made = laid_over();
  std::vector<core::Time> stated;
  for (const StreamRecord& each : made.records) {
    CHECK(each.payload.find("s-9") == std::string::npos);
    if (each.key == "acme::service:s-1") stated.push_back(each.arrive_at);
  }
  // The first case's, and of the second one only what came after its snapshot.
  CHECK(stated == std::vector<core::Time>{time_of("2025-06-01T10:00:00Z"), time_of("2025-06-01T10:09:59Z")});
}

TEST_CASE("overlay: truths are joined under the ids that the joint stream has") {
  wire::JsonDocument document;
  const RecordedCase made = laid_over();
  const auto truth = document.parse(made.truth);
  REQUIRE(truth.ok());
  const std::string id = "st:service:s-1@2025-06-01T10:09:59Z";
  CHECK((*truth)["case_id"].string_or() == "one+two");
  CHECK((*truth)["incidents"].size() == 2);
  CHECK((*truth)["root_causes"].size() == 2);
  CHECK((*truth)["counts"]["lines"].integer() == 9);
  CHECK((*truth)["event_times"][id].string_or() == "2025-06-01T10:09:59Z");
  std::vector<std::int64_t> incidents;
  (*truth)["root_causes"].each_item([&](wire::JsonValue root) {
    incidents.push_back(root["incident"].integer().value_or(-1));
    return true;
  });
  CHECK(incidents == std::vector<std::int64_t>{0, 1});
}

TEST_CASE("overlay: one case alone stays as it is") {
  std::vector<RecordedCase> cases;
  cases.push_back(second_case());
  const RecordedCase made = overlay(std::move(cases), [] { return 0.5; });
  CHECK(made.name == "two");
  CHECK(made.records.size() == second_case().records.size());
  CHECK(made.truth == second_case().truth);
}

}  // namespace kgrca::eval
