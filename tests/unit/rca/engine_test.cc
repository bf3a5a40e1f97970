#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>

#include "rca/rules_data.h"
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
  CHECK(scene.engine.observe(old, model::event_key(old), scene.graph.resolve(ref("pod", "orders-1"), at(0)), {}) == Observed::late);
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
    engine.observe(event, model::event_key(event), graph.resolve(ref("pod", "gateway-1"), at(55)), {});
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

TEST_CASE("engine: state restored under rules that number groups otherwise means the same groups") {
  std::ifstream file(KGRCA_SOURCE_DIR "/config/rules.yaml");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t sets = text.find("\nsets:\n");
  REQUIRE(sets != std::string::npos);
  text.insert(sets + 7, "  unlike: [crash, dns, quota, oom]\n");
  auto renumbered = Rules::parse(text);
  REQUIRE(renumbered.ok());
  Scene scene;
  scene.tell("change.image", ref("deployment", "orders"), 0, Severity::info, model::EventSource::state);
  scene.settle(1);
  Engine restored(*renumbered, model::Taxonomy::embedded(), scene.graph);
  scene.engine.checkpoint(true, [&](std::uint16_t part, const std::string& bytes) { REQUIRE(restored.restore(part, bytes).ok()); });
  model::Event crash;
  crash.source_id = "crash";
  crash.type = "CrashLoopBackOff";
  crash.severity = Severity::fatal;
  crash.first = crash.last = crash.onset = at(40);
  const core::EventKey key = model::event_key(crash);
  for (Engine* engine : {&scene.engine, &restored}) {
    engine->observe(crash, key, scene.graph.resolve(ref("pod", "orders-1"), at(40)), {});
  }
  const Delta plain = scene.engine.settle(at(41), true);
  const Delta again = restored.settle(at(41), true);
  REQUIRE(plain.links.size() == 1);
  REQUIRE(again.links.size() == 1);
  REQUIRE(again.links[0].links.size() == plain.links[0].links.size());
  CHECK(again.links[0].links[0].confidence == plain.links[0].links[0].confidence);
  CHECK(again.links[0].links[0].rules_version == (*renumbered)->version());
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

namespace {

model::Event node_down(double seconds) {
  model::Event e;
  e.source_id = "st:node";
  e.source = model::EventSource::state;
  e.type = "NodeNotReady";
  e.severity = Severity::fatal;
  e.first = e.last = e.onset = at(seconds);
  return e;
}

std::size_t open_incidents(const Scene& scene) {
  return static_cast<std::size_t>(std::count_if(scene.incidents.begin(), scene.incidents.end(), [](const auto& entry) {
    return entry.second.status == model::IncidentStatus::open;
  }));
}

}  // namespace

TEST_CASE("engine: an incident whose only run became part of another does not stay behind") {
  Scene scene;
  auto first = scene.tell("FailedMount", ref("pod", "orders-1"), 0, Severity::fatal);
  scene.settle(1);
  scene.tell("FailedMount", ref("pod", "orders-1"), 800, Severity::fatal);
  scene.settle(801);
  const std::size_t before = open_incidents(scene);
  model::Event again;
  again.source_id = "FailedMount/orders-1/" + std::to_string(0.0);
  again.type = again.message = "FailedMount";
  again.severity = Severity::fatal;
  again.first = again.onset = at(0);
  again.last = at(700);
  again.count = 2;
  REQUIRE(model::event_key(again) == first);
  scene.engine.observe(again, first, scene.graph.resolve(ref("pod", "orders-1"), at(0)), {}, &again);
  scene.settle(802);
  CHECK(before == 2);
  CHECK(open_incidents(scene) == 1);
  CHECK(scene.engine.stats().open_incidents == 1);
}

TEST_CASE("engine: incidents whose runs became part of one another go on under the ids they were told by") {
  for (int i = 0; i < 8; ++i) {  // their ids, which are hashes, come in any order
    Scene scene;
    const model::ResourceRef pod = ref("pod", "worker-" + std::to_string(i));
    const auto tell_until = [&](double first, double last) {
      model::Event again;
      again.source_id = "FailedMount/" + pod.name + "/" + std::to_string(first);
      again.type = again.message = "FailedMount";
      again.severity = Severity::fatal;
      again.first = again.onset = at(first);
      again.last = at(last);
      scene.engine.observe(again, model::event_key(again), scene.graph.resolve(pod, again.first), {}, &again);
    };
    for (const double first : {0.0, 310.0, 620.0}) {
      scene.tell("FailedMount", pod, first, Severity::fatal);
      scene.settle(first + 1);
    }
    REQUIRE(scene.incidents.size() == 3);
    std::vector<core::IncidentId> told;
    for (const auto& [id, incident] : scene.incidents) told.push_back(id);
    tell_until(310, 330);  // the second run takes in the third, then the first both
    tell_until(0, 25);
    scene.settle(622);
    REQUIRE(scene.incidents.size() == 1);
    const model::Incident& left = scene.incidents.begin()->second;
    std::vector<core::IncidentId> known = left.aliases;
    known.push_back(left.id);
    std::sort(known.begin(), known.end());
    CHECK(known == told);
    CHECK(left.status == model::IncidentStatus::open);
  }
}

TEST_CASE("engine: an incident whose last event was withdrawn is given once more, as dissolved") {
  Scene scene;
  core::ResourceId node = scene.graph.resolve(ref("node", "node-1", ""), at(0));
  model::Event down = node_down(0);
  scene.engine.observe(down, model::event_key(down), node, {});
  scene.settle(1);
  REQUIRE(open_incidents(scene) == 1);
  const std::string title = scene.incidents.begin()->second.title;
  model::Event none = down;
  none.type.clear();
  CHECK(scene.engine.correct(none, model::event_key(down), node, {}).empty());
  scene.settle(2);
  REQUIRE(scene.incidents.size() == 1);
  CHECK(scene.incidents.begin()->second.status == model::IncidentStatus::dissolved);
  CHECK(scene.incidents.begin()->second.title == title);
  CHECK(scene.engine.stats().open_incidents == 0);
}

TEST_CASE("engine: what a withdrawn event held together falls apart, and its id stays no ghost") {
  Scene scene;
  core::ResourceId node = scene.graph.resolve(ref("node", "node-1", ""), at(0));
  model::Event down = node_down(0);
  core::EventKey key = model::event_key(down);
  scene.engine.observe(down, key, node, {});
  for (const char* pod : {"orders-1", "orders-2"}) scene.tell("Evicted", ref("pod", pod), 30, Severity::fatal);
  scene.settle(31);
  REQUIRE(open_incidents(scene) == 1);
  model::Event other = down;
  other.type = "node-rebooted-by-nobody-we-know";
  other.severity = Severity::warning;
  scene.engine.correct(other, key, node, {});
  scene.settle(32);
  for (const auto& [id, incident] : scene.incidents) {
    if (incident.status != model::IncidentStatus::open) continue;
    auto holds = [&](const model::IncidentMember& member) { return member.event == key; };
    CHECK(std::none_of(incident.members.begin(), incident.members.end(), holds));
    CHECK(incident.members.size() == 1);
  }
  CHECK(open_incidents(scene) == scene.engine.stats().open_incidents);
}

TEST_CASE("engine: a link to a withdrawn cause is taken back") {
  Scene scene;
  core::ResourceId node = scene.graph.resolve(ref("node", "node-1", ""), at(0));
  model::Event down = node_down(0);
  scene.engine.observe(down, model::event_key(down), node, {});
  auto evicted = scene.tell("Evicted", ref("pod", "orders-1"), 30, Severity::error);
  scene.settle(31);
  REQUIRE(scene.confidence(model::event_key(down), evicted) > 0.3f);
  model::Event none = down;
  none.type.clear();
  scene.engine.correct(none, model::event_key(down), node, {});
  scene.settle(32);
  CHECK(scene.confidence(model::event_key(down), evicted) == 0);
}

TEST_CASE("engine: what shared a run with a corrected event is told again and stands for itself") {
  Scene scene;
  core::ResourceId node = scene.graph.resolve(ref("node", "node-1", ""), at(0));
  model::Event down = node_down(0);
  scene.engine.observe(down, model::event_key(down), node, {});
  auto seen = scene.tell("NodeNotReady", ref("node", "node-1", ""), 20, Severity::error);
  model::Event none = down;
  none.type.clear();
  auto others = scene.engine.correct(none, model::event_key(down), node, {});
  REQUIRE(others == std::vector<core::EventKey>{seen});
  model::Event again = node_down(20);
  again.source = model::EventSource::kubernetes;
  scene.engine.tell_again(again, seen, node, {});
  auto evicted = scene.tell("Evicted", ref("pod", "orders-1"), 30, Severity::error);
  scene.settle(31);
  CHECK(scene.confidence(seen, evicted) > 0.3f);
}

TEST_CASE("engine: the firing of an alert that comes after its end is still known as over") {
  Scene plain, turned;
  model::Event alert;
  alert.source_id = "alert:f:1";
  alert.source = model::EventSource::alert;
  alert.type = alert.message = "KubePodCrashLooping";
  alert.severity = Severity::fatal;
  alert.first = alert.last = alert.onset = at(0);
  model::Event end = alert;
  end.resolved = true;
  end.last = at(120);
  core::EventKey key = model::event_key(alert);
  for (Scene* scene : {&plain, &turned}) {
    core::ResourceId pod = scene->graph.resolve(ref("pod", "orders-1"), at(0));
    const bool in_order = scene == &plain;
    scene->engine.observe(in_order ? alert : end, key, pod, {});
    scene->engine.observe(in_order ? end : alert, key, pod, {}, &end);
    scene->settle(121);
    REQUIRE(scene->incidents.size() == 1);
    CHECK(scene->incidents.begin()->second.last_activity == at(120));
    scene->tell("Scheduled", ref("pod", "elsewhere", "batch"), 120 + 16 * 60, Severity::info);
    scene->settle(120 + 16 * 60);
    CHECK(scene->incidents.begin()->second.status == model::IncidentStatus::resolved);
  }
}

TEST_CASE("engine: two that may explain each other have the same links whichever was scored first") {
  auto links = [](bool reverse) {
    Scene scene;
    scene.tell("change.image", ref("deployment", "orders"), 0, Severity::info, model::EventSource::state);
    std::vector<double> seconds{60, 60.4};
    if (reverse) std::reverse(seconds.begin(), seconds.end());
    for (double s : seconds) {
      scene.tell(s == 60 ? "log.no_route" : "log.timeout", ref("pod", s == 60 ? "orders-1" : "gateway-1"), s, Severity::error,
                 model::EventSource::log);
      scene.settle(s + 1);
    }
    scene.tell("Scheduled", ref("pod", "elsewhere", "batch"), 3600, Severity::info);
    scene.settle(3600);
    std::vector<std::pair<core::EventKey, float>> out;
    for (const auto& [effect, list] : scene.links)
      for (const model::Link& link : list) out.emplace_back(link.cause, link.confidence);
    return out;
  };
  CHECK(links(false) == links(true));
}

TEST_CASE("engine: when nothing more comes, the clock finishes links and closes incidents") {
  for (bool alert : {false, true}) {
    Scene scene;
    scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
    scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 8, Severity::fatal);
    if (alert) scene.tell("KubePodCrashLooping", ref("pod", "orders-1"), 20, Severity::fatal, model::EventSource::alert);
    scene.settle(21);
    REQUIRE(open_incidents(scene) == 1);
    for (int minute = 1; minute <= 32; ++minute) {
      CHECK(scene.engine.waits(at(minute * 60)) == (minute <= (alert ? 31 : 16)));
      scene.settle(minute * 60);
    }
    CHECK(open_incidents(scene) == 0);
  }
}

