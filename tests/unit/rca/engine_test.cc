#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/unit/rca/scene.h"

namespace kgrca::rca {

using model::Severity;

TEST_CASE("engine: a cause on the same resource is linked") {
  Scene scene;
  auto oom = scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  auto crash = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 8, Severity::fatal);
  scene.settle(9);
  CHECK(scene.confidence(oom, crash) > 0.6f);
  CHECK(scene.confidence(crash, oom) == 0);
}

TEST_CASE("engine: every stored link has a confidence and the terms it was made of") {
  Scene scene;
  scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  auto crash = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 8, Severity::fatal);
  scene.settle(9);
  REQUIRE(scene.links.contains(crash));
  for (const model::Link& link : scene.links[crash]) {
    CHECK(link.confidence > 0);
    CHECK(link.confidence <= 1);
    const model::LinkTerms& t = link.terms;
    double z = static_cast<double>(t.base + t.pair + t.topology + t.lag + t.rarity + t.severity + t.specificity);
    CHECK(static_cast<double>(link.raw) == Approx(1 / (1 + std::exp(-z))).margin(1e-3));
    CHECK(link.rules_version == Rules::embedded()->version());
  }
}

TEST_CASE("engine: trouble follows a call from the callee to the caller and not back") {
  Scene scene;
  auto callee = scene.tell("log.db_pool", ref("pod", "orders-1"), 0, Severity::error, model::EventSource::log);
  auto caller = scene.tell("log.timeout", ref("pod", "gateway-1"), 10, Severity::error, model::EventSource::log);
  auto later = scene.tell("log.timeout", ref("pod", "orders-2"), 60, Severity::error, model::EventSource::log);
  scene.settle(61);
  CHECK(scene.confidence(callee, caller) > 0.3f);
  CHECK(scene.confidence(caller, later) < 0.3f);
}

TEST_CASE("engine: resources without a path between them are never linked") {
  Scene scene;
  auto other = scene.tell("OOMKilled", ref("pod", "reports-1", "batch"), 0, Severity::fatal);
  auto crash = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 8, Severity::fatal);
  scene.settle(9);
  CHECK(scene.confidence(other, crash) == 0);
}

TEST_CASE("engine: what is only seen from outside causes no fault") {
  Scene scene;
  auto alert = scene.tell("HighErrorRate", ref("service", "orders"), 0, Severity::fatal, model::EventSource::alert);
  auto crash = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 30, Severity::fatal);
  scene.settle(31);
  CHECK(scene.confidence(alert, crash) == 0);
}

TEST_CASE("engine: one lone warning opens no incident, a chain does, and its root is the change") {
  Scene scene;
  scene.tell("ReadinessProbeFailed", ref("pod", "orders-2"), -600, Severity::warning);
  scene.settle(-599);
  CHECK(scene.incidents.empty());
  auto rollout = scene.tell("change.image", ref("deployment", "orders"), 0, Severity::info, model::EventSource::state);
  scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 40, Severity::fatal);
  scene.tell("log.connection_refused", ref("pod", "gateway-1"), 55, Severity::error, model::EventSource::log);
  scene.settle(56);
  REQUIRE(scene.incidents.size() == 1);
  const model::Incident& incident = scene.incidents.begin()->second;
  REQUIRE(!incident.roots.empty());
  CHECK(incident.roots.front().event == rollout);
  CHECK(incident.roots.front().sentence.find("shop/orders") != std::string::npos);
  CHECK(incident.title.size() <= 90);
  CHECK(incident.history.back().root == rollout);
}

TEST_CASE("engine: an incident resolves after its quiet time and keeps its id") {
  Scene scene;
  scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 8, Severity::fatal);
  scene.settle(9);
  REQUIRE(scene.incidents.size() == 1);
  core::IncidentId id = scene.incidents.begin()->first;
  scene.tell("Scheduled", ref("pod", "elsewhere", "batch"), 8 + 16 * 60, Severity::info);
  scene.settle(8 + 16 * 60);
  REQUIRE(scene.incidents.size() == 1);
  CHECK(scene.incidents.begin()->first == id);
  CHECK(scene.incidents.begin()->second.status == model::IncidentStatus::resolved);
}

