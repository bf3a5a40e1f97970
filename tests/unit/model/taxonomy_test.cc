#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "kgrca/model/taxonomy.h"

using namespace kgrca;
using model::Role;
using model::Severity;
using model::Taxonomy;

namespace {

std::string kubernetes_type(const std::string& reason, const std::string& message, const std::string& kind = "Pod",
                            bool warning = true) {
  return Taxonomy::embedded()->match_kubernetes(reason, message, kind, warning).type;
}

std::string alert_group(const std::string& name) {
  const auto taxonomy = Taxonomy::embedded();
  return taxonomy->describe(taxonomy->match_alert(name).type, Severity::warning).group;
}

const std::string head = "version: 1\ngroups:\n  log_error: {role: fault, severity: ERROR}\n";
const std::string types =
    "types:\n  - {id: log.info, group: log_error, title: a}\n  - {id: log.warning, group: log_error, title: b}\n"
    "  - {id: log.error, group: log_error, title: c}\n  - {id: log.fatal, group: log_error, title: d}\n";
const std::string rest = "kubernetes: []\nalerts: []\nlogs: []\nchanges: []\n";

void expect_error(const std::string& yaml, const std::string& part) {
  const auto parsed = Taxonomy::parse(yaml);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.status().code() == absl::StatusCode::kInvalidArgument);
  INFO(core::message_of(parsed.status()));
  CHECK(core::message_of(parsed.status()).find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("taxonomy: messages refine ambiguous reasons") {
  CHECK(kubernetes_type("Failed", "Failed to pull image \"a:1\": not found") == "ImagePullFailed");
  CHECK(kubernetes_type("Failed", "Error: ImagePullBackOff") == "ImagePullBackOff");
  CHECK(kubernetes_type("Failed", "Error: secret \"db\" not found") == "SecretNotFound");
  CHECK(kubernetes_type("Failed", "Error: configmap \"app\" not found") == "ConfigMapNotFound");
  CHECK(kubernetes_type("Failed", "something else") == "Failed");
  CHECK(kubernetes_type("BackOff", "Back-off pulling image \"a:1\"", "Pod", false) == "ImagePullBackOff");
  CHECK(kubernetes_type("BackOff", "Back-off restarting failed container") == "BackOff");
  CHECK(kubernetes_type("Unhealthy", "Liveness probe failed: 500") == "LivenessProbeFailed");
  CHECK(kubernetes_type("Unhealthy", "Readiness probe failed: 500") == "ReadinessProbeFailed");
  CHECK(kubernetes_type("Unhealthy", "Startup probe failed: 500") == "StartupProbeFailed");
  CHECK(kubernetes_type("Killing", "Stopping container app", "Pod", false) == "Killing");
  CHECK(kubernetes_type("Killing", "Container app failed liveness probe, will be restarted", "Pod", false) == "KillingUnhealthy");
  CHECK(kubernetes_type("FailedCreate", "pods \"a\" is forbidden: exceeded quota: q", "ReplicaSet") == "QuotaExceeded");
  CHECK(kubernetes_type("FailedScheduling", "0/5 nodes are available: 5 Insufficient memory.") == "InsufficientMemory");
  CHECK(kubernetes_type("FailedScheduling", "pod has unbound immediate PersistentVolumeClaims") == "VolumeBindingFailed");
  CHECK(kubernetes_type("NodeNotReady", "Node is not ready", "Pod") == "PodNodeNotReady");
  CHECK(kubernetes_type("NodeNotReady", "Node n1 status is now: NodeNotReady", "Node", false) == "NodeNotReady");
}

TEST_CASE("taxonomy: container states are types of their own") {
  const auto taxonomy = Taxonomy::embedded();
  for (const std::string reason : {"OOMKilled", "CrashLoopBackOff", "Error", "ContainerCannotRun", "RunContainerError"}) {
    INFO(reason);
    REQUIRE(taxonomy->find(reason) != nullptr);
    CHECK(taxonomy->find(reason)->role == Role::fault);
  }
  CHECK(taxonomy->match_kubernetes("CrashLoopBackOff", "", "Pod", true).severity == Severity::fatal);
  CHECK(taxonomy->match_kubernetes("FailedMount", "x", "Pod", true).severity == Severity::error);
}

TEST_CASE("taxonomy: unknown reasons and alerts are kept as themselves") {
  const auto taxonomy = Taxonomy::embedded();
  const auto match = taxonomy->match_kubernetes("FrobnicationStalled", "x", "Widget", true);
  CHECK(match.type == "FrobnicationStalled");
  CHECK_FALSE(match.known);
  CHECK_FALSE(match.severity.has_value());
  CHECK(taxonomy->find("FrobnicationStalled") == nullptr);
  CHECK(taxonomy->describe("FrobnicationStalled", Severity::warning).group == "other");
  CHECK(taxonomy->describe("FrobnicationStalled", Severity::warning).role == Role::fault);
  CHECK(taxonomy->describe("FrobnicationStalled", Severity::info).role == Role::benign);
  CHECK_FALSE(taxonomy->match_alert("WeatherIsBad").known);
  CHECK(taxonomy->match_alert("WeatherIsBad").type == "WeatherIsBad");
  CHECK_FALSE(taxonomy->alert_for("WeatherIsBad").has_value());
}

TEST_CASE("taxonomy: alert names of any team land in a sensible group") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"CheckoutHighLatency", "latency"},       {"checkout_p99_latency", "latency"},     {"api-slow-responses", "latency"},
      {"Orders5xxErrors", "errors"},            {"payment-error-rate", "errors"},        {"CheckoutServiceDown", "unavailable"},
      {"PaymentsUnavailable", "unavailable"},   {"PostgresqlDown", "db"},                {"RedisMemoryHigh", "saturation"},
      {"CertificateExpiresSoon", "tls"},        {"CertManagerCertExpirySoon", "tls"},    {"CoreDNSErrorsHigh", "dns"},
      {"PodOOMKilledFrequently", "oom"},        {"HostOutOfDiskSpace", "disk"},          {"KafkaConsumerLag", "saturation"},
      {"NodeHighCpuUsage", "saturation"},       {"HpaMaxedOut", "saturation"},           {"KubeQuotaSomething", "quota"},
      {"SLOErrorBudgetBurnFast", "slo"},        {"DeadMansSwitch", "always_firing"},     {"APIThrottlingHigh", "throttling"},
      {"BlackboxHttpProbeFailed", "unavailable"}, {"IngressBackendErrors", "errors"},    {"NightlyBackupFailed", "job"},
      {"SearchPageErrors", "errors"},           {"DownloadErrorsHigh", "errors"},        {"RoomServiceErrors", "errors"}};
  for (const auto& [name, group] : expected) {
    INFO(name);
    CHECK(alert_group(name) == group);
  }
}

