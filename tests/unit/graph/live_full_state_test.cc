// Full states: what a list does not hold ended by then, and nothing else.
#include <algorithm>

#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;

namespace {

model::ResourceSync all_of(const std::string& kind, core::Time when, std::vector<std::string> present, const std::string& cluster = "c1") {
  model::ResourceSync sync;
  sync.cluster = cluster;
  sync.kind = kind;
  sync.at = when;
  sync.present = std::move(present);
  std::sort(sync.present.begin(), sync.present.end());
  return sync;
}

template <typename Sync>
std::size_t apply(LiveGraph& graph, const Sync& sync) {
  const auto ended = graph.ended_by(sync);
  REQUIRE(ended.ok());
  REQUIRE(ended->left == 0);
  for (const auto& record : ended->records) graph.apply(record);
  return ended->records.size();
}

bool alive(const LiveGraph& graph, const model::ResourceRef& of) {
  const auto id = graph.find(of);
  return id && !graph.node(*id)->deleted;
}

model::ResourceState placed(const std::string& name, core::Time when, const std::string& node = "n1") {
  auto out = state(pod(name), when);
  out.references = {runs_on(node)};
  return out;
}

}  // namespace

TEST_CASE("graph: a full state ends what it does not hold, with its edges, at its time") {
  LiveGraph graph;
  for (const char* name : {"a", "b", "c"}) graph.apply(placed(name, start));
  CHECK(apply(graph, all_of("pod", at(60s), {"shop/a", "shop/c"})) == 1);
  CHECK(alive(graph, pod("a")));
  CHECK_FALSE(alive(graph, pod("b")));
  CHECK(graph.node(*graph.find(pod("b")))->deleted_at == at(60s));
  CHECK(edges_of(graph, pod("b")) == std::vector<std::string>{"RUNS_ON> n1 [0, 60000000) 0"});
  CHECK(edges_of(graph, pod("a")) == std::vector<std::string>{"RUNS_ON> n1 [0, now) 0"});
  CHECK(apply(graph, all_of("pod", at(61s), {"shop/a", "shop/c"})) == 0);
}

TEST_CASE("graph: a full state touches no other kind, namespace or cluster") {
  LiveGraph graph;
  graph.apply(placed("a", start));
  graph.apply(state(ref("pod", "other", "a"), start));
  graph.apply(state(pod("a", "c2"), start));
  graph.apply(state(service("a"), start));
  auto sync = all_of("pod", at(60s), {});
  sync.ns = "shop";
  CHECK(apply(graph, sync) == 1);
  CHECK_FALSE(alive(graph, pod("a")));
  CHECK(alive(graph, ref("pod", "other", "a")));
  CHECK(alive(graph, pod("a", "c2")));
  CHECK(alive(graph, service("a")));
  CHECK(alive(graph, host("n1")));
}

TEST_CASE("graph: what began after the full state's time survives it, whichever came first") {
  const auto sync = all_of("pod", at(60s), {});
  LiveGraph before;
  before.apply(placed("old", start));
  before.apply(placed("young", at(90s)));
  before.apply(placed("again", start));
  before.apply(placed("again", at(90s), "n2"));
  apply(before, sync);
  CHECK_FALSE(alive(before, pod("old")));
  CHECK(alive(before, pod("young")));
  CHECK(alive(before, pod("again")));
  CHECK(edges_of(before, pod("again")) == std::vector<std::string>{"RUNS_ON> n1 [0, 60000000) 0", "RUNS_ON> n2 [90000000, now) 0"});
  LiveGraph after;
  after.apply(placed("old", start));
  after.apply(placed("again", start));
  apply(after, sync);
  after.apply(placed("young", at(90s)));
  after.apply(placed("again", at(90s), "n2"));
  CHECK(dump(after) == dump(before));
}

TEST_CASE("graph: resources that only others named end too, unless they were named later") {
  LiveGraph graph;
  graph.resolve(pod("named"), start);
  graph.resolve(pod("named-later"), at(61s));
  graph.resolve(ref("pod", "shop", "", "c1", "uid-without-name"), start);
  CHECK(apply(graph, all_of("pod", at(60s), {})) == 1);
  CHECK_FALSE(alive(graph, pod("named")));
  CHECK(alive(graph, pod("named-later")));
  CHECK(alive(graph, ref("pod", "shop", "", "c1", "uid-without-name")));
}

