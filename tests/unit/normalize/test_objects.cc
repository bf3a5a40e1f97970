#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "tests/unit/normalize/support.h"

using namespace kgrca;
using namespace kgrca::normalize;
using namespace kgrca::normalize::test;

namespace {

using Texts = std::vector<std::string>;

bool has(const Texts& texts, const std::string& text) { return std::find(texts.begin(), texts.end(), text) != texts.end(); }

std::string object(const std::string& kind, const std::string& rest) {
  return core::cat(R"({"apiVersion":"v1","kind":")", kind,
                   R"(","metadata":{"name":"cart","namespace":"shop","uid":"u-1","creationTimestamp":"2025-06-13T07:00:00Z"},)", rest, "}");
}

const std::string pod_spec = R"({"nodeName":"w1","serviceAccountName":"cart-sa","containers":[{"name":"cart","image":"cart:v2",
  "env":[{"name":"DB_POOL_SIZE","value":"5"},{"name":"ORDERS","value":"http://orders.pay:80"},{"name":"P","valueFrom":{"secretKeyRef":{"name":"cart-db","key":"p"}}}],
  "envFrom":[{"configMapRef":{"name":"cart-env"}}],"resources":{"limits":{"memory":"256Mi"}},
  "livenessProbe":{"httpGet":{"path":"/live","port":8080},"periodSeconds":10}},{"name":"side","image":"side:v1"}],
  "volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data-0"}},{"name":"c","configMap":{"name":"cart-files"}},{"name":"s","secret":{"secretName":"cart-tls"}}]})";

}  // namespace

TEST_CASE("normalize: a raw pod gives containers, states, references and addresses") {
  const auto state = one_state(decode_kubernetes_objects(
      object("Pod", R"("spec":)" + pod_spec + R"(,"status":{"phase":"Running","podIP":"10.1.2.3","conditions":[{"type":"Ready","status":"False","lastTransitionTime":"2025-06-13T08:05:00Z"}],
      "containerStatuses":[{"name":"cart","ready":false,"restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}},
      "lastState":{"terminated":{"reason":"OOMKilled","exitCode":137,"finishedAt":"2025-06-13T08:04:00Z"}}}]})"),
      context()));
  CHECK(state.at == at("2025-06-13T08:05:00Z"));
  CHECK(state.source_id.starts_with("st:pod:u-1@2025-06-13T08:05:00"));
  CHECK(field(state, "image") == "cart:v2");
  CHECK(field(state, "image.side") == "side:v1");
  CHECK(field(state, "env.DB_POOL_SIZE") == "5");
  CHECK(field(state, "resources.limits.memory") == "256Mi");
  CHECK(field(state, "spec.livenessProbe") == "httpGet 8080/live period=10");
  CHECK(field(state, "status.waiting.reason") == "CrashLoopBackOff");
  CHECK(field(state, "status.lastTerminated.reason") == "OOMKilled");
  CHECK(field(state, "status.restartCount") == "3");
  CHECK(state.addresses == Texts{"10.1.2.3"});
  const auto refs = references(state);
  for (const std::string ref : {"RUNS_ON node//w1", "MOUNTS configmap/shop/cart-env", "MOUNTS secret/shop/cart-db", "MOUNTS persistentvolumeclaim/shop/data-0",
                                "MOUNTS configmap/shop/cart-files", "MOUNTS secret/shop/cart-tls", "DEPENDS_ON service/pay/orders", "USES serviceaccount/shop/cart-sa"}) {
    CAPTURE(ref);
    CHECK(has(refs, ref));
  }
}

