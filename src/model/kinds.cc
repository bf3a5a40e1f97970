#include "model/kinds.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kgrca/core/strings.h"
#include "kgrca/model/resource.h"

namespace kgrca::model {
namespace {

constexpr std::array rows{
    KindRow{"pod", "Pod", "pods", "po", false},
    KindRow{"node", "Node", "nodes", "no", true},
    KindRow{"service", "Service", "services", "svc", false},
    KindRow{"deployment", "Deployment", "deployments", "deploy", false},
    KindRow{"replicaset", "ReplicaSet", "replicasets", "rs", false},
    KindRow{"statefulset", "StatefulSet", "statefulsets", "sts", false},
    KindRow{"daemonset", "DaemonSet", "daemonsets", "ds", false},
    KindRow{"replicationcontroller", "ReplicationController", "replicationcontrollers", "rc", false},
    KindRow{"job", "Job", "jobs", "", false},
    KindRow{"cronjob", "CronJob", "cronjobs", "cj", false},
    KindRow{"configmap", "ConfigMap", "configmaps", "cm", false},
    KindRow{"secret", "Secret", "secrets", "", false},
    KindRow{"serviceaccount", "ServiceAccount", "serviceaccounts", "sa", false},
    KindRow{"persistentvolumeclaim", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc", false},
    KindRow{"persistentvolume", "PersistentVolume", "persistentvolumes", "pv", true},
    KindRow{"storageclass", "StorageClass", "storageclasses", "sc", true},
    KindRow{"volumeattachment", "VolumeAttachment", "volumeattachments", "", true},
    KindRow{"horizontalpodautoscaler", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa", false},
    KindRow{"verticalpodautoscaler", "VerticalPodAutoscaler", "verticalpodautoscalers", "vpa", false},
    KindRow{"poddisruptionbudget", "PodDisruptionBudget", "poddisruptionbudgets", "pdb", false},
    KindRow{"ingress", "Ingress", "ingresses", "ing", false},
    KindRow{"ingressclass", "IngressClass", "ingressclasses", "", true},
    KindRow{"networkpolicy", "NetworkPolicy", "networkpolicies", "netpol", false},
    KindRow{"endpoints", "Endpoints", "endpoints", "ep,endpoint", false},
    KindRow{"endpointslice", "EndpointSlice", "endpointslices", "", false},
    KindRow{"namespace", "Namespace", "namespaces", "ns", true},
    KindRow{"resourcequota", "ResourceQuota", "resourcequotas", "quota", false},
    KindRow{"limitrange", "LimitRange", "limitranges", "limits", false},
    KindRow{"role", "Role", "roles", "", false},
    KindRow{"rolebinding", "RoleBinding", "rolebindings", "", false},
    KindRow{"clusterrole", "ClusterRole", "clusterroles", "", true},
    KindRow{"clusterrolebinding", "ClusterRoleBinding", "clusterrolebindings", "", true},
    KindRow{"customresourcedefinition", "CustomResourceDefinition", "customresourcedefinitions", "crd,crds", true},
    KindRow{"apiservice", "APIService", "apiservices", "", true},
    KindRow{"mutatingwebhookconfiguration", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "", true},
    KindRow{"validatingwebhookconfiguration", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "",
            true},
    KindRow{"priorityclass", "PriorityClass", "priorityclasses", "pc", true},
    KindRow{"runtimeclass", "RuntimeClass", "runtimeclasses", "", true},
    KindRow{"csidriver", "CSIDriver", "csidrivers", "", true},
    KindRow{"csinode", "CSINode", "csinodes", "", true},
    KindRow{"lease", "Lease", "leases", "", false},
    KindRow{"event", "Event", "events", "ev", false},
    KindRow{"certificate", "Certificate", "certificates", "cert,certs", false},
    KindRow{"certificaterequest", "CertificateRequest", "certificaterequests", "cr,crs", false},
    KindRow{"issuer", "Issuer", "issuers", "", false},
    KindRow{"clusterissuer", "ClusterIssuer", "clusterissuers", "", true},
    KindRow{"order", "Order", "orders", "", false},
    KindRow{"challenge", "Challenge", "challenges", "", false},
    KindRow{"gateway", "Gateway", "gateways", "gtw", false},
    KindRow{"httproute", "HTTPRoute", "httproutes", "", false},
    KindRow{"virtualservice", "VirtualService", "virtualservices", "vs", false},
    KindRow{"destinationrule", "DestinationRule", "destinationrules", "dr", false},
    KindRow{"rollout", "Rollout", "rollouts", "ro", false},
    KindRow{"scaledobject", "ScaledObject", "scaledobjects", "so", false},
    KindRow{"servicemonitor", "ServiceMonitor", "servicemonitors", "smon", false},
    KindRow{"podmonitor", "PodMonitor", "podmonitors", "pmon", false},
    KindRow{"prometheusrule", "PrometheusRule", "prometheusrules", "promrule", false},
    // Ours: what records speak of without a Kubernetes object.
    KindRow{"container", "Container", "containers", "", false},
    KindRow{"cluster", "Cluster", "clusters", "", true},
    KindRow{"component", "Component", "components", "", true},
    KindRow{"host", "Host", "hosts", "", true},
    KindRow{"target", "Target", "targets", "", false},
    KindRow{"rule", "Rule", "rules", "", false},
};

core::StringMap<std::size_t> build_names() {
  core::StringMap<std::size_t> names;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    names.emplace(std::string(rows[i].canonical), i);
    names.emplace(std::string(rows[i].plural), i);
    for (const std::string_view brief : core::split(rows[i].brief, ',')) {
      if (!brief.empty()) names.emplace(std::string(brief), i);
    }
  }
  return names;
}

// Every accepted spelling in lower case -> row.
const core::StringMap<std::size_t>& names() {
  static const core::StringMap<std::size_t> built = build_names();
  return built;
}

}  // namespace

std::span<const KindRow> kind_table() { return rows; }

const KindRow* find_kind(std::string_view canonical) {
  const auto found = names().find(canonical);
  if (found == names().end() || rows[found->second].canonical != canonical) return nullptr;
  return &rows[found->second];
}

std::string canonical_kind(std::string_view kind) {
  std::string lower = core::to_lower(core::trim(kind));
  auto found = names().find(lower);
  if (found == names().end()) {
    // "deployments.apps", "certificates.cert-manager.io/v1": the group says nothing about the kind.
    const auto dot = lower.find_first_of("./");
    if (dot == std::string::npos || dot == 0) return lower;
    found = names().find(std::string_view(lower).substr(0, dot));
    if (found == names().end()) return lower;
  }
  return std::string(rows[found->second].canonical);
}

std::string display_kind(std::string_view canonical_kind_name) {
  if (const KindRow* row = find_kind(canonical_kind_name)) return std::string(row->display);
  std::string shown(canonical_kind_name);
  if (!shown.empty() && shown[0] >= 'a' && shown[0] <= 'z') shown[0] = static_cast<char>(shown[0] - 'a' + 'A');
  return shown;
}

bool is_cluster_scoped(std::string_view canonical_kind_name) {
  const KindRow* row = find_kind(canonical_kind_name);
  return row != nullptr && row->cluster_scoped;
}

const std::vector<std::string_view>& known_kinds() {
  static const std::vector<std::string_view> kinds = [] {
    std::vector<std::string_view> list;
    for (const KindRow& row : rows) list.push_back(row.canonical);
    return list;
  }();
  return kinds;
}

}  // namespace kgrca::model
