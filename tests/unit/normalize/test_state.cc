#include <catch2/catch.hpp>

#include "tests/unit/normalize/support.h"

using namespace kgrca;
using namespace kgrca::normalize;
using namespace kgrca::normalize::test;

namespace {

using Texts = std::vector<std::string>;

const std::string deployment = R"({"op":"UPSERT","at":"2025-06-13T08:00:00.250Z","client_id":"t","cluster":"eu-1","kind":"Deployment","uid":"d-1",
  "name":"cart","namespace":"shop","labels":{"app":"cart"},"replicas":3,"image":"reg.example/cart:v2",
  "spec":{"selector":{"app":"cart"},"image":"reg.example/cart:v2","env":{"DB_POOL_SIZE":"50","ORDERS_URL":"http://orders.shop.svc.cluster.local:8080",
  "REDIS_HOST":"cart-redis","DB_PASSWORD":"hunter22","MODE":"some secret words"},"resources":{"limits":{"memory":"512Mi"}},
  "configMapRefs":["cart-config"],"secretRefs":["cart-secrets"],"annotations":{"release":"r1"}},
  "status":{"progressing":false,"reason":"ProgressDeadlineExceeded","message":"long text"}})";

bool has(const Texts& texts, const std::string& text) { return std::find(texts.begin(), texts.end(), text) != texts.end(); }

}  // namespace

TEST_CASE("normalize: a resource record is flattened into fields and references") {
  const auto state = one_state(decode_state(deployment, context()));
  CHECK(state.source_id == "st:deployment:d-1@2025-06-13T08:00:00.250Z");
  CHECK(state.ref.cluster == "eu-1");
  CHECK(text(state.ref) == "deployment/shop/cart");
  CHECK(state.at == at("2025-06-13T08:00:00.25Z"));
  CHECK(field(state, "image") == "reg.example/cart:v2");
  CHECK(field(state, "replicas") == "3");
  CHECK(field(state, "env.DB_POOL_SIZE") == "50");
  CHECK(field(state, "resources.limits.memory") == "512Mi");
  CHECK(field(state, "status.reason") == "ProgressDeadlineExceeded");
  CHECK(field(state, "status.message") == "(absent)");
  CHECK(field(state, "annotations.release") == "r1");
  CHECK(state.selector == std::vector<std::pair<std::string, std::string>>{{"app", "cart"}});
  CHECK(std::is_sorted(state.fields.begin(), state.fields.end()));
  const auto refs = references(state);
  CHECK(has(refs, "DEPENDS_ON service/shop/orders"));
  CHECK(has(refs, "DEPENDS_ON service/shop/cart-redis"));
  CHECK(has(refs, "MOUNTS configmap/shop/cart-config"));
  CHECK(has(refs, "MOUNTS secret/shop/cart-secrets"));
  CHECK(refs.size() == 4);
  for (const auto& reference : state.references) {
    if (reference.relation == model::Relation::depends_on) CHECK(reference.evidence == model::Evidence::environment);
  }
}

TEST_CASE("normalize: env values that are no numbers or hosts are kept as digests only") {
  const auto state = one_state(decode_state(deployment, context()));
  for (const auto& [path, value] : state.fields) {
    CHECK(value.find("hunter22") == std::string::npos);
    CHECK(value.find("secret words") == std::string::npos);
  }
  CHECK(field(state, "env.DB_PASSWORD").starts_with("#"));
}