TEST_CASE("normalize: workloads give their template, selector and owner") {
  const auto state = one_state(decode_kubernetes_objects(
      R"({"kind":"Deployment","metadata":{"name":"cart","namespace":"shop","uid":"d","creationTimestamp":"2025-01-01T00:00:00Z","ownerReferences":[{"kind":"App","name":"shop"}],
      "managedFields":[{"time":"2025-06-13T08:07:00Z"}]},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"cart"}},
      "template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"2025-06-13T08:06:00Z"}},"spec":)" + pod_spec + "}}}", context()));
  CHECK(state.at == at("2025-06-13T08:07:00Z"));
  CHECK(field(state, "replicas") == "3");
  CHECK(field(state, "annotations.kubectl.kubernetes.io/restartedAt") == "2025-06-13T08:06:00Z");
  CHECK(field(state, "spec.configMapRefs") == "cart-env,cart-files");
  CHECK(state.selector.size() == 1);
  CHECK(has(references(state), "CONTROLS< app/shop/shop"));
}

TEST_CASE("normalize: a listed object is dated by its configuration, a watched one by every write") {
  const std::string config_map = R"({"kind":"ConfigMap","metadata":{"name":"c","namespace":"shop","creationTimestamp":"2025-01-01T00:00:00Z",
      "managedFields":[{"manager":"kubectl","time":"2025-06-13T08:00:00Z"},{"manager":"controller","subresource":"status","time":"2025-06-13T08:09:00Z"}]}})";
  CHECK(one_state(decode_kubernetes_objects(config_map, context())).at == at("2025-06-13T08:00:00Z"));
  CHECK(one_state(decode_kubernetes_objects(R"({"type":"MODIFIED","object":)" + config_map + "}", context())).at == at("2025-06-13T08:09:00Z"));
}

TEST_CASE("normalize: what a restarted pod belongs to holds since it was created") {
  const auto pod = [](std::string_view owner) {
    return core::cat(R"({"kind":"Pod","metadata":{"name":"web-1","namespace":"shop","uid":"p1","labels":{"app":"web"},"creationTimestamp":"2025-06-13T08:00:00Z",
      "ownerReferences":[{"kind":")", owner, R"(","name":"web","uid":"o1"}]},"spec":{"nodeName":"w1","containers":[]},
      "status":{"containerStatuses":[{"name":"web","lastState":{"terminated":{"finishedAt":"2025-06-13T08:09:00Z"}}}]}})");
  };
  const auto decoded = decode_kubernetes_objects(pod("ReplicaSet"), context());
  REQUIRE(decoded.records.size() == 2);
  const auto& birth = std::get<model::ResourceState>(decoded.records[0]);
  CHECK(birth.partial);
  CHECK(birth.at == at("2025-06-13T08:00:00Z"));
  CHECK(birth.fields.empty());
  CHECK(birth.labels.size() == 1);
  CHECK(references(birth) == references(std::get<model::ResourceState>(decoded.records[1])));
  CHECK(decoded.items == 1);
  CHECK(decode_kubernetes_objects(pod("StatefulSet"), context()).records.size() == 1);
  CHECK(decode_kubernetes_objects(R"({"type":"DELETED","object":)" + pod("ReplicaSet") + "}", context()).records.size() == 1);
}

TEST_CASE("normalize: a rollout whose conditions stay true is dated by their update") {
  const auto state = one_state(decode_kubernetes_objects(
      R"({"kind":"Deployment","metadata":{"name":"cart","namespace":"shop","creationTimestamp":"2025-01-01T00:00:00Z"},"spec":{},"status":{"conditions":[
      {"type":"Progressing","status":"True","lastTransitionTime":"2025-01-01T00:00:05Z","lastUpdateTime":"2025-06-13T08:06:00Z"}]}})", context()));
  CHECK(state.at == at("2025-06-13T08:06:00Z"));
}

