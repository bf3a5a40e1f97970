// Causes of causes and effects of effects against every way through a small random graph of links.
#include <random>

#include "tests/support/put_linked.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;

namespace {

struct Links {
  explicit Links(std::uint32_t seed, int many = 14) : random(seed) {
    for (int i = 0; i < many; ++i) add(i);
    RecordWriter writer;
    for (const StoredEvent& stored : events) put_linked(writer, stored, true);
    store::Batch batch = disk.view(1).batch();
    REQUIRE(writer.write(batch, 1, disk.view(1)).ok());
    REQUIRE(disk.view(1).commit_durably(std::move(batch)).ok());
  }

  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random); }

  // At most three causes each, of 0.3 and more, so that the store has the way back to all of them.
  void add(int number) {
    StoredEvent stored;
    stored.event.source_id = core::cat("e", number);
    stored.event.severity = model::Severity::error;
    stored.event.first = stored.event.last = stored.event.onset = at(std::chrono::seconds(number));
    stored.key = model::event_key(stored.event);
    stored.resource = model::resource_id(pod(core::cat("p", number % 5)));
    for (int i = 0; i < 3 && number > 0; ++i) {
      const StoredEvent& cause = events[static_cast<std::size_t>(below(number))];
      const bool linked = std::any_of(stored.links.begin(), stored.links.end(), [&](const model::Link& link) { return link.cause == cause.key; });
      if (linked || below(3) == 0) continue;
      model::Link link;
      link.cause = cause.key;
      link.effect = stored.key;
      link.confidence = static_cast<float>(30 + below(70)) / 100.0F;
      link.hops = static_cast<std::uint8_t>(below(4));
      stored.links.push_back(link);
    }
    events.push_back(std::move(stored));
  }

  // The surest way to each event, by trying all.
  void walk(core::EventKey at, bool to_causes, double confidence, int links, const TraceLimits& limits, std::map<core::EventKey, double>& best) const {
    if (links == limits.links) return;
    for (const StoredEvent& stored : events) {
      for (const model::Link& link : stored.links) {
        if ((to_causes ? link.effect : link.cause) != at || link.hops > limits.link_hops) continue;
        const core::EventKey next = to_causes ? link.cause : link.effect;
        // As the store keeps it: to a 65,535th.
        const double reached = confidence * static_cast<double>(reader_link(stored.key, link.cause));
        if (reached < limits.min_confidence || next.time() < limits.earliest) continue;
        double& known = best[next];
        known = std::max(known, reached);
        walk(next, to_causes, reached, links + 1, limits, best);
      }
    }
  }
  float reader_link(core::EventKey effect, core::EventKey cause) const {
    for (const model::Link& link : as_stored.at(effect)) {
      if (link.cause == cause) return link.confidence;
    }
    return 0;
  }
  void read_back(const GraphReader& reader) {
    for (const StoredEvent& stored : events) as_stored[stored.key] = reader.event(stored.key)->links;
  }

  std::mt19937 random;
  store::testing::TempStore disk;
  std::vector<StoredEvent> events;
  std::map<core::EventKey, std::vector<model::Link>> as_stored;
};

std::map<core::EventKey, double> as_map(const Trace& trace) {
  std::map<core::EventKey, double> out;
  for (const Traced& traced : trace.events) out.emplace(traced.event.key, traced.confidence);
  return out;
}

}  // namespace

TEST_CASE("graph: causes and effects over several links have the confidence of their surest way") {
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    Links world(seed);
    const GraphReader reader(world.disk.view(1).snapshot());
    world.read_back(reader);
    for (int question = 0; question < 60; ++question) {
      const StoredEvent start_event = *reader.event(world.events[static_cast<std::size_t>(world.below(14))].key);
      const bool to_causes = world.below(2) == 0;
      TraceLimits limits;
      limits.links = 1 + world.below(6);
      limits.min_confidence = world.below(2) == 0 ? 0.05 : 0.4;
      if (world.below(3) == 0) limits.link_hops = 2;
      if (world.below(3) == 0) limits.earliest = at(5s);
      const auto trace = to_causes ? reader.causes(start_event, limits) : reader.effects(start_event, limits);
      REQUIRE(trace.ok());
      REQUIRE_FALSE(trace->truncated);
      std::map<core::EventKey, double> expected;
      world.walk(start_event.key, to_causes, 1, 0, limits, expected);
      const auto found = as_map(*trace);
      INFO("seed " << seed << " question " << question);
      REQUIRE(found.size() == expected.size());
      REQUIRE(trace->events.size() == expected.size());
      double last = 1;
      for (const Traced& traced : trace->events) {
        REQUIRE(expected.at(traced.event.key) == Approx(traced.confidence));
        REQUIRE(traced.confidence <= last);
        REQUIRE(traced.links <= limits.links);
        REQUIRE((to_causes ? traced.link.cause : traced.link.effect) == traced.event.key);
        last = traced.confidence;
      }
    }
  }
}

TEST_CASE("graph: a trace with more events than fit keeps the nearest and surest, and says so") {
  Links world(9, 60);
  const GraphReader reader(world.disk.view(1).snapshot());
  TraceLimits limits;
  limits.min_confidence = 0.01;
  limits.links = trace_links_max;
  const StoredEvent first = *reader.event(world.events[0].key);
  const auto all = reader.effects(first, limits);
  REQUIRE(all->events.size() > 10);
  limits.events = 5;
  const auto few = reader.effects(first, limits);
  REQUIRE(few->events.size() == 5);
  REQUIRE(few->truncated);
  limits.events = all->events.size();
  CHECK_FALSE(reader.effects(first, limits)->truncated);
  limits.links = 0;
  CHECK(absl::IsInvalidArgument(reader.effects(first, limits).status()));
  limits.links = trace_links_max + 1;
  CHECK(absl::IsInvalidArgument(reader.causes(first, limits).status()));
}

TEST_CASE("graph: the resources that effects lie on, each with its surest event, count and first time") {
  Trace trace;
  const auto add = [&](int resource, double confidence, int links, core::Duration when) {
    Traced traced;
    traced.event.resource = {static_cast<std::uint64_t>(resource)};
    traced.event.event.first = at(when);
    traced.confidence = confidence;
    traced.links = links;
    trace.events.push_back(traced);
  };
  add(7, 0.9, 1, 9s);
  add(3, 0.8, 2, 5s);
  add(7, 0.5, 3, 4s);
  const std::vector<ResourceHit> hits = resources_hit(trace);
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].resource == core::ResourceId{7});
  CHECK(hits[0].events == 2);
  CHECK(hits[0].confidence == Approx(0.9));
  CHECK(hits[0].links == 1);
  CHECK(hits[0].first == at(4s));
  CHECK(hits[1].resource == core::ResourceId{3});
}
