// The embedded taxonomy covers every type, reason and alert that the references list.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kgrca/core/strings.h"
#include "kgrca/model/taxonomy.h"

using namespace kgrca;

namespace {

// A CSV line into fields; quoted fields may hold commas.
std::vector<std::string> csv_fields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back().push_back(c);
    }
  }
  return fields;
}

std::vector<std::vector<std::string>> reference_rows(const std::string& name) {
  std::ifstream in(std::string(KGRCA_SHARED_DIR) + "/reference/" + name);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    if (!line.empty()) rows.push_back(csv_fields(line));
  }
  return rows;
}

const std::vector<std::string> original_types = {
    "Scheduled", "Created", "Started", "Killing", "BackOff", "CrashLoopBackOff", "Failed", "Error", "Completed",
    "CreateContainerConfigError", "Evicted", "SandboxChanged", "FailedKillPod", "FailedCreatePodSandBox",
    "FailedCreatePodContainer", "ContainerCreating", "Pending", "ContainerStatusUnknown", "OOMKilled", "OOMKilling",
    "MemoryPressure", "PIDPressure", "CPU throttling", "Pulling", "Pulled", "ImagePullBackOff", "ErrImagePull",
    "InvalidImageName", "ImageGCFailed", "RegistryUnavailable", "Unhealthy", "ProbeWarning", "LivenessProbe",
    "ReadinessProbe", "FailedScheduling", "Unschedulable", "NodeAffinity", "Taints", "InsufficientResources",
    "InsufficientCPU", "InsufficientMemory", "FailedMount", "FailedAttachVolume", "VolumeFailure", "VolumeNotFound",
    "VolumeBindingFailed", "PVCNotFound", "ExternalProvisioning", "Provisioning", "ProvisioningSucceeded", "DiskPressure",
    "NetworkNotReady", "CNIFailed", "CNIError", "IPAllocationFailed", "DNSConfigForming", "FailedDiscovery",
    "UpdatedEndpoints", "NodeReady", "NodeNotReady", "NodePressure", "RegisteredNode", "NodeHasSufficientMemory",
    "NodeHasSufficientDisk", "ScalingReplicaSet", "SuccessfulCreate", "SuccessfulDelete", "FailedCreate",
    "FailedGetResourceMetric", "FailedComputeMetricsReplicas", "NoPods", "LeaderElection", "SawCompletedJob", "Forbidden",
    "Unauthorized", "InvalidConfiguration", "ConfigMapNotFound", "LOG_CRASHLOOP", "LOG_READINESS_FAIL",
    "LOG_LIVENESS_FAIL", "LOG_IMAGE_PULL_FAIL", "LOG_OOM_KILLED", "LOG_PANIC", "LOG_FATAL", "LOG_ERROR", "LOG_WARNING",
    "LOG_INFO", "LOG_RBAC_DENIED", "Preempted", "TaintManagerEviction", "ProvisioningFailed", "SuccessfulRescale",
    "NodeHasDiskPressure", "NodeNotSchedulable", "FailedToUpdateEndpoint", "BackoffLimitExceeded", "DeadlineExceeded",
    "ProgressDeadlineExceeded", "Rebooted", "POD_IMAGE_PULL", "POD_IMAGE_PULLED", "POD_CREATED", "POD_STARTED",
    "POD_KILLING", "POD_FAILED", "POD_BACKOFF", "POD_CRASH_LOOP", "MEMORY_OOM", "POD_EVICTED", "SCHEDULING_FAILED",
    "VOLUME_MOUNT_FAILED", "NETWORK_SETUP_FAILED", "NETWORK_NOT_READY", "HEALTH_CHECK_FAILED", "PROBE_WARNING",
    "NODE_NOT_READY", "NODE_READY", "NODE_REGISTERED", "SERVICE_DISCOVERY_FAILED", "ENDPOINTS_UPDATED", "CPU_HIGH",
    "DISK_ISSUE", "NETWORK_ISSUE", "TIMEOUT", "CUSTOM", "cpu_high", "memory_high", "disk_high", "pod_restart",
    "pod_failed", "service_down", "network_error", "oom_kill", "config_change", "deployment", "scale_event",
    "health_check_failed", "latency_high", "error_rate_high", "custom"};

