#include "normalize/alert_subject.h"

#include <algorithm>

#include "normalize/log_hosts.h"

namespace kgrca::normalize {

namespace {

using std::string_view;

// Labels of an alert with the rules of who they speak about: once `exported_x` stands beside `x`, the plain one names the
// scrape target.
class Labels {
 public:
  explicit Labels(const Pairs& pairs) : pairs_(pairs) {
    job_ = raw("job");
    has_exported_ = !raw("exported_pod").empty() || !raw("exported_service").empty() || !raw("exported_container").empty() ||
                    !raw("exported_instance").empty() || !raw("exported_node").empty();
    exporter_ = is_exporter(job_);
  }

  string_view raw(string_view name) const {
    const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name,
                                     [](const auto& pair, string_view key) { return pair.first < key; });
    return at != pairs_.end() && at->first == name ? string_view(at->second) : string_view{};
  }
  string_view job() const { return job_; }
  bool exporter() const { return exporter_; }

  // The label as it speaks about the monitored object.
  string_view about(string_view name) const {
    const auto exported = raw(core::cat("exported_", name));
    if (!exported.empty()) return exported;
    const bool target_label = name == "pod" || name == "service" || name == "instance" || name == "node";
    if (target_label && has_exported_) return {};
    if ((name == "pod" || name == "service") && names_exporter(raw(name))) return {};
    return raw(name);
  }
  string_view ns() const { return about("namespace"); }

 private:
  static bool is_exporter(string_view job) {
    constexpr string_view words[] = {"exporter", "kube-state-metrics", "kubelet", "cadvisor", "blackbox", "pushgateway"};
    return std::any_of(std::begin(words), std::end(words),
                       [&](string_view word) { return job.find(word) != string_view::npos; });
  }
  // "kube-state-metrics-6d9c" for job "kube-state-metrics", "prometheus-stack-kubelet" for job "kubelet".
  bool names_exporter(string_view value) const {
    if (!exporter_ || value.empty()) return false;
    const auto leaf = job_.substr(job_.rfind('/') + 1);
    return value.starts_with(leaf) || value.ends_with(leaf);
  }

