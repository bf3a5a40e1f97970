#include "graph/resource_record.h"
#include "kgrca/store/keys.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;
using Lines = std::vector<std::string>;

namespace {

model::ResourceState on_node(const std::string& name, const std::string& node, core::Time when) {
  auto out = state(pod(name), when);
  if (!node.empty()) out.references = {runs_on(node)};
  return out;
}

model::ResourceState selecting(const std::string& name, const std::string& app, core::Time when) {
  auto out = state(service(name), when);
  if (!app.empty()) out.selector = {{"app", app}};
  return out;
}

}  // namespace

TEST_CASE("graph: the end of an edge without a relation ends every stated one between the two, whatever came first") {
  const auto tombstone = [] {
    auto out = edge(model::Relation::uses, service("web"), service("db"), at(60s), true);
    out.relation_name = "*";
    return out;
  }();
  const auto calls = edge(model::Relation::calls, service("web"), service("db"), start);
  const auto depends = edge(model::Relation::depends_on, service("web"), service("db"), at(90s));
  LiveGraph graph;
  graph.apply(calls);
  graph.apply(depends);
  graph.apply(tombstone);
  CHECK(edges_of(graph, service("web")) == std::vector<std::string>{"CALLS> db [0, 60000000) 0", "DEPENDS_ON> db [90000000, now) 0"});
  LiveGraph other;
  other.apply(tombstone);
  other.apply(depends);
  other.apply(calls);
  CHECK(dump(other) == dump(graph));
}

TEST_CASE("graph: what was said to end and never began leaves nothing in the store") {
  store::testing::TempStore disk;
  LiveGraph graph;
  graph.apply(edge(model::Relation::calls, service("web"), service("db"), start, true));
  write_to(graph, disk.view(1));
  const auto statements = store::keys::dictionary(statements_dictionary, {});
  CHECK(store::testing::keys_of(disk.view(1).snapshot().scan(statements)).size() == 1);
  const auto again = loaded(disk.view(1));
  again->resolve(service("web"), at(92min));
  write_to(*again, disk.view(1));
  CHECK(store::testing::keys_of(disk.view(1).snapshot().scan(statements)).empty());
}

TEST_CASE("graph: a graph read from an empty store keeps what ended") {
  store::testing::TempStore disk;
  const auto graph = loaded(disk.view(1));
  graph->apply(on_node("a", "n2", at(60s)));
  graph->apply(on_node("a", "n1", start));
  CHECK(edges_of(*graph, pod("a")) == Lines{"RUNS_ON> n1 [0, 60000000) 0", "RUNS_ON> n2 [60000000, now) 0"});
}

TEST_CASE("graph: a recent end of an edge counts although an older interval of it leaves memory") {
  store::testing::TempStore disk;
  LiveGraph graph({100, 30min});
  const auto say = [&](core::Duration when, bool end) {
    graph.apply(edge(model::Relation::calls, service("web"), service("db"), at(when), end));
  };
  say(0min, false);
  say(1min, true);
  say(30min, true);
  graph.resolve(service("web"), at(32min));
  write_to(graph, disk.view(1));
  REQUIRE(edges_of(graph, service("web")).empty());
  say(29min, false);
  CHECK(edges_of(graph, service("web")) == Lines{"CALLS> db [1740000000, 1800000000) 0"});
}

TEST_CASE("graph: references live as long as the versions that make them") {
  LiveGraph graph;
  graph.apply(on_node("a", "n1", start));
  const Applied moved = graph.apply(on_node("a", "n2", at(60s)));
  REQUIRE(edges_of(graph, pod("a")) == Lines{"RUNS_ON> n1 [0, 60000000) 0", "RUNS_ON> n2 [60000000, now) 0"});
  REQUIRE(edges_of(graph, host("n1")) == Lines{"RUNS_ON< a [0, 60000000) 0"});
  REQUIRE(moved.touched.size() == 3);
  REQUIRE(std::is_sorted(moved.touched.begin(), moved.touched.end()));
  REQUIRE(graph.open_edge_count() == 1);
}

TEST_CASE("graph: neighbours are asked for by time, both ends inclusive at the start and exclusive at the end") {
  LiveGraph graph;
  graph.apply(on_node("a", "n1", at(10s)));
  graph.apply(on_node("a", "", at(20s)));
  const auto seen = [&](core::Duration from, core::Duration to) {
    const auto neighbours = graph.neighbours(*graph.find(pod("a")));
    return std::count_if(neighbours.begin(), neighbours.end(), [&](const Neighbour& n) { return n.alive_in(at(from), at(to)); });
  };
  REQUIRE(seen(0s, 9s) == 0);
  REQUIRE(seen(0s, 10s) == 1);
  REQUIRE(seen(15s, 16s) == 1);
  REQUIRE(seen(20s, 30s) == 0);
}

TEST_CASE("graph: a deletion closes every edge of the resource, from whatever side it came") {
  LiveGraph graph;
  graph.apply(on_node("a", "n1", start));
  graph.apply(edge(model::Relation::controls, ref("replicaset", "shop", "rs"), pod("a"), at(1s)));
  graph.apply(gone(pod("a"), at(60s)));
  REQUIRE(edges_of(graph, pod("a")) == Lines{"CONTROLS< rs [1000000, 60000000) 0", "RUNS_ON> n1 [0, 60000000) 0"});
  REQUIRE(graph.open_edge_count() == 0);
  // A topology record that speaks of it again does not raise it.
  graph.apply(edge(model::Relation::controls, ref("replicaset", "shop", "rs"), pod("a"), at(70s)));
  REQUIRE(graph.open_edge_count() == 0);
}