TEST_CASE("normalize: pods, nodes, claims and ingresses state their edges") {
  const auto pod = one_state(decode_state(
      R"({"op":"UPSERT","at":"2025-06-13T08:00:00Z","kind":"Pod","uid":"p-1","name":"cart-1","namespace":"shop","ownerRefs":[{"kind":"ReplicaSet","name":"cart-7c"}],
      "node":"w1","podIP":"10.1.2.3","status":{"phase":"Running","restartCount":2,"containerReady":false,"lastTerminated":{"reason":"OOMKilled","exitCode":137}}})",
      context()));
  CHECK(references(pod) == Texts{"CONTROLS< replicaset/shop/cart-7c", "RUNS_ON node//w1"});
  CHECK(pod.addresses == Texts{"10.1.2.3"});
  CHECK(field(pod, "status.lastTerminated.reason") == "OOMKilled");
  CHECK(field(pod, "status.lastTerminated.exitCode") == "137");
  CHECK(field(pod, "status.containerReady") == "false");
  const auto node = one_state(decode_state(
      R"({"op":"UPSERT","at":"2025-06-13T08:00:00Z","kind":"Node","uid":"n-1","name":"w1","status":{"ready":"True","diskPressure":"True"},"spec":{"taints":["a","b"]}})", context()));
  CHECK(field(node, "condition.DiskPressure") == "True");
  CHECK(field(node, "spec.taints") == "a,b");
  const auto claim = one_state(decode_state(
      R"({"kind":"PersistentVolumeClaim","name":"data-0","namespace":"shop","at":"2025-06-13T08:00:00Z","spec":{"storageClass":"fast","volumeName":"pv-1"}})", context()));
  CHECK(references(claim) == Texts{"BINDS_TO persistentvolume//pv-1", "USES storageclass//fast"});
  const auto ingress = one_state(decode_state(
      R"({"kind":"Ingress","name":"cart","namespace":"shop","at":"2025-06-13T08:00:00Z","spec":{"host":"shop.example.org","tlsSecret":"cart-tls"}})", context()));
  CHECK(references(ingress) == Texts{"USES secret/shop/cart-tls"});
  CHECK(ingress.addresses == Texts{"shop.example.org"});
  const auto scaler = one_state(decode_state(
      R"({"kind":"HorizontalPodAutoscaler","name":"cart","namespace":"shop","at":"2025-06-13T08:00:00Z","spec":{"maxReplicas":9,"scaleTargetRef":{"kind":"Deployment","name":"cart"}}})", context()));
  CHECK(references(scaler) == Texts{"SCALES deployment/shop/cart"});
}

TEST_CASE("normalize: deletions and tombstones end things") {
  auto body = deployment;
  body.replace(body.find("UPSERT"), 6, "DELETE");
  CHECK(one_state(decode_state(body, context())).deleted);
  const auto gone = one_state(decode_state("", context(), "tenant-1::pod:p-1"));
  CHECK(gone.deleted);
  CHECK(gone.ref.kind == "pod");
  CHECK(gone.ref.uid == "p-1");
  CHECK(gone.at == at("2025-06-13T08:30:00Z"));
  const auto edge = decode_state("", context(), "tenant-1::edge:pod:shop:cart-1->node:w1");
  REQUIRE(edge.records.size() == 1);
  const auto& update = std::get<model::EdgeUpdate>(edge.records[0]);
  CHECK(update.deleted);
  CHECK(text(update.from) == "pod/shop/cart-1");
  CHECK(text(update.to) == "node//w1");
  CHECK(update.relation_name == "*");
  CHECK(decode_state("null", context(), "t|service:s-1").records.size() == 1);
  CHECK(decode_state("", context(), "garbage").rejected.size() == 1);
  CHECK(decode_state("", context()).rejected.size() == 1);
}

TEST_CASE("normalize: topology records become edges, unknown relations keep their name") {
  const auto decoded = decode_state(
      R"([{"op":"UPSERT","at":"2025-06-13T08:00:00Z","cluster":"eu-1","id":"edge:pod:shop:cart-1->node:w1","from":"pod:shop:cart-1","to":"node:w1","type":"RUNS_ON"},
      {"op":"DELETE","at":"2025-06-13T08:00:00Z","id":"edge:service:shop:a->service:shop:b","type":"WATCHES"},
      {"op":"UPSERT","from":"nonsense","to":"node:w1","type":"RUNS_ON"},{"op":"UPSERT","from":"pod:shop:a","to":"node:w1"}])",
      context());
  REQUIRE(decoded.records.size() == 2);
  CHECK(decoded.rejected.size() == 2);
  const auto& first = std::get<model::EdgeUpdate>(decoded.records[0]);
  CHECK(first.relation == model::Relation::runs_on);
  CHECK(first.from.cluster == "eu-1");
  CHECK(first.relation_name.empty());
  const auto& second = std::get<model::EdgeUpdate>(decoded.records[1]);
  CHECK(second.deleted);
  CHECK(second.relation_name == "WATCHES");
  CHECK(text(second.to) == "service/shop/b");
}

