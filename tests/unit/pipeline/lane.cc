#include "kgrca/pipeline/lane.h"

#include "kgrca/graph/verify.h"
#include "tests/unit/pipeline/support.h"

namespace kgrca::pipeline {
namespace {

using testing::again;
using testing::at;
using testing::deployment;
using testing::event;
using testing::TempTenants;

std::unique_ptr<Lane> open_lane(TempTenants& tenants, LaneOptions options = testing::lane_options()) {
  auto lane = Lane::open(tenants.view(), options, tenants.metrics());
  INFO(lane.status().ToString());
  REQUIRE(lane.ok());
  return std::move(lane).value();
}

Outcome apply(Lane& lane, const std::vector<model::Record>& records, double now) {
  auto outcomes = lane.apply({&records}, at(now), [] {});
  INFO(outcomes.status().ToString());
  REQUIRE(outcomes.ok());
  REQUIRE(outcomes->size() == 1);
  return outcomes->front();
}

graph::StoredEvent stored(TempTenants& tenants, const model::Event& event) {
  auto found = tenants.reader().event(model::event_key(event));
  INFO(found.status().ToString());
  REQUIRE(found.ok());
  return *found;
}

core::StatusOr<graph::Page<graph::StoredEvent>> image_changes(TempTenants& tenants) {
  graph::EventFilter filter;
  filter.type = "change.image";
  return tenants.reader().events(filter, 10, {});
}

}  // namespace

TEST_CASE("lane: an event is stored with the resource it is about") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  const auto oom = event("a", "OOMKilled", "orders-1", 1);
  const Outcome outcome = apply(*lane, {oom}, 2);
  CHECK(outcome.accepted == 1);
  CHECK(outcome.duplicates == 0);
  const auto found = stored(tenants, oom);
  CHECK(found.event.source_id == "a");
  CHECK(found.ingested == at(2));
  CHECK_FALSE(found.late);
  const graph::Node* node = lane->graph().node(found.resource);
  REQUIRE(node != nullptr);
  CHECK(node->ref.name == "orders-1");
}

TEST_CASE("lane: a delivery seen before changes nothing, before and after a restart") {
  TempTenants tenants;
  const auto oom = event("a", "OOMKilled", "orders-1", 1);
  {
    auto lane = open_lane(tenants);
    CHECK(apply(*lane, {oom, oom}, 2).duplicates == 1);
    CHECK(apply(*lane, {oom}, 3).duplicates == 1);
  }
  tenants.reopen();
  auto lane = open_lane(tenants);
  const Outcome outcome = apply(*lane, {oom}, 4);
  CHECK(outcome.accepted == 1);
  CHECK(outcome.duplicates == 1);
  CHECK(stored(tenants, oom).ingested == at(2));
  CHECK(*tenants.reader().count("events") == 1);
}

TEST_CASE("lane: a record from too far ahead that is sent again is the event it was") {
  TempTenants tenants;
  const auto decoded = [](int count, double received) {
    normalize::Context context;
    context.taxonomy = testing::lane_options().taxonomy;
    context.masker = testing::lane_options().masker;
    context.received = at(received);
    const std::string body = core::cat(R"({"kind":"Event","metadata":{"name":"a","namespace":"shop","uid":"u-ahead"},"involvedObject":)",
                                       R"({"kind":"Pod","namespace":"shop","name":"orders-1"},"reason":"BackOff","type":"Warning",)",
                                       R"("firstTimestamp":"2025-04-09T12:00:00Z","lastTimestamp":"2025-04-09T12:0)", count,
                                       R"(:00Z","count":)", count, "}");
    return normalize::decode_kubernetes_events(body, context).records;
  };
  {
    auto lane = open_lane(tenants);
    CHECK(apply(*lane, decoded(1, 10), 10).duplicates == 0);
    CHECK(apply(*lane, decoded(1, 100), 100).duplicates == 1);
  }
  tenants.reopen();
  auto lane = open_lane(tenants);
  CHECK(apply(*lane, decoded(1, 200), 200).duplicates == 1);
  CHECK(apply(*lane, decoded(2, 210), 210).repeats == 1);
  CHECK(apply(*lane, decoded(2, 300), 300).duplicates == 1);
  CHECK(apply(*lane, decoded(2, 7100), 7100).duplicates == 1);  // no longer too far ahead
  CHECK(apply(*lane, decoded(3, 7380), 7380).repeats == 1);
  CHECK(*tenants.reader().count("events") == 1);
  const auto page = tenants.reader().events({}, 10, {});
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0].event.first == at(10));
  CHECK(page->items[0].event.count == 3);
  CHECK(page->items[0].event.last == at(7380));
  CHECK(page->items[0].event.time_clamped);
}