TEST_CASE("graph: an edge that several sources hold ends with the last of them") {
  LiveGraph graph;
  graph.apply(on_node("a", "n1", at(10s)));
  graph.apply(edge(model::Relation::runs_on, pod("a"), host("n1"), at(20s)));
  graph.apply(edge(model::Relation::runs_on, pod("a"), host("n1"), at(30s), true));
  REQUIRE(edges_of(graph, pod("a")) == Lines{"RUNS_ON> n1 [10000000, now) 0"});
  graph.apply(on_node("a", "", at(40s)));
  REQUIRE(edges_of(graph, pod("a")) == Lines{"RUNS_ON> n1 [10000000, 40000000) 0"});
}

TEST_CASE("graph: a service selects the pods whose labels match, whichever came first") {
  LiveGraph graph;
  graph.apply(state(pod("a"), at(1s), {}, {{"app", "shop"}, {"tier", "web"}}));
  const Applied applied = graph.apply(selecting("front", "shop", at(2s)));
  REQUIRE(applied.touched.size() == 2);
  graph.apply(state(pod("b"), at(3s), {}, {{"app", "shop"}}));
  graph.apply(state(pod("c"), at(4s), {}, {{"app", "other"}}));
  auto elsewhere = state(ref("pod", "else", "d"), at(4s), {}, {{"app", "shop"}});
  graph.apply(elsewhere);
  auto lines = edges_of(graph, service("front"));
  std::sort(lines.begin(), lines.end());
  REQUIRE(lines == Lines{"SELECTS> a [2000000, now) 1", "SELECTS> b [3000000, now) 1"});
}

TEST_CASE("graph: selection follows changes of labels and of the selector") {
  LiveGraph graph;
  graph.apply(selecting("front", "shop", start));
  graph.apply(state(pod("a"), at(1s), {}, {{"app", "shop"}}));
  graph.apply(state(pod("a"), at(2s), {}, {{"app", "other"}}));
  REQUIRE(edges_of(graph, service("front")) == Lines{"SELECTS> a [1000000, 2000000) 1"});
  graph.apply(selecting("front", "other", at(3s)));
  REQUIRE(edges_of(graph, service("front")) == Lines{"SELECTS> a [1000000, 2000000) 1", "SELECTS> a [3000000, now) 1"});
  graph.apply(selecting("front", "", at(4s)));
  REQUIRE(graph.open_edge_count() == 0);
}

TEST_CASE("graph: only services select") {
  LiveGraph graph;
  auto workload = state(ref("deployment", "shop", "front"), start);
  workload.selector = {{"app", "shop"}};
  graph.apply(workload);
  graph.apply(state(pod("a"), at(1s), {}, {{"app", "shop"}}));
  REQUIRE(graph.open_edge_count() == 0);
}

TEST_CASE("graph: a reference by address becomes an edge once somebody holds the address") {
  LiveGraph graph;
  auto caller = state(ref("deployment", "shop", "front"), start);
  caller.references = {{model::Relation::calls, ref("address", "", "10.0.0.9"), true, model::Evidence::environment}};
  graph.apply(caller);
  REQUIRE(graph.open_edge_count() == 0);
  auto db = state(service("db"), at(5s));
  db.addresses = {"10.0.0.9"};
  const Applied applied = graph.apply(db);
  REQUIRE(edges_of(graph, ref("deployment", "shop", "front")) == Lines{"CALLS> db [0, now) 2"});
  REQUIRE(applied.touched.size() == 2);
}

TEST_CASE("graph: late statements are put where they belong and never overlap") {
  LiveGraph graph;
  const auto say = [&](core::Duration when, bool end) {
    graph.apply(edge(model::Relation::calls, pod("a"), service("db"), at(when), end));
  };
  say(60s, true);
  say(10s, false);
  REQUIRE(edges_of(graph, pod("a")) == Lines{"CALLS> db [10000000, 60000000) 0"});
  say(80s, false);
  say(30s, true);
  say(40s, false);
  REQUIRE(edges_of(graph, pod("a")) ==
          Lines{"CALLS> db [10000000, 30000000) 0", "CALLS> db [40000000, 60000000) 0", "CALLS> db [80000000, now) 0"});
}

TEST_CASE("graph: closed edges leave memory after the bound and stay in the store") {
  store::testing::TempStore disk;
  LiveGraph graph({100, 30min});
  graph.apply(on_node("a", "n1", start));
  graph.apply(on_node("a", "n2", at(1min)));
  write_to(graph, disk.view(1));
  REQUIRE(edges_of(graph, host("n1")).size() == 1);
  graph.resolve(pod("z"), at(40min));
  write_to(graph, disk.view(1));
  REQUIRE(edges_of(graph, host("n1")).empty());
  const GraphReader reader(disk.view(1).snapshot());
  const auto edges = edges_at(reader, model::resource_id("c1:node::n1"), at(30s));
  REQUIRE(edges.ok());
  REQUIRE(edges->size() == 1);
  REQUIRE(edges->at(0).until == at(1min));
}

TEST_CASE("graph: neighbours come in a fixed order whatever order they came in") {
  std::vector<std::string> names{"p1", "p2", "p3", "p4", "p5", "p6"};
  Lines first;
  for (int round = 0; round < 4; ++round) {
    LiveGraph graph;
    for (const auto& name : names) graph.apply(on_node(name, "n1", start));
    const Lines lines = edges_of(graph, host("n1"));
    if (round == 0) first = lines;
    REQUIRE(lines == first);
    std::next_permutation(names.begin(), names.end());
    std::rotate(names.begin(), names.begin() + 2, names.end());
  }
}
