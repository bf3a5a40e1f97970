#include "pipeline/retention.h"

#include <map>
#include <random>

#include "graph/run_links.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/verify.h"
#include "tests/unit/pipeline/support.h"

namespace kgrca::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::event;
using testing::TempTenants;

constexpr core::Duration day = 24h;
namespace counts = graph::counts;

model::Event event_of(const std::string& uid, model::Severity severity, double seconds) {
  model::Event made = event(uid, "Type" + std::to_string(uid.size() + static_cast<std::size_t>(seconds) % 7), "p", seconds);
  made.severity = severity;
  return made;
}

void take(Lane& lane, const std::vector<model::Record>& records, core::Time now) {
  REQUIRE(lane.apply({&records}, now, [] {}).ok());
}

// What the stored events say that the counts should be.
std::map<std::string, std::int64_t> recount(const store::Snapshot& snapshot) {
  std::map<std::string, std::int64_t> out;
  for (store::Scan scan = snapshot.scan(store::keys::events()); scan.valid(); scan.next()) {
    const auto stored = graph::decode_event(store::keys::event_of(scan.key()), scan.value());
    REQUIRE(stored.ok());
    ++out[std::string(counts::events)];
    ++out[core::cat(counts::events_severity, model::name_of(stored->event.severity))];
    ++out[core::cat(counts::events_type, stored->event.type)];
    if (stored->late) ++out[std::string(counts::events_late)];
    out[std::string(counts::bytes_events)] += static_cast<std::int64_t>(graph::logical_bytes(stored->event));
    if (stored->run != stored->key) continue;
    const auto run = graph::read_run_links(snapshot, stored->key);
    REQUIRE(run.ok());
    const auto links = *run ? static_cast<std::int64_t>((*run)->links.size()) : 0;
    out[std::string(counts::links)] += links;
    out[std::string(counts::bytes_events)] += links * graph::logical_bytes_per_link;
  }
  return out;
}

void check_counts(const graph::GraphReader& reader) {
  const auto truth = recount(reader.snapshot());
  for (const auto& [name, value] : truth) {
    INFO(name);
    CHECK(*reader.count(name) == value);
  }
  const auto stored = reader.counts(counts::events);
  REQUIRE(stored.ok());
  for (const auto& [name, value] : *stored) {
    INFO(name);
    CHECK(value == (truth.contains(name) ? truth.at(name) : 0));
  }
  CHECK(*reader.count(counts::bytes_events) == (truth.contains("bytes.events") ? truth.at("bytes.events") : 0));
}

void check_none_expired(const graph::GraphReader& reader, const graph::Cutoffs& cutoffs) {
  std::string position;
  do {
    const auto page = reader.events({}, 500, position);
    REQUIRE(page.ok());
    for (const graph::StoredEvent& stored : page->items) CHECK(stored.key.time() >= cutoffs.of(stored.event.severity));
    position = page->next;
  } while (!position.empty());
}

tenancy::Retention kept_for(core::Duration normal, core::Duration warning, core::Duration others = 400 * day) {
  return {normal, warning, others, others};
}

// All steps of a round together.
graph::ExpiryStep forget(store::TenantView& view, const tenancy::Retention& kept, core::Time now) {
  graph::ExpiryStep sum;
  do {
    const auto step = forget_step(view, kept, now);
    REQUIRE(step.ok());
    const std::size_t events = sum.events + step->events;
    const std::size_t incidents = sum.incidents + step->incidents;
    std::vector<std::uint64_t> clamped = std::move(sum.clamped);
    clamped.insert(clamped.end(), step->clamped.begin(), step->clamped.end());
    sum = *step;
    sum.events = events;
    sum.incidents = incidents;
    sum.clamped = std::move(clamped);
  } while (sum.more);
  return sum;
}

}  // namespace

