#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;

TEST_CASE("graph: equal references give one node with the fixed id of its text") {
  LiveGraph graph;
  const auto id = graph.resolve(pod("web-0"), start);
  REQUIRE(id == model::resource_id("c1:pod:shop:web-0"));
  REQUIRE(graph.resolve(pod("web-0"), at(5s)) == id);
  REQUIRE(graph.node_count() == 1);
  REQUIRE(graph.unstated_count() == 1);
  REQUIRE(graph.node(id)->first_seen == start);
  REQUIRE(graph.node(id)->last_seen == at(5s));
  REQUIRE_FALSE(graph.node(id)->stated);
}

TEST_CASE("graph: a record without a cluster takes the tenant's only one") {
  LiveGraph graph;
  graph.resolve(pod("web-0"), start);
  REQUIRE(graph.resolve(pod("web-1", ""), start) == model::resource_id("c1:pod:shop:web-1"));
}

TEST_CASE("graph: a record without a cluster takes that of its uid when there are several") {
  LiveGraph graph;
  graph.resolve(ref("pod", "shop", "web-0", "c1", "u-1"), start);
  graph.resolve(pod("web-0", "c2"), start);
  REQUIRE(graph.resolve(ref("pod", "shop", "web-0", "", "u-1"), start) == model::resource_id("c1:pod:shop:web-0"));
}

TEST_CASE("graph: a unique kind, namespace and name tells the cluster, an ambiguous one does not") {
  LiveGraph graph;
  graph.resolve(pod("a", "c1"), start);
  graph.resolve(pod("b", "c1"), start);
  graph.resolve(pod("b", "c2"), start);
  REQUIRE(graph.resolve(pod("a", ""), start) == model::resource_id("c1:pod:shop:a"));
  REQUIRE(graph.resolve(pod("b", ""), start) == model::resource_id("unknown:pod:shop:b"));
}

TEST_CASE("graph: what had no cluster moves to the first one that is named") {
  LiveGraph graph;
  const auto former = graph.resolve(pod("web-0", ""), start);
  const auto other = graph.resolve(ref("node", "", "n1", ""), start);
  graph.apply(edge(model::Relation::runs_on, pod("web-0", ""), ref("node", "", "n1", ""), at(1s)));
  REQUIRE(former == model::resource_id("unknown:pod:shop:web-0"));
  const auto present = graph.resolve(pod("web-0"), at(2s));
  REQUIRE(present == model::resource_id("c1:pod:shop:web-0"));
  REQUIRE(graph.canonical(former) == present);
  REQUIRE(graph.canonical(other) == model::resource_id("c1:node::n1"));
  REQUIRE(graph.node(former)->id == present);
  REQUIRE(edges_of(graph, present) == std::vector<std::string>{"RUNS_ON> n1 [1000000, now) 0"});
  REQUIRE(graph.take_merges().size() == 2);
  REQUIRE(graph.take_merges().empty());
  REQUIRE(graph.node_count() == 2);
  REQUIRE(graph.open_edge_count() == 1);
}

TEST_CASE("graph: a record that knew only the uid joins the resource once the uid is named") {
  LiveGraph graph;
  const auto former = graph.resolve(ref("pod", "shop", "", "c1", "u-7"), start);
  REQUIRE(former);
  const auto present = graph.resolve(ref("pod", "shop", "web-7", "c1", "u-7"), at(1s));
  REQUIRE(present == model::resource_id("c1:pod:shop:web-7"));
  REQUIRE(graph.canonical(former) == present);
  REQUIRE(graph.resolve(ref("", "", "", "", "u-7"), at(2s)) == present);
}

TEST_CASE("graph: a node's name given as uid means the node") {
  LiveGraph graph;
  const auto id = graph.resolve(host("worker-1"), start);
  REQUIRE(graph.resolve(ref("node", "", "", "c1", "worker-1"), start) == id);
  REQUIRE(graph.resolve(ref("node", "", "worker-1", "c1", "worker-1"), start) == id);
  REQUIRE(graph.node(id)->ref.uid.empty());
}

TEST_CASE("graph: references that say nothing resolve to nothing") {
  LiveGraph graph;
  REQUIRE_FALSE(graph.resolve({}, start));
  REQUIRE_FALSE(graph.resolve(ref("pod", "shop", ""), start));
  REQUIRE_FALSE(graph.resolve(ref("", "shop", "x"), start));
  REQUIRE_FALSE(graph.find(pod("web-0")).has_value());
  REQUIRE(graph.node_count() == 0);
  REQUIRE(graph.apply(state({}, start)).id == core::ResourceId{});
  REQUIRE(graph.apply(edge(model::Relation::calls, {}, pod("a"), start)).touched.empty());
}