TEST_CASE("graph: a full state without a cluster means the only one, and nothing when there are several") {
  LiveGraph graph;
  graph.apply(state(pod("a", ""), start));
  CHECK(graph.ended_by(all_of("pod", at(1s), {}, ""))->records.size() == 1);
  graph.apply(state(pod("b"), at(2s)));
  CHECK(graph.ended_by(all_of("pod", at(3s), {}, ""))->records.size() == 2);
  graph.apply(state(pod("c", "c2"), at(4s)));
  CHECK(graph.ended_by(all_of("pod", at(5s), {}, "")).status().code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("graph: a list that shows an object again undoes a full state that lacked it") {
  LiveGraph graph;
  graph.apply(placed("a", start));
  apply(graph, all_of("pod", at(60s), {}));
  graph.apply(placed("a", start));
  CHECK_FALSE(alive(graph, pod("a")));
  auto listed = placed("a", start);
  listed.listed = at(120s);
  const Applied applied = graph.apply(listed);
  CHECK(alive(graph, pod("a")));
  CHECK(applied.changes.size() == 1);
  CHECK(edges_of(graph, pod("a")) == std::vector<std::string>{"RUNS_ON> n1 [0, 60000000) 0", "RUNS_ON> n1 [120000000, now) 0"});
  listed.listed = at(180s);
  CHECK(graph.apply(listed).changes.empty());
}

TEST_CASE("graph: a full state of more deaths than one batch takes ends the rest when it is sent again") {
  LiveGraph graph;
  for (std::size_t i = 0; i < full_state_ends_max + 5; ++i) graph.resolve(pod(core::cat("p", i)), start);
  const auto sync = all_of("pod", at(60s), {});
  const auto first = graph.ended_by(sync);
  REQUIRE(first.ok());
  CHECK(first->records.size() == full_state_ends_max);
  CHECK(first->left == 5);
  for (const auto& record : first->records) graph.apply(record);
  CHECK(apply(graph, sync) == 5);
}

TEST_CASE("graph: a full state of edges ends the stated ones it does not hold") {
  LiveGraph graph;
  const auto calls = [](const std::string& from, const std::string& to, core::Time when) {
    return edge(model::Relation::calls, service(from), service(to), when);
  };
  graph.apply(calls("web", "orders", start));
  graph.apply(calls("web", "cart", start));
  graph.apply(calls("cart", "orders", at(90s)));
  graph.apply(edge(model::Relation::depends_on, service("web"), service("db"), start));
  model::EdgeSync sync;
  sync.relation = model::Relation::calls;
  sync.at = at(60s);
  sync.present = {{ref("service", "shop", "web", ""), ref("service", "shop", "orders", "")}};
  CHECK(apply(graph, sync) == 1);
  CHECK(edges_of(graph, service("web")) == std::vector<std::string>{"CALLS> cart [0, 60000000) 0", "CALLS> orders [0, now) 0",
                                                                    "DEPENDS_ON> db [0, now) 0"});
  CHECK(edges_of(graph, service("cart")) == std::vector<std::string>{"CALLS> orders [90000000, now) 0", "CALLS< web [0, 60000000) 0"});
}

TEST_CASE("graph: what a full state ended stays ended after a restart") {
  store::testing::TempStore disk;
  LiveGraph graph;
  for (const char* name : {"a", "b"}) graph.apply(placed(name, start));
  write_to(graph, disk.view(1));
  apply(graph, all_of("pod", at(60s), {"shop/a"}));
  write_to(graph, disk.view(1));
  CHECK(dump(*loaded(disk.view(1))) == dump(graph));
  const GraphReader reader(disk.view(1).snapshot());
  CHECK(*reader.count("resources.kind.pod") == 1);
  CHECK(*reader.count("edges") == 1);
  CHECK(reader.resource(model::resource_id("c1:pod:shop:b"))->deleted);
  CHECK_FALSE(reader.resource_at(model::resource_id("c1:pod:shop:b"), at(59s))->deleted);
}
