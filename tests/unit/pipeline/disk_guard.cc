#include "pipeline/disk_guard.h"

#include <future>

#include "tests/unit/pipeline/support.h"

namespace kgrca::pipeline {
namespace {

using store::DiskLevel;
using testing::event;
using testing::TempTenants;

model::Event of(model::EventSource source, model::Severity severity, const std::string& id) {
  model::Event made = event(id, "OOMKilled", "p", 1);
  made.source = source;
  made.severity = severity;
  return made;
}

Submission one_of_each() {
  Submission made;
  made.records = {of(model::EventSource::log, model::Severity::error, "log"),
                  model::Sample{},
                  of(model::EventSource::kubernetes, model::Severity::info, "normal"),
                  of(model::EventSource::kubernetes, model::Severity::warning, "warning"),
                  of(model::EventSource::alert, model::Severity::info, "alert"),
                  model::ResourceState{},
                  model::EdgeUpdate{}};
  made.bytes = 1000;
  return made;
}

double refused(core::Metrics& metrics, const char* reason) {
  return metrics.counter("kgrca_drops_total", "Records refused; their senders were told.", {{"reason", reason}}).value();
}

core::StatusOr<Outcome> submit(Pipeline& pipeline, const core::Principal& principal, Submission submission) {
  std::promise<core::StatusOr<Outcome>> result;
  pipeline.submit(principal, std::move(submission), [&](core::StatusOr<Outcome> outcome) { result.set_value(std::move(outcome)); });
  return result.get_future().get();
}

}  // namespace

TEST_CASE("disk guard: logs go first, then samples, then normal events; warnings, alerts and states never") {
  struct Case {
    DiskLevel level;
    std::size_t left;
    double logs, samples, normal;
  };
  for (const Case& c : {Case{DiskLevel::plenty, 7, 0, 0, 0}, Case{DiskLevel::no_logs, 6, 1, 0, 0}, Case{DiskLevel::no_samples, 5, 1, 1, 0},
                        Case{DiskLevel::no_normal_events, 4, 1, 1, 1}, Case{DiskLevel::nothing, 4, 1, 1, 1}}) {
    core::Metrics metrics;
    DiskGuard guard(metrics);
    Submission submission = one_of_each();
    const core::Status told = guard.sort_out(c.level, submission);
    CHECK(told.ok() == (c.left == 7));
    CHECK((told.ok() || absl::IsUnavailable(told)));
    CHECK(submission.records.size() == c.left);
    CHECK(refused(metrics, "disk_logs") == c.logs);
    CHECK(refused(metrics, "disk_samples") == c.samples);
    CHECK(refused(metrics, "disk_normal_events") == c.normal);
  }
}

TEST_CASE("disk guard: of a mixed submission the wanted part is stored, the sender sends all again, and nothing doubles") {
  TempTenants tenants;
  std::atomic<DiskLevel> level = DiskLevel::no_normal_events;
  PipelineOptions options;
  options.lane = testing::lane_options();
  options.disk_level = [&] { return level.load(); };
  auto pipeline = *Pipeline::start(options, tenants.tenancy(), tenants.clock(), tenants.metrics());
  const auto warning = of(model::EventSource::kubernetes, model::Severity::warning, "w");
  const auto normal = of(model::EventSource::kubernetes, model::Severity::info, "n");
  Submission mixed;
  mixed.records = {warning, normal};
  CHECK(absl::IsUnavailable(submit(*pipeline, tenants.principal(), mixed).status()));
  CHECK(tenants.reader().event(model::event_key(warning)).ok());
  CHECK_FALSE(tenants.reader().event(model::event_key(normal)).ok());

  Submission only_normal;
  only_normal.records = {normal};
  CHECK(absl::IsUnavailable(submit(*pipeline, tenants.principal(), only_normal).status()));
  Submission only_warning;
  only_warning.records = {of(model::EventSource::kubernetes, model::Severity::warning, "w2")};
  CHECK(submit(*pipeline, tenants.principal(), only_warning).ok());

  level = DiskLevel::plenty;
  const auto again = submit(*pipeline, tenants.principal(), mixed);
  REQUIRE(again.ok());
  CHECK(again->duplicates == 1);
  CHECK(*tenants.reader().count("events") == 3);
}

TEST_CASE("pipeline: after a drop nothing writes for the tenant, and its senders are refused") {
  TempTenants tenants;
  PipelineOptions options;
  options.lane = testing::lane_options();
  auto pipeline = *Pipeline::start(options, tenants.tenancy(), tenants.clock(), tenants.metrics());
  const auto principal = tenants.principal();
  Submission first;
  first.records = {event("a", "OOMKilled", "p", 1)};
  REQUIRE(submit(*pipeline, principal, first).ok());
  REQUIRE(tenants.tenancy().begin_deletion("one", "k").ok());
  pipeline->drop(principal.tenant);
  CHECK(pipeline->stats().tenants_loaded == 0);
  std::atomic<bool> stop = false;
  REQUIRE(tenants.tenancy().finish_deletion(principal.tenant, stop).ok());
  Submission late;
  late.records = {event("b", "OOMKilled", "p", 2)};
  CHECK_FALSE(submit(*pipeline, principal, late).ok());
}

}  // namespace kgrca::pipeline