TEST_CASE("engine: a late cause attaches to effects that were seen before it") {
  Scene scene;
  auto crash = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 60, Severity::fatal);
  scene.settle(61);
  auto oom = scene.tell("OOMKilled", ref("pod", "orders-1"), 50, Severity::fatal);
  scene.settle(62);
  CHECK(scene.confidence(oom, crash) > 0.6f);
}

TEST_CASE("engine: a record beyond the lateness bound takes no part in linking") {
  Scene scene;
  scene.tell("Scheduled", ref("pod", "orders-2"), 3600, Severity::info);
  model::Event old;
  old.source_id = "old";
  old.type = "OOMKilled";
  old.severity = Severity::fatal;
  old.first = old.last = old.onset = at(0);
  CHECK_FALSE(scene.engine.observe(old, model::event_key(old), scene.graph.resolve(ref("pod", "orders-1"), at(0)), {}, false));
  CHECK(scene.engine.stats().late == 1);
}

TEST_CASE("engine: a restored engine goes on as the one that was never stopped") {
  Scene plain, stopped;
  for (Scene* scene : {&plain, &stopped}) {
    scene->tell("change.image", ref("deployment", "orders"), 0, Severity::info, model::EventSource::state);
    scene->tell("CrashLoopBackOff", ref("pod", "orders-1"), 40, Severity::fatal);
    scene->settle(41);
  }
  std::map<std::uint16_t, std::string> parts;
  stopped.engine.checkpoint(true, [&](std::uint16_t part, std::string bytes) { parts[part] = std::move(bytes); });
  Engine restored(Rules::embedded(), model::Taxonomy::embedded(), stopped.graph);
  for (const auto& [part, bytes] : parts) REQUIRE(restored.restore(part, bytes).ok());
  std::map<std::uint16_t, std::string> again;
  restored.checkpoint(true, [&](std::uint16_t part, std::string bytes) { again[part] = std::move(bytes); });
  CHECK(parts == again);

  auto next = [](Engine& engine, graph::LiveGraph& graph) {
    model::Event event;
    event.source_id = "next";
    event.source = model::EventSource::log;
    event.type = "log.connection_refused";
    event.severity = Severity::error;
    event.first = event.last = event.onset = at(55);
    engine.observe(event, model::event_key(event), graph.resolve(ref("pod", "gateway-1"), at(55)), {}, false);
    return engine.settle(at(56), true);
  };
  Delta a = next(plain.engine, plain.graph);
  Delta b = next(restored, stopped.graph);
  REQUIRE(a.links.size() == b.links.size());
  for (std::size_t i = 0; i < a.links.size(); ++i) {
    CHECK(a.links[i].effect == b.links[i].effect);
    REQUIRE(a.links[i].links.size() == b.links[i].links.size());
    for (std::size_t j = 0; j < a.links[i].links.size(); ++j) {
      CHECK(a.links[i].links[j].cause == b.links[i].links[j].cause);
      CHECK(a.links[i].links[j].confidence == b.links[i].links[j].confidence);
    }
  }
  REQUIRE(a.incidents.size() == b.incidents.size());
  for (std::size_t i = 0; i < a.incidents.size(); ++i) CHECK(a.incidents[i].incident.id == b.incidents[i].incident.id);
}

TEST_CASE("engine: damaged checkpoint parts are refused, never followed") {
  Scene scene;
  scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 8, Severity::fatal);
  scene.settle(9);
  scene.engine.checkpoint(true, [&](std::uint16_t part, const std::string& bytes) {
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      Engine fresh(Rules::embedded(), model::Taxonomy::embedded(), scene.graph);
      CHECK_FALSE(fresh.restore(part, std::string_view(bytes).substr(0, cut)).ok());
    }
  });
}

}  // namespace kgrca::rca