TEST_CASE("lane: a new observation raises count and last time and keeps the first") {
  TempTenants tenants;
  const auto first = event("a", "BackOff", "orders-1", 1);
  {
    auto lane = open_lane(tenants);
    apply(*lane, {first}, 2);
    CHECK(apply(*lane, {again(first, 4, 61)}, 62).repeats == 1);
  }
  tenants.reopen();
  auto lane = open_lane(tenants);
  CHECK(apply(*lane, {again(first, 3, 41)}, 63).repeats == 1);  // an older one comes late
  const auto found = stored(tenants, first);
  CHECK(found.event.count == 4);
  CHECK(found.event.last == at(61));
  CHECK(found.event.first == at(1));
  CHECK(found.ingested == at(2));
  CHECK(*tenants.reader().count("events") == 1);
}

TEST_CASE("lane: the end of an alert resolves its event, and a delayed firing does not take that back") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  auto firing = event("alert:f1:2025-04-09T10:00:00Z", "KubePodCrashLooping", "orders-1", 0);
  firing.source = model::EventSource::alert;
  auto resolved = again(firing, 1, 600);
  resolved.resolved = true;
  apply(*lane, {firing}, 1);
  apply(*lane, {resolved}, 601);
  CHECK(stored(tenants, firing).event.resolved);
  apply(*lane, {again(firing, 1, 300)}, 602);
  CHECK(stored(tenants, firing).event.resolved);
  CHECK(stored(tenants, firing).event.last == at(600));
}

TEST_CASE("lane: beyond the lateness bound an event is stored and counted, not linked") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  apply(*lane, {event("now", "OOMKilled", "orders-1", 7200)}, 7201);
  const auto old = event("old", "BackOff", "orders-1", 60);
  CHECK(apply(*lane, {old}, 7202).late == 1);
  CHECK(stored(tenants, old).late);
}

TEST_CASE("lane: a changed image becomes one change event of the deployment") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  apply(*lane, {deployment("orders", "shop/orders:1", 0)}, 1);
  const auto next = deployment("orders", "shop/orders:2", 60);
  apply(*lane, {next}, 61);
  apply(*lane, {next}, 62);
  const auto page = image_changes(tenants);
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 1);
  const graph::StoredEvent& change = page->items[0];
  CHECK(change.event.source_id == next.source_id);
  CHECK(change.event.first == at(60));
  REQUIRE(change.event.changes.size() == 1);
  CHECK(change.event.changes[0].after == "shop/orders:2");
  CHECK(lane->graph().node(change.resource)->ref.name == "orders");
}

TEST_CASE("lane: a version that arrives late corrects the change event behind it") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  apply(*lane, {deployment("orders", "shop/orders:1", 0)}, 1);
  const auto second = deployment("orders", "shop/orders:2", 60);
  const auto third = deployment("orders", "shop/orders:2", 120);
  apply(*lane, {third}, 121);
  apply(*lane, {second}, 122);
  model::Event of_third;
  of_third.source = model::EventSource::state;
  of_third.source_id = third.source_id;
  of_third.first = third.at;
  CHECK(stored(tenants, of_third).event.type.empty());
  const auto page = image_changes(tenants);
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0].event.source_id == second.source_id);
}

TEST_CASE("lane: a change that one late version withdrew and another made true again is there") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  const auto last = deployment("orders", "shop/orders:2", 130);
  apply(*lane, {deployment("orders", "shop/orders:1", 0), last}, 131);
  apply(*lane, {deployment("orders", "shop/orders:2", 90)}, 132);
  CHECK(image_changes(tenants)->items.size() == 1);
  apply(*lane, {deployment("orders", "shop/orders:1", 118)}, 133);
  const auto page = image_changes(tenants);
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 3);
  CHECK(page->items[0].event.source_id == last.source_id);
}

TEST_CASE("lane: samples are counted as unused") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  const Outcome outcome = apply(*lane, {model::Sample{}, model::Sample{}}, 1);
  CHECK(outcome.accepted == 2);
  CHECK(outcome.unused == 2);
}

