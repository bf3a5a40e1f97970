#include <catch2/catch.hpp>

#include "tests/unit/normalize/support.h"

using namespace kgrca;
using namespace kgrca::normalize;
using namespace kgrca::normalize::test;

namespace {

const std::string pod_event = R"json({
  "kind":"Event","apiVersion":"v1",
  "metadata":{"name":"cart-7c9d-x2x4p.17f0","namespace":"shop","uid":"0d6f2a51-8f3e-4b57-9a53-3a1b3c6f0a01","creationTimestamp":"2025-06-13T08:20:00Z"},
  "involvedObject":{"kind":"Pod","namespace":"shop","name":"cart-7c9d-x2x4p","uid":"aa11","fieldPath":"spec.containers{cart}"},
  "reason":"BackOff","message":"Back-off restarting failed container cart in pod cart-7c9d-x2x4p_shop(aa11)",
  "source":{"component":"kubelet","host":"worker-3"},
  "firstTimestamp":"2025-06-13T08:20:00Z","lastTimestamp":"2025-06-13T08:25:10Z","count":7,"type":"Warning","eventTime":null,
  "reportingComponent":"kubelet","reportingInstance":"worker-3"})json";

std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto position = text.find(from);
  REQUIRE(position != std::string::npos);
  return text.replace(position, from.size(), to);
}

}  // namespace

TEST_CASE("normalize: a core/v1 event keeps its uid, times, count and node") {
  const auto event = one_event(decode_kubernetes_events(pod_event, context()));
  CHECK(event.source_id == "0d6f2a51-8f3e-4b57-9a53-3a1b3c6f0a01");
  CHECK(text(event.subject) == "pod/shop/cart-7c9d-x2x4p");
  CHECK(event.subject.uid == "aa11");
  CHECK(event.first == at("2025-06-13T08:20:00Z"));
  CHECK(event.last == at("2025-06-13T08:25:10Z"));
  CHECK(event.onset == event.first);
  CHECK(event.count == 7);
  CHECK(event.component == "kubelet");
  CHECK(event.severity >= model::Severity::warning);
  CHECK(related(event) == std::vector<std::string>{"node//worker-3"});
  CHECK(event.attributes == std::vector<std::pair<std::string, std::string>>{{"container", "cart"}});
}

TEST_CASE("normalize: another count is another observation of the same event, a second delivery is not") {
  const auto first = one_event(decode_kubernetes_events(pod_event, context()));
  const auto again = one_event(decode_kubernetes_events(pod_event, context("2025-06-13T09:30:00Z")));
  const auto later = one_event(decode_kubernetes_events(
      with(with(pod_event, "\"count\":7", "\"count\":8"), "08:25:10Z", "08:26:00Z"), context()));
  CHECK(first.observation == again.observation);
  CHECK(first.observation != later.observation);
  CHECK(first.source_id == later.source_id);
  CHECK(model::event_key(first) == model::event_key(later));
}

TEST_CASE("normalize: an events.k8s.io/v1 event counts by its series") {
  const std::string body = R"({"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"uid":"u-9","namespace":"shop"},
    "eventTime":"2025-06-13T08:00:00.123456Z","series":{"count":4,"lastObservedTime":"2025-06-13T08:09:00.5Z"},
    "regarding":{"kind":"Pod","namespace":"shop","name":"cart-0"},"related":{"kind":"Node","name":"worker-1"},
    "reason":"FailedScheduling","note":"0/3 nodes are available: 3 Insufficient cpu.","type":"Warning","action":"Scheduling",
    "reportingController":"default-scheduler","reportingInstance":"sched-1","deprecatedCount":1})";
  const auto event = one_event(decode_kubernetes_events(body, context()));
  CHECK(event.first == at("2025-06-13T08:00:00.123456Z"));
  CHECK(event.last == at("2025-06-13T08:09:00.5Z"));
  CHECK(event.count == 4);
  CHECK(event.component == "default-scheduler");
  CHECK(event.message.find("Insufficient cpu") != std::string::npos);
  CHECK(related(event) == std::vector<std::string>{"node//worker-1"});
}

TEST_CASE("normalize: a node event drops the name in the place of its uid") {
  const std::string body = R"({"metadata":{"uid":"n-1","namespace":"default","creationTimestamp":"2025-06-13T08:00:00Z"},
    "involvedObject":{"kind":"Node","name":"worker-1","uid":"worker-1","namespace":"default"},"reason":"NodeNotReady","type":"Normal",
    "message":"Node worker-1 status is now: NodeNotReady","firstTimestamp":"2025-06-13T08:00:00Z","source":{"component":"kubelet","host":"worker-1"}})";
  const auto event = one_event(decode_kubernetes_events(body, context()));
  CHECK(event.subject.uid.empty());
  CHECK(event.subject.ns.empty());
  CHECK(event.related.empty());
}