TEST_CASE("engine: a recorded stream is not closed by a clock far ahead of it") {
  Scene scene;
  scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 8, Severity::fatal);
  scene.settle(7 * 86'400);
  CHECK(open_incidents(scene) == 1);
  scene.settle(8 * 86'400);
  CHECK(open_incidents(scene) == 1);
  CHECK_FALSE(scene.engine.waits(at(8 * 86'400)));
}

TEST_CASE("engine: a stream that runs behind the clock is over when it falls silent, not while it comes") {
  constexpr double behind = 25 * 60;
  Scene scene;
  for (double s = 0; s <= 600; s += 60) {
    scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), s, Severity::fatal);
    scene.settle(s + behind);
    CHECK(open_incidents(scene) == 1);
  }
  scene.settle(600 + behind + 14 * 60);
  CHECK(open_incidents(scene) == 1);
  scene.settle(600 + behind + 16 * 60);
  CHECK(open_incidents(scene) == 0);
}

TEST_CASE("engine: a record that comes after the clock has finished links still explains them") {
  Scene scene;
  auto crash = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 60, Severity::fatal);
  scene.settle(61);
  scene.settle(61 + 14 * 60);
  auto oom = scene.tell("OOMKilled", ref("pod", "orders-1"), 50, Severity::fatal);
  scene.settle(62 + 14 * 60);
  CHECK(scene.confidence(oom, crash) > 0.6f);
}

TEST_CASE("engine: runs that a late event or a merge of resources unites have the links of one, whichever began first") {
  Scene scene;
  const auto crash = [&](const std::string& pod, double seconds) {
    return scene.tell("CrashLoopBackOff", ref("pod", pod), seconds, Severity::fatal);
  };
  const auto oom = scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  std::vector<core::EventKey> run = {crash("orders-1", 5), crash("orders-1", 20)};
  scene.settle(21);
  SECTION("a late event between two runs") {
    for (double seconds : {500, 520}) run.push_back(crash("orders-1", seconds));
    scene.settle(530);
    run.push_back(crash("orders-1", 260));
    scene.settle(531);
  }
  SECTION("a resource that turns out to be the same") {
    const auto [begin, end] = GENERATE(std::pair(3.0, 30.0), std::pair(20.0, 500.0));
    run.push_back(crash("orders-1", 290));
    for (double seconds : {begin, end}) run.push_back(crash("orders-2", seconds));
    scene.settle(501);
    const auto id = [&](const char* pod) { return scene.graph.resolve(ref("pod", pod), at(40)); };
    scene.engine.merged(id("orders-2"), id("orders-1"));
    scene.settle(502);
  }
  const core::EventKey first = *std::min_element(run.begin(), run.end());
  REQUIRE(scene.confidence(oom, first) > 0.3F);
  for (const core::EventKey event : run) CHECK(scene.confidence(oom, event) == scene.confidence(oom, first));
}

TEST_CASE("engine: runs in memory are bounded, the longest quiet go first and are counted") {
  Scene scene;
  const std::size_t bound = Rules::embedded()->data().max_runs_per_resource;
  for (std::size_t i = 0; i < bound + 20; ++i)
    scene.tell("change.config", ref("configmap", "settings"), static_cast<double>(i), Severity::info, model::EventSource::state);
  CHECK(scene.engine.stats().episodes == bound);
  CHECK(scene.engine.stats().runs_crowded_out == 20);
  auto crash = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), static_cast<double>(bound) + 30, Severity::fatal);
  scene.settle(static_cast<double>(bound) + 31);
  CHECK(scene.engine.stats().episodes == bound + 1);
  CHECK(scene.confidence(crash, crash) == 0);
}