TEST_CASE("normalize: bad state records are rejected with a place") {
  const auto decoded = decode_state(R"([5,{},{"kind":"Pod"},{"kind":"Pod","name":"a","op":"PATCH"},{"kind":"Pod","name":"a","at":"soon"},{"kind":7,"name":"a"}])", context());
  CHECK(decoded.items == 6);
  CHECK(decoded.rejected.size() == 6);
  CHECK(decoded.rejected[3].reason.find("PATCH") != std::string::npos);
}

TEST_CASE("normalize: hostile states stay within their bounds") {
  std::string spec;
  for (int i = 0; i < 5000; ++i) spec += (i == 0 ? "" : ",") + std::string("\"k") + std::to_string(i) + "\":{\"v\":" + std::to_string(i) + "}";
  std::string deep = "1";
  for (int i = 0; i < 40; ++i) deep = "{\"a\":" + deep + "}";
  const auto state = one_state(decode_state(R"({"kind":"Widget","name":"w","namespace":"shop","at":"2025-06-13T08:00:00Z","spec":{"deep":)" + deep + "," + spec + "}}", context()));
  CHECK(state.fields.size() <= 256);
}

TEST_CASE("normalize: a state change becomes an event with a readable text") {
  auto after = one_state(decode_state(deployment, context()));
  const std::vector<model::FieldChange> changes = {{"env.DB_POOL_SIZE", "50", "5"}, {"image", "cart:v1", "cart:v2"}};
  const auto event = state_change_event(after, changes, false, context());
  REQUIRE(event.has_value());
  CHECK(event->type == "change.image");
  CHECK(event->source == model::EventSource::state);
  CHECK(event->source_id == after.source_id);
  CHECK(event->message == "env DB_POOL_SIZE: 50 → 5; image: cart:v1 → cart:v2");
  CHECK(event->first == after.at);
  CHECK(event->changes == changes);
  CHECK_FALSE(state_change_event(after, changes, true, context()).has_value());
  CHECK_FALSE(state_change_event(after, {}, false, context()).has_value());
  CHECK_FALSE(state_change_event(after, {{"status.observed", "1", "2"}}, false, context()).has_value());
  after.partial = true;
  CHECK_FALSE(state_change_event(after, changes, false, context()).has_value());
}

TEST_CASE("normalize: the end of a config map and the coming of a quota are changes") {
  model::ResourceState gone;
  gone.ref = {"", "configmap", "shop", "cart-config", "c-1"};
  gone.deleted = true;
  gone.source_id = "st:configmap:c-1@x";
  const auto event = state_change_event(gone, {}, false, context());
  REQUIRE(event.has_value());
  CHECK(event->message == "deleted");
  model::ResourceState quota;
  quota.ref = {"", "resourcequota", "shop", "limits", "q-1"};
  quota.fields = {{"spec.hard.limits.cpu", "8"}};
  const auto appeared = state_change_event(quota, {}, true, context());
  REQUIRE(appeared.has_value());
  CHECK(appeared->message == "created; hard.limits.cpu: unset → 8");
}

TEST_CASE("normalize: long change texts are cut") {
  std::vector<model::FieldChange> changes = {{"image", "cart:v1", "cart:v2"}};
  for (int i = 0; i < 60; ++i) changes.push_back({"env.SETTING_" + std::to_string(i), std::string(200, 'a'), std::string(200, 'b')});
  const auto event = state_change_event(one_state(decode_state(deployment, context())), changes, false, context());
  REQUIRE(event.has_value());
  CHECK(event->message.size() <= 300);
}

