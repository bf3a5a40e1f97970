// Walks over random interval histories against plain loops over a list of edges.
#include "tests/unit/graph/topology_world.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;

namespace {

std::set<std::string> as_set(const std::vector<EdgeAt>& edges) {
  std::set<std::string> out;
  for (const EdgeAt& edge : edges) {
    out.insert(core::cat(edge.from.value, "-", model::name_of(edge.relation), "-", edge.to.value, "@", text(edge.since), "..", text(edge.until),
                         " ", static_cast<int>(edge.evidence)));
  }
  return out;
}

std::map<core::ResourceId, int> as_map(const std::vector<Reached>& nodes) {
  std::map<core::ResourceId, int> out;
  for (const Reached& node : nodes) out.emplace(node.id, node.hops);
  return out;
}

// Edges that a walk of so many hops crosses.
std::vector<EdgeAt> crossed(const TopologyWorld& world, const std::map<core::ResourceId, int>& distances, const EdgeFilter& filter, int hops) {
  std::vector<EdgeAt> out;
  for (const auto& [id, distance] : distances) {
    if (distance == hops) continue;
    for (const EdgeAt& edge : world.edges_of(id, filter)) {
      if (std::find(out.begin(), out.end(), edge) == out.end()) out.push_back(edge);
    }
  }
  return out;
}

struct Differences {
  std::set<core::ResourceId> resources_added;
  std::set<core::ResourceId> resources_removed;
  std::set<std::string> edges_added;
  std::set<std::string> edges_removed;
  bool operator==(const Differences&) const = default;

  void add(const TopologyDiff& diff) {
    REQUIRE(std::is_sorted(diff.resources_added.begin(), diff.resources_added.end()));
    resources_added.insert(diff.resources_added.begin(), diff.resources_added.end());
    resources_removed.insert(diff.resources_removed.begin(), diff.resources_removed.end());
    edges_added.merge(as_set(diff.edges_added));
    edges_removed.merge(as_set(diff.edges_removed));
  }
};

template <typename AboutResource, typename AboutEdge>
Differences differences(const TopologyWorld& world, const DiffFilter& filter, AboutResource about_resource, AboutEdge about_edge) {
  Differences out;
  for (const core::ResourceId id : world.ids) {
    if (!about_resource(id)) continue;
    if (!world.exists(id, filter.from) && world.exists(id, filter.to)) out.resources_added.insert(id);
    if (world.exists(id, filter.from) && !world.exists(id, filter.to)) out.resources_removed.insert(id);
  }
  const auto alive = [&](const EdgeAt& edge, core::Time when) {
    return std::any_of(world.edges.begin(), world.edges.end(), [&](const EdgeAt& other) {
      return other.from == edge.from && other.to == edge.to && other.relation == edge.relation && TopologyWorld::alive(other, when);
    });
  };
  for (const EdgeAt& edge : world.edges) {
    if (!filter.relations.has(edge.relation) || !about_edge(edge)) continue;
    if (TopologyWorld::alive(edge, filter.to) && !alive(edge, filter.from)) out.edges_added.merge(as_set({edge}));
    if (TopologyWorld::alive(edge, filter.from) && !alive(edge, filter.to)) out.edges_removed.merge(as_set({edge}));
  }
  return out;
}

void check_path(const TopologyWorld& world, const ShortestPath& path, core::ResourceId from, core::ResourceId to, const EdgeFilter& filter) {
  REQUIRE(path.nodes.front() == from);
  REQUIRE(path.nodes.back() == to);
  REQUIRE(path.edges.size() + 1 == path.nodes.size());
  for (std::size_t i = 0; i < path.edges.size(); ++i) {
    const EdgeAt& edge = path.edges[i];
    const std::vector<EdgeAt> choices = world.edges_of(path.nodes[i], filter);
    REQUIRE(std::find(choices.begin(), choices.end(), edge) != choices.end());
    REQUIRE((edge.from == path.nodes[i] ? edge.to : edge.from) == path.nodes[i + 1]);
  }
}

}  // namespace

TEST_CASE("topology: edges at any time are those that were alive then, whatever the relation and direction") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    TopologyWorld world(seed, 12, 60);
    store::testing::TempStore disk;
    world.write(disk.view(1));
    const GraphReader reader(disk.view(1).snapshot());
    for (int question = 0; question < 300; ++question) {
      const core::ResourceId id = world.any();
      const EdgeFilter filter = world.some_filter();
      const std::vector<EdgeAt> expected = world.edges_of(id, filter);
      const auto found = reader.edges(id, filter, 1000);
      INFO("seed " << seed << " question " << question);
      REQUIRE(found.ok());
      REQUIRE(as_set(found->edges) == as_set(expected));
      REQUIRE(found->edges.size() == expected.size());
      REQUIRE(std::is_sorted(found->edges.begin(), found->edges.end(), edge_before));
      REQUIRE_FALSE(found->truncated);
      const auto few = reader.edges(id, filter, 3);
      REQUIRE(few->edges.size() == std::min<std::size_t>(3, expected.size()));
      REQUIRE(few->truncated == (expected.size() > 3));
    }
  }
}