TEST_CASE("engine: an effect keeps the links it had when its best cause is crowded out, and so do the members of its run") {
  Scene scene;
  const std::size_t bound = Rules::embedded()->data().max_runs_per_resource;
  const bool head_told_before = GENERATE(true, false);
  const auto oom = scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  const auto member = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 9, Severity::fatal);
  scene.settle(10);
  const auto crash = scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 5, Severity::fatal);
  if (head_told_before) scene.settle(11);
  const float found = scene.confidence(oom, head_told_before ? crash : member);
  REQUIRE(found > 0.6f);
  for (std::size_t i = 0; i + 1 < bound; ++i)
    scene.tell("change.image", ref("pod", "orders-1"), 20 + static_cast<double>(i), Severity::info, model::EventSource::state);
  REQUIRE(scene.engine.stats().runs_crowded_out == 1);
  scene.settle(20 + static_cast<double>(bound) + 12 * 60);
  CHECK(scene.confidence(oom, crash) == found);
  CHECK(scene.confidence(oom, member) == found);
}

TEST_CASE("engine: an incident that loses a run to the bound is told as degraded and stays no ghost") {
  Scene scene;
  const std::size_t bound = Rules::embedded()->data().max_runs_per_resource;
  scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  scene.settle(1);
  REQUIRE(open_incidents(scene) == 1);
  for (std::size_t i = 0; i < bound; ++i)
    scene.tell("change.image", ref("pod", "orders-1"), 1 + static_cast<double>(i), Severity::info, model::EventSource::state);
  scene.settle(static_cast<double>(bound) + 2);
  CHECK(scene.engine.stats().runs_crowded_out == 1);
  CHECK(open_incidents(scene) == scene.engine.stats().open_incidents);
  CHECK(std::any_of(scene.incidents.begin(), scene.incidents.end(), [](const auto& entry) { return entry.second.degraded; }));
}

TEST_CASE("engine: an effect with more possible causes than are looked at is counted, its incident degraded") {
  Scene scene;
  const Rules::Data& rules = Rules::embedded()->data();
  scene.tell("OOMKilled", ref("pod", "orders-1"), 0, Severity::fatal);
  for (std::size_t i = 0; i < rules.max_checks; ++i)
    scene.tell("change.image", ref(i % 2 == 0 ? "deployment" : "replicaset", i % 2 == 0 ? "orders" : "orders-a"),
               1 + static_cast<double>(i) / 100, Severity::info, model::EventSource::state);
  scene.tell("CrashLoopBackOff", ref("pod", "orders-1"), 30, Severity::fatal);
  scene.settle(31);
  CHECK(scene.engine.stats().cut_effects > 0);
  REQUIRE(open_incidents(scene) > 0);
  CHECK(std::any_of(scene.incidents.begin(), scene.incidents.end(), [](const auto& entry) { return entry.second.degraded; }));
}

}  // namespace kgrca::rca
