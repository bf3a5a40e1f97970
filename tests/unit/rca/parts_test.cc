#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "rca/influence.h"
#include "rca/rules_data.h"
#include "rca/statistics.h"
#include "tests/unit/rca/scene.h"

namespace kgrca::rca {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  std::size_t place = text.find(from);
  REQUIRE(place != std::string::npos);
  return text.replace(place, from.size(), to);
}

const std::string good =
    "engine: {lateness: 10m, skew: 2s, episode_gap: 5m, stay: 15m, memory: 75m, firing_for: 6h, window: 15m, lag: 60s, lag_sigma: 1, "
    "min_weight: 0.1, keep: 0.05, show: 0.3}\n"
    "weights: {base: 0, pair: 1, topology: 1, lag: 1, rarity: 1, severity: 1, specificity: 1, chronic: 0, uncertain_onset: 0}\n"
    "sets: {bad: [oom]}\n"
    "influence: [{relation: CONTROLS, from: source, weight: 1}]\n"
    "providers: []\n"
    "pairs: [{cause: bad, effect: [crash], prior: 0.5}]\n"
    "ranking: {root_prior_default: 1, root_prior: {}, symptom_weight: {}, onset_scale_seconds: 1, symptom_factor: 1, "
    "abstain_share: 0, abstain_coverage: 0, calibration: [[0, 0], [1, 1]]}\n"
    "grouping: {join: 0.3, merge: 0.5, min_mass: 1, close_after: 15m, close_after_firing: 30m}\n";

}  // namespace

TEST_CASE("rules: the embedded file parses and its first fitting row wins") {
  const Rules::Data& rules = Rules::embedded()->data();
  const Pair& pair = rules.pair(Place::same, rules.group_of("oom"), rules.group_of("crash"));
  CHECK(pair.name == "oom-crash");
  CHECK(rules.pair(Place::caller, rules.group_of("quota"), rules.group_of("tls")).name == "default");
}

TEST_CASE("rules: a broken file is refused with line and reason") {
  CHECK_FALSE(Rules::parse("version: 1").ok());
  CHECK(Rules::parse(good).ok());
  for (auto [from, to] : {std::pair<std::string, std::string>{"prior: 0.5", "prior: 1.5"},
                          {"relation: CONTROLS", "relation: HUGS"},
                          {"lateness: 10m", "lateness: soon"},
                          {"from: source", "from: above"},
                          {"min_weight: 0.1", "max_checks: -1, min_weight: 0.1"},
                          {"effect: [crash]", "effect: {crash: 1}"},
                          {"[[0, 0], [1, 1]]", "[[0, 0]]"}}) {
    auto broken = Rules::parse(replaced(good, from, to));
    REQUIRE_FALSE(broken.ok());
    CHECK(core::message_of(broken.status()).find("line") != std::string::npos);
  }
}

TEST_CASE("rules: a group more than there is place for is refused by name and line") {
  auto with = [](int groups) {
    std::string list;
    for (int i = 0; i < groups; ++i) list += ", g" + std::to_string(i);
    return Rules::parse(replaced(good, "sets: {bad: [oom]}", "sets: {bad: [oom" + list + "]}"));
  };
  CHECK(with(61).ok());  // beside other, oom and crash
  auto refused = with(62);
  REQUIRE_FALSE(refused.ok());
  CHECK(core::message_of(refused.status()).find("group `crash`") != std::string::npos);
  CHECK(core::message_of(refused.status()).find("line 6") != std::string::npos);
}

TEST_CASE("rules: one name may stand where a list may") {
  auto one = Rules::parse(replaced(good, "effect: [crash]", "effect: crash"));
  REQUIRE(one.ok());
  const Rules::Data& data = (*one)->data();
  CHECK(data.pairs.front().effects == GroupMask{1} << data.group_of("crash"));
}

TEST_CASE("influence: paths weaken with distance and siblings do not reach each other") {
  Scene scene;
  InfluenceMap map(Rules::embedded()->data(), scene.graph);
  auto id = [&](const model::ResourceRef& r) { return *scene.graph.find(r); };
  auto up = map.ancestors(id(ref("pod", "gateway-1")), {at(0), at(0)});
  auto weight = [&](core::ResourceId wanted) {
    for (const Reach& reach : *up)
      if (reach.id == wanted) return reach.weight;
    return 0.0f;
  };
  float callee = weight(id(ref("service", "orders")));
  CHECK(callee > 0);
  CHECK(weight(id(ref("pod", "orders-1"))) < callee);
  auto sibling = map.ancestors(id(ref("pod", "orders-1")), {at(0), at(0)});
  for (const Reach& reach : *sibling)
    if (reach.id == id(ref("pod", "orders-2"))) CHECK(reach.place == Place::node);
}

TEST_CASE("influence: an edge that ended long before the effect or began after it does not count") {
  Scene scene;
  auto edge = [&](double seconds, bool deleted) {
    scene.graph.apply(model::EdgeUpdate{.relation = model::Relation::runs_on, .relation_name = {}, .from = ref("pod", "orders-1"),
                                        .to = ref("node", "node-2", ""), .at = at(seconds), .deleted = deleted});
  };
  edge(0, false);
  edge(600, true);
  InfluenceMap map(Rules::embedded()->data(), scene.graph);
  core::ResourceId node = *scene.graph.find(ref("node", "node-2", ""));
  auto reaches = [&](double seconds) {
    auto list = map.ancestors(*scene.graph.find(ref("pod", "orders-1")), {at(seconds), at(seconds)});
    return std::any_of(list->begin(), list->end(), [&](const Reach& r) { return r.id == node; });
  };
  CHECK_FALSE(reaches(-300));
  CHECK(reaches(100));
  CHECK(reaches(600 + 14 * 60));
  CHECK_FALSE(reaches(600 + 16 * 60));
}

TEST_CASE("statistics: rarity falls as a type becomes common and ignores the running minute") {
  Statistics statistics;
  for (int i = 0; i < 30; ++i) statistics.count(1, at(i * 60));
  statistics.count(2, at(0));
  CHECK(statistics.rarity(2, at(3600)) > statistics.rarity(1, at(3600)));
  float before = statistics.rarity(2, at(3600));
  statistics.count(2, at(3600));
  CHECK(statistics.rarity(2, at(3600)) == before);
  statistics.discount(2, at(0));
  statistics.discount(2, at(3600));
  CHECK(statistics.rarity(2, at(7200)) == 1);
}

}  // namespace kgrca::rca
