#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "normalize/alerts.h"
#include "tests/unit/normalize/support.h"

using namespace kgrca;
using namespace kgrca::normalize;
using namespace kgrca::normalize::test;

namespace {

std::string webhook(const std::string& alerts) {
  return R"({"version":"4","groupKey":"{}:{alertname=\"X\"}","status":"firing","receiver":"kgrca","groupLabels":{},"commonLabels":{},
    "commonAnnotations":{},"externalURL":"http://am","truncatedAlerts":0,"alerts":[)" + alerts + "]}";
}

std::string alert(const std::string& labels, const std::string& status = "firing", const std::string& ends = "0001-01-01T00:00:00Z") {
  return core::cat(R"({"status":")", status, R"(","labels":)", labels, R"(,"annotations":{"summary":"s","description":"d"},)",
                   R"("startsAt":"2025-06-13T08:10:00.5Z","endsAt":")", ends, R"(","fingerprint":"c0ffee00c0ffee00"})");
}

model::Event decode(const std::string& labels) { return one_event(decode_alertmanager(webhook(alert(labels)), context())); }

std::string subject_of(const std::string& labels) { return text(decode(labels).subject); }

}  // namespace

TEST_CASE("normalize: an alert's identity is fingerprint and start, verbatim") {
  const auto event = decode(R"({"alertname":"KubePodCrashLooping","severity":"warning","namespace":"shop","pod":"cart-0","job":"kube-state-metrics"})");
  CHECK(event.source == model::EventSource::alert);
  CHECK(event.source_id == "alert:c0ffee00c0ffee00:2025-06-13T08:10:00.5Z");
  CHECK(event.first == at("2025-06-13T08:10:00.5Z"));
  CHECK(event.last == event.first);
  CHECK(event.onset < event.first);
  CHECK(event.reason == "KubePodCrashLooping");
  CHECK(event.message == "d");
  CHECK(event.severity == model::Severity::warning);
  CHECK_FALSE(event.resolved);
  CHECK(event.attributes.front().first == "alertname");
}

TEST_CASE("normalize: a repeated webhook is the same observation, a resolved one is not and ends the alert") {
  const std::string labels = R"({"alertname":"ServiceDown","namespace":"shop","service":"cart"})";
  const auto one = one_event(decode_alertmanager(webhook(alert(labels)), context()));
  const auto again = one_event(decode_alertmanager(webhook(alert(labels)), context("2025-06-13T08:50:00Z")));
  const auto end = one_event(decode_alertmanager(webhook(alert(labels, "resolved", "2025-06-13T08:20:00Z")), context()));
  CHECK(one.observation == again.observation);
  CHECK(end.observation != one.observation);
  CHECK(end.source_id == one.source_id);
  CHECK(model::event_key(end) == model::event_key(one));
  CHECK(end.resolved);
  CHECK(end.last == at("2025-06-13T08:20:00Z"));
  const auto odd = one_event(decode_alertmanager(webhook(alert(labels, "resolved", "2020-01-01T00:00:00Z")), context()));
  CHECK(odd.last >= odd.first);
}

TEST_CASE("normalize: an alert's onset reaches back by its rule's `for`, that of its severity when there are several") {
  const auto reaches_back = [](const std::string& name, const std::string& severity) {
    const auto event = decode(core::cat(R"({"alertname":")", name, R"(","severity":")", severity,
                                        R"(","namespace":"shop","persistentvolumeclaim":"data-0"})"));
    return std::chrono::duration_cast<std::chrono::minutes>(event.first - event.onset).count();
  };
  CHECK(reaches_back("KubePersistentVolumeFillingUp", "critical") == 1);
  CHECK(reaches_back("KubePersistentVolumeFillingUp", "warning") == 60);
  CHECK(reaches_back("KubePersistentVolumeFillingUp", "info") == 60);
  CHECK(reaches_back("OnlyOurs", "critical") == 15);
}

TEST_CASE("normalize: severity labels map onto the one scale") {
  const auto severity = [](const std::string& label) {
    return decode(R"({"alertname":"MyOwnAlert","severity":")" + label + R"(","service":"cart","namespace":"shop"})").severity;
  };
  CHECK(severity("critical") == model::Severity::fatal);
  CHECK(severity("warning") == model::Severity::warning);
  CHECK(severity("info") == model::Severity::info);
  CHECK(severity("none") == model::Severity::info);
  CHECK(severity("error") == model::Severity::error);
}

