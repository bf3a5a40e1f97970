// Random streams: the order of arrival and restarts must not show.
#include <algorithm>
#include <random>
#include <variant>

#include "kgrca/graph/verify.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;

namespace {

using Op = std::variant<model::ResourceState, model::EdgeUpdate>;

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  std::string pick(const std::string& prefix, int n) { return core::cat(prefix, below(n)); }
  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

model::ResourceState random_pod(Random& random, core::Time when) {
  auto of = pod(random.pick("pod-", 5));
  if (random.chance(30)) of.uid = core::cat(of.name, "-uid-", random.below(2));
  if (random.chance(12)) return gone(of, when);
  auto out = state(of, when, {{"image", random.pick("v", 3)}, {"status.phase", random.pick("phase", 2)}}, {{"app", random.pick("app", 3)}});
  if (random.chance(70)) out.references.push_back(runs_on(random.pick("n", 3)));
  if (random.chance(40)) {
    out.references.push_back({model::Relation::controls, ref("replicaset", "shop", random.pick("rs", 2)), false, model::Evidence::stated});
  }
  if (random.chance(30)) {
    out.references.push_back({model::Relation::calls, ref("address", "", random.pick("10.0.0.", 3)), true, model::Evidence::environment});
  }
  if (random.chance(15)) {
    out.partial = true;
    out.fields.erase(out.fields.begin());
  }
  return out;
}

Op random_op(Random& random, core::Time when) {
  const int kind = random.below(10);
  if (kind < 5) return random_pod(random, when);
  if (kind < 7) {
    if (random.chance(15)) return gone(service(random.pick("svc", 2)), when);
    auto out = state(service(random.pick("svc", 2)), when);
    if (random.chance(80)) out.selector = {{"app", random.pick("app", 3)}};
    out.addresses = {core::cat("10.0.0.", out.ref.name == "svc0" ? 0 : 1)};
    return out;
  }
  if (kind == 7) {
    auto out = random.chance(20) ? gone(host(random.pick("n", 3)), when) : state(host(random.pick("n", 3)), when, {{"ready", random.pick("r", 2)}});
    return out;
  }
  const bool end = random.chance(40);
  if (kind == 8) return edge(model::Relation::runs_on, pod(random.pick("pod-", 5)), host(random.pick("n", 3)), when, end);
  return edge(model::Relation::calls, service(random.pick("svc", 2)), service(random.pick("svc", 2)), when, end);
}

std::vector<Op> random_stream(std::uint32_t seed, int size, core::Duration span) {
  Random random(seed);
  std::vector<core::Duration> times;
  for (int i = 0; i < size; ++i) times.emplace_back(static_cast<std::int64_t>(random.below(static_cast<int>(span.count() / 1000))) * 1000);
  std::sort(times.begin(), times.end());
  std::vector<Op> ops;
  for (const core::Duration time : times) ops.push_back(random_op(random, at(time)));
  return ops;
}

// As they might arrive: each up to nine minutes late.
std::vector<const Op*> shuffled_within_bound(const std::vector<Op>& ops, Random& random) {
  std::vector<std::pair<core::Time, const Op*>> arrivals;
  for (const Op& op : ops) {
    const core::Time when = std::visit([](const auto& record) { return record.at; }, op);
    arrivals.emplace_back(when + std::chrono::seconds(random.below(540)), &op);
  }
  std::stable_sort(arrivals.begin(), arrivals.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Op*> out;
  for (const auto& arrival : arrivals) out.push_back(arrival.second);
  return out;
}

void apply(LiveGraph& graph, const Op& op, ChangeBook* book = nullptr) {
  const Applied applied = std::visit([&](const auto& record) { return graph.apply(record); }, op);
  if (book != nullptr) book->add(applied);
}

void require_whole(store::TenantView view) {
  VerifyReport report;
  verify(view.snapshot(), {}, report);
  for (const Finding& finding : report.listed) UNSCOPED_INFO(finding.kind << ": " << finding.key << ": " << finding.what);
  REQUIRE(report.clean());
}

}  // namespace

TEST_CASE("graph: within the lateness bound the order of arrival says nothing") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::vector<Op> ops = random_stream(seed, 60, 9min);
    LiveGraph in_order;
    ChangeBook expected;
    for (const Op& op : ops) apply(in_order, op, &expected);
    Random random(seed * 7919);
    std::shuffle(ops.begin(), ops.end(), random.engine());
    LiveGraph shuffled;
    ChangeBook found;
    for (const Op& op : ops) apply(shuffled, op, &found);
    REQUIRE(dump(shuffled) == dump(in_order));
    REQUIRE(found.changes() == expected.changes());
  }
}