TEST_CASE("normalize: nodes give conditions, taints and addresses") {
  const auto state = one_state(decode_kubernetes_objects(
      R"({"kind":"Node","metadata":{"name":"w1","uid":"n"},"spec":{"unschedulable":true,"taints":[{"key":"a","effect":"NoSchedule"}]},"status":{
      "conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown","lastTransitionTime":"2025-06-13T08:00:00Z","lastHeartbeatTime":"2025-06-13T08:20:00Z"},{"type":"DiskPressure","status":"True"}],
      "addresses":[{"type":"InternalIP","address":"10.0.0.4"},{"type":"Hostname","address":"w1"}]}})", context()));
  CHECK(state.at == at("2025-06-13T08:00:00Z"));
  CHECK(field(state, "status.ready") == "Unknown");
  CHECK(field(state, "condition.DiskPressure") == "True");
  CHECK(field(state, "spec.taints") == "a:NoSchedule");
  CHECK(field(state, "spec.unschedulable") == "true");
  CHECK(state.addresses == Texts{"10.0.0.4", "w1"});
}

TEST_CASE("normalize: secret contents never become fields, config values only as digests") {
  const auto secret = one_state(decode_kubernetes_objects(object("Secret", R"("data":{"password":"Y2FuYXJ5LXZhbHVl","port":"NTQzMg=="},"type":"Opaque")"), context()));
  CHECK(field(secret, "data.digest").starts_with("#"));
  CHECK(secret.fields.size() == 2);
  const auto config = one_state(decode_kubernetes_objects(object("ConfigMap", R"("data":{"POOL":"50","application.yaml":"canary-value: here"})"), context()));
  CHECK(field(config, "data.POOL") == "50");
  CHECK(field(config, "data.application.yaml").starts_with("#"));
  for (const auto& state : {secret, config}) {
    for (const auto& [path, value] : state.fields) {
      CHECK(value.find("canary") == std::string::npos);
      CHECK(value.find("Y2FuYXJ5") == std::string::npos);
    }
  }
  const auto other = one_state(decode_kubernetes_objects(object("Secret", R"("data":{"password":"b3RoZXI="})"), context()));
  CHECK(field(other, "data.digest") != field(secret, "data.digest"));
}

TEST_CASE("normalize: objects that join others state the edges") {
  const auto ingress = one_state(decode_kubernetes_objects(
      object("Ingress", R"("spec":{"rules":[{"host":"shop.example.org","http":{"paths":[{"backend":{"service":{"name":"cart"}}}]}}],"tls":[{"secretName":"cart-tls"}]})"), context()));
  CHECK(has(references(ingress), "ROUTES_TO service/shop/cart"));
  CHECK(has(references(ingress), "USES secret/shop/cart-tls"));
  const auto scaler = one_state(decode_kubernetes_objects(
      object("HorizontalPodAutoscaler", R"("spec":{"minReplicas":2,"maxReplicas":6,"scaleTargetRef":{"kind":"Deployment","name":"cart"}})"), context()));
  CHECK(references(scaler) == Texts{"SCALES deployment/shop/cart"});
  const auto claim = one_state(decode_kubernetes_objects(
      object("PersistentVolumeClaim", R"("spec":{"storageClassName":"fast","volumeName":"pv-1"},"status":{"phase":"Bound"})"), context()));
  CHECK(references(claim) == Texts{"USES storageclass//fast", "BINDS_TO persistentvolume//pv-1"});
  const auto slice = decode_kubernetes_objects(
      R"({"kind":"EndpointSlice","metadata":{"name":"cart-x","namespace":"shop","labels":{"kubernetes.io/service-name":"cart"}},
      "endpoints":[{"conditions":{"ready":true},"targetRef":{"kind":"Pod","name":"cart-1"}},{"conditions":{"ready":false},"targetRef":{"kind":"Pod","name":"cart-2"}}]})", context());
  REQUIRE(slice.records.size() == 3);
  const auto& edge = std::get<model::EdgeUpdate>(slice.records[0]);
  CHECK(edge.relation == model::Relation::selects);
  CHECK(text(edge.from) == "service/shop/cart");
  CHECK(text(edge.to) == "pod/shop/cart-1");
  CHECK(field(std::get<model::ResourceState>(slice.records[2]), "status.notReadyEndpoints") == "1");
}

