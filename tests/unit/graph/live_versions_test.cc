#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;
using Changes = std::vector<model::FieldChange>;

TEST_CASE("graph: the first version is a creation, an equal one says nothing") {
  LiveGraph graph;
  const Applied first = graph.apply(state(pod("a"), start, {{"image", "v1"}}));
  REQUIRE(first.changes.size() == 1);
  REQUIRE(first.changes[0].created);
  REQUIRE(first.changes[0].changes.empty());
  REQUIRE(graph.apply(state(pod("a"), at(30s), {{"image", "v1"}})).changes.empty());
  REQUIRE(graph.node(first.id)->state.at == start);
  REQUIRE(graph.node(first.id)->last_seen == at(30s));
}

TEST_CASE("graph: changes name fields, labels and selector, sorted by path") {
  LiveGraph graph;
  auto one = state(service("a"), start, {{"replicas", "2"}, {"type", "ClusterIP"}}, {{"app", "a"}});
  one.selector = {{"app", "a"}};
  auto two = state(service("a"), at(1s), {{"image", "v2"}, {"replicas", "3"}}, {{"app", "b"}});
  two.selector = {{"app", "b"}};
  graph.apply(one);
  const Applied applied = graph.apply(two);
  REQUIRE(applied.changes.size() == 1);
  REQUIRE(applied.changes[0].changes == Changes{{"image", "", "v2"}, {"labels.app", "a", "b"}, {"replicas", "2", "3"},
                                                {"selector.app", "a", "b"}, {"type", "ClusterIP", ""}});
  REQUIRE(applied.changes[0].after.source_id == two.source_id);
  REQUIRE_FALSE(applied.changes[0].created);
}

TEST_CASE("graph: a deletion is one change and keeps the last fields") {
  LiveGraph graph;
  graph.apply(state(pod("a"), start, {{"image", "v1"}}));
  const Applied applied = graph.apply(gone(pod("a"), at(5s)));
  REQUIRE(applied.changes.size() == 1);
  REQUIRE(applied.changes[0].changes == Changes{{"deleted", "", "true"}});
  const Node& node = *graph.node(applied.id);
  REQUIRE(node.deleted);
  REQUIRE(node.deleted_at == at(5s));
  REQUIRE(node.state.fields == Pairs{{"image", "v1"}});
  REQUIRE(graph.apply(gone(pod("a"), at(6s))).changes.empty());
}

TEST_CASE("graph: a partial record lays its fields over what is known and takes nothing away") {
  LiveGraph graph;
  graph.apply(state(pod("a"), start, {{"image", "v1"}, {"status.phase", "Running"}}, {{"app", "a"}}));
  auto part = state(pod("a"), at(1s), {{"status.phase", "Failed"}});
  part.partial = true;
  const Applied applied = graph.apply(part);
  REQUIRE(applied.changes.size() == 1);
  REQUIRE(applied.changes[0].changes == Changes{{"status.phase", "Running", "Failed"}});
  REQUIRE(graph.node(applied.id)->state.labels == Pairs{{"app", "a"}});
}

TEST_CASE("graph: a fragment alone states nothing") {
  LiveGraph graph;
  auto part = state(pod("a"), start, {}, {{"app", "a"}});
  part.partial = true;
  const Applied fragment = graph.apply(part);
  REQUIRE(fragment.changes.empty());
  REQUIRE_FALSE(graph.node(fragment.id)->stated);
  REQUIRE(graph.unstated_count() == 1);
  const Applied whole = graph.apply(state(pod("a"), at(1s)));
  REQUIRE(whole.changes.size() == 1);
  REQUIRE(whole.changes[0].created);
  REQUIRE(graph.unstated_count() == 0);
}

TEST_CASE("graph: a new uid under the same name is another object on the same resource") {
  LiveGraph graph;
  auto old = state(ref("pod", "shop", "web-0", "c1", "u-1"), start);
  old.references = {runs_on("n1")};
  graph.apply(old);
  graph.apply(edge(model::Relation::calls, pod("web-0"), service("db"), at(1s)));
  auto fresh = state(ref("pod", "shop", "web-0", "c1", "u-2"), at(60s));
  fresh.references = {runs_on("n2")};
  const Applied applied = graph.apply(fresh);
  REQUIRE(applied.id == model::resource_id("c1:pod:shop:web-0"));
  REQUIRE(applied.changes.at(0).changes == Changes{{"uid", "u-1", "u-2"}});
  REQUIRE(graph.node(applied.id)->ref.uid == "u-2");
  REQUIRE(graph.resolve(ref("pod", "", "", "", "u-1"), at(61s)) == applied.id);
  // What was said of the old object ended with it.
  REQUIRE(edges_of(graph, applied.id) == std::vector<std::string>{"RUNS_ON> n1 [0, 60000000) 0", "RUNS_ON> n2 [60000000, now) 0",
                                                                  "CALLS> db [1000000, 60000000) 0"} );
}

