// Edges of two resources that turn out to be one, long after both had them.
#include "kgrca/graph/verify.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;
using Lines = std::vector<std::string>;

namespace {

constexpr auto calls = model::Relation::calls;
const core::ResourceId a_id = model::resource_id("c1:pod:shop:a");
const core::ResourceId former_id = model::resource_id("unknown:pod:shop:a");
const core::ResourceId db_id = model::resource_id("c1:service:shop:db");

// Pod `a` of c1, which records without a cluster may mean too: there is one in c2.
class Doubt {
 public:
  Doubt() : graph_(loaded(disk_.view(1))) {
    for (const std::string cluster : {"c1", "c2"}) graph_->resolve(pod("a", cluster), start);
  }
  LiveGraph& graph() { return *graph_; }
  store::TenantView view() { return disk_.view(1); }
  model::ResourceRef unplaced() const { return ref("pod", "shop", "a", "", "uid-a"); }
  void say(const model::ResourceRef& who, core::Duration when, bool deleted = false, const std::string& whom = "db") {
    graph_->apply(edge(calls, who, service(whom), at(when), deleted));
  }
  void wait_until(core::Duration when) {
    write_to(*graph_, view());
    graph_->resolve(host("n"), at(when));
    write_to(*graph_, view());
  }
  void resolve(core::Duration when) {
    REQUIRE(graph_->resolve(ref("pod", "shop", "a", "c1", "uid-a"), at(when)) == a_id);
    REQUIRE(graph_->canonical(former_id) == a_id);
  }
  void write() { write_to(*graph_, view()); }
  void restart() {
    write();
    graph_ = loaded(view());
  }
  // As of a time, from the store, whose invariants hold; by either name and from either end.
  Lines at_time(core::Duration when) {
    VerifyReport report;
    verify(view().snapshot(), {}, report);
    for (const Finding& finding : report.listed) UNSCOPED_INFO(finding.kind << " " << finding.key << ": " << finding.what);
    CHECK(report.clean());
    const Lines out = lines(a_id, when);
    CHECK(lines(former_id, when) == out);
    return out;
  }
  Lines lines(core::ResourceId id, core::Duration when) {
    const auto found = edges_at(GraphReader(view().snapshot()), id, at(when));
    REQUIRE(found.ok());
    Lines out;
    for (const EdgeAt& edge : *found) {
      if (edge.from == a_id) out.push_back(core::cat("[", text(edge.since), ", ", text(edge.until), ")"));
    }
    return out;
  }

 private:
  store::testing::TempStore disk_;
  std::unique_ptr<LiveGraph> graph_;
};

}  // namespace

TEST_CASE("graph: an edge that goes on takes in what its resource had of it long ago under the name it turns out to have") {
  Doubt doubt;
  doubt.say(pod("a"), 0s);
  doubt.say(pod("a"), 60s, true);
  doubt.say(doubt.unplaced(), 30s);
  doubt.wait_until(3h);
  doubt.resolve(3h);
  doubt.write();
  const Lines whole{"[0, now)"};
  for (const core::Duration when : {10s, 45s, 90s, 7200s}) CHECK(doubt.at_time(when) == whole);
  CHECK(doubt.lines(db_id, 10s) == whole);
  doubt.restart();
  doubt.graph().apply(state(pod("a"), at(3h + 1min)));
  doubt.say(pod("a"), 3h + 2min, true);
  doubt.write();
  CHECK(doubt.at_time(10s) == Lines{"[0, 10920000000)"});
  CHECK(doubt.at_time(3h + 3min).empty());
}

TEST_CASE("graph: an edge between two earlier ones of the other name joins the one it meets") {
  Doubt doubt;
  for (const core::Duration begin : {0s, 100s, 200s}) {
    doubt.say(pod("a"), begin);
    doubt.say(pod("a"), begin + 60s, true);
  }
  doubt.say(doubt.unplaced(), 150s);
  doubt.say(doubt.unplaced(), 170s, true);
  doubt.wait_until(3h);
  doubt.resolve(3h);
  doubt.say(pod("a"), 3h + 1s);
  doubt.write();
  CHECK(doubt.at_time(10s) == Lines{"[0, 60000000)"});
  for (const core::Duration when : {110s, 165s}) CHECK(doubt.at_time(when) == Lines{"[100000000, 170000000)"});
  CHECK(doubt.at_time(180s).empty());
  CHECK(doubt.at_time(210s) == Lines{"[200000000, 260000000)"});
  CHECK(doubt.at_time(3h + 2s) == Lines{"[10801000000, now)"});
}

TEST_CASE("graph: an edge that the present name has had all along takes in an ended one of the former") {
  Doubt doubt;
  doubt.say(doubt.unplaced(), 0s);
  doubt.say(doubt.unplaced(), 60s, true);
  doubt.say(pod("a"), 30s);
  doubt.wait_until(3h);
  doubt.resolve(3h);
  doubt.graph().apply(state(pod("a"), at(3h)));
  doubt.write();
  for (const core::Duration when : {10s, 45s, 7200s}) CHECK(doubt.at_time(when) == Lines{"[0, now)"});
}