const std::vector<std::string> original_alerts = {
    "TargetDown", "NodeClockNotSynchronising", "KubeControllerManagerDown", "KubeSchedulerDown", "etcdMembersDown",
    "etcdInsufficientMembers", "KubeAPIErrorBudgetBurn", "KubePodCrashLooping", "KubeDeploymentReplicasMismatch",
    "KubePodNotReady", "KubeDeploymentRolloutStuck", "PrometheusMissingRuleEvaluations", "NodeMemoryMajorPagesFaults",
    "KubeNodeNotReady", "KubeNodeUnreachable", "KubeMemoryOvercommit", "KubeCPUOvercommit",
    "KubePersistentVolumeFillingUp", "KubeJobFailed", "KubeContainerOOMKilled", "HighErrorRate", "HighLatency",
    "ServiceDown", "DatabaseConnectionFailed", "PodCrashLooping", "PodMemoryUsageHigh", "PodCPUThrottling", "PodNotReady",
    "DeploymentReplicasMismatch", "PersistentVolumeClaimPending", "ContainerOOMKilled", "TestPodHighRestartRate",
    "TestAlertAlwaysFiring"};

}  // namespace

TEST_CASE("taxonomy: every type of the original is known by its name") {
  const auto taxonomy = model::Taxonomy::embedded();
  for (const auto& name : original_types) {
    INFO(name);
    CHECK(taxonomy->find(name) != nullptr);
  }
  for (const auto& name : original_alerts) {
    INFO(name);
    const auto match = taxonomy->match_alert(name);
    CHECK(match.known);
    CHECK(match.type == name);
  }
}

TEST_CASE("taxonomy: every listed Kubernetes reason is known for its kind") {
  const auto rows = reference_rows("k8s-event-reasons.csv");
  if (rows.empty()) {
    WARN("the reference lists are not on this machine: coverage of reasons not checked");
    return;
  }
  CHECK(rows.size() >= 290);
  const auto taxonomy = model::Taxonomy::embedded();
  for (const auto& row : rows) {
    INFO(row[0] << " " << row[1] << " on " << row[3]);
    const auto match = taxonomy->match_kubernetes(row[1], "", row[3], row[2] == "Warning");
    CHECK(match.known);
    CHECK(taxonomy->find(match.type) != nullptr);
    CHECK(match.severity.has_value());
  }
}

TEST_CASE("taxonomy: no reason of type Normal is a severe fault unless it names one") {
  const auto rows = reference_rows("k8s-event-reasons.csv");
  const auto taxonomy = model::Taxonomy::embedded();
  const std::set<std::string> severe = {"NodeNotReady", "BackOff", "NodeHasInsufficientMemory", "NodeHasDiskPressure",
                                        "NodeHasInsufficientPID", "FailedBinding", "CIDRAssignmentFailed",
                                        "CIDRNotAvailable"};
  for (const auto& row : rows) {
    if (row[2] != "Normal" || severe.contains(row[1])) continue;
    INFO(row[0] << " " << row[1]);
    CHECK(taxonomy->match_kubernetes(row[1], "", row[3], false).severity.value() <= model::Severity::warning);
  }
}

TEST_CASE("taxonomy: every listed alert is known with its waiting time and kind") {
  const auto rows = reference_rows("prometheus-alerts.csv");
  if (rows.empty()) {
    WARN("the reference lists are not on this machine: coverage of alerts not checked");
    return;
  }
  CHECK(rows.size() >= 140);
  const auto taxonomy = model::Taxonomy::embedded();
  std::map<std::pair<std::string, std::string>, core::Duration> longest;
  for (const auto& row : rows) {
    auto& known = longest[{row[0], row[1]}];
    known = std::max(known, core::parse_duration(row[3]).value());
  }
  for (const auto& row : rows) {
    INFO(row[0] << " " << row[1]);
    const auto match = taxonomy->match_alert(row[0]);
    CHECK(match.known);
    CHECK(match.type == row[0]);
    CHECK(taxonomy->alert_kind(row[0]) == model::canonical_kind(row[2]));
    const auto severity = model::parse_severity(row[1]);
    REQUIRE(severity.has_value());
    CHECK(taxonomy->alert_for(row[0], severity) == longest[{row[0], row[1]}]);
  }
}

TEST_CASE("taxonomy: the groups are few enough for a bit set and every type has role, title and a listed group") {
  const auto taxonomy = model::Taxonomy::embedded();
  const std::set<std::string> groups(taxonomy->groups().begin(), taxonomy->groups().end());
  CHECK(groups.size() <= 64);
  std::set<std::string> used;
  for (const auto& type : taxonomy->types()) {
    INFO(type.id);
    CHECK(groups.contains(type.group));
    CHECK_FALSE(type.title.empty());
    CHECK(type.title.size() <= 48);
    used.insert(type.group);
  }
  CHECK(used == groups);
}
