// A restart at any moment must not show in what is stored.
#include <random>

#include "pipeline/journal.h"
#include "tests/unit/pipeline/support.h"

namespace kgrca::pipeline {
namespace {

using testing::again;
using testing::at;
using testing::deployment;
using testing::event;
using testing::TempTenants;

struct Step {
  std::vector<model::Record> records;
  double now = 0;
};

// Half an hour of trouble on a few pods, alerts and rollouts, with repeats and duplicates.
std::vector<Step> stream(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::vector<std::string> types = {"OOMKilled", "BackOff", "CrashLoopBackOff", "ImagePullBackOff", "Unhealthy", "Pulled"};
  std::vector<Step> steps;
  std::vector<model::Event> sent, alerts;
  double now = 0;
  for (int i = 0; i < 60; ++i) {
    now += 5 + static_cast<double>(random() % 50);
    Step step;
    step.now = now;
    for (std::uint64_t n = random() % 4 + 1; n > 0; --n) {
      const std::uint64_t what = random() % 12;
      const double when = now - static_cast<double>(random() % 5);
      if (what < 6 || sent.empty()) {
        sent.push_back(event(core::cat("e", i, "-", n), types[random() % types.size()], core::cat("pod-", random() % 4), when));
        step.records.emplace_back(sent.back());
      } else if (what < 8) {
        step.records.emplace_back(again(sent[random() % sent.size()], static_cast<std::uint32_t>(random() % 9 + 2), when));
      } else if (what < 9) {
        step.records.emplace_back(sent[random() % sent.size()]);
      } else if (what < 11) {
        const bool ends = !alerts.empty() && random() % 2 == 0;
        model::Event alert = event(core::cat("alert:f:", i, "-", n), "KubePodCrashLooping", core::cat("pod-", random() % 4), when);
        alert.source = model::EventSource::alert;
        if (ends) alert = again(alerts[random() % alerts.size()], 1, when);
        alert.resolved = ends;
        if (!ends) alerts.push_back(alert);
        step.records.emplace_back(alert);
      } else {
        step.records.emplace_back(deployment("orders", core::cat("shop/orders:", random() % 3), when));
      }
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string describe(const model::Incident& incident) {
  std::string text = core::cat(core::to_string(incident.id), " ", incident.title, incident.abstained ? " abstained" : "", " open ",
                               core::to_micros(incident.opened));
  for (const model::Suspect& root : incident.roots) {
    core::append(text, "\n  root ", core::to_string(root.event), " ", core::format_fixed(static_cast<double>(root.confidence), 4));
  }
  for (const model::IncidentMember& member : incident.members) core::append(text, "\n  member ", core::to_string(member.event));
  for (const model::RootHistory& was : incident.history) {
    core::append(text, "\n  history ", core::to_micros(was.at), " ", core::to_string(was.root));
  }
  return text;
}

// Everything that the engine said, as it is stored.
std::string stored_answers(TempTenants& tenants) {
  const graph::GraphReader reader = tenants.reader();
  std::string text;
  std::int64_t links = 0;
  auto events = reader.events({}, 1000, {});
  REQUIRE(events.ok());
  REQUIRE(events->next.empty());
  for (const graph::StoredEvent& event : events->items) {
    core::append(text, core::to_string(event.key), " ", event.event.source_id, " x", event.event.count, event.late ? " late" : "");
    if (event.run == event.key) links += static_cast<std::int64_t>(event.links.size());
    for (const model::Link& link : event.links) {
      core::append(text, " <- ", core::to_string(link.cause), " ", core::format_fixed(static_cast<double>(link.confidence), 5));
    }
    text += '\n';
  }
  CHECK(*reader.count("links") == links);
  CHECK(*reader.count("events") == static_cast<std::int64_t>(events->items.size()));
  auto incidents = reader.incidents({}, 1000, {});
  REQUIRE(incidents.ok());
  for (const model::Incident& incident : incidents->items) core::append(text, describe(incident), "\n");
  return text;
}

enum class Restart { never, crash, stop };

std::string run(const std::vector<Step>& steps, Restart restart, std::size_t every, LaneOptions options = testing::lane_options()) {
  TempTenants tenants;
  auto lane = Lane::open(tenants.view(), options, tenants.metrics());
  REQUIRE(lane.ok());
  std::size_t number = 0;
  for (const Step& step : steps) {
    if (restart != Restart::never && ++number % every == 0) {
      if (restart == Restart::stop) REQUIRE((*lane)->checkpoint().ok());
      lane->reset();
      lane = Lane::open(tenants.view(), options, tenants.metrics());
      INFO(lane.status().ToString());
      REQUIRE(lane.ok());
    }
    REQUIRE((*lane)->apply({&step.records}, at(step.now), [] {}).ok());
    REQUIRE((*lane)->tick(at(step.now + 1)).ok());
  }
  REQUIRE((*lane)->checkpoint().ok());
  return stored_answers(tenants);
}

}  // namespace

TEST_CASE("lane: a crash at any batch gives the same links and incidents as none") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto steps = stream(seed);
    const std::string expected = run(steps, Restart::never, 1);
    CHECK(expected.find("<-") != std::string::npos);
    CHECK(expected.find("member") != std::string::npos);
    CHECK(run(steps, Restart::crash, 7) == expected);
  }
}

TEST_CASE("lane: a crash after every batch gives the same links and incidents as none") {
  const auto steps = stream(4);
  CHECK(run(steps, Restart::crash, 1) == run(steps, Restart::never, 1));
}

TEST_CASE("lane: a restart goes on from the journal alone when no checkpoint was written") {
  auto options = testing::lane_options();
  options.checkpoint_interval = std::chrono::hours(24);
  const auto steps = stream(5);
  CHECK(run(steps, Restart::crash, 10, options) == run(steps, Restart::never, 1, options));
}

TEST_CASE("lane: a stop writes the checkpoint, so that nothing is told again") {
  TempTenants tenants;
  auto options = testing::lane_options();
  {
    auto lane = Lane::open(tenants.view(), options, tenants.metrics());
    REQUIRE(lane.ok());
    const std::vector<model::Record> records = {event("a", "OOMKilled", "p", 1)};
    REQUIRE((*lane)->apply({&records}, at(2), [] {}).ok());
    REQUIRE((*lane)->checkpoint().ok());
  }
  const auto parts = read_parts(tenants.view().snapshot());
  REQUIRE(parts.ok());
  CHECK(parts->journal.empty());
  CHECK_FALSE(parts->engine.empty());
  CHECK(parts->position.sequence == 2);
  CHECK(parts->position.newest == at(1));
}

}  // namespace kgrca::pipeline