TEST_CASE("graph: an address means who holds it, a service before a node before a pod") {
  LiveGraph graph;
  REQUIRE_FALSE(graph.resolve(ref("address", "", "10.0.0.1"), start));
  auto holder = state(pod("web-0"), start);
  holder.addresses = {"10.0.0.1"};
  graph.apply(holder);
  REQUIRE(graph.resolve(ref("address", "", "10.0.0.1"), at(1s)) == model::resource_id("c1:pod:shop:web-0"));
  auto machine = state(host("n1"), start);
  machine.addresses = {"10.0.0.1"};
  graph.apply(machine);
  REQUIRE(graph.find(ref("address", "", "10.0.0.1")) == model::resource_id("c1:node::n1"));
}

TEST_CASE("graph: an address that moved means the holder of that moment") {
  LiveGraph graph;
  auto first = state(pod("web-0"), start);
  first.addresses = {"10.0.0.1"};
  graph.apply(first);
  graph.apply(gone(pod("web-0"), at(60s)));
  auto second = state(pod("web-1"), at(90s));
  second.addresses = {"10.0.0.1"};
  graph.apply(second);
  REQUIRE(graph.resolve(ref("address", "", "10.0.0.1"), at(30s)) == model::resource_id("c1:pod:shop:web-0"));
  REQUIRE(graph.resolve(ref("address", "", "10.0.0.1"), at(120s)) == model::resource_id("c1:pod:shop:web-1"));
}

TEST_CASE("graph: a service's DNS name means the service") {
  LiveGraph graph;
  const auto id = graph.resolve(service("orders"), start);
  REQUIRE(graph.resolve(ref("address", "", "orders.shop.svc.cluster.local"), start) == id);
  REQUIRE(graph.resolve(ref("address", "", "orders.shop"), start) == id);
  REQUIRE(graph.resolve(ref("address", "shop", "orders"), start) == id);
  REQUIRE_FALSE(graph.resolve(ref("address", "", "api.example.com"), start));
}

TEST_CASE("graph: over the limit, deleted nodes go first, then unstated ones, then the least recently seen") {
  store::testing::TempStore disk;
  LiveGraph graph({3, 90min});
  graph.apply(state(pod("old"), at(0s)));
  graph.apply(state(pod("new"), at(50s)));
  graph.resolve(pod("named"), at(55s));
  graph.apply(state(pod("ended"), at(57s)));
  graph.apply(gone(pod("ended"), at(58s)));
  graph.apply(state(pod("last"), at(59s)));
  write_to(graph, disk.view(1));
  REQUIRE(graph.node_count() == 3);
  REQUIRE(graph.take_evicted() == 2);
  REQUIRE(graph.take_evicted() == 0);
  REQUIRE_FALSE(graph.find(pod("ended")).has_value());
  REQUIRE_FALSE(graph.find(pod("named")).has_value());
  graph.apply(state(pod("more"), at(60s)));
  write_to(graph, disk.view(1));
  REQUIRE_FALSE(graph.find(pod("old")).has_value());
  const GraphReader reader(disk.view(1).snapshot());
  REQUIRE(*reader.count("resources") == 3);
  REQUIRE(*reader.count("resources.evicted") == 3);
  REQUIRE(reader.resource(model::resource_id("c1:pod:shop:old")).ok());
  REQUIRE(loaded(disk.view(1))->node_count() == 3);
}