TEST_CASE("graph: a late version splits the change it comes between and corrects the later half") {
  LiveGraph graph;
  graph.apply(state(pod("a"), start, {{"image", "v1"}, {"replicas", "1"}}));
  graph.apply(state(pod("a"), at(60s), {{"image", "v2"}, {"replicas", "2"}}));
  const Applied late = graph.apply(state(pod("a"), at(30s), {{"image", "v2"}, {"replicas", "1"}}));
  REQUIRE(late.changes.size() == 2);
  REQUIRE(late.changes[0].after.at == at(30s));
  REQUIRE_FALSE(late.changes[0].replaces);
  REQUIRE(late.changes[0].changes == Changes{{"image", "v1", "v2"}});
  REQUIRE(late.changes[1].after.at == at(60s));
  REQUIRE(late.changes[1].replaces);
  REQUIRE(late.changes[1].changes == Changes{{"replicas", "1", "2"}});
}

TEST_CASE("graph: a late version that says all of the later change withdraws it") {
  LiveGraph graph;
  graph.apply(state(pod("a"), start, {{"image", "v1"}}));
  const auto known = state(pod("a"), at(60s), {{"image", "v2"}});
  graph.apply(known);
  const Applied late = graph.apply(state(pod("a"), at(30s), {{"image", "v2"}}));
  REQUIRE(late.changes.size() == 2);
  REQUIRE(late.changes[1].replaces);
  REQUIRE(late.changes[1].changes.empty());
  REQUIRE_FALSE(late.changes[1].created);
  REQUIRE(late.changes[1].after.source_id == known.source_id);
  REQUIRE(graph.node(late.id)->state.at == at(30s));
}

TEST_CASE("graph: an earlier first version takes the creation over") {
  LiveGraph graph;
  graph.apply(state(pod("a"), at(60s), {{"image", "v2"}}));
  const Applied late = graph.apply(state(pod("a"), start, {{"image", "v1"}}));
  REQUIRE(late.changes.size() == 2);
  REQUIRE(late.changes[0].created);
  REQUIRE(late.changes[1].replaces);
  REQUIRE_FALSE(late.changes[1].created);
  REQUIRE(late.changes[1].changes == Changes{{"image", "v1", "v2"}});
}

namespace {

std::string image_at(const GraphReader& reader, core::ResourceId id, core::Time when) {
  const auto found = reader.resource_at(id, when);
  return found.ok() && !found->state.fields.empty() ? found->state.fields[0].second : "none";
}

}  // namespace

TEST_CASE("graph: of many versions of one resource at once the newest stay, the others are history and counted") {
  store::testing::TempStore disk;
  LiveGraph graph;
  core::ResourceId id;
  for (int i = 0; i < 1000; ++i) {
    auto version = state(pod("a"), at(std::chrono::milliseconds(100 * i)), {{"image", core::cat("v", i)}});
    version.references = {runs_on(core::cat("n", i % 3))};
    const Applied applied = graph.apply(version);
    REQUIRE(applied.changes.size() == 1);
    id = applied.id;
  }
  CHECK(graph.take_versions_cut() >= 1000 - 129);
  CHECK(graph.take_versions_cut() == 0);
  CHECK(graph.node(id)->state.fields == Pairs{{"image", "v999"}});
  write_to(graph, disk.view(1));
  const GraphReader reader(disk.view(1).snapshot());
  for (int i = 0; i < 1000; ++i) REQUIRE(image_at(reader, id, at(std::chrono::milliseconds(100 * i + 50))) == core::cat("v", i));
  CHECK(edges_at(reader, id, at(50ms))->size() == 1);
  CHECK(graph.open_edge_count() == 1);
}

TEST_CASE("graph: versions with many references are kept as long as they are few") {
  LiveGraph graph;
  for (int i = 0; i < 30; ++i) {
    auto version = state(service("a"), at(std::chrono::seconds(i)), {{"round", core::cat(i)}});
    for (int k = 0; k < 1000; ++k) {
      version.references.push_back({model::Relation::routes_to, pod(core::cat("p", i % 2 * 500 + k)), true, model::Evidence::stated});
    }
    graph.apply(version);
  }
  CHECK(graph.take_versions_cut() >= 20);
  CHECK(graph.open_edge_count() == 1000);
  const auto edges = edges_of(graph, pod("p1499"));
  REQUIRE(edges.size() == 15);
  CHECK(edges.front() == "ROUTES_TO< a [1000000, 2000000) 0");
  CHECK(edges.back() == "ROUTES_TO< a [29000000, now) 0");
}

