// One node per real object, whatever order its records come in and whether or not they name the cluster.
#include <algorithm>
#include <set>

#include "kgrca/store/keys.h"
#include "tests/unit/pipeline/support.h"
#include "tests/unit/store/temp_store.h"

using namespace kgrca;
using namespace kgrca::pipeline;
using namespace kgrca::pipeline::testing;

namespace {

// What a cluster's sources say of one pod, its service and its node, each through its own decoder.
enum Source { pod_state, pod_object, pod_event, pod_alert, edge_record, service_object, sources };

constexpr std::string_view bodies[sources] = {
    R"({"op":"UPSERT","at":"2025-04-09T10:00:10Z","kind":"Pod","uid":"u-web","namespace":"shop","name":"web-0","node":"n1","labels":{"app":"web"},
        "status":{"phase":"Running"}})",
    R"({"kind":"Pod","metadata":{"name":"web-0","namespace":"shop","uid":"u-web","labels":{"app":"web"},"creationTimestamp":"2025-04-09T10:00:20Z"},
        "spec":{"nodeName":"n1","containers":[]},"status":{"phase":"Failed"}})",
    R"({"kind":"Event","metadata":{"name":"e","namespace":"shop","uid":"ev-1"},"reason":"BackOff","type":"Warning","message":"back-off",
        "involvedObject":{"kind":"Pod","namespace":"shop","name":"web-0","uid":"u-web"},"lastTimestamp":"2025-04-09T10:00:30Z"})",
    R"({"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"KubePodCrashLooping","severity":"warning",
        "namespace":"shop","pod":"web-0"},"annotations":{},"startsAt":"2025-04-09T10:00:40Z","fingerprint":"c0ffee00c0ffee00"}]})",
    R"({"op":"UPSERT","at":"2025-04-09T10:00:50Z","from":"service:shop:web","to":"node:n1","type":"DEPENDS_ON"})",
    R"({"kind":"Service","metadata":{"name":"web","namespace":"shop","uid":"u-svc","creationTimestamp":"2025-04-09T10:00:05Z"},
        "spec":{"selector":{"app":"web"}}})",
};

std::vector<model::Record> decoded(int source, const LaneOptions& options, const std::string& cluster) {
  normalize::Context context;
  context.taxonomy = options.taxonomy;
  context.masker = options.masker;
  context.received = at(60);
  context.cluster = cluster;
  using Decoder = normalize::Decoded (*)(std::string_view, const normalize::Context&);
  const Decoder decode_state = [](std::string_view body, const normalize::Context& c) { return normalize::decode_state(body, c); };
  const Decoder decoders[sources] = {decode_state, normalize::decode_kubernetes_objects, normalize::decode_kubernetes_events,
                                     normalize::decode_alertmanager, decode_state, normalize::decode_kubernetes_objects};
  normalize::Decoded out = decoders[source](bodies[source], context);
  REQUIRE(out.rejections == 0);
  REQUIRE_FALSE(out.records.empty());
  return std::move(out.records);
}

std::size_t size_of(store::Scan scan) {
  std::size_t keys = 0;
  for (; scan.valid(); scan.next()) ++keys;
  REQUIRE(scan.status().ok());
  return keys;
}

// Resources with their states, edges and events, and the counts; former ids and bytes left out.
std::string picture(const store::TenantView& view) {
  const graph::GraphReader reader(view.snapshot());
  std::string out;
  const auto page = reader.resources("", "", "", 100, "");
  REQUIRE(page.ok());
  for (const graph::StoredResource& resource : page->items) {
    core::append(out, model::text_id(resource.state.ref), " uid ", resource.state.ref.uid, resource.stated ? " stated" : "",
                 resource.deleted ? " deleted" : "", " since ", core::to_micros(resource.first_seen), "\n");
    REQUIRE(resource.id == model::resource_id(resource.state.ref));
    for (const auto& [path, value] : resource.state.fields) core::append(out, "  ", path, "=", value, "\n");
    const auto edges = reader.edges(resource.id, {}, 100);
    REQUIRE(edges.ok());
    for (const graph::EdgeAt& edge : edges->edges) {
      core::append(out, "  ", edge.from.value, " ", model::name_of(edge.relation), " ", edge.to.value, " since ", core::to_micros(edge.since), "\n");
    }
    graph::EventFilter filter;
    filter.resource = resource.id;
    const auto events = reader.events(filter, 100, "");
    REQUIRE(events.ok());
    for (const graph::StoredEvent& event : events->items) core::append(out, "  event ", event.event.source_id, "\n");
  }
  const auto counts = reader.counts("");
  REQUIRE(counts.ok());
  for (const auto& [name, value] : *counts) {
    if (name.starts_with("bytes.")) continue;  // of the records as they were told: with or without cluster and uid
    if (value != 0 && !name.starts_with("links")) core::append(out, name, "=", value, "\n");
  }
  return out;
}