TEST_CASE("retention: normal events go before warnings, each at its own age") {
  TempTenants tenants;
  auto view = tenants.view();
  auto lane = *Lane::open(view, testing::lane_options(), tenants.metrics());
  const auto info = event_of("info", model::Severity::info, 0);
  const auto warning = event_of("warning", model::Severity::error, 1);
  const auto fresh = event_of("fresh", model::Severity::info, 8 * 86'400.0);
  take(*lane, {info, warning}, testing::at(2));
  take(*lane, {fresh}, testing::at(8 * 86'400));
  REQUIRE(lane->checkpoint().ok());
  const auto step = forget(view, kept_for(7 * day, 30 * day), testing::at(8 * 86'400));
  CHECK(step.events == 1);
  const auto reader = tenants.reader();
  CHECK(absl::IsNotFound(reader.event(model::event_key(info)).status()));
  CHECK(reader.event(model::event_key(warning)).ok());
  CHECK(reader.event(model::event_key(fresh)).ok());
  check_counts(reader);

  lane->forgot(step);
  const std::vector<model::Record> again{info};
  const auto outcome = lane->apply({&again}, testing::at(8 * 86'400 + 1), [] {});
  REQUIRE(outcome.ok());
  CHECK(outcome->front().expired == 1);
  CHECK(absl::IsNotFound(tenants.reader().event(model::event_key(info)).status()));
}

TEST_CASE("retention: the first time of an event from too far ahead is kept as long as the event") {
  TempTenants tenants;
  auto view = tenants.view();
  auto lane = *Lane::open(view, testing::lane_options(), tenants.metrics());
  const auto ahead = [](const std::string& uid, model::Severity severity, double arrived) {
    model::Event made = event_of(uid, severity, arrived);
    made.time_clamped = true;
    return made;
  };
  const auto first_times = [&] {
    const store::Snapshot snapshot = view.snapshot();
    std::size_t keys = 0;
    for (store::Scan scan = snapshot.scan(store::keys::dictionary(0x70, {})); scan.valid(); scan.next()) ++keys;
    return keys;
  };
  const double week = 8 * 86'400;
  const auto info = ahead("info", model::Severity::info, 0);
  const auto warning = ahead("warning", model::Severity::error, 1);
  take(*lane, {info, warning}, testing::at(2));
  take(*lane, {event_of("fresh", model::Severity::info, week)}, testing::at(week));
  REQUIRE(lane->checkpoint().ok());
  REQUIRE(first_times() == 2);

  lane->forgot(forget(view, kept_for(7 * day, 30 * day), testing::at(week)));
  CHECK(first_times() == 1);
  const std::vector<model::Record> again{ahead("warning", model::Severity::error, week), ahead("info", model::Severity::info, week)};
  const auto outcome = lane->apply({&again}, testing::at(week + 1), [] {});
  REQUIRE(outcome.ok());
  CHECK(outcome->front().expired == 0);
  const auto reader = tenants.reader();
  CHECK(*reader.count(counts::events) == 3);
  CHECK(reader.event(model::event_key(warning)).ok());
  CHECK(reader.event(model::event_key(ahead("info", model::Severity::info, week))).ok());
  CHECK(first_times() == 2);

  take(*lane, {event_of("fresh", model::Severity::info, 6 * week)}, testing::at(6 * week));
  REQUIRE(lane->checkpoint().ok());
  forget(view, kept_for(7 * day, 30 * day), testing::at(6 * week));
  CHECK(first_times() == 0);
}

TEST_CASE("retention: a recorded stream does not vanish on arrival, and ages while nothing comes") {
  TempTenants tenants;
  auto view = tenants.view();
  auto lane = *Lane::open(view, testing::lane_options(), tenants.metrics());
  const core::Time today = testing::at(0) + 900 * day;  // the stream is over two years old
  const auto old = event_of("old", model::Severity::info, 0);
  take(*lane, {old}, today);
  REQUIRE(lane->checkpoint().ok());
  const auto kept = kept_for(7 * day, 30 * day);
  forget(view, kept, today + 6 * day);
  CHECK(tenants.reader().event(model::event_key(old)).ok());
  forget(view, kept, today + 8 * day);
  CHECK(absl::IsNotFound(tenants.reader().event(model::event_key(old)).status()));
}

TEST_CASE("retention: at every step no reader sees what has expired and the counts are those of a recount") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
  TempTenants tenants;
  auto view = tenants.view();
  auto lane = *Lane::open(view, testing::lane_options(), tenants.metrics());
  double now = 0;
  int made = 0;
  for (int round = 0; round < 12; ++round) {
    for (int batch = 0; batch < 6; ++batch) {
      std::vector<model::Record> records;
      for (unsigned i = 0, n = 20 + below(120); i < n; ++i) {
        now += below(1200);
        const auto severity = static_cast<model::Severity>(below(5));
        records.emplace_back(event_of("e" + std::to_string(made++), severity, now - below(3) * 40'000.0));
      }
      take(*lane, records, testing::at(now));
    }
    REQUIRE(lane->checkpoint().ok());
    const auto normal = (1 + below(6)) * day;
    const auto kept = kept_for(normal, normal + below(5) * day, 60 * day);
    for (bool more = true; more;) {
      const store::Snapshot before = view.snapshot();
      const auto wanted = wanted_cutoffs(before, kept, testing::at(now));
      REQUIRE(wanted.ok());
      store::Batch batch = view.batch();
      const auto step = graph::expire(before, *wanted, 1 + below(300), batch);
      REQUIRE(step.ok());
      if (step->changed) REQUIRE(view.commit_durably(std::move(batch)).ok());
      lane->forgot(*step);
      const auto reader = tenants.reader();
      check_none_expired(reader, step->reached);
      check_counts(reader);
      more = step->more;
    }
  }
  graph::VerifyReport report;
  graph::verify(tenants.reader().snapshot(), {}, report);
  for (const graph::Finding& finding : report.listed) FAIL_CHECK(finding.kind << " " << finding.key << " " << finding.what);
  CHECK(*tenants.reader().count(counts::events) > 0);
  CHECK(*tenants.reader().count(counts::events) < made / 2);
}

TEST_CASE("retention: an incident goes with its keys when nothing happened in it for long, and its links show an expired cause") {
  TempTenants tenants;
  auto view = tenants.view();
  auto lane = *Lane::open(view, testing::lane_options(), tenants.metrics());
  const auto cause = event("a", "OOMKilled", "p", 1);
  const auto effect = event("b", "CrashLoopBackOff", "p", 9);
  take(*lane, {cause, event("late", "CrashLoopBackOff", "p", 12), effect}, testing::at(13));
  take(*lane, {event("early", "CrashLoopBackOff", "p", 8)}, testing::at(14));
  take(*lane, {event_of("later", model::Severity::info, 2 * 3600)}, testing::at(2 * 3600));
  REQUIRE(lane->checkpoint().ok());
  REQUIRE(*tenants.reader().count(counts::incidents) == 1);
  const auto listed = tenants.reader().incidents({}, 10, {});
  REQUIRE(listed.ok());
  const auto id = listed->items.front().id;

  SECTION("before its time it stays") {
    const auto step = forget(view, kept_for(30 * day, 30 * day, 30 * day), testing::at(29 * 86'400));
    CHECK(step.incidents == 0);
    CHECK(tenants.reader().incident(id).ok());
  }
  SECTION("after it, it is gone") {
    const auto step = forget(view, kept_for(30 * day, 30 * day, 30 * day), testing::at(31 * 86'400));
    CHECK(step.incidents == 1);
    const auto reader = tenants.reader();
    CHECK(absl::IsNotFound(reader.incident(id).status()));
    CHECK(*reader.count(counts::incidents) == 0);
    const auto incident_of_cause = reader.incident_of(model::event_key(cause));
    CHECK_FALSE((incident_of_cause.ok() && incident_of_cause->has_value()));
    CHECK_FALSE(reader.snapshot().scan(store::keys::incidents_listed()).valid());
    CHECK_FALSE(reader.snapshot().scan(store::keys::run_links(model::event_key(cause)), store::keys::run_links({~0ull, ~0ull})).valid());
    CHECK(*reader.count(counts::links) == 0);
  }
  SECTION("a cause that expired first leaves the link with its scores") {
    graph::Cutoffs wanted;
    wanted.normal = wanted.warning = testing::at(5);
    store::Batch batch = view.batch();
    const store::Snapshot before = view.snapshot();
    REQUIRE(graph::expire(before, wanted, 100, batch).ok());
    REQUIRE(view.commit_durably(std::move(batch)).ok());
    const auto reader = tenants.reader();
    CHECK(absl::IsNotFound(reader.event(model::event_key(cause)).status()));
    const auto stored = reader.event(model::event_key(effect));
    REQUIRE(stored.ok());
    REQUIRE(stored->links.size() == 1);
    CHECK(stored->links.front().cause == model::event_key(cause));
    CHECK(stored->links.front().confidence > 0.3F);
    check_counts(reader);
  }
}

TEST_CASE("retention: a question about a moment before the history's cut-off is refused") {
  TempTenants tenants;
  auto view = tenants.view();
  graph::Cutoffs wanted;
  wanted.history = testing::at(100);
  store::Batch batch = view.batch();
  const store::Snapshot before = view.snapshot();
  REQUIRE(graph::expire(before, wanted, 100, batch).ok());
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  const auto reader = tenants.reader();
  graph::EdgeFilter filter;
  filter.at = testing::at(99);
  CHECK(absl::IsNotFound(reader.edges(core::ResourceId{1}, filter, 10).status()));
  CHECK(absl::IsNotFound(reader.neighbourhood(core::ResourceId{1}, filter, {}).status()));
  CHECK(absl::IsNotFound(graph::check_history(reader.snapshot(), testing::at(99))));
  CHECK(graph::check_history(reader.snapshot(), testing::at(100)).ok());
}

TEST_CASE("retention: a resource that is gone is forgotten with its names once nothing that is kept tells of it") {
  TempTenants tenants;
  auto view = tenants.view();
  auto lane = *Lane::open(view, testing::lane_options(), tenants.metrics());
  model::ResourceState gone;
  gone.ref = testing::pod("gone");
  gone.at = testing::at(0);
  gone.source_id = "st:pod:uid-gone@0";
  model::ResourceState ended = gone;
  ended.at = testing::at(60);
  ended.deleted = true;
  ended.source_id = "st:pod:uid-gone@60";
  model::ResourceState stays = gone;
  stays.ref = testing::pod("stays");
  stays.source_id = "st:pod:uid-stays@0";
  take(*lane, {gone, stays}, testing::at(1));
  take(*lane, {ended}, testing::at(61));
  const core::ResourceId id = model::resource_id(gone.ref);
  gone.ref.uid.clear();
  for (int hour = 1; hour < 4; ++hour) take(*lane, {event_of(core::cat("e", hour), model::Severity::info, hour * 3600)}, testing::at(hour * 3600));
  REQUIRE(lane->checkpoint().ok());
  REQUIRE(tenants.reader().resource(id).ok());
  REQUIRE_FALSE(lane->graph().find(testing::pod("gone")).has_value());

  const auto kept = kept_for(7 * day, 7 * day, 10 * day);
  forget(view, kept, testing::at(9 * 86'400));
  REQUIRE(forget_gone_step(view, {}).ok());
  CHECK(tenants.reader().resource(id).ok());

  forget(view, kept, testing::at(11 * 86'400));
  const auto step = forget_gone_step(view, {});
  REQUIRE(step.ok());
  CHECK(step->forgotten == 1);
  const auto reader = tenants.reader();
  CHECK(absl::IsNotFound(reader.resource(id).status()));
  CHECK_FALSE(reader.find_resource("uid-gone").ok());
  CHECK(reader.find_resource("uid-stays").ok());
  CHECK(reader.resource(model::resource_id(stays.ref)).ok());
  CHECK_FALSE(reader.snapshot().scan(store::keys::resource_states(id)).valid());
}

}  // namespace kgrca::pipeline