TEST_CASE("graph: what one name said long ago of an edge's end does not end what the other kept open") {
  for (const bool former_ended : {false, true}) {
    Doubt doubt;
    const model::ResourceRef ended = former_ended ? doubt.unplaced() : pod("a");
    const model::ResourceRef kept = former_ended ? pod("a") : doubt.unplaced();
    doubt.say(kept, 1min);
    doubt.say(ended, 2min);
    doubt.say(ended, 20min, true);
    doubt.say(ended, 32min);
    doubt.wait_until(3h);
    doubt.resolve(3h);
    doubt.write();
    for (const core::Duration when : {10min, 25min, 40min}) CHECK(doubt.at_time(when) == Lines{"[60000000, now)"});
    doubt.restart();
    doubt.say(pod("a"), 3h + 1min, true);
    doubt.write();
    for (const core::Duration when : {10min, 25min, 40min}) CHECK(doubt.at_time(when) == Lines{"[60000000, 10860000000)"});
  }
}

TEST_CASE("graph: what was known by its uid alone has its ended edges under its name") {
  Doubt doubt;
  const auto unnamed = ref("pod", "shop", "", "c1", "uid-a");
  const core::ResourceId placeholder = doubt.graph().resolve(unnamed, start);
  doubt.say(unnamed, 0s);
  doubt.say(unnamed, 60s, true);
  doubt.say(pod("a"), 10s);
  doubt.say(pod("a"), 90s, true);
  doubt.wait_until(3h);
  doubt.graph().resolve(ref("pod", "shop", "a", "c1", "uid-a"), at(3h));
  doubt.write();
  for (const core::Duration when : {5s, 45s, 80s}) CHECK(doubt.lines(a_id, when) == Lines{"[0, 90000000)"});
  CHECK(doubt.lines(placeholder, 5s) == Lines{"[0, 90000000)"});
  VerifyReport report;
  verify(doubt.view().snapshot(), {}, report);
  CHECK(report.clean());
}

TEST_CASE("graph: both ends of an edge may turn out to have another name in one batch") {
  Doubt doubt;
  const auto backend = ref("service", "shop", "", "c1", "uid-db");
  doubt.graph().apply(edge(calls, doubt.unplaced(), backend, at(30s)));
  doubt.graph().apply(edge(calls, pod("a"), backend, at(40s)));
  doubt.graph().apply(edge(calls, pod("a"), backend, at(50s), true));
  doubt.say(pod("a"), 0s);
  doubt.say(pod("a"), 35s, true);
  doubt.wait_until(3h);
  doubt.graph().resolve(ref("service", "shop", "db", "c1", "uid-db"), at(3h));
  doubt.resolve(3h);
  doubt.write();
  for (const core::Duration when : {10s, 45s, 7200s}) CHECK(doubt.at_time(when) == Lines{"[0, now)"});
}

TEST_CASE("graph: what a former name had of an edge before its facts were forgotten stays in a merge") {
  Doubt doubt;
  doubt.say(doubt.unplaced(), 0s);
  doubt.say(doubt.unplaced(), 10min, true);
  doubt.say(doubt.unplaced(), 30min);
  auto placed = state(doubt.unplaced(), at(0s), {{"image", "v1"}});
  placed.references = {runs_on("n1")};
  doubt.graph().apply(placed);
  placed.at = at(20min);
  placed.fields = {{"image", "v2"}};
  doubt.graph().apply(placed);
  doubt.wait_until(45min);
  doubt.graph().apply(state(ref("pod", "shop", "a", "c1", "uid-a"), at(46min)));
  doubt.restart();
  doubt.graph().apply(state(pod("a"), at(47min), {{"image", "v3"}}));
  doubt.write();
  CHECK(doubt.at_time(5min) == Lines{"[0, 2760000000)", "[0, 600000000)"});
  CHECK(doubt.at_time(35min) == Lines{"[0, 2760000000)", "[1800000000, now)"});
}

TEST_CASE("graph: a merge with a resource of very many ended edges leaves those of before under the former name") {
  Doubt doubt;
  for (int i = 0; i < 20'001; ++i) {
    const std::string whom = core::cat("s", i);
    doubt.say(pod("a"), 40s, false, whom);
    doubt.say(pod("a"), 50s, true, whom);
  }
  doubt.say(pod("a"), 0s);
  doubt.say(pod("a"), 60s, true);
  doubt.say(doubt.unplaced(), 30s);
  doubt.wait_until(3h);
  doubt.resolve(3h);
  doubt.restart();
  doubt.graph().apply(state(pod("a"), at(3h + 1min)));
  doubt.write();
  CHECK(doubt.at_time(70s) == Lines{"[30000000, 5400000000)"});
  CHECK(doubt.at_time(2h) == Lines{"[5400000000, now)"});
}