TEST_CASE("topology: a walk reaches each resource by the fewest hops and shows each edge once") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    TopologyWorld world(seed, 24, 40);
    store::testing::TempStore disk;
    world.write(disk.view(1));
    const GraphReader reader(disk.view(1).snapshot());
    for (int question = 0; question < 150; ++question) {
      const core::ResourceId id = world.any();
      const EdgeFilter filter = world.some_filter();
      WalkLimits limits;
      limits.hops = world.below(6);
      const auto expected = world.distances(id, filter, limits.hops);
      const auto edges = crossed(world, expected, filter, limits.hops);
      const auto found = reader.neighbourhood(id, filter, limits);
      INFO("seed " << seed << " question " << question);
      REQUIRE(found.ok());
      REQUIRE(as_map(found->nodes) == expected);
      REQUIRE(found->nodes.size() == expected.size());
      REQUIRE(found->edges.size() == edges.size());
      REQUIRE(as_set(found->edges) == as_set(edges));
      REQUIRE_FALSE(found->truncated);

      limits.nodes = 4;
      const auto few = reader.neighbourhood(id, filter, limits);
      REQUIRE(few->nodes.size() == std::min<std::size_t>(4, expected.size()));
      REQUIRE(few->truncated == (expected.size() > 4));
      for (const Reached& node : few->nodes) REQUIRE(expected.at(node.id) == node.hops);
      for (const EdgeAt& edge : few->edges) {
        REQUIRE(as_map(few->nodes).count(edge.from) == 1);
        REQUIRE(as_map(few->nodes).count(edge.to) == 1);
      }

      limits.nodes = 1000;
      limits.edges = 5;
      const auto short_walk = reader.neighbourhood(id, filter, limits);
      REQUIRE(short_walk->edges.size() == std::min<std::size_t>(5, edges.size()));
      REQUIRE(short_walk->truncated == (edges.size() > 5));
    }
  }
}

TEST_CASE("topology: a shortest path is a way of living edges and none is shorter") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    TopologyWorld world(seed, 30, 45);
    store::testing::TempStore disk;
    world.write(disk.view(1));
    const GraphReader reader(disk.view(1).snapshot());
    for (int question = 0; question < 200; ++question) {
      const core::ResourceId from = world.any();
      const core::ResourceId to = world.any();
      const EdgeFilter filter = world.some_filter();
      PathLimits limits;
      limits.hops = world.below(8);
      const auto distances = world.distances(from, filter, limits.hops);
      const auto found = reader.shortest_path(from, to, filter, limits);
      INFO("seed " << seed << " question " << question);
      REQUIRE(found.ok());
      REQUIRE_FALSE(found->truncated);
      const auto distance = distances.find(to);
      REQUIRE(found->nodes.empty() == (distance == distances.end()));
      if (found->nodes.empty()) continue;
      REQUIRE(found->edges.size() == static_cast<std::size_t>(distance->second));
      check_path(world, *found, from, to, filter);
      REQUIRE(reader.shortest_path(from, to, filter, limits)->nodes == found->nodes);
    }
  }
}

TEST_CASE("topology: a search that a limit ends says so") {
  TopologyWorld world(3, 40, 120);
  store::testing::TempStore disk;
  world.write(disk.view(1));
  const GraphReader reader(disk.view(1).snapshot());
  PathLimits limits;
  limits.nodes = 3;
  int ended = 0;
  for (int question = 0; question < 100; ++question) {
    const core::ResourceId from = world.any();
    const core::ResourceId to = world.any();
    const auto narrow = reader.shortest_path(from, to, {}, limits);
    const auto wide = reader.shortest_path(from, to, {}, {});
    REQUIRE(wide.ok());
    REQUIRE_FALSE(wide->truncated);
    if (narrow->truncated) ++ended;
    else REQUIRE(narrow->nodes == wide->nodes);
  }
  REQUIRE(ended > 0);
}

TEST_CASE("topology: unknown resources and too many hops are errors, a former id leads to the present one") {
  TopologyWorld world(5, 10, 30);
  store::testing::TempStore disk;
  world.write(disk.view(1));
  const core::ResourceId former{77};
  ResourceRecord alias;
  alias.alias_of = world.ids[0];
  store::Batch batch = disk.view(1).batch();
  batch.put(store::keys::resource_away(former), encode_resource(alias));
  REQUIRE(disk.view(1).commit_durably(std::move(batch)).ok());
  const GraphReader reader(disk.view(1).snapshot());
  const core::ResourceId known = world.ids[0];
  const core::ResourceId nobody{12345};
  CHECK(absl::IsNotFound(reader.edges(nobody, {}, 10).status()));
  CHECK(absl::IsNotFound(reader.neighbourhood(nobody, {}, {}).status()));
  CHECK(absl::IsNotFound(reader.shortest_path(nobody, known, {}, {}).status()));
  CHECK(absl::IsNotFound(reader.shortest_path(known, nobody, {}, {}).status()));
  WalkLimits far;
  far.hops = walk_hops_max + 1;
  CHECK(absl::IsInvalidArgument(reader.neighbourhood(known, {}, far).status()));
  PathLimits long_way;
  long_way.hops = -1;
  CHECK(absl::IsInvalidArgument(reader.shortest_path(known, known, {}, long_way).status()));
  CHECK(reader.edges(former, {}, 100)->edges == reader.edges(known, {}, 100)->edges);
  CHECK(reader.neighbourhood(former, {}, {})->nodes == reader.neighbourhood(known, {}, {})->nodes);
  CHECK(reader.shortest_path(former, known, {}, {})->nodes == std::vector{known});
}