TEST_CASE("taxonomy: waiting times differ by severity where the rules do") {
  const auto taxonomy = Taxonomy::embedded();
  using namespace std::chrono_literals;
  CHECK(taxonomy->alert_for("KubePodCrashLooping") == core::Duration(15min));
  CHECK(taxonomy->alert_for("KubePersistentVolumeFillingUp", Severity::fatal) == core::Duration(1min));
  CHECK(taxonomy->alert_for("KubePersistentVolumeFillingUp", Severity::warning) == core::Duration(1h));
  CHECK(taxonomy->alert_for("KubePersistentVolumeFillingUp") == core::Duration(1h));
  CHECK(taxonomy->alert_kind("KubeNodeNotReady") == "node");
}

TEST_CASE("taxonomy: chronic background is told apart") {
  for (const std::string name : {"NodeClockNotSynchronising", "KubeCPUOvercommit", "KubeMemoryOvercommit",
                                 "NodeMemoryMajorPagesFaults", "PrometheusMissingRuleEvaluations"}) {
    INFO(name);
    CHECK(alert_group(name) == "chronic");
  }
  CHECK(alert_group("Watchdog") == "always_firing");
}

TEST_CASE("taxonomy: a small file of one's own loads, and its version is that of its text") {
  const auto parsed = Taxonomy::parse(head + types + rest);
  REQUIRE(parsed.ok());
  CHECK((*parsed)->version() != Taxonomy::embedded()->version());
  CHECK((*parsed)->version() == (*Taxonomy::parse(head + types + rest))->version());
  CHECK((*parsed)->types().size() == 4);
}

TEST_CASE("taxonomy: broken files are refused with the line and the remedy") {
  expect_error("version: [", "taxonomy");
  expect_error("version: 2\ngroups: {}\n" + types + rest, "\"version\" must be 1");
  expect_error(head + types + rest + "more: []\n", "unknown key \"more\"");
  expect_error(head + types + "kubernetes: []\nalerts: []\nlogs: []\n", "\"changes\" is missing");
  expect_error(head + types + "  - {id: X, group: nope, title: x}\n" + rest, "line 9: \"X\" names the group \"nope\"");
  expect_error(head + types + "  - {id: log.info, group: log_error, title: x}\n" + rest, "a second time");
  expect_error(head + types + "  - {id: X, group: log_error}\n" + rest, "\"title\" is missing");
  expect_error(head + types + "kubernetes:\n  - {reason: A, type: Nope}\nalerts: []\nlogs: []\nchanges: []\n",
               "\"Nope\" is no type");
  expect_error(head + types + "kubernetes: []\nalerts:\n  - {name: A, type: log.error, for: soon}\nlogs: []\nchanges: []\n",
               "\"soon\" is no duration");
  expect_error(head + types + "kubernetes: []\nalerts: []\nlogs:\n  - {type: log.error}\nchanges: []\n", "\"any\" or \"all\"");
  expect_error(head + types + "kubernetes: []\nalerts: []\nlogs:\n  - {type: log.error, any: [\"<>\"]}\nchanges: []\n",
               "a pattern is empty");
  expect_error(head + types + "kubernetes: []\nalerts: []\nlogs: []\nchanges:\n  - {kinds: [pod], type: log.error}\n",
               "\"kinds\" and \"path\"");
  expect_error(head + "types: 7\n" + rest, "types must be a list");
  expect_error("version: 1\ngroups:\n  x: {role: hero}\n" + types + rest, "role is \"hero\"");
}
