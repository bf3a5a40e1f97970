#include <catch2/catch.hpp>

#include "app/replay.h"
#include "kgrca/normalize/decode.h"

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
  for (const char* source : {"k8s.object", "k8s.objects"}) {
    CHECK(app::plan_replay({record(0, source)}, "", {}).requests.at(0).path == "/api/v1/ingest/k8s-objects");
  }
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

TEST_CASE("replay: unknown sources and payloads that cannot be are counted, not sent") {
  auto nameless = record(0, "state.k8s.resource");
  nameless.payload.clear();
  auto event = record(0, "k8s.event");
  event.payload.clear();
  const auto plan = app::plan_replay({record(0, "smoke.signal"), nameless, event}, "", {});
  CHECK(plan.requests.empty());
  CHECK(plan.unknown_sources.at("smoke.signal") == 1);
  CHECK(plan.unreadable_tombstones == 2);
}

TEST_CASE("replay: tombstones go as the deletions they are") {
  for (const auto& [source, key] : std::vector<std::pair<std::string, std::string>>{
           {"state.k8s.resource", "acme::Pod:uid-7"},
           {"state.k8s.resource", "acme|node:worker:1"},
           {"state.k8s.topology", "acme::edge:pod:shop:web-1->node:w1"},
           {"state.k8s.topology", "acme::service:shop:a->service:shop:b"}}) {
    auto tombstone = record(3, source);
    tombstone.key = key;
    tombstone.payload.clear();
    const auto plan = app::plan_replay({record(3, source), tombstone}, "", {});
    REQUIRE(plan.requests.size() == 1);
    CHECK(plan.requests[0].path == "/api/v1/ingest/state");
    CHECK(plan.requests[0].records == 2);
    CHECK(plan.tombstones == 1);
    CHECK(plan.records == 2);
    // The server must see what a consumer of the topic would have seen.
    normalize::Context context;
    context.taxonomy = model::Taxonomy::embedded();
    context.masker = *normalize::Masker::make("key");
    context.received = tombstone.arrive_at;
    context.cluster = "prod";
    const auto direct = normalize::decode_state("", context, key);
    context.received += std::chrono::seconds(9);
    const auto sent = normalize::decode_state(app::deletion_of_tombstone(tombstone), context);
    REQUIRE(direct.records.size() == 1);
    REQUIRE(sent.records.size() == 1);
    if (const auto* state = std::get_if<model::ResourceState>(&direct.records[0])) {
      const auto& other = std::get<model::ResourceState>(sent.records[0]);
      CHECK(other.deleted);
      CHECK(other.at == state->at);
      CHECK(other.source_id == state->source_id);
      CHECK(model::text_id(other.ref) == model::text_id(state->ref));
      CHECK(other.ref.uid == state->ref.uid);
    } else {
      const auto& edge = std::get<model::EdgeUpdate>(direct.records[0]);
      const auto& other = std::get<model::EdgeUpdate>(sent.records[0]);
      CHECK(other.deleted);
      CHECK(other.at == edge.at);
      CHECK(other.relation_name == edge.relation_name);
      CHECK(model::text_id(other.from) == model::text_id(edge.from));
      CHECK(model::text_id(other.to) == model::text_id(edge.to));
    }
  }
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
