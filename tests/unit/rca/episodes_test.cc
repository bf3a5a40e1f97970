#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "rca/episodes.h"
#include "tests/unit/rca/scene.h"

namespace kgrca::rca {
namespace {

constexpr core::ResourceId place{7};

model::Event event_at(const std::string& id, double seconds, const std::string& type = "CrashLoopBackOff") {
  model::Event e;
  e.source_id = id;
  e.type = type;
  e.severity = model::Severity::error;
  e.first = e.last = e.onset = at(seconds);
  return e;
}

model::Event alert_at(const std::string& id, double seconds, bool resolved = false) {
  model::Event e = event_at(id, seconds, "KubePodCrashLooping");
  e.source = model::EventSource::alert;
  e.resolved = resolved;
  return e;
}

// Tells events to a store as the engine does, and keeps what the observations of each make together.
class Teller {
 public:
  Teller() : store(Rules::embedded()->data(), *model::Taxonomy::embedded()) {}

  EpisodeStore::Taken tell(const model::Event& e) {
    core::EventKey key = model::event_key(e);
    auto [known, fresh] = known_.try_emplace(key, e);
    if (!fresh) {
      known->second.last = std::max(known->second.last, e.last);
      known->second.resolved = known->second.resolved || e.resolved;
    }
    EpisodeStore::Taken taken;
    if (!fresh) taken = store.observe_again(e, known->second, key, place);
    if (taken.index == no_episode && !e.resolved) taken = store.insert(known->second, key, place, store.type_index(e), {});
    for (EpisodeIndex gone : taken.absorbed) store.erase(gone);
    return taken;
  }

  struct Run {
    std::set<core::EventKey> events;
    core::Time onset, last;
    bool firing = false;
    bool operator==(const Run&) const = default;
  };
  std::vector<Run> runs() const {
    std::vector<Run> out;
    for (const auto& [onset, index] : store.of(place)) {
      const Episode& e = store.at(index);
      Run run{.events = {e.members.begin(), e.members.end()}, .onset = e.onset, .last = e.last, .firing = store.is_firing(e, e.last)};
      run.events.insert(e.head);
      CHECK(*run.events.begin() == e.head);
      out.push_back(std::move(run));
    }
    return out;
  }

  EpisodeStore store;