TEST_CASE("normalize: every kind of the list decodes, unknown kinds keep their spec") {
  for (const std::string kind : {"Pod", "Node", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service", "Endpoints", "EndpointSlice",
                                 "Ingress", "ConfigMap", "Secret", "PersistentVolumeClaim", "PersistentVolume", "StorageClass", "HorizontalPodAutoscaler", "Namespace",
                                 "ResourceQuota", "LimitRange", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount", "Certificate", "Lease", "Rollout"}) {
    CAPTURE(kind);
    const auto state = one_state(decode_kubernetes_objects(object(kind, R"("spec":{},"status":{})"), context()));
    CHECK(state.ref.kind == core::to_lower(kind));
    CHECK(state.ref.name == "cart");
    // Wrong types everywhere must not matter.
    CHECK(decode_kubernetes_objects(object(kind, R"("spec":[1,{"a":null}],"status":"odd","data":7,"endpoints":{},"subsets":"x")"), context()).rejected.empty());
  }
  const auto widget = one_state(decode_kubernetes_objects(
      object("Widget", R"("spec":{"size":3,"apiKey":"hush","parts":[{"name":"a","count":1}]},"status":{"conditions":[{"type":"Ready","status":"False","reason":"Broken"}]})"), context()));
  CHECK(field(widget, "spec.size") == "3");
  CHECK(field(widget, "spec.parts.a.count") == "1");
  CHECK(field(widget, "spec.apiKey").starts_with("#"));
  CHECK(field(widget, "condition.Ready.reason") == "Broken");
}

TEST_CASE("normalize: lists, watches and concatenated objects are opened, events go their own way") {
  const auto pod = object("Pod", R"("spec":{})");
  CHECK(states(decode_kubernetes_objects(R"({"kind":"List","items":[)" + pod + "," + pod + "]}", context())).size() == 2);
  CHECK(states(decode_kubernetes_objects(pod + pod + "\n" + pod, context())).size() == 3);
  CHECK(decode_kubernetes_objects(R"({"kind":"PodList","items":[]})", context()).records.empty());
  const auto gone = one_state(decode_kubernetes_objects(R"({"type":"DELETED","object":)" + pod + "}", context()));
  CHECK(gone.deleted);
  CHECK(gone.at == at("2025-06-13T08:30:00Z"));
  CHECK(decode_kubernetes_objects(R"({"type":"ERROR","object":{"message":"too old resource version"}})", context()).rejected.size() == 1);
  const auto event = one_event(decode_kubernetes_objects(
      R"({"kind":"Event","metadata":{"uid":"e-1"},"involvedObject":{"kind":"Pod","name":"cart-1"},"reason":"Killing","type":"Normal"})", context()));
  CHECK(event.source_id == "e-1");
}

TEST_CASE("normalize: things that are no objects are rejected") {
  const auto decoded = decode_kubernetes_objects(R"([{"metadata":{"name":"x"}},{"kind":"Pod"},{"kind":"Pod","metadata":{"name":""}},"x",null])", context());
  CHECK(decoded.items == 5);
  CHECK(decoded.rejected.size() == 5);
}

TEST_CASE("normalize: objects of a full list carry the time of the list, and a watch is none") {
  auto listed = context();
  listed.listed = at("2025-06-13T08:29:00Z");
  const std::string pod = R"({"kind":"Pod","metadata":{"name":"a","namespace":"shop","creationTimestamp":"2025-06-13T08:00:00Z"}})";
  const auto state = one_state(decode_kubernetes_objects(pod, listed));
  CHECK(state.at == at("2025-06-13T08:00:00Z"));
  CHECK(state.listed == listed.listed);
  CHECK(one_state(decode_kubernetes_objects(pod, context())).listed == core::Time{});
  CHECK(decode_kubernetes_objects(R"({"type":"ADDED","object":)" + pod + "}", listed).rejections == 1);
  CHECK(decode_kubernetes_objects(R"({"type":"BOOKMARK","object":{}})", listed).rejections == 1);
}