// No record, name or edge of a resource that is none any more.
void check_leftovers(const store::TenantView& view, std::size_t resources) {
  const store::Snapshot snapshot = view.snapshot();
  CHECK(size_of(snapshot.scan(store::keys::resources())) == resources);
  CHECK(size_of(snapshot.scan(store::keys::resources_by_name())) == resources);
  for (const std::string text : {":pod:shop:web-0", ":service:shop:web", ":node::n1"}) {
    const core::ResourceId former = model::resource_id("unknown" + text);
    const core::ResourceId present = model::resource_id("prod" + text);
    const bool merged = graph::GraphReader(view.snapshot()).resource(present).ok();
    if (!merged) continue;
    for (const bool incoming : {false, true}) {
      CHECK(size_of(snapshot.scan(store::keys::open_edges(incoming, former))) == 0);
      CHECK(size_of(snapshot.scan(store::keys::closed_edges(incoming, former))) == 0);
    }
    CHECK(size_of(snapshot.scan(store::keys::resource_states(former))) == 0);
    const auto found = graph::GraphReader(view.snapshot()).resource(former);
    CHECK((absl::IsNotFound(found.status()) || found->id == present));
  }
}

struct Streamed {
  std::string at_once;
  std::string after_restart;
};

// `named`: which sources name the cluster, by bit.
Streamed stream(store::TenantView view, const std::vector<int>& order, unsigned named, core::Metrics& metrics) {
  const LaneOptions options = lane_options();
  auto lane = Lane::open(view, options, metrics);
  REQUIRE(lane.ok());
  for (const int source : order) {
    const auto records = decoded(source, options, (named >> source & 1U) != 0 ? "prod" : "");
    REQUIRE((*lane)->apply({&records}, at(60), [] {}).ok());
  }
  CHECK((*lane)->graph().node_count() == 3);
  Streamed out;
  out.at_once = picture(view);
  lane->reset();
  lane = Lane::open(view, options, metrics);
  REQUIRE(lane.ok());
  CHECK((*lane)->graph().node_count() == 3);
  const std::vector<model::Record> nothing;
  REQUIRE((*lane)->apply({&nothing}, at(61), [] {}).ok());
  out.after_restart = picture(view);
  check_leftovers(view, 3);
  return out;
}

}  // namespace

TEST_CASE("lane: records of one object in every order, with and without the cluster's name, end in one node") {
  store::testing::TempStore disk;
  std::uint32_t tenant = 1;
  const auto run = [&](const std::vector<int>& order, unsigned named) { return stream(disk.view(++tenant), order, named, disk.metrics()); };
  std::vector<int> order(sources);
  for (int i = 0; i < sources; ++i) order[static_cast<std::size_t>(i)] = i;
  const std::string expected = run(order, ~0U).at_once;
  const std::string expected_unnamed = run(order, 0).at_once;
  CAPTURE(expected, expected_unnamed);
  REQUIRE(expected.find("prod:pod:shop:web-0 uid u-web stated") != std::string::npos);
  REQUIRE(expected.find("resources=3\n") != std::string::npos);
  REQUIRE(expected.find("edges=3\n") != std::string::npos);
  unsigned turn = 0;
  do {
    // None names it, or one does, or some do.
    for (const unsigned named : {0U, 1U << (turn % sources), 1U + turn % ((1U << sources) - 1)}) {
      INFO("named by " << named << ", order " << order[0] << order[1] << order[2] << order[3] << order[4] << order[5]);
      const Streamed found = run(order, named);
      REQUIRE(found.at_once == (named == 0 ? expected_unnamed : expected));
      REQUIRE(found.after_restart == found.at_once);
    }
    ++turn;
  } while (std::next_permutation(order.begin(), order.end()));
}
