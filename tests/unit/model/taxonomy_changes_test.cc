#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "kgrca/model/taxonomy.h"

using namespace kgrca;

namespace {

std::string change_type(const std::string& kind, const std::vector<model::FieldChange>& changes) {
  const auto match = model::Taxonomy::embedded()->match_change(kind, changes);
  return match ? match->type : std::string();
}

struct Row {
  std::string kind;
  model::FieldChange change;
  std::string type;
};

const std::vector<Row> rows = {
    {"Deployment", {"image", "shop/orders:1", "shop/orders:2"}, "change.image"},
    {"deployment", {"env.DB_POOL_SIZE", "50", "5"}, "change.env"},
    {"deployment", {"env.FEATURE_X", "", "on"}, "change.env"},
    {"deployment", {"env.FEATURE_X", "on", ""}, "change.env"},
    {"statefulset", {"resources.limits.memory", "512Mi", "128Mi"}, "change.limits"},
    {"deployment", {"spec.livenessProbe.timeoutSeconds", "", "1"}, "change.probe"},
    {"daemonset", {"spec.readinessProbe", "httpGet 80/ready", "httpGet 80/healthy"}, "change.probe"},
    {"deployment", {"spec.configMapRefs", "a", "a,b"}, "change.config_refs"},
    {"deployment", {"replicas", "3", "1"}, "change.replicas"},
    {"deployment", {"annotations.kubectl.kubernetes.io/restartedAt", "", "2025-01-02T03:04:05Z"}, "change.restart"},
    {"deployment", {"status.progressing", "", "False"}, "ProgressDeadlineExceeded"},
    {"deployment", {"status.replicaFailure", "", "FailedCreate"}, "ReplicaFailure"},
    {"deployment", {"deleted", "", "true"}, "change.deleted"},
    {"statefulset", {"spec.volumeClaimTemplates.0.storageClassName", "", "fast"}, "change.storage"},
    {"configmap", {"data.digest", "#a", "#b"}, "change.config"},
    {"secret", {"data.digest", "#a", "#b"}, "change.secret"},
    {"secret", {"deleted", "", "true"}, "change.secret_deleted"},
    {"service", {"selector.app", "orders", "order"}, "change.service"},
    {"horizontalpodautoscaler", {"spec.maxReplicas", "10", "3"}, "change.autoscaler"},
    {"resourcequota", {"spec.hard.limits.cpu", "16", "8"}, "change.quota"},
    {"resourcequota", {"created", "", "true"}, "change.quota"},
    {"node", {"status.ready", "true", "Unknown"}, "NodeNotReady"},
    {"node", {"status.ready", "false", "true"}, "NodeReady"},
    {"node", {"condition.DiskPressure", "", "true"}, "DiskPressure"},
    {"node", {"condition.MemoryPressure", "True", "False"}, "NodeHasSufficientMemory"},
    {"node", {"spec.unschedulable", "", "true"}, "change.node_cordoned"},
    {"node", {"spec.taints", "", "dedicated=gpu:NoSchedule"}, "change.node_taint"},
    {"node", {"deleted", "", "true"}, "change.node_removed"},
    {"pod", {"status.lastTerminated.reason", "", "OOMKilled"}, "OOMKilled"},
    {"pod", {"status.lastTerminated.reason", "", "Error"}, "ContainerExit"},
    {"pod", {"status.waiting.reason", "", "CrashLoopBackOff"}, "CrashLoopBackOff"},
    {"pod", {"status.waiting.reason", "", "CreateContainerConfigError"}, "CreateContainerConfigError"},
    {"pod", {"status.reason", "", "Evicted"}, "Evicted"},
    {"pod", {"status.containerReady", "true", "false"}, "ContainerNotReady"},
    {"pod", {"status.containerReady", "false", "true"}, "ContainerReady"},
    {"persistentvolumeclaim", {"status.phase", "Bound", "Lost"}, "ClaimLost"},
    {"persistentvolumeclaim", {"status.phase", "", "Pending"}, "ClaimPending"},
    {"certificate", {"status.ready", "true", "false"}, "CertificateNotReady"},
    {"certificate", {"status.reason", "", "Expired"}, "CertificateExpired"},
    {"ingress", {"spec.tlsSecret", "a-tls", "b-tls"}, "change.ingress"},
    {"endpointslice", {"endpoints.ready", "2", "0"}, "NoEndpoints"},
};

}  // namespace

TEST_CASE("taxonomy: field changes give their event type") {
  for (const auto& row : rows) {
    INFO(row.kind << " " << row.change.path << ": " << row.change.before << " -> " << row.change.after);
    CHECK(change_type(row.kind, {row.change}) == row.type);
  }
}

TEST_CASE("taxonomy: status noise is no event") {
  const std::vector<Row> noise = {
      {"pod", {"status.restartCount", "1", "2"}, ""},      {"pod", {"status.phase", "Pending", "Running"}, ""},
      {"pod", {"podIP", "", "10.0.0.7"}, ""},              {"pod", {"status.deletionTimestamp", "", "2025-01-02T03:04:05Z"}, ""},
      {"pod", {"deleted", "", "true"}, ""},                {"pod", {"status.lastTerminated.exitCode", "", "0"}, ""},
      {"deployment", {"status.readyReplicas", "2", "3"}, ""}, {"deployment", {"labels.team", "a", "b"}, ""},
      {"deployment", {"image", "a:1", ""}, ""},            {"replicaset", {"replicas", "2", "3"}, ""},
      {"widget", {"image", "a", "b"}, ""}};
  for (const auto& row : noise) {
    INFO(row.kind << " " << row.change.path);
    CHECK(change_type(row.kind, {row.change}).empty());
  }
  CHECK(change_type("deployment", {}).empty());
}

TEST_CASE("taxonomy: the strongest facet of a change gives the type, in any order") {
  const model::FieldChange env{"env.A", "1", "2"};
  const model::FieldChange image{"image", "a:1", "a:2"};
  const model::FieldChange replicas{"replicas", "1", "2"};
  CHECK(change_type("deployment", {env, image, replicas}) == "change.image");
  CHECK(change_type("deployment", {replicas, env}) == "change.env");
  CHECK(change_type("pod", {{"status.containerReady", "true", "false"}, {"status.lastTerminated.exitCode", "", "137"},
                            {"status.lastTerminated.reason", "", "OOMKilled"}}) == "OOMKilled");
  CHECK(change_type("node", {{"spec.taints", "", "node.kubernetes.io/unreachable"}, {"status.ready", "true", "Unknown"}}) ==
        "NodeNotReady");
}
