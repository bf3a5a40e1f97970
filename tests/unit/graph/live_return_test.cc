// Resources that left memory and come back.
#include "kgrca/graph/verify.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;
using Lines = std::vector<std::string>;

namespace {

// Pod `a` on node `n1`, named by a replica set; last seen at 20 s. At 60 s there is no room for it. Then there is.
std::unique_ptr<LiveGraph> after_a_left(store::TenantView view) {
  const auto small = loaded(view, {3, 90min});
  small->resolve(ref("pod", "shop", "a", "", "uid-a"), start);
  auto a = state(pod("a"), start);
  a.references = {runs_on("n1")};
  small->apply(a);
  small->resolve(pod("a"), at(20s));
  auto rs = state(ref("replicaset", "shop", "rs"), at(5s));
  rs.references = {{model::Relation::controls, pod("a"), true, model::Evidence::stated}};
  small->apply(rs);
  small->resolve(ref("replicaset", "shop", "rs"), at(60s));
  small->apply(state(host("n1"), at(60s)));
  small->apply(state(pod("b"), at(60s)));
  write_to(*small, view);
  REQUIRE(small->take_evicted() == 1);
  REQUIRE_FALSE(small->find(pod("a")).has_value());
  return loaded(view);
}

Lines stored_edges(store::TenantView view, core::ResourceId id, core::Time when) {
  const auto found = edges_at(GraphReader(view.snapshot()), id, when);
  REQUIRE(found.ok());
  Lines out;
  for (const EdgeAt& edge : *found) out.push_back(core::cat(model::name_of(edge.relation), " [", text(edge.since), ", ", text(edge.until), ")"));
  return out;
}

bool whole(store::TenantView view) {
  VerifyReport report;
  verify(view.snapshot(), {}, report);
  return report.clean();
}

const core::ResourceId a_id = model::resource_id("c1:pod:shop:a");

}  // namespace

TEST_CASE("graph: a record older than the moment at which its resource left memory moves no edge before that moment") {
  store::testing::TempStore disk;
  auto graph = after_a_left(disk.view(1));
  auto late = state(pod("a"), at(10s));
  late.references = {runs_on("n1"), runs_on("n2")};
  graph->apply(late);
  write_to(*graph, disk.view(1));
  CHECK(stored_edges(disk.view(1), a_id, at(12s)) == Lines{"CONTROLS [5000000, now)", "RUNS_ON [0, now)"});
  CHECK(stored_edges(disk.view(1), a_id, at(30s)) == Lines{"CONTROLS [5000000, now)", "RUNS_ON [0, now)", "RUNS_ON [20000000, now)"});
  CHECK(whole(disk.view(1)));
}

TEST_CASE("graph: when a resource left memory is known after it came back and a restart") {
  store::testing::TempStore disk;
  auto graph = after_a_left(disk.view(1));
  graph->resolve(pod("a"), at(70s));
  write_to(*graph, disk.view(1));
  graph = loaded(disk.view(1));
  auto late = state(pod("a"), at(10s));
  late.references = {runs_on("n1"), runs_on("n2")};
  graph->apply(late);
  write_to(*graph, disk.view(1));
  CHECK(stored_edges(disk.view(1), a_id, at(12s)) == Lines{"CONTROLS [5000000, now)", "RUNS_ON [0, now)"});
  CHECK(whole(disk.view(1)));
}

TEST_CASE("graph: what others say of a resource holds again once it comes back") {
  store::testing::TempStore disk;
  const auto graph = after_a_left(disk.view(1));
  CHECK(graph->open_edge_count() == 0);
  graph->resolve(pod("a"), at(70s));
  CHECK(edges_of(*graph, pod("a")) == Lines{"CONTROLS< rs [5000000, now) 0", "RUNS_ON> n1 [0, 20000000) 0"});
}

TEST_CASE("graph: a resource comes back under all of its names") {
  store::testing::TempStore disk;
  const auto graph = after_a_left(disk.view(1));
  const core::ResourceId former = model::resource_id("unknown:pod:shop:a");
  graph->resolve(host("n9"), at(61s));
  graph->resolve(ref("node", "", "n9", "c2"), at(61s));  // a record without a cluster means the former id from now on
  CHECK(graph->resolve(pod("a", ""), at(70s)) == a_id);
  CHECK(graph->canonical(former) == a_id);
  CHECK(graph->resolve(ref("", "", "", "", "uid-a"), at(71s)) == a_id);
  CHECK(graph->node(a_id)->first_seen == start);
  write_to(*graph, disk.view(1));
  const GraphReader reader(disk.view(1).snapshot());
  CHECK(reader.resource(former)->id == a_id);
  CHECK(whole(disk.view(1)));
}

