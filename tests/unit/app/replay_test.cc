#include <catch2/catch.hpp>

#include "app/replay.h"

using namespace kgrca;

namespace {

eval::StreamRecord record(int second, std::string source, std::string tenant = "acme") {
  return {core::from_micros(1'700'000'000'000'000 + second * 1'000'000LL), std::move(source), "", tenant + "::x", R"({"a":1})"};
}

}  // namespace

TEST_CASE("replay: records go to the endpoint of their source, in order of arrival") {
  const auto plan = app::plan_replay({record(0, "state.k8s.resource"), record(0, "state.k8s.topology"), record(0, "k8s.event"),
                                      record(0, "alertmanager"), record(0, "alertmanager"), record(0, "log"), record(0, "prom.samples")},
                                     "", {});
  std::vector<std::string> paths;
  for (const auto& request : plan.requests) paths.push_back(request.path);
  CHECK(paths == std::vector<std::string>{"/api/v1/ingest/state", "/api/v1/ingest/k8s-events", "/api/v1/ingest/alertmanager",
                                          "/api/v1/ingest/alertmanager", "/api/v1/ingest/logs", "/api/v1/ingest/metrics"});
  CHECK(plan.requests.front().records == 2);
  CHECK(plan.records == 7);
}

TEST_CASE("replay: one tenant is sent and the others are counted") {
  const auto stream = std::vector{record(0, "log"), record(1, "log", "globex"), record(2, "log", "globex")};
  const auto first = app::plan_replay(stream, "", {});
  CHECK(first.tenant == "acme");
  CHECK(first.records == 1);
  CHECK(first.other_tenants.at("globex") == 2);
  CHECK(app::plan_replay(stream, "globex", {}).records == 2);
  CHECK(app::plan_replay(stream, "nobody", {}).requests.empty());
}

TEST_CASE("replay: unknown sources and tombstones are counted, not sent") {
  auto tombstone = record(0, "state.k8s.resource");
  tombstone.payload.clear();
  const auto plan = app::plan_replay({record(0, "smoke.signal"), tombstone}, "", {});
  CHECK(plan.requests.empty());
  CHECK(plan.unknown_sources.at("smoke.signal") == 1);
  CHECK(plan.tombstones == 1);
}

TEST_CASE("replay: a request holds no more than its limits") {
  std::vector<eval::StreamRecord> stream;
  for (int i = 0; i < 10; ++i) stream.push_back(record(i, "log"));
  app::BatchLimits limits;
  limits.span = std::chrono::seconds(100);
  limits.records = 4;
  CHECK(app::plan_replay(stream, "", limits).requests.size() == 3);
  limits.records = 100;
  limits.span = std::chrono::seconds(4);
  CHECK(app::plan_replay(stream, "", limits).requests.size() == 2);
}

TEST_CASE("replay: the shifted stream ends when its sending ends, and never lies ahead") {
  const auto plan = app::plan_replay({record(0, "log"), record(100, "log")}, "", {});
  const core::Time now = core::from_micros(1'800'000'000'000'000);
  CHECK(plan.last + app::shift_to_now(plan, now, 0) == now);
  CHECK(plan.last + app::shift_to_now(plan, now, 10) == now + std::chrono::seconds(10));
  CHECK(plan.last + app::shift_to_now(plan, now, 0.5) == now + std::chrono::seconds(100));
}