 private:
  std::map<core::EventKey, model::Event> known_;
};

}  // namespace

TEST_CASE("episodes: an event that reaches over several runs makes one of them") {
  Teller teller;
  for (int i = 0; i < 4; ++i) teller.tell(event_at("short" + std::to_string(i), i * 600));
  REQUIRE(teller.runs().size() == 4);
  model::Event wide = event_at("wide", -100);
  wide.last = at(1700);
  auto taken = teller.tell(wide);
  CHECK(taken.absorbed.size() == 3);
  REQUIRE(teller.runs().size() == 1);
  CHECK(teller.runs()[0].events.size() == 5);
  CHECK(teller.runs()[0].onset == at(-100));
}

TEST_CASE("episodes: a repeat that moves an event's end into the next run joins the two") {
  Teller teller;
  teller.tell(event_at("a", 0));
  teller.tell(event_at("b", 900));
  REQUIRE(teller.runs().size() == 2);
  model::Event again = event_at("a", 0);
  again.last = at(700);
  teller.tell(again);
  REQUIRE(teller.runs().size() == 1);
  CHECK(teller.runs()[0].last == at(900));
}

TEST_CASE("episodes: runs that come to one resource by a merge are joined") {
  EpisodeStore store(Rules::embedded()->data(), *model::Taxonomy::embedded());
  model::Event a = event_at("a", 0), b = event_at("b", 60), far = event_at("far", 3600);
  for (const model::Event& e : {a, far}) store.insert(e, model::event_key(e), core::ResourceId{7}, store.type_index(e), {});
  store.insert(b, model::event_key(b), core::ResourceId{8}, store.type_index(b), {});
  std::size_t absorbed = 0;
  for (const auto& taken : store.move_resource(core::ResourceId{8}, core::ResourceId{7})) absorbed += taken.absorbed.size();
  CHECK(absorbed == 1);
  CHECK(store.of(core::ResourceId{8}).empty());
  CHECK(store.of(core::ResourceId{7}).size() == 2);
}

TEST_CASE("episodes: a merge that joins many runs at once gives each that is gone once") {
  EpisodeStore store(Rules::embedded()->data(), *model::Taxonomy::embedded());
  auto tell = [&](const std::string& id, double seconds, std::uint64_t resource) {
    model::Event e = event_at(id, seconds);
    store.insert(e, model::event_key(e), core::ResourceId{resource}, store.type_index(e), {});
  };
  for (int i = 0; i < 4; ++i) tell("there" + std::to_string(i), i * 400, 7);
  for (int i = 0; i < 3; ++i) tell("moving" + std::to_string(i), 200 + i * 400, 8);
  std::vector<EpisodeIndex> gone;
  auto taken = store.move_resource(core::ResourceId{8}, core::ResourceId{7});
  for (const auto& one : taken) gone.insert(gone.end(), one.absorbed.begin(), one.absorbed.end());
  CHECK(taken.size() == 1);
  CHECK(gone.size() == 6);
  std::sort(gone.begin(), gone.end());
  CHECK(std::unique(gone.begin(), gone.end()) == gone.end());
  CHECK(store.size() == 1);
}

TEST_CASE("episodes: a run that names a resource goes on when that resource was merged into another") {
  EpisodeStore store(Rules::embedded()->data(), *model::Taxonomy::embedded());
  auto tell = [&](const std::string& id, double seconds, core::ResourceId peer) {
    model::Event e = event_at(id, seconds, "log.timeout");
    e.source = model::EventSource::log;
    return store.insert(e, model::event_key(e), place, store.type_index(e), {peer});
  };
  tell("a", 0, core::ResourceId{8});
  tell("b", 30, core::ResourceId{9});
  REQUIRE(store.of(place).size() == 2);
  store.move_resource(core::ResourceId{8}, core::ResourceId{9});
  CHECK(store.of(place).size() == 1);
  CHECK_FALSE(tell("c", 60, core::ResourceId{9}).created);
}

TEST_CASE("episodes: an alert that resolves does not end another alert of its run") {
  Teller teller;
  teller.tell(alert_at("one", 0));
  teller.tell(alert_at("two", 30));
  teller.tell(alert_at("one", 0, true));
  REQUIRE(teller.runs().size() == 1);
  CHECK(teller.runs()[0].firing);
  teller.tell(alert_at("two", 30, true));
  CHECK_FALSE(teller.runs()[0].firing);
}

TEST_CASE("episodes: an alert whose end was lost counts as firing only so long") {
  Teller teller;
  EpisodeIndex index = teller.tell(alert_at("one", 0)).index;
  const core::Duration lasts = Rules::embedded()->data().firing_for;
  const Episode& e = teller.store.at(index);
  CHECK(teller.store.is_firing(e, at(0) + lasts));
  CHECK_FALSE(teller.store.is_firing(e, at(1) + lasts));
  CHECK(teller.store.until(e) == at(0) + lasts);
}

TEST_CASE("episodes: what nobody knows is judged by each delivery's own severity") {
  EpisodeStore store(Rules::embedded()->data(), *model::Taxonomy::embedded());
  model::Event loud = event_at("a", 0, "NeverHeardOf"), mild = event_at("b", 1, "NeverHeardOf");
  mild.severity = model::Severity::info;
  CHECK(store.type(store.type_index(loud)).role == model::Role::fault);
  CHECK(store.type(store.type_index(mild)).role == model::Role::benign);
}

TEST_CASE("episodes: runs are the same whatever order their observations came in") {
  std::mt19937_64 random(5);
  auto up_to = [&](std::uint64_t n) { return static_cast<int>(random() % n); };
  for (int round = 0; round < 300; ++round) {
    std::vector<model::Event> observations;
    for (int i = 0, n = 2 + up_to(7); i < n; ++i) {
      const bool alert = up_to(2) == 0;
      const double start = up_to(4000);
      const std::string id = std::to_string(i);
      observations.push_back(alert ? alert_at(id, start) : event_at(id, start));
      for (int again = up_to(3); again > 0; --again) {
        model::Event repeat = observations.back();
        repeat.last = std::max(repeat.last, at(start + up_to(1500)));
        repeat.resolved = alert && up_to(2) == 0;
        observations.push_back(repeat);
      }
    }
    Teller sorted;
    std::stable_sort(observations.begin(), observations.end(), [](const auto& a, const auto& b) { return a.last < b.last; });
    for (const model::Event& e : observations) sorted.tell(e);
    for (int i = 0; i < 5; ++i) {
      std::shuffle(observations.begin(), observations.end(), random);
      Teller shuffled;
      for (const model::Event& e : observations) shuffled.tell(e);
      REQUIRE(shuffled.runs() == sorted.runs());
    }
  }
}

TEST_CASE("episodes: too many unknown types share one and are counted, the taxonomy's own have a place") {
  EpisodeStore store(Rules::embedded()->data(), *model::Taxonomy::embedded());
  for (int i = 0; i < 20'010; ++i) store.type_index(event_at("e", 0, "Unheard" + std::to_string(i)));
  CHECK(store.unnamed() == 10);
  CHECK(store.type(store.type_index(event_at("e", 0, "OOMKilled"))).id == "OOMKilled");
  CHECK(store.unnamed() == 10);
}

}  // namespace kgrca::rca