TEST_CASE("topology: a damaged edge is data loss, not a shorter answer") {
  TopologyWorld world(6, 4, 12);
  store::testing::TempStore disk;
  world.write(disk.view(1));
  store::Batch batch = disk.view(1).batch();
  batch.put(store::keys::open_edge(false, world.ids[0], 1, {999}, start), "\x09junk");
  REQUIRE(disk.view(1).commit_durably(std::move(batch)).ok());
  batch = disk.view(1).batch();
  batch.put(store::keys::open_edge(false, world.ids[1], 200, {999}, start), encode_edge(model::Evidence::stated));
  REQUIRE(disk.view(1).commit_durably(std::move(batch)).ok());
  const GraphReader reader(disk.view(1).snapshot());
  CHECK(absl::IsDataLoss(reader.edges(world.ids[0], {}, 100).status()));
  CHECK(absl::IsDataLoss(reader.edges(world.ids[1], {}, 100).status()));
  CHECK(absl::IsDataLoss(reader.neighbourhood(world.ids[0], {}, {}).status()));
}

TEST_CASE("topology: a walk ends when the snapshot's time is over") {
  TopologyWorld world(7, 4, 12);
  store::testing::TempStore disk;
  world.write(disk.view(1));
  const GraphReader reader(disk.view(1).snapshot(core::Duration(0)));
  CHECK(absl::IsDeadlineExceeded(reader.edges(world.ids[0], {}, 100).status()));
  CHECK(absl::IsDeadlineExceeded(reader.neighbourhood(world.ids[0], {}, {}).status()));
  CHECK(absl::IsDeadlineExceeded(reader.shortest_path(world.ids[0], world.ids[1], {}, {}).status()));
}

TEST_CASE("topology: the difference between two moments is what a comparison of both shows") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    TopologyWorld world(seed, 20, 50);
    store::testing::TempStore disk;
    world.write(disk.view(1));
    const GraphReader reader(disk.view(1).snapshot());
    for (int question = 0; question < 60; ++question) {
      DiffFilter filter;
      filter.from = start + std::chrono::seconds(world.below(110));
      filter.to = world.below(5) == 0 ? forever : filter.from + std::chrono::seconds(world.below(60));
      if (world.below(2) == 0) filter.relations.add(model::Relation::selects);
      const std::string ns = world.below(2) == 0 ? "" : world.below(2) == 0 ? "shop" : "bank";
      INFO("seed " << seed << " question " << question);
      const Differences expected = differences(world, filter, [&](core::ResourceId id) { return ns.empty() || world.records.at(id).ref.ns == ns; },
                                               [&](const EdgeAt& edge) { return ns.empty() || world.records.at(edge.from).ref.ns == ns; });
      Differences found;
      std::string position;
      do {
        const auto page = reader.diff(filter, ns, 3, position);
        REQUIRE(page.ok());
        REQUIRE_FALSE(page->truncated);
        found.add(*page);
        position = page->next;
      } while (!position.empty());
      REQUIRE(found == expected);

      WalkLimits limits;
      limits.hops = world.below(4);
      const core::ResourceId center = world.any();
      std::set<core::ResourceId> near;
      std::set<core::ResourceId> inner;
      for (const core::Time when : {filter.from, filter.to}) {
        for (const auto& [id, hops] : world.distances(center, {when, Direction::both, filter.relations}, limits.hops)) {
          near.insert(id);
          if (hops < limits.hops) inner.insert(id);
        }
      }
      const auto around = reader.diff_around(center, filter, limits);
      REQUIRE(around.ok());
      Differences found_around;
      found_around.add(*around);
      REQUIRE(found_around == differences(world, filter, [&](core::ResourceId id) { return near.contains(id); },
                                          [&](const EdgeAt& edge) { return inner.contains(edge.from) || inner.contains(edge.to); }));
    }
  }
}

TEST_CASE("topology: a difference of moments in the wrong order, or from a foreign position, is refused") {
  TopologyWorld world(1, 5, 5);
  store::testing::TempStore disk;
  world.write(disk.view(1));
  const GraphReader reader(disk.view(1).snapshot());
  CHECK(absl::IsInvalidArgument(reader.diff({at(2s), at(1s), {}}, "", 10, "").status()));
  CHECK(absl::IsInvalidArgument(reader.diff_around(world.ids[0], {at(2s), at(1s), {}}, {}).status()));
  CHECK(absl::IsInvalidArgument(reader.diff({}, "", 10, "abcd").status()));
  CHECK(absl::IsInvalidArgument(reader.diff({}, "", 10, "no position").status()));
  CHECK(absl::IsNotFound(reader.diff_around({12345}, {}, {}).status()));
}