TEST_CASE("lane: several submissions are one batch with an outcome each") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  const std::vector<model::Record> first = {event("a", "OOMKilled", "p", 1)};
  const std::vector<model::Record> second = {event("a", "OOMKilled", "p", 1), event("b", "BackOff", "p", 2)};
  auto outcomes = lane->apply({&first, &second}, at(3), [] {});
  REQUIRE(outcomes.ok());
  REQUIRE(outcomes->size() == 2);
  CHECK((*outcomes)[0].accepted == 1);
  CHECK((*outcomes)[1].accepted == 2);
  CHECK((*outcomes)[1].duplicates == 1);
  CHECK(stored(tenants, event("a", "OOMKilled", "p", 1)).sequence == stored(tenants, event("b", "BackOff", "p", 2)).sequence);
}

TEST_CASE("lane: a cause on the same pod is linked and an incident opens") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  std::size_t deltas = 0;
  lane->on_delta([&](const rca::Delta& delta, core::Time) { deltas += delta.links.size(); });
  const auto oom = event("a", "OOMKilled", "orders-1", 1);
  const auto crash = event("b", "CrashLoopBackOff", "orders-1", 21);
  apply(*lane, {oom}, 2);
  CHECK(apply(*lane, {crash}, 22).links == 1);
  const auto found = stored(tenants, crash);
  REQUIRE(found.links.size() == 1);
  CHECK(found.links[0].cause == model::event_key(oom));
  CHECK(found.links[0].confidence > 0.3F);
  CHECK(deltas > 0);
  for (int i = 0; i < 20; ++i) REQUIRE(lane->tick(at(22 + i)).ok());
  CHECK(tenants.reader().incident_of(model::event_key(crash))->has_value());
  CHECK(*tenants.reader().count("incidents.status.open") == 1);
  CHECK(lane->engine_stats().open_incidents == 1);
}

TEST_CASE("lane: every event of a run has its causes, also when an earlier one comes late and begins it") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  const auto oom = event("a", "OOMKilled", "orders-1", 1);
  const auto early = event("b", "CrashLoopBackOff", "orders-1", 11);
  const auto crash = event("c", "CrashLoopBackOff", "orders-1", 21);
  const auto further = event("d", "CrashLoopBackOff", "orders-1", 41);
  apply(*lane, {oom, crash}, 22);
  apply(*lane, {further}, 42);
  CHECK(stored(tenants, further).run == model::event_key(crash));
  const auto check = [&](const std::vector<model::Event>& run) {
    for (const model::Event& one : run) {
      const auto found = stored(tenants, one);
      REQUIRE(found.links.size() == 1);
      CHECK(found.links[0].cause == model::event_key(oom));
      CHECK(found.links[0].effect == model::event_key(one));
    }
    CHECK(*tenants.reader().count("links") == 1);
    const auto effects = tenants.reader().effects_of(model::event_key(oom), 10);
    REQUIRE(effects->size() == 1);
    CHECK(effects->front().effect == model::event_key(run.front()));
    graph::VerifyReport report;
    graph::verify(tenants.view().snapshot(), {}, report);
    CHECK(report.clean());
  };
  check({crash, further});
  apply(*lane, {early}, 43);
  CHECK(stored(tenants, crash).run == model::event_key(early));
  check({early, crash, further});
  tenants.reopen();
  lane = open_lane(tenants);
  check({early, crash, further});
}

TEST_CASE("lane: what is stored of runs agrees when they leave memory and their events are seen again") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  const std::size_t bound = 256;  // max_runs_per_resource
  const auto crowd_out = [&](double from) {
    std::vector<model::Record> others;
    for (std::size_t i = 0; i <= bound; ++i) {
      const std::string type = core::cat("Unknown", from, "-", i);
      others.push_back(event(type, type, "orders-1", from + static_cast<double>(i) / 10));
    }
    apply(*lane, others, from + 60);
  };
  const auto oom = event("a", "OOMKilled", "orders-1", 1);
  const auto first = event("b", "CrashLoopBackOff", "orders-1", 11);
  const auto crash = event("c", "CrashLoopBackOff", "orders-1", 21);
  const auto verified = [&] {
    graph::VerifyReport report;
    graph::verify(tenants.view().snapshot(), {}, report);
    std::string found;
    for (const graph::Finding& finding : report.listed) core::append(found, finding.kind, " ", finding.key, ": ", finding.what, "\n");
    INFO(found);
    CHECK(report.clean());
  };
  apply(*lane, {oom, crash}, 22);
  SECTION("an earlier one began another run since") {
    crowd_out(30);
    apply(*lane, {again(first, 2, 95)}, 96);
    apply(*lane, {again(crash, 2, 97)}, 98);
    CHECK(stored(tenants, crash).run == model::event_key(first));
  }
  SECTION("it was part of another run") {
    apply(*lane, {first}, 23);
    crowd_out(30);
    apply(*lane, {again(crash, 2, 400)}, 401);
    CHECK(stored(tenants, crash).run == model::event_key(crash));
  }
  REQUIRE(lane->engine_stats().runs_crowded_out > 0);
  verified();
  tenants.reopen();
  lane = open_lane(tenants);
  apply(*lane, {again(crash, 3, 410)}, 411);
  verified();
}