TEST_CASE("normalize: the exporter's shape also tells labels and owners of the object") {
  const std::string body = R"({"clusterName":"eu-1","metadata":{"uid":"e-1","creationTimestamp":"2025-06-13T08:00:00Z"},
    "involvedObject":{"kind":"Pod","namespace":"shop","name":"cart-0","uid":"p-1","labels":{"app":"cart"},
    "ownerReferences":[{"kind":"ReplicaSet","name":"cart-7c9d"}]},"reason":"Started","type":"Normal","message":"Started container cart"})";
  const auto decoded = decode_kubernetes_events(body, context());
  REQUIRE(decoded.records.size() == 2);
  CHECK(decoded.items == 1);
  const auto& state = std::get<model::ResourceState>(decoded.records[0]);
  CHECK(state.partial);
  CHECK(state.labels == std::vector<std::pair<std::string, std::string>>{{"app", "cart"}});
  CHECK(references(state) == std::vector<std::string>{"CONTROLS< replicaset/shop/cart-7c9d"});
  CHECK(std::get<model::Event>(decoded.records[1]).subject.cluster == "eu-1");
}

TEST_CASE("normalize: lists, watches, lines and arrays of events are opened") {
  const std::string watch = R"({"type":"MODIFIED","object":)" + pod_event + "}";
  CHECK(events(decode_kubernetes_events(R"({"kind":"EventList","items":[)" + pod_event + "," + pod_event + "]}", context())).size() == 2);
  CHECK(events(decode_kubernetes_events("[" + pod_event + "," + pod_event + "]", context())).size() == 2);
  CHECK(events(decode_kubernetes_events(watch + "\n" + watch, context())).size() == 2);
  const auto ended = decode_kubernetes_events(R"({"type":"DELETED","object":)" + pod_event + R"(}
    {"type":"BOOKMARK","object":{"kind":"Event","metadata":{"resourceVersion":"9"}}})", context());
  CHECK(ended.items == 2);
  CHECK(ended.records.empty());
  CHECK(ended.rejected.empty());
}

TEST_CASE("normalize: the original's normalized events are understood") {
  const std::string body = R"({"event_id":"evt-1","event_time":"2025-06-13T08:00:00Z","etype":"k8s.event","severity":"WARNING","reason":"Unhealthy",
    "message":"Readiness probe failed: HTTP probe failed with statuscode: 503","subject":{"kind":"Pod","ns":"shop","name":"cart-0","uid":"p-1"}})";
  const auto event = one_event(decode_kubernetes_events(body, context()));
  CHECK(event.source_id == "evt-1");
  CHECK(text(event.subject) == "pod/shop/cart-0");
  const auto alert = one_event(decode_kubernetes_events(
      R"({"event_id":"a-1","event_time":"2025-06-13T08:00:00Z","etype":"prom.alert","severity":"CRITICAL","reason":"KubePodNotReady",
          "status":"resolved","subject":{"kind":"Pod","ns":"shop","name":"cart-0"}})", context()));
  CHECK(alert.source == model::EventSource::alert);
  CHECK(alert.severity == model::Severity::fatal);
  CHECK(alert.resolved);
}

TEST_CASE("normalize: objects that an event names are related to it") {
  const auto body = with(with(with(pod_event, "Back-off restarting failed container cart in pod cart-7c9d-x2x4p_shop(aa11)",
                                   R"(Error: secret \"cart-db\" not found)"),
                              "BackOff", "Failed"),
                         "\"host\":\"worker-3\"", "\"host\":\"\"");
  const auto event = one_event(decode_kubernetes_events(with(body, "\"reportingInstance\":\"worker-3\"", "\"reportingInstance\":\"\""), context()));
  CHECK(related(event) == std::vector<std::string>{"secret/shop/cart-db"});
}