TEST_CASE("graph: late versions are put in their places until that has cost a batch's share, then they are history") {
  store::testing::TempStore disk;
  LiveGraph graph;
  const auto version = [](int i) {
    Pairs fields{{"a-image", core::cat("v", i)}};
    for (int k = 100; k < 150; ++k) fields.emplace_back(core::cat("f", k), core::cat(i * k));
    return state(pod("a"), at(std::chrono::milliseconds(i)), fields);
  };
  // Always before the last version and after all others.
  const core::ResourceId id = graph.apply(version(0)).id;
  graph.apply(version(100'000));
  std::size_t silent = 0;
  for (int i = 1; i < 3000; ++i) silent += graph.apply(version(i)).changes.empty() ? 1 : 0;
  const std::size_t cut = graph.take_versions_cut();
  CHECK(silent > 1000);
  CHECK(silent < 2900);
  CHECK(cut >= silent);
  write_to(graph, disk.view(1));
  CHECK_FALSE(graph.apply(version(3000)).changes.empty());  // each batch has its share
  const GraphReader reader(disk.view(1).snapshot());
  for (int i = 0; i < 3000; i += 7) REQUIRE(image_at(reader, id, at(std::chrono::milliseconds(i))) == core::cat("v", i));
  CHECK(image_at(reader, id, at(100s)) == "v100000");
}

TEST_CASE("graph: a version older than what is kept goes to the history without a change") {
  store::testing::TempStore disk;
  LiveGraph graph;
  graph.apply(state(pod("a"), at(10min), {{"image", "v1"}}));
  graph.apply(state(pod("a"), at(40min), {{"image", "v1"}}));
  graph.apply(state(pod("a"), at(60min), {{"image", "v2"}}));
  graph.apply(state(pod("a"), at(61min), {{"image", "v2"}}));
  const Applied late = graph.apply(state(pod("a"), at(20min), {{"image", "v0"}}));
  REQUIRE(late.changes.empty());
  REQUIRE(late.touched.empty());
  write_to(graph, disk.view(1));
  const GraphReader reader(disk.view(1).snapshot());
  const auto image = [&](core::Time when) { return reader.resource_at(late.id, when)->state.fields.at(0).second; };
  REQUIRE(image(at(15min)) == "v1");
  REQUIRE(image(at(25min)) == "v0");
  REQUIRE(image(at(45min)) == "v1");
  REQUIRE(image(at(61min)) == "v2");
}

TEST_CASE("graph: a past state is shown with the uid that the object had then") {
  store::testing::TempStore disk;
  LiveGraph graph;
  const auto id = graph.apply(state(ref("pod", "shop", "web-0", "c1", "the-first-object"), start)).id;
  graph.apply(state(ref("pod", "shop", "web-0", "c1", "the-second-object"), at(60s)));
  write_to(graph, disk.view(1));
  const GraphReader reader(disk.view(1).snapshot());
  CHECK(reader.resource_at(id, at(30s))->state.ref.uid == "the-first-object");
  CHECK(reader.resource_at(id, at(90s))->state.ref.uid == "the-second-object");
}

namespace {

std::size_t keys_written(LiveGraph& graph, store::TenantView view) {
  store::Batch batch = view.batch();
  graph.write(batch);
  const std::size_t keys = batch.keys();
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  return keys;
}

}  // namespace

TEST_CASE("graph: a list that shows what is known writes nothing") {
  store::testing::TempStore disk;
  LiveGraph graph;
  auto listed = state(pod("a"), start, {{"image", "v1"}}, {{"app", "shop"}});
  listed.references = {runs_on("n1")};
  graph.apply(listed);
  graph.apply(state(pod("b"), at(5min)));
  CHECK(keys_written(graph, disk.view(1)) > 5);
  listed.listed = at(5min);
  graph.apply(listed);
  CHECK(keys_written(graph, disk.view(1)) == 0);
  // The same once it is the oldest version that is kept, and when an event told of it since.
  auto told = state(pod("a"), at(30min), {}, {{"tier", "web"}});
  told.partial = true;
  graph.apply(told);
  graph.apply(state(pod("b"), at(50min), {{"image", "v2"}}));
  graph.apply(listed);
  CHECK(keys_written(graph, disk.view(1)) > 0);
  graph.apply(listed);
  CHECK(keys_written(graph, disk.view(1)) == 0);
  const auto again = loaded(disk.view(1));
  CHECK(dump(*again) == dump(graph));
}

TEST_CASE("graph: a list that shows another state of a known moment is written") {
  store::testing::TempStore disk;
  LiveGraph graph;
  const auto id = graph.apply(state(pod("a"), start, {{"image", "v1"}})).id;
  write_to(graph, disk.view(1));
  graph.apply(state(pod("a"), start, {{"image", "v2"}}));
  write_to(graph, disk.view(1));
  CHECK(image_at(GraphReader(disk.view(1).snapshot()), id, at(1s)) == graph.node(id)->state.fields[0].second);
  CHECK(dump(*loaded(disk.view(1))) == dump(graph));
}