TEST_CASE("normalize: metric samples are read, bad ones rejected") {
  const auto decoded = decode_metrics(
      R"({"samples":[{"metric":"up","labels":{"pod":"cart-1"},"ts":1749801600000,"value":1},{"metric":"up"},{"value":1},{"metric":"x","value":"NaN"}]})", context());
  CHECK(decoded.items == 4);
  CHECK(decoded.rejected.size() == 3);
  REQUIRE(decoded.records.size() == 1);
  const auto& sample = std::get<model::Sample>(decoded.records[0]);
  CHECK(sample.at == core::from_micros(1749801600000000));
  CHECK(sample.labels == std::vector<std::pair<std::string, std::string>>{{"pod", "cart-1"}});
  CHECK(decode_metrics(R"([{"metric":"up","value":2}])", context()).records.size() == 1);
}

TEST_CASE("normalize: a full state names all resources of a kind or all edges of a relation") {
  const auto decoded = decode_state(
      R"([{"op":"SYNC","at":"2025-06-13T08:00:00Z","cluster":"eu-1","kind":"Pods","names":["shop/b","shop/a"]},
      {"op":"SYNC","at":"2025-06-13T08:00:00Z","kind":"Pod","namespace":"shop","names":["a"]},
      {"op":"SYNC","at":"2025-06-13T08:00:00Z","kind":"Node","namespace":"shop","names":[]},
      {"op":"SYNC","at":"2025-06-13T08:00:00Z","type":"CALLS","edges":[{"from":"service:shop:a","to":"service:shop:b"}]}])",
      context());
  REQUIRE(decoded.rejections == 0);
  REQUIRE(decoded.records.size() == 4);
  const auto& pods = std::get<model::ResourceSync>(decoded.records[0]);
  CHECK(pods.cluster == "eu-1");
  CHECK(pods.kind == "pod");
  CHECK_FALSE(pods.ns.has_value());
  CHECK(pods.at == at("2025-06-13T08:00:00Z"));
  CHECK(pods.present == Texts{"shop/a", "shop/b"});
  CHECK(std::get<model::ResourceSync>(decoded.records[1]).present == Texts{"shop/a"});
  CHECK(std::get<model::ResourceSync>(decoded.records[1]).ns == "shop");
  CHECK_FALSE(std::get<model::ResourceSync>(decoded.records[2]).ns.has_value());
  const auto& calls = std::get<model::EdgeSync>(decoded.records[3]);
  CHECK(calls.relation == model::Relation::calls);
  REQUIRE(calls.present.size() == 1);
  CHECK(text(calls.present[0].second) == "service/shop/b");
}

TEST_CASE("normalize: a full state that cannot be read whole is refused whole") {
  const auto decoded = decode_state(
      R"([{"op":"SYNC","kind":"Pod","names":[]},{"op":"SYNC","at":"2025-06-13T08:00:00Z","kind":"Pod"},
      {"op":"SYNC","at":"2025-06-13T08:00:00Z","kind":"Pod","names":["shop/a","b"]},{"op":"SYNC","at":"2025-06-13T08:00:00Z","kind":"Pod","names":["shop/a",7]},
      {"op":"SYNC","at":"2025-06-13T08:00:00Z","kind":"Pod","type":"CALLS","names":[]},{"op":"SYNC","at":"2025-06-13T08:00:00Z"},
      {"op":"SYNC","at":"2025-06-13T08:00:00Z","type":"WATCHES","edges":[]},
      {"op":"SYNC","at":"2025-06-13T08:00:00Z","type":"CALLS","edges":[{"from":"service:shop:a"}]}])",
      context());
  CHECK(decoded.records.empty());
  CHECK(decoded.rejections == 8);
}