TEST_CASE("normalize: of very many rejected items the first reasons are kept and all are counted") {
  std::string body = "[";
  for (int i = 0; i < 50'000; ++i) body += "1,";
  const auto decoded = decode_kubernetes_events(body + pod_event + "]", context());
  CHECK(decoded.items == 50'001);
  CHECK(decoded.rejections == 50'000);
  REQUIRE(decoded.rejected.size() == rejections_kept);
  CHECK(decoded.rejected.back().index == rejections_kept - 1);
  CHECK(decoded.records.size() == 1);
}

TEST_CASE("normalize: a record far ahead is the same event and observation whenever it comes") {
  const auto without_uid = with(pod_event, R"("uid":"0d6f2a51-8f3e-4b57-9a53-3a1b3c6f0a01",)", "");
  for (const std::string& body : {pod_event, without_uid}) {
    const auto once = one_event(decode_kubernetes_events(body, context("2025-06-13T08:01:00Z")));
    const auto again = one_event(decode_kubernetes_events(body, context("2025-06-13T08:02:30Z")));
    const auto in_time = one_event(decode_kubernetes_events(body, context()));
    CHECK(once.time_clamped);
    CHECK(once.source_id == again.source_id);
    CHECK(once.observation == again.observation);
    CHECK(once.source_id == in_time.source_id);
    CHECK(once.observation == in_time.observation);
  }
}

TEST_CASE("normalize: an event that has an id and no time is the same observation whenever it comes") {
  for (const std::string_view times : {"", R"(,"firstTimestamp":null,"eventTime":"")", R"(,"lastTimestamp":"yesterday")",
                                       R"(,"firstTimestamp":"1970-01-01T00:00:00Z")", R"(,"eventTime":"0001-01-01T00:00:00Z")"}) {
    INFO(times);
    const std::string body = core::cat(R"({"metadata":{"uid":"e-1"},"involvedObject":{"kind":"Pod","namespace":"shop","name":"web-1"},)",
                                       R"("reason":"BackOff","type":"Warning")", times, "}");
    const auto once = one_event(decode_kubernetes_events(body, context("2025-06-13T08:01:00Z")));
    const auto again = one_event(decode_kubernetes_events(body, context("2025-06-13T09:30:00Z")));
    CHECK(once.first == at("2025-06-13T08:01:00Z"));
    CHECK(once.last == once.first);
    CHECK(once.time_clamped);
    CHECK(once.observation == again.observation);
    CHECK(model::event_key(once).hash == model::event_key(again).hash);
  }
}

TEST_CASE("normalize: a time far ahead is clamped, flagged and counted") {
  const auto decoded = decode_kubernetes_events(pod_event, context("2025-06-13T08:00:00Z"));
  const auto event = one_event(decoded);
  CHECK(event.time_clamped);
  CHECK(event.first == at("2025-06-13T08:00:00Z"));
  CHECK(event.last == event.first);
  CHECK(decoded.clamped == 1);
  CHECK(decode_kubernetes_events(pod_event, context("2025-06-13T08:24:00Z")).clamped == 0);
}

TEST_CASE("normalize: an event without uid gets an id of its own that stays the same") {
  const auto body = with(pod_event, R"("uid":"0d6f2a51-8f3e-4b57-9a53-3a1b3c6f0a01",)", "");
  const auto one = one_event(decode_kubernetes_events(body, context()));
  const auto two = one_event(decode_kubernetes_events(with(body, "\"count\":7", "\"count\":9"), context()));
  CHECK(one.source_id.starts_with("x-"));
  CHECK(one.source_id == two.source_id);
  CHECK(one.observation != two.observation);
}

TEST_CASE("normalize: bad events are rejected with a place and a way to mend, good ones beside them stand") {
  const std::string body = std::string() + "[{\"kind\":\"Pod\",\"metadata\":{}},5,{\"reason\":\"X\"}," + pod_event + "," +
                           R"({"involvedObject":{"kind":"Pod","name":"a"}},{"involvedObject":[1],"reason":"X"}])";
  const auto decoded = decode_kubernetes_events(body, context());
  CHECK(decoded.items == 6);
  CHECK(decoded.records.size() == 1);
  REQUIRE(decoded.rejected.size() == 5);
  CHECK(decoded.rejected[0].reason.find("k8s-objects") != std::string::npos);
  CHECK(decoded.rejected[3].reason.find("reason is missing") != std::string::npos);
  CHECK(decoded.rejected[3].index == 4);
}

TEST_CASE("normalize: hostile bodies give rejections") {
  for (const std::string& body : {std::string(), std::string("  \n "), std::string("{"), std::string("not json"), std::string("[1,2"),
                                 std::string(10'000, '['), std::string("{\"reason\":\"\xff\xfe\"}"), std::string("\0\0\0", 3),
                                 std::string("{\"count\":1e999}"), std::string("null"), std::string("\"text\"")}) {
    CAPTURE(body.substr(0, 40));
    const auto decoded = decode_kubernetes_events(body, context());
    CHECK(decoded.records.empty());
    CHECK_FALSE(decoded.rejected.empty());
  }
}

TEST_CASE("normalize: wrong types inside an event do not matter more than their own field") {
  const std::string body = R"({"metadata":{"uid":7,"creationTimestamp":[1]},"involvedObject":{"kind":"Pod","name":"cart-0","uid":null,"namespace":3},
    "reason":"Killing","type":5,"count":"many","series":[],"firstTimestamp":"yesterday","message":{"a":1},"source":"kubelet"})";
  const auto event = one_event(decode_kubernetes_events(body, context()));
  CHECK(event.first == at("2025-06-13T08:30:00Z"));
  CHECK(event.count == 1);
  CHECK(event.source_id.starts_with("x-"));
}