TEST_CASE("graph: over hours, records shuffled within the bound end in the same graph") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    const std::vector<Op> ops = random_stream(seed, 400, 3h);
    LiveGraph in_order;
    for (const Op& op : ops) apply(in_order, op);
    Random random(seed * 104729);
    LiveGraph late;
    for (const Op* op : shuffled_within_bound(ops, random)) apply(late, *op);
    REQUIRE(dump(late) == dump(in_order));
  }
}

TEST_CASE("graph: duplicates change nothing") {
  const std::vector<Op> ops = random_stream(5, 80, 9min);
  LiveGraph once;
  LiveGraph twice;
  ChangeBook book;
  ChangeBook book_twice;
  for (const Op& op : ops) {
    apply(once, op, &book);
    apply(twice, op, &book_twice);
    apply(twice, op, &book_twice);
  }
  REQUIRE(dump(twice) == dump(once));
  REQUIRE(book_twice.changes() == book.changes());
}

TEST_CASE("graph: a graph read from the store goes on exactly as one that was never away") {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    store::testing::TempStore disk;
    Random random(seed * 31337);
    const std::vector<Op> ops = random_stream(seed, 250, 4h);
    LiveGraph steady;
    auto restarted = std::make_unique<LiveGraph>();
    ChangeBook expected;
    ChangeBook found;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      apply(steady, ops[i], &expected);
      apply(*restarted, ops[i], &found);
      if (!random.chance(20)) continue;
      write_to(steady, disk.view(2));
      write_to(*restarted, disk.view(1));
      restarted = loaded(disk.view(1));
      INFO("seed " << seed << " op " << i);
      REQUIRE(dump(*restarted) == dump(steady));
    }
    REQUIRE(found.changes() == expected.changes());
    write_to(steady, disk.view(2));
    write_to(*restarted, disk.view(1));
    const GraphReader a(disk.view(1).snapshot());
    const GraphReader b(disk.view(2).snapshot());
    REQUIRE(*a.counts("") == *b.counts(""));
    REQUIRE(*a.count("edges") == static_cast<std::int64_t>(steady.open_edge_count()));
    require_whole(disk.view(1));
  }
}

TEST_CASE("graph: whatever comes, leaves memory and comes back, the store agrees with itself") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    store::testing::TempStore disk;
    Random random(seed * 7717);
    LiveLimits limits;
    limits.resources = 5 + seed % 7;
    limits.memory = 20min;
    auto graph = loaded(disk.view(1), limits);
    const std::vector<Op> ops = random_stream(seed, 300, 5h);
    for (const Op* op : shuffled_within_bound(ops, random)) {
      apply(*graph, *op);
      if (!random.chance(15)) continue;
      write_to(*graph, disk.view(1));
      if (random.chance(30)) graph = loaded(disk.view(1), limits);
    }
    write_to(*graph, disk.view(1));
    require_whole(disk.view(1));
  }
}

TEST_CASE("graph: merges survive a restart") {
  store::testing::TempStore disk;
  LiveGraph graph;
  const auto former = graph.resolve(pod("a", ""), start);
  graph.apply(edge(model::Relation::calls, pod("a", ""), ref("service", "shop", "db", ""), at(1s)));
  write_to(graph, disk.view(1));
  graph.resolve(pod("a"), at(2s));
  write_to(graph, disk.view(1));
  const auto again = loaded(disk.view(1));
  REQUIRE(dump(*again) == dump(graph));
  REQUIRE(again->canonical(former) == model::resource_id("c1:pod:shop:a"));
  const GraphReader reader(disk.view(1).snapshot());
  REQUIRE(reader.resource(former)->id == model::resource_id("c1:pod:shop:a"));
  REQUIRE(edges_at(reader, former, at(5s))->size() == 1);
  REQUIRE(*reader.count("edges") == 1);
  REQUIRE(*reader.count("resources") == 2);
}