TEST_CASE("lane: a damaged stored event stops nobody, and is written anew when it is observed again") {
  TempTenants tenants;
  const auto oom = event("a", "OOMKilled", "orders-1", 1);
  const auto crash = event("b", "CrashLoopBackOff", "orders-1", 21);
  {
    auto lane = open_lane(tenants);
    apply(*lane, {event("first", "Pulled", "orders-1", 0)}, 1);  // with the checkpoint
    apply(*lane, {oom, crash}, 22);
  }
  for (const model::Event& damaged : {oom, crash}) {
    store::Batch batch = tenants.view().batch();
    batch.put(store::keys::event(model::event_key(damaged)), "\xff not an event");
    REQUIRE(tenants.view().commit_durably(std::move(batch)).ok());
  }
  tenants.reopen();
  auto lane = open_lane(tenants);  // the journal names both
  CHECK(apply(*lane, {again(oom, 2, 30), event("c", "BackOff", "orders-1", 31)}, 32).accepted == 2);
  CHECK(stored(tenants, oom).event.count == 2);
  CHECK(stored(tenants, event("c", "BackOff", "orders-1", 31)).event.count == 1);
  CHECK_FALSE(tenants.reader().event(model::event_key(crash)).ok());
  // Each at the start, and the one that was observed again.
  CHECK(tenants.metrics().counter("kgrca_damaged_events_total", "Stored events that could not be read and count as gone.").value() >= 3);
}

TEST_CASE("lane: resources that leave memory over the limit are counted") {
  TempTenants tenants;
  LaneOptions options = testing::lane_options();
  options.live.resources = 2;
  auto lane = open_lane(tenants, options);
  apply(*lane, {event("a", "OOMKilled", "p1", 1), event("b", "OOMKilled", "p2", 2), event("c", "OOMKilled", "p3", 3)}, 4);
  CHECK(lane->graph().node_count() == 2);
  CHECK(tenants.metrics().counter("kgrca_resources_evicted_total", "").value() == 1);
  CHECK(*tenants.reader().count("resources.evicted") == 1);
}

TEST_CASE("lane: a failed commit applies nothing and poisons the lane until it is opened again") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  apply(*lane, {event("a", "OOMKilled", "orders-1", 1)}, 2);
  tenants.fill_disk(true);
  const auto lost = event("b", "CrashLoopBackOff", "orders-1", 21);
  const std::vector<model::Record> records = {lost};
  bool called = false;
  CHECK(lane->apply({&records}, at(22), [&] { called = true; }).status().code() == absl::StatusCode::kUnavailable);
  tenants.fill_disk(false);
  CHECK_FALSE(lane->apply({&records}, at(23), [&] { called = true; }).ok());
  CHECK_FALSE(lane->tick(at(24)).ok());
  CHECK_FALSE(called);
  CHECK_FALSE(tenants.reader().event(model::event_key(lost)).ok());
  lane = open_lane(tenants);
  CHECK(apply(*lane, {lost}, 25).duplicates == 0);
  CHECK(stored(tenants, lost).links.size() == 1);
}

TEST_CASE("lane: the acknowledgement comes after the sync, also of a batch of duplicates") {
  TempTenants tenants;
  auto lane = open_lane(tenants);
  const std::vector<model::Record> records = {event("a", "OOMKilled", "orders-1", 1)};
  std::atomic<int> durable{0};
  REQUIRE(lane->apply({&records}, at(2), [&] { ++durable; }).ok());
  REQUIRE(lane->apply({&records}, at(3), [&] { ++durable; }).ok());
  REQUIRE(lane->checkpoint().ok());  // waits for a sync that covers both
  CHECK(durable == 2);
}

}  // namespace kgrca::pipeline
