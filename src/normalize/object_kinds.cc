#include "normalize/object_kinds.h"

#include "normalize/log_hosts.h"
#include "normalize/pod_template.h"

namespace kgrca::normalize {

namespace {

using model::Relation;
using wire::JsonValue;
using Reader = void (*)(StateBuilder&, JsonValue);

void each(JsonValue array, const std::function<void(JsonValue)>& fn) {
  array.each_item([&fn](JsonValue item) {
    fn(item);
    return true;
  });
}

void read_conditions(StateBuilder& builder, JsonValue object) {
  each(object["status"]["conditions"], [&](JsonValue condition) {
    const auto type = condition["type"].string_or();
    if (type.empty()) return;
    builder.field(core::cat("condition.", core::clip_utf8(type, 128)), condition["status"]);
    const bool bad = type == "Ready" || type == "Available" ? condition["status"].string_or() != "True" : true;
    if (bad) builder.field(core::cat("condition.", core::clip_utf8(type, 128), ".reason"), condition["reason"]);
  });
}

void read_pod(StateBuilder& builder, JsonValue pod) {
  const auto spec = pod["spec"];
  read_pod_spec(builder, spec);
  builder.refer(Relation::runs_on, "node", {}, spec["nodeName"].string_or());
  read_pod_status(builder, pod["status"]);
  each(pod["status"]["conditions"], [&](JsonValue condition) {
    const auto type = condition["type"].string_or();
    if (type == "PodScheduled" || type == "Ready" || type == "Initialized") {
      builder.field(core::cat("condition.", type), condition["status"]);
    }
    if (type == "PodScheduled") builder.field("condition.PodScheduled.reason", condition["reason"]);
  });
}

void read_node(StateBuilder& builder, JsonValue node) {
  builder.field("spec.unschedulable", node["spec"]["unschedulable"]);
  std::string taints;
  each(node["spec"]["taints"], [&](JsonValue taint) {
    core::append(taints, taints.empty() ? "" : ",", taint["key"].string_or(), ":", taint["effect"].string_or());
  });
  builder.field("spec.taints", taints);
  each(node["status"]["conditions"], [&](JsonValue condition) {
    const auto type = condition["type"].string_or();
    if (type == "Ready") {
      builder.field("status.ready", condition["status"]);
      if (condition["status"].string_or() != "True") builder.field("status.reason", condition["reason"]);
    } else if (!type.empty()) {
      builder.field(core::cat("condition.", core::clip_utf8(type, 128)), condition["status"]);
    }
  });
  each(node["status"]["addresses"], [&](JsonValue address) { builder.address(address["address"].string_or()); });
  for (const std::string_view resource : {"cpu", "memory", "pods", "ephemeral-storage"}) {
    builder.field(core::cat("status.allocatable.", resource), node["status"]["allocatable"][resource]);
  }
  for (const std::string_view info : {"kubeletVersion", "kernelVersion", "containerRuntimeVersion"}) {
    builder.field(core::cat("status.", info), node["status"]["nodeInfo"][info]);
  }
}

// Annotations of the template that mark a restart or a release.
void read_template_annotations(StateBuilder& builder, JsonValue annotations) {
  annotations.each_member([&](std::string_view key, JsonValue value) {
    const auto path = core::cat("annotations.", core::clip_utf8(key, 128));
    // The time of a restart says more than its digest.
    if (key == "kubectl.kubernetes.io/restartedAt") {
      builder.field(path, value);
    } else if (!is_noise_member(key)) {
      builder.guarded_field(path, key, value.scalar_text());
    }
    return true;
  });
}

void read_workload(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  builder.field("replicas", spec["replicas"]);
  builder.selector(spec["selector"]);
  read_template_annotations(builder, spec["template"]["metadata"]["annotations"]);
  read_pod_spec(builder, spec["template"]["spec"]);
  builder.field("spec.strategy", first_text({spec["strategy"]["type"], spec["updateStrategy"]["type"]}));
  builder.field("spec.paused", spec["paused"]);
  builder.field("spec.progressDeadlineSeconds", spec["progressDeadlineSeconds"]);
  each(spec["volumeClaimTemplates"], [&](JsonValue claim) {
    builder.refer(Relation::uses, "storageclass", {}, claim["spec"]["storageClassName"].string_or());
  });
  builder.refer_local(Relation::uses, "service", spec["serviceName"]);
  const auto status = object["status"];
  for (const std::string_view count : {"readyReplicas", "availableReplicas", "unavailableReplicas", "updatedReplicas", "numberReady",
                                       "numberUnavailable", "desiredNumberScheduled"}) {
    builder.field(core::cat("status.", count), status[count]);
  }
  read_conditions(builder, object);
}

void read_job(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  for (const std::string_view member : {"parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "suspend"}) {
    builder.field(core::cat("spec.", member), spec[member]);
  }
  read_pod_spec(builder, spec["template"]["spec"]);
  for (const std::string_view count : {"active", "succeeded", "failed"}) {
    builder.field(core::cat("status.", count), object["status"][count]);
  }
  read_conditions(builder, object);
}

void read_cronjob(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  for (const std::string_view member : {"schedule", "suspend", "concurrencyPolicy", "startingDeadlineSeconds"}) {
    builder.field(core::cat("spec.", member), spec[member]);
  }
  read_pod_spec(builder, spec["jobTemplate"]["spec"]["template"]["spec"]);
}

void read_service(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  builder.field("spec.type", spec["type"]);
  builder.selector(spec["selector"]);
  std::string ports;
  each(spec["ports"], [&](JsonValue port) {
    core::append(ports, ports.empty() ? "" : ",", port["port"].scalar_text(), "->", port["targetPort"].scalar_text());
  });
  builder.field("spec.ports", ports);
  builder.field("spec.externalName", spec["externalName"]);
  builder.address(spec["clusterIP"].string_or());
  each(spec["clusterIPs"], [&](JsonValue ip) { builder.address(ip.string_or()); });
  each(spec["externalIPs"], [&](JsonValue ip) { builder.address(ip.string_or()); });
  each(object["status"]["loadBalancer"]["ingress"], [&](JsonValue entry) {
    builder.address(first_text({entry["ip"], entry["hostname"]}));
  });
}

// SELECTS between the service and a pod, stated by its endpoints.
void add_endpoint(StateBuilder& builder, std::string_view service, JsonValue target) {
  if (service.empty() || target["kind"].string_or() != "Pod") return;
  model::EdgeUpdate edge;
  edge.relation = Relation::selects;
  edge.from = make_ref(builder.ref().cluster, "service", builder.ref().ns, service);
  edge.to = make_ref(builder.ref().cluster, "pod", builder.ref().ns, target["name"].string_or(), target["uid"].string_or());
  edge.at = builder.state().at;
  edge.deleted = builder.state().deleted;
  if (!edge.to.name.empty()) builder.batch().add(std::move(edge));
}

void read_endpoints(StateBuilder& builder, JsonValue object) {
  std::int64_t ready = 0;
  std::int64_t waiting = 0;
  each(object["subsets"], [&](JsonValue subset) {
    each(subset["addresses"], [&](JsonValue address) {
      ++ready;
      add_endpoint(builder, builder.ref().name, address["targetRef"]);
    });
    waiting += static_cast<std::int64_t>(subset["notReadyAddresses"].size());
  });
  builder.field("status.readyEndpoints", core::cat(ready));
  builder.field("status.notReadyEndpoints", core::cat(waiting));
  builder.refer(Relation::uses, "service", builder.ref().ns, builder.ref().name);
}

void read_endpoint_slice(StateBuilder& builder, JsonValue object) {
  const auto service = object["metadata"]["labels"]["kubernetes.io/service-name"].string_or();
  std::int64_t ready = 0;
  std::int64_t waiting = 0;
  each(object["endpoints"], [&](JsonValue endpoint) {
    // An absent `ready` means ready, by the API's own rule.
    (endpoint["conditions"]["ready"].boolean().value_or(true) ? ready : waiting) += 1;
    add_endpoint(builder, service, endpoint["targetRef"]);
  });
  builder.field("status.readyEndpoints", core::cat(ready));
  builder.field("status.notReadyEndpoints", core::cat(waiting));
  builder.refer(Relation::uses, "service", builder.ref().ns, service);
}

void route_to(StateBuilder& builder, JsonValue backend) {
  builder.refer(Relation::routes_to, "service", builder.ref().ns, first_text({backend["service"]["name"], backend["serviceName"]}));
}

void read_ingress(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  builder.field("spec.ingressClassName", spec["ingressClassName"]);
  builder.refer(Relation::uses, "ingressclass", {}, spec["ingressClassName"].string_or());
  route_to(builder, spec["defaultBackend"]);
  route_to(builder, spec["backend"]);
  std::string hosts;
  each(spec["rules"], [&](JsonValue rule) {
    const auto host = rule["host"].string_or();
    builder.address(host);
    if (!host.empty()) core::append(hosts, hosts.empty() ? "" : ",", host);
    each(rule["http"]["paths"], [&](JsonValue path) { route_to(builder, path["backend"]); });
  });
  builder.field("spec.host", hosts);
  each(spec["tls"], [&](JsonValue tls) { builder.refer_local(Relation::uses, "secret", tls["secretName"]); });
}

void read_config(StateBuilder& builder, JsonValue object) {
  builder.field("spec.immutable", object["immutable"]);
  builder.field("spec.type", object["type"]);
  const auto data = object["data"];
  read_data(builder, data.is_object() ? data : object["binaryData"]);
}

void read_claim(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  builder.field("status.phase", object["status"]["phase"]);
  builder.field("spec.storageClass", spec["storageClassName"]);
  builder.field("spec.volumeName", spec["volumeName"]);
  builder.field("spec.request.storage", spec["resources"]["requests"]["storage"]);
  builder.refer(Relation::uses, "storageclass", {}, spec["storageClassName"].string_or());
  builder.refer(Relation::binds_to, "persistentvolume", {}, spec["volumeName"].string_or());
}

void read_volume(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  builder.field("status.phase", object["status"]["phase"]);
  builder.field("status.reason", object["status"]["reason"]);
  builder.field("spec.storageClass", spec["storageClassName"]);
  builder.field("spec.reclaimPolicy", spec["persistentVolumeReclaimPolicy"]);
  builder.field("spec.capacity.storage", spec["capacity"]["storage"]);
  builder.refer(Relation::uses, "storageclass", {}, spec["storageClassName"].string_or());
}

void read_storage_class(StateBuilder& builder, JsonValue object) {
  for (const std::string_view member : {"provisioner", "reclaimPolicy", "volumeBindingMode"}) {
    builder.field(core::cat("spec.", member), object[member]);
  }
}

void read_autoscaler(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  const auto target = spec["scaleTargetRef"];
  builder.refer(Relation::scales, target["kind"].string_or(), builder.ref().ns, target["name"].string_or());
  builder.field("spec.minReplicas", spec["minReplicas"]);
  builder.field("spec.maxReplicas", spec["maxReplicas"]);
  each(spec["metrics"], [&](JsonValue metric) {
    const auto resource = metric["resource"];
    builder.field(core::cat("spec.target.", resource["name"].string_or("other")), resource["target"]["averageUtilization"]);
  });
  builder.field("status.desiredReplicas", object["status"]["desiredReplicas"]);
  read_conditions(builder, object);
}

void read_namespace(StateBuilder& builder, JsonValue object) {
  builder.field("status.phase", object["status"]["phase"]);
}

void read_quota(StateBuilder& builder, JsonValue object) {
  builder.flatten("spec.hard", object["spec"]["hard"]);
  builder.flatten("status.used", object["status"]["used"]);
  builder.flatten("spec.limits", object["spec"]["limits"]);
  builder.refer(Relation::in_namespace, "namespace", {}, builder.ref().ns);
}

void read_disruption_budget(StateBuilder& builder, JsonValue object) {
  builder.field("spec.minAvailable", object["spec"]["minAvailable"]);
  builder.field("spec.maxUnavailable", object["spec"]["maxUnavailable"]);
  builder.field("status.disruptionsAllowed", object["status"]["disruptionsAllowed"]);
  builder.selector(object["spec"]["selector"]);
}

void read_network_policy(StateBuilder& builder, JsonValue object) {
  const auto spec = object["spec"];
  builder.selector(spec["podSelector"]);
  builder.field("spec.policyTypes", spec["policyTypes"]);
  // Rules matter as a whole: any change of them may cut traffic.
  for (const std::string_view side : {"ingress", "egress"}) {
    if (spec[side].is_array()) builder.field(core::cat("spec.", side), builder.batch().context().masker->digest(spec[side].to_json()));
  }
}

void read_service_account(StateBuilder& builder, JsonValue object) {
  each(object["secrets"], [&](JsonValue secret) { builder.refer_local(Relation::uses, "secret", secret["name"]); });
  each(object["imagePullSecrets"], [&](JsonValue secret) { builder.refer_local(Relation::uses, "secret", secret["name"]); });
}

void read_certificate(StateBuilder& builder, JsonValue object) {
  builder.refer_local(Relation::uses, "secret", object["spec"]["secretName"]);
  builder.field("status.notAfter", object["status"]["notAfter"]);
  builder.field("spec.dnsNames", object["spec"]["dnsNames"]);
  each(object["status"]["conditions"], [&](JsonValue condition) {
    if (condition["type"].string_or() != "Ready") return;
    const bool ready = condition["status"].string_or() == "True";
    builder.field("status.ready", ready ? "true" : "false");
    if (!ready) builder.field("status.reason", condition["reason"]);
  });
}

void read_lease(StateBuilder& builder, JsonValue object) {
  builder.field("spec.holderIdentity", object["spec"]["holderIdentity"]);
  builder.field("spec.leaseTransitions", object["spec"]["leaseTransitions"]);
}

void read_generic(StateBuilder& builder, JsonValue object) {
  builder.field("status.phase", object["status"]["phase"]);
  builder.flatten("spec", object["spec"]);
  read_conditions(builder, object);
}

struct KindReader {
  std::string_view kind;
  Reader read;
};
constexpr KindReader readers[] = {
    {"pod", read_pod},
    {"node", read_node},
    {"deployment", read_workload},
    {"replicaset", read_workload},
    {"replicationcontroller", read_workload},
    {"statefulset", read_workload},
    {"daemonset", read_workload},
    {"job", read_job},
    {"cronjob", read_cronjob},
    {"service", read_service},
    {"endpoints", read_endpoints},
    {"endpointslice", read_endpoint_slice},
    {"ingress", read_ingress},
    {"configmap", read_config},
    {"secret", read_config},
    {"persistentvolumeclaim", read_claim},
    {"persistentvolume", read_volume},
    {"storageclass", read_storage_class},
    {"horizontalpodautoscaler", read_autoscaler},
    {"namespace", read_namespace},
    {"resourcequota", read_quota},
    {"limitrange", read_quota},
    {"poddisruptionbudget", read_disruption_budget},
    {"networkpolicy", read_network_policy},
    {"serviceaccount", read_service_account},
    {"certificate", read_certificate},
    {"lease", read_lease},
};

}  // namespace

void read_object(StateBuilder& builder, JsonValue object) {
  for (const auto& reader : readers) {
    if (reader.kind == builder.ref().kind) return reader.read(builder, object);
  }
  read_generic(builder, object);
}

}  // namespace kgrca::normalize