  const Pairs& pairs_;
  string_view job_;
  bool has_exported_ = false;
  bool exporter_ = false;
};

struct LabelKind {
  string_view label;
  string_view kind;
};
// Most specific first.
constexpr LabelKind label_kinds[] = {
    {"pod", "pod"},
    {"pod_name", "pod"},
    {"persistentvolumeclaim", "persistentvolumeclaim"},
    {"horizontalpodautoscaler", "horizontalpodautoscaler"},
    {"hpa", "horizontalpodautoscaler"},
    {"job_name", "job"},
    {"cronjob", "cronjob"},
    {"replicaset", "replicaset"},
    {"deployment", "deployment"},
    {"statefulset", "statefulset"},
    {"daemonset", "daemonset"},
    {"ingress", "ingress"},
    {"poddisruptionbudget", "poddisruptionbudget"},
    {"service", "service"},
    {"service_name", "service"},
    {"persistentvolume", "persistentvolume"},
    {"node", "node"},
    {"nodename", "node"},
    {"kubernetes_node", "node"},
    {"resourcequota", "resourcequota"},
};

// What an alert of this name is about, whatever further labels it carries.
constexpr LabelKind name_prefixes[] = {
    {"KubeDeployment", "deployment"},   {"KubeStatefulSet", "statefulset"},
    {"KubeDaemonSet", "daemonset"},     {"KubeJob", "job"},
    {"KubeHpa", "horizontalpodautoscaler"}, {"KubePersistentVolume", "persistentvolumeclaim"},
    {"PersistentVolumeClaim", "persistentvolumeclaim"}, {"KubeNode", "node"},
    {"Kubelet", "node"},                {"Node", "node"},
    {"KubePdb", "poddisruptionbudget"}, {"Ingress", "ingress"},
};

bool is_ip(string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// `instance` of a node's own exporter: host or host:port.
model::ResourceRef node_of_instance(string_view cluster, string_view instance) {
  const auto host = instance.substr(0, instance.find(':'));
  return make_ref(cluster, is_ip(host) ? "address" : "node", {}, host);
}

// Control plane parts that are scraped under their own name and whose alerts carry the job alone.
model::ResourceRef part_of_job(string_view cluster, string_view job) {
  if (job == "coredns" || job == "kube-dns") return make_ref(cluster, "deployment", "kube-system", "coredns");
  if (job == "kube-proxy") return make_ref(cluster, "daemonset", "kube-system", "kube-proxy");
  return {};
}

bool is_node_job(string_view job) {
  return job == "node-exporter" || job.ends_with("node-exporter") || job == "kubelet" || job.ends_with("-kubelet") ||
         job == "kubernetes-nodes" || job == "node";
}

using Refs = std::vector<model::ResourceRef>;

Refs labelled_refs(const Labels& labels, string_view cluster) {
  Refs refs;
  for (const auto& entry : label_kinds) {
    const auto value = labels.about(entry.label);
    if (value.empty()) continue;
    auto ref = make_ref(cluster, entry.kind, labels.ns(), value, entry.kind == "pod" ? labels.raw("uid") : string_view{});
    refs.push_back(std::move(ref));
  }
  const auto instance = labels.about("instance");
  if (is_node_job(labels.job()) && !instance.empty()) refs.push_back(node_of_instance(cluster, instance));
  return refs;
}

void add_named(Refs& refs, string_view alert_name, const Labels& labels, string_view cluster) {
  const auto name = labels.raw("name");
  if (name.empty()) return;
  if (alert_name.starts_with("CertManager")) {
    refs.insert(refs.begin(), make_ref(cluster, "certificate", labels.ns(), name));
  } else if (alert_name.starts_with("KubeAggregatedAPI")) {
    refs.insert(refs.begin(), make_ref(cluster, "apiservice", {}, name));
    if (name.ends_with("metrics.k8s.io")) refs.push_back(make_ref(cluster, "service", labels.ns(), "metrics-server"));
  }
}

// A probe from outside speaks of the host it asks, not of the prober.
void add_probed_host(Refs& refs, const Labels& labels, string_view cluster) {
  if (labels.job().find("blackbox") == string_view::npos && labels.job().find("probe") == string_view::npos) return;
  auto target = labels.raw("target");
  if (target.empty()) target = labels.raw("instance");
  if (auto ref = ref_of_host(target, cluster, {})) refs.insert(refs.begin(), std::move(*ref));
}

void add_fallbacks(Refs& refs, const Labels& labels, string_view cluster) {
  // Only scrape-target labels are left: the alert is about the exporter itself.
  for (const auto& entry : {LabelKind{"pod", "pod"}, LabelKind{"service", "service"}}) {
    const auto value = labels.raw(entry.label);
    if (refs.empty() && !value.empty()) refs.push_back(make_ref(cluster, entry.kind, labels.raw("namespace"), value));
  }
  if (auto part = part_of_job(cluster, labels.job()); refs.empty() && !part.name.empty()) refs.push_back(std::move(part));
  if (refs.empty() && !labels.ns().empty()) refs.push_back(make_ref(cluster, "namespace", {}, labels.ns()));
  if (refs.empty()) refs.push_back(make_ref(cluster, "cluster", {}, cluster.empty() ? "unknown" : cluster));
}

}  // namespace

void set_alert_subject(model::Event& event, string_view alert_name, const Pairs& sorted_labels, string_view cluster) {
  const Labels labels(sorted_labels);
  auto refs = labelled_refs(labels, cluster);
  add_named(refs, alert_name, labels, cluster);
  add_probed_host(refs, labels, cluster);
  const bool has_resource = !refs.empty();
  add_fallbacks(refs, labels, cluster);

  std::size_t subject = 0;
  for (const auto& prefix : name_prefixes) {
    if (!has_resource || !alert_name.starts_with(prefix.label)) continue;
    const auto at = std::find_if(refs.begin(), refs.end(), [&](const auto& ref) { return ref.kind == prefix.kind; });
    if (at != refs.end()) subject = static_cast<std::size_t>(at - refs.begin());
    break;
  }
  event.subject = refs[subject];
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (i != subject) add_related(event, std::move(refs[i]));
  }
}

}  // namespace kgrca::normalize