TEST_CASE("normalize: an alert is about its most specific resource") {
  CHECK(subject_of(R"({"alertname":"A","namespace":"shop","pod":"cart-0","deployment":"cart"})") == "pod/shop/cart-0");
  CHECK(subject_of(R"({"alertname":"A","namespace":"shop","persistentvolumeclaim":"data-0","node":"w1"})") == "persistentvolumeclaim/shop/data-0");
  CHECK(subject_of(R"({"alertname":"KubeHpaMaxedOut","namespace":"shop","horizontalpodautoscaler":"cart"})") == "horizontalpodautoscaler/shop/cart");
  CHECK(subject_of(R"({"alertname":"KubeJobFailed","namespace":"shop","job_name":"backup-1","job":"kube-state-metrics"})") == "job/shop/backup-1");
  CHECK(subject_of(R"({"alertname":"A","namespace":"shop","ingress":"cart","service":"cart"})") == "ingress/shop/cart");
  CHECK(subject_of(R"({"alertname":"HighLatency","namespace":"shop","service":"cart","job":"cart"})") == "service/shop/cart");
  CHECK(subject_of(R"({"alertname":"KubeNodeNotReady","node":"w1","job":"kube-state-metrics","namespace":"monitoring"})") == "node//w1");
  CHECK(subject_of(R"({"alertname":"KubeQuotaFullyUsed","namespace":"shop","resource":"limits.cpu"})") == "namespace//shop");
  CHECK(subject_of(R"({"alertname":"Watchdog"})") == "cluster//unknown");
  CHECK(subject_of(R"({"alertname":"CertManagerCertNotReady","name":"cart-tls","namespace":"cert-manager","exported_namespace":"shop"})") ==
        "certificate/shop/cart-tls");
}

TEST_CASE("normalize: labels of the scrape target do not mislead") {
  CHECK(subject_of(R"({"alertname":"KubeDeploymentReplicasMismatch","namespace":"shop","deployment":"cart","job":"kube-state-metrics",
    "pod":"kube-state-metrics-5d4-x","instance":"10.0.0.7:8080","service":"kube-state-metrics","container":"kube-state-metrics"})") ==
        "deployment/shop/cart");
  CHECK(subject_of(R"({"alertname":"NodeClockNotSynchronising","instance":"worker-2:9100","job":"node-exporter","namespace":"monitoring",
    "pod":"node-exporter-x9","service":"node-exporter"})") == "node//worker-2");
  CHECK(subject_of(R"({"alertname":"NodeClockNotSynchronising","instance":"10.9.8.7:9100","job":"node-exporter"})") == "address//10.9.8.7");
  CHECK(subject_of(R"({"alertname":"A","exported_pod":"cart-0","exported_namespace":"shop","pod":"prom-0","namespace":"monitoring"})") ==
        "pod/shop/cart-0");
  CHECK(subject_of(R"({"alertname":"DatabaseConnectionsNearMax","namespace":"shop","service":"orders-db","job":"postgres-exporter",
    "pod":"postgres-exporter-1"})") == "service/shop/orders-db");
  CHECK(subject_of(R"({"alertname":"KubeStateMetricsListErrors","namespace":"monitoring","job":"kube-state-metrics","pod":"kube-state-metrics-5d4-x"})") ==
        "pod/monitoring/kube-state-metrics-5d4-x");
  CHECK(subject_of(R"({"alertname":"ProbeFailed","job":"blackbox","namespace":"monitoring","instance":"https://shop.example.org/cart"})") ==
        "address//shop.example.org");
}

TEST_CASE("normalize: further resource labels are related") {
  const auto event = decode(R"({"alertname":"KubePersistentVolumeFillingUp","namespace":"shop","persistentvolumeclaim":"data-0","node":"w1","job":"kubelet"})");
  CHECK(related(event) == std::vector<std::string>{"node//w1"});
}

TEST_CASE("normalize: a missing fingerprint is computed as Alertmanager does") {
  // FNV-1a of "a" 0xff "b" 0xff, worked out by hand with the published constants.
  CHECK(alert_fingerprint({}) == "cbf29ce484222325");
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const unsigned char byte : {'a', static_cast<char>(0xff), 'b', static_cast<char>(0xff)}) hash = (hash ^ byte) * 0x100000001b3ULL;
  char expected[17];
  std::snprintf(expected, sizeof expected, "%016llx", static_cast<unsigned long long>(hash));
  CHECK(alert_fingerprint({{"a", "b"}}) == expected);
  const auto event = one_event(decode_alertmanager(
      webhook(R"({"status":"firing","labels":{"alertname":"A"},"annotations":{},"startsAt":"2025-06-13T08:10:00Z"})"), context()));
  CHECK(event.source_id.starts_with("alert:"));
  CHECK(event.source_id.size() == 6 + 16 + 1 + 20);
  CHECK(event.message == "Alert A is firing");
}

TEST_CASE("normalize: bad alerts are rejected one by one") {
  const auto decoded = decode_alertmanager(
      webhook(alert(R"({"alertname":"A"})") + R"(,{"labels":{}},{"labels":{"alertname":"B"}},{"labels":{"alertname":"B"},"startsAt":"soon"},7,{"labels":[]})"),
      context());
  CHECK(decoded.items == 6);
  CHECK(decoded.records.size() == 1);
  REQUIRE(decoded.rejected.size() == 5);
  CHECK(decoded.rejected[2].index == 3);
  CHECK(decoded.rejected[2].reason.find("'soon'") != std::string::npos);
  CHECK_FALSE(decode_alertmanager("{}", context()).rejected.empty());
  CHECK_FALSE(decode_alertmanager("", context()).rejected.empty());
  CHECK_FALSE(decode_alertmanager(R"({"alerts":{}})", context()).rejected.empty());
}
