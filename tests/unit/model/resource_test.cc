#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "kgrca/model/event.h"
#include "kgrca/model/resource.h"
#include "kgrca/model/severity.h"

using namespace kgrca;
using model::ResourceRef;

TEST_CASE("resource: a text id reads back as what it was made of") {
  const ResourceRef pod{"prod", "pod", "shop", "web-0", ""};
  CHECK(model::text_id(pod) == "prod:pod:shop:web-0");
  CHECK(model::parse_text_id("prod:pod:shop:web-0") == pod);
  const ResourceRef node{"prod", "node", "", "worker-1", ""};
  CHECK(model::parse_text_id(model::text_id(node)) == node);
  const ResourceRef role{"prod", "clusterrole", "", "system:node:reader", ""};
  CHECK(model::parse_text_id(model::text_id(role)) == role);
  const ResourceRef no_cluster{"", "pod", "shop", "web-0", ""};
  CHECK(model::parse_text_id(model::text_id(no_cluster)) == no_cluster);
}

TEST_CASE("resource: the original's short ids are read") {
  CHECK(model::parse_text_id("pod:default:web-0") == ResourceRef{"", "pod", "default", "web-0", ""});
  CHECK(model::parse_text_id("node:worker-1") == ResourceRef{"", "node", "", "worker-1", ""});
  CHECK(model::parse_text_id("node::worker-1") == ResourceRef{"", "node", "", "worker-1", ""});
  CHECK(model::parse_text_id("node:default:worker-1") == ResourceRef{"", "node", "", "worker-1", ""});
  CHECK(model::parse_text_id("role:default:system:reader") == ResourceRef{"", "role", "default", "system:reader", ""});
  CHECK_FALSE(model::parse_text_id("web-0").has_value());
  CHECK_FALSE(model::parse_text_id("").has_value());
  CHECK_FALSE(model::parse_text_id(":").has_value());
  CHECK_FALSE(model::parse_text_id("pod:").has_value());
}

TEST_CASE("resource: a cluster named by an ARN or an address is told from the kind after it") {
  for (const std::string cluster : {"arn:aws:eks:eu-west-1:123456789012:cluster/prod", "10.0.0.1:6443", "a::b"}) {
    INFO(cluster);
    const ResourceRef pod{cluster, "pod", "shop", "web-0", ""};
    CHECK(model::parse_text_id(model::text_id(pod)) == pod);
    const ResourceRef node{cluster, "node", "", "worker-1", ""};
    CHECK(model::parse_text_id(model::text_id(node)) == node);
  }
}

TEST_CASE("resource: ids differ by cluster and are stable") {
  const ResourceRef a{"a", "pod", "shop", "web-0", "u1"};
  ResourceRef b = a;
  b.cluster = "b";
  CHECK(model::resource_id(a) != model::resource_id(b));
  b = a;
  b.uid = "u2";
  CHECK(model::resource_id(a) == model::resource_id(b));
  CHECK(model::resource_id(a) == model::resource_id("a:pod:shop:web-0"));
}

TEST_CASE("resource: kinds are known by singular, plural and short name") {
  CHECK(model::known_kinds().size() >= 26);
  for (const std::string name : {"Pods", "pod", "po", "POD", " pods "}) CHECK(model::canonical_kind(name) == "pod");
  CHECK(model::canonical_kind("sts") == "statefulset");
  CHECK(model::canonical_kind("hpa") == "horizontalpodautoscaler");
  CHECK(model::canonical_kind("networkpolicies") == "networkpolicy");
  CHECK(model::canonical_kind("endpoints") == "endpoints");
  CHECK(model::canonical_kind("deployments.apps") == "deployment");
  CHECK(model::canonical_kind("Widget") == "widget");
  CHECK(model::canonical_kind("") == "");
  CHECK(model::display_kind("statefulset") == "StatefulSet");
  CHECK(model::display_kind("widget") == "Widget");
  CHECK(model::is_cluster_scoped("node"));
  CHECK_FALSE(model::is_cluster_scoped("pod"));
  std::set<std::string_view> kinds;
  for (const auto kind : model::known_kinds()) {
    CHECK(model::canonical_kind(kind) == kind);
    CHECK(kinds.insert(kind).second);
  }
}

TEST_CASE("resource: display names read well") {
  CHECK(model::display_name({"", "deployment", "shop", "orders", ""}) == "Deployment shop/orders");
  CHECK(model::display_name({"c", "node", "", "worker-1", ""}) == "Node worker-1");
}

TEST_CASE("resource: every relation has a name that reads back") {
  for (int i = 1; i <= 12; ++i) {
    const auto relation = static_cast<model::Relation>(i);
    INFO(i);
    CHECK(model::parse_relation(model::name_of(relation)) == relation);
  }
  CHECK(model::parse_relation("owns") == model::Relation::controls);
  CHECK_FALSE(model::parse_relation("LIKES").has_value());
}

TEST_CASE("severity: usual spellings are read and names read back") {
  using model::Severity;
  for (int i = 0; i <= 4; ++i) {
    const auto severity = static_cast<Severity>(i);
    CHECK(model::parse_severity(model::name_of(severity)) == severity);
  }
  CHECK(model::parse_severity("critical") == Severity::fatal);
  CHECK(model::parse_severity("Warn") == Severity::warning);
  CHECK(model::parse_severity(" normal ") == Severity::info);
  CHECK(model::parse_severity("emergency") == Severity::fatal);
  CHECK(model::parse_severity("TRACE") == Severity::debug);
  CHECK_FALSE(model::parse_severity("purple").has_value());
  CHECK_FALSE(model::parse_severity("").has_value());
}

TEST_CASE("event: the key depends on first time, source and source id only") {
  model::Event event;
  event.source_id = "abc";
  event.first = core::from_micros(1000);
  const auto key = model::event_key(event);
  CHECK(key.time_us == 1000);
  event.last = core::from_micros(9000);
  event.count = 7;
  event.message = "other";
  CHECK(model::event_key(event) == key);
  event.source = model::EventSource::log;
  CHECK(model::event_key(event).hash != key.hash);
  event.first = core::from_micros(-5);
  CHECK(model::event_key(event).time_us == 0);
}

TEST_CASE("resource: a cluster without a name of its own is called as well as it is known") {
  CHECK(model::display_name({"", "cluster", "", "unknown", ""}) == "Cluster");
  CHECK(model::display_name({"unknown", "cluster", "", "unknown", ""}) == "Cluster");
  CHECK(model::display_name({"prod", "cluster", "", "unknown", ""}) == "Cluster prod");
  CHECK(model::display_name({"prod", "cluster", "", "prod", ""}) == "Cluster prod");
}