TEST_CASE("graph: over its bytes the least recently seen resources leave memory, and what is left fits") {
  store::testing::TempStore disk;
  LiveGraph graph({200'000, 90min, 1 << 20});
  for (int i = 0; i < 1000; ++i) graph.apply(state(pod(core::cat("p", i)), at(std::chrono::seconds(i))));
  write_to(graph, disk.view(1));
  CHECK(graph.memory_bytes() <= 1u << 20);
  CHECK(graph.node_count() > 100);
  CHECK(graph.take_evicted() == 1000 - graph.node_count());
  CHECK_FALSE(graph.find(pod("p0")).has_value());
  CHECK(graph.find(pod("p999")).has_value());
  const GraphReader reader(disk.view(1).snapshot());
  CHECK(reader.resource(model::resource_id("c1:pod:shop:p0")).ok());
  const auto again = loaded(disk.view(1));
  CHECK(again->memory_bytes() == graph.memory_bytes());
}

TEST_CASE("graph: what left memory and former ids are not read at a start, and still found") {
  store::testing::TempStore disk;
  LiveGraph graph({5, 90min});
  graph.apply(state(pod("first", ""), start));
  for (int i = 0; i < 40; ++i) {
    graph.apply(state(pod(core::cat("p", i)), at(std::chrono::seconds(i + 1)), {{"image", core::cat("v", i)}}));
    if (i % 10 == 0) write_to(graph, disk.view(1));
  }
  write_to(graph, disk.view(1));
  CHECK(graph.node_count() == 5);
  CHECK(store::testing::keys_of(disk.view(1).snapshot().scan(store::keys::resources())).size() == 5);
  const GraphReader reader(disk.view(1).snapshot());
  for (int i = 0; i < 40; ++i) {
    const auto found = reader.resource(model::resource_id(core::cat("c1:pod:shop:p", i)));
    REQUIRE(found.ok());
    CHECK(found->state.fields == Pairs{{"image", core::cat("v", i)}});
  }
  const auto former = reader.resource(model::resource_id("unknown:pod:shop:first"));
  REQUIRE(former.ok());
  CHECK(former->id == model::resource_id("c1:pod:shop:first"));
  const auto restarted = loaded(disk.view(1), {5, 90min});
  CHECK(dump(*restarted) == dump(graph));
}

TEST_CASE("graph: a former id is known as long as its node is in memory") {
  LiveGraph graph({2, 90min});
  store::testing::TempStore disk;
  const core::ResourceId former = graph.apply(state(pod("a", ""), start)).id;
  const core::ResourceId present = graph.apply(state(pod("a"), at(1s))).id;
  CHECK(graph.canonical(former) == present);
  for (const std::string name : {"b", "c", "d"}) graph.apply(state(pod(name), at(60s)));
  write_to(graph, disk.view(1));
  CHECK(graph.node(present) == nullptr);
  CHECK(graph.canonical(former) == former);
}

TEST_CASE("graph: of very many former ids the newest stay known") {
  LiveGraph graph;
  std::vector<core::ResourceId> former;
  const auto known_by_uid = [](int i) { return ref("pod", "shop", "", "c1", core::cat("uid-", i)); };
  core::ResourceId present;
  for (int i = 0; i < 200; ++i) {
    former.push_back(graph.resolve(known_by_uid(i), at(std::chrono::seconds(i))));
    present = graph.resolve(ref("pod", "shop", "web-0", "c1", core::cat("uid-", i)), at(std::chrono::seconds(i)));
  }
  CHECK(graph.node_count() == 1);
  CHECK(graph.canonical(former.front()) == former.front());
  CHECK(graph.canonical(former.back()) == present);
}

TEST_CASE("graph: states told without a cluster belong to the resource once the cluster is known") {
  LiveGraph graph;
  graph.apply(state(pod("a", ""), start, {{"image", "v1"}}));
  graph.apply(state(pod("a", ""), at(60s), {{"image", "v2"}}));
  graph.apply(gone(pod("a", ""), at(90s)));
  const Applied applied = graph.apply(state(pod("a"), at(120s), {{"image", "v3"}}));
  REQUIRE(applied.id == model::resource_id("c1:pod:shop:a"));
  REQUIRE(applied.changes.size() == 1);
  REQUIRE_FALSE(applied.changes[0].created);
  REQUIRE(applied.changes[0].changes == std::vector<model::FieldChange>{{"deleted", "true", ""}, {"image", "v2", "v3"}});
  REQUIRE(graph.node_count() == 1);
  REQUIRE(graph.node(applied.id)->state.ref.cluster == "c1");
}

TEST_CASE("graph: a resource told with and without a cluster is one, with its service and its node") {
  LiveGraph graph;
  auto front = state(ref("service", "shop", "front", ""), start);
  front.selector = {{"app", "shop"}};
  graph.apply(front);
  auto web = state(pod("web", ""), at(1s), {}, {{"app", "shop"}});
  web.references = {{model::Relation::runs_on, ref("node", "", "n1", ""), true, model::Evidence::stated}};
  graph.apply(web);
  REQUIRE(graph.open_edge_count() == 2);
  graph.apply(state(host("n1"), at(2s)));
  REQUIRE(graph.node_count() == 3);
  REQUIRE(graph.open_edge_count() == 2);
  REQUIRE(edges_of(graph, pod("web")) ==
          std::vector<std::string>{"RUNS_ON> n1 [1000000, now) 0", "SELECTS< front [1000000, now) 1"});
  graph.apply(gone(pod("web"), at(3s)));
  REQUIRE(graph.open_edge_count() == 0);
}

namespace {

// Of a pod told without a cluster among two: it called `db` for a minute, and three hours later its uid tells the cluster.
core::ResourceId told_its_cluster_late(store::TenantView view) {
  LiveGraph graph;
  const auto uncertain = ref("pod", "shop", "a", "", "uid-a");
  for (const std::string cluster : {"c1", "c2"}) graph.resolve(pod("a", cluster), start);
  graph.apply(edge(model::Relation::calls, uncertain, service("db"), start));
  graph.apply(edge(model::Relation::calls, uncertain, service("db"), at(1min), true));
  graph.apply(edge(model::Relation::calls, pod("a"), service("cache"), at(30s)));
  write_to(graph, view);
  graph.resolve(host("n"), at(3h));
  write_to(graph, view);
  const auto present = graph.resolve(ref("pod", "shop", "a", "c1", "uid-a"), at(3h));
  write_to(graph, view);
  return present;
}

std::vector<std::string> others(const std::vector<EdgeAt>& edges, core::ResourceId id) {
  std::vector<std::string> out;
  for (const EdgeAt& edge : edges) {
    REQUIRE((edge.from == id || edge.to == id));
    out.push_back(core::cat(model::name_of(edge.relation), " [", text(edge.since), ", ", text(edge.until), ")"));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("graph: edges that ended long before their resource got its present id are found by that") {
  store::testing::TempStore disk;
  const core::ResourceId present = told_its_cluster_late(disk.view(1));
  const core::ResourceId former = model::resource_id("unknown:pod:shop:a");
  const core::ResourceId db = model::resource_id("c1:service:shop:db");
  const GraphReader reader(disk.view(1).snapshot());
  REQUIRE(present == model::resource_id("c1:pod:shop:a"));
  REQUIRE(*reader.find_resource("unknown:pod:shop:a") == present);
  const std::vector<std::string> both{"CALLS [0, 60000000)", "CALLS [30000000, now)"};
  CHECK(others(*edges_at(reader, present, at(40s)), present) == both);
  CHECK(others(*edges_at(reader, former, at(40s)), present) == both);
  CHECK(others(*edges_at(reader, db, at(40s)), present) == std::vector<std::string>{"CALLS [0, 60000000)"});
  CHECK(edges_at(reader, db, at(2h))->empty());
  CHECK(others(*edges_at(reader, present, at(2h)), present) == std::vector<std::string>{"CALLS [30000000, now)"});
  EdgeFilter then;
  then.at = at(40s);
  const auto path = reader.shortest_path(db, model::resource_id("c1:service:shop:cache"), then, {});
  CHECK(path->nodes == std::vector<core::ResourceId>{db, present, model::resource_id("c1:service:shop:cache")});
  DiffFilter since;
  since.from = at(40s);
  const auto diff = reader.diff(since, "", 100, "");
  REQUIRE(diff.ok());
  REQUIRE(diff->edges_removed.size() == 1);
  CHECK(diff->edges_removed[0].from == present);
}

TEST_CASE("graph: what two names of a resource said of an edge at one time is one edge") {
  store::testing::TempStore disk;
  LiveGraph graph;
  const auto uncertain = ref("pod", "shop", "a", "", "uid-a");
  for (const std::string cluster : {"c1", "c2"}) graph.resolve(pod("a", cluster), start);
  graph.apply(edge(model::Relation::calls, uncertain, service("db"), start));
  graph.apply(edge(model::Relation::calls, uncertain, service("db"), at(60s), true));
  graph.apply(edge(model::Relation::calls, pod("a"), service("db"), at(30s)));
  graph.apply(edge(model::Relation::calls, pod("a"), service("db"), at(90s), true));
  write_to(graph, disk.view(1));
  graph.resolve(host("n"), at(3h));
  write_to(graph, disk.view(1));
  const auto present = graph.resolve(ref("pod", "shop", "a", "c1", "uid-a"), at(3h));
  write_to(graph, disk.view(1));
  const GraphReader reader(disk.view(1).snapshot());
  for (const core::Duration when : {35s, 45s, 55s})
    CHECK(others(*edges_at(reader, present, at(when)), present) == std::vector<std::string>{"CALLS [0, 90000000)"});
}