TEST_CASE("graph: a deleted resource that left memory lives from when it is named again") {
  store::testing::TempStore disk;
  auto graph = loaded(disk.view(1), {2, 90min});
  auto rs = state(ref("replicaset", "shop", "rs"), start);
  rs.references = {{model::Relation::controls, pod("a"), true, model::Evidence::stated}};
  graph->apply(rs);
  graph->apply(gone(pod("a"), at(10s)));
  graph->apply(state(pod("b"), at(20s)));
  write_to(*graph, disk.view(1));
  REQUIRE_FALSE(graph->find(pod("a")).has_value());
  graph->resolve(pod("a"), at(30s));
  CHECK(edges_of(*graph, pod("a")) == Lines{"CONTROLS< rs [0, 10000000) 0", "CONTROLS< rs [30000000, now) 0"});
}

TEST_CASE("graph: a resource that was deleted twice leaves memory after the second time") {
  store::testing::TempStore disk;
  LiveGraph graph({100, 30min});
  graph.apply(gone(pod("a"), start));
  graph.apply(gone(ref("pod", "shop", "a", "c1", "uid-a"), at(10min)));
  graph.apply(state(pod("b"), at(35min)));
  write_to(graph, disk.view(1));
  CHECK(graph.find(pod("a")).has_value());
  graph.apply(state(pod("b"), at(41min)));
  write_to(graph, disk.view(1));
  CHECK_FALSE(graph.find(pod("a")).has_value());
}

namespace {

model::ResourceRef by_uid(const std::string& uid) { return ref("pod", "shop", "", "", uid); }

// Everything known so far leaves memory, as when there is no room for it.
std::unique_ptr<LiveGraph> after_all_left(std::unique_ptr<LiveGraph> graph, store::TenantView view) {
  write_to(*graph, view);
  const auto small = loaded(view, {2, 90min});
  for (const std::string cluster : {"c1", "c2"}) small->apply(state(ref("node", "", "later", cluster), at(60s)));
  write_to(*small, view);
  REQUIRE(small->node_count() == 2);
  REQUIRE_FALSE(small->find(pod("a")).has_value());
  return loaded(view);
}

}  // namespace

TEST_CASE("graph: a resource out of memory is found by its uid alone") {
  store::testing::TempStore disk;
  auto first = loaded(disk.view(1));
  first->apply(state(ref("pod", "shop", "a", "c1", "uid-a"), start, {{"image", "v1"}}));
  const auto graph = after_all_left(std::move(first), disk.view(1));
  CHECK(graph->resolve(by_uid("uid-a"), at(70s)) == a_id);
  CHECK(graph->node_count() == 3);
  CHECK_FALSE(graph->find(by_uid("uid-never-seen")).has_value());
  graph->apply(edge(model::Relation::runs_on, by_uid("uid-a"), host("later"), at(71s)));
  write_to(*graph, disk.view(1));
  CHECK(stored_edges(disk.view(1), a_id, at(72s)) == Lines{"RUNS_ON [71000000, now)"});
  CHECK(*GraphReader(disk.view(1).snapshot()).count("resources") == 3);
  CHECK(whole(disk.view(1)));
}

TEST_CASE("graph: the uid of a resource out of memory tells the cluster, whatever else has its name") {
  store::testing::TempStore disk;
  auto first = loaded(disk.view(1));
  first->apply(state(ref("pod", "shop", "a", "c1", "uid-a"), start));
  const auto graph = after_all_left(std::move(first), disk.view(1));
  graph->resolve(pod("a", "c2"), at(65s));
  CHECK(graph->resolve(ref("pod", "shop", "a", "", "uid-a"), at(70s)) == a_id);
  write_to(*graph, disk.view(1));
  CHECK(whole(disk.view(1)));
}

TEST_CASE("graph: what was known by its uid alone and left memory joins the resource once that is named") {
  store::testing::TempStore disk;
  auto first = loaded(disk.view(1));
  for (const std::string cluster : {"c1", "c2"}) first->resolve(host(cluster), start);
  const core::ResourceId placeholder = first->resolve(ref("pod", "shop", "", "c1", "uid-a"), start);
  first->apply(edge(model::Relation::calls, ref("pod", "shop", "", "c1", "uid-a"), service("db"), at(1s)));
  const auto graph = after_all_left(std::move(first), disk.view(1));
  REQUIRE(graph->resolve(ref("pod", "shop", "a", "c1", "uid-a"), at(70s)) == a_id);
  CHECK(graph->canonical(placeholder) == a_id);
  write_to(*graph, disk.view(1));
  const GraphReader reader(disk.view(1).snapshot());
  CHECK(reader.resource(placeholder)->id == a_id);
  CHECK(stored_edges(disk.view(1), a_id, at(1s)).size() == 1);
  CHECK(whole(disk.view(1)));
}

TEST_CASE("graph: a uid that comes under another name brings nothing back") {
  store::testing::TempStore disk;
  auto first = loaded(disk.view(1));
  first->apply(state(ref("pod", "shop", "a", "c1", "uid-a"), start));
  const auto graph = after_all_left(std::move(first), disk.view(1));
  CHECK(graph->resolve(ref("pod", "shop", "b", "c1", "uid-a"), at(70s)) == model::resource_id("c1:pod:shop:b"));
  CHECK(graph->node_count() == 3);
}
