#include "rca/frontier.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

namespace kgrca::rca {
namespace {

Reach way_to(std::uint64_t id, float weight, std::uint8_t hops = 1) {
  Reach way;
  way.id = core::ResourceId{id};
  way.weight = weight;
  way.hops = hops;
  return way;
}

std::vector<std::uint64_t> settled(Frontier& frontier, std::size_t limit) {
  std::vector<std::uint64_t> out;
  while (out.size() < limit) {
    const auto way = frontier.next();
    if (!way) break;
    out.push_back(way->id.value);
  }
  return out;
}

}  // namespace

TEST_CASE("rca: a frontier gives each resource once, by its strongest way") {
  Frontier frontier;
  frontier.begin(10);
  frontier.offer(way_to(1, 0.3f));
  frontier.offer(way_to(2, 0.5f));
  frontier.offer(way_to(1, 0.9f));
  frontier.offer(way_to(1, 0.4f));
  REQUIRE(settled(frontier, 10) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("rca: equally strong ways come by length, then by id") {
  Frontier frontier;
  frontier.begin(10);
  frontier.offer(way_to(3, 0.5f, 2));
  frontier.offer(way_to(9, 0.5f, 1));
  frontier.offer(way_to(4, 0.5f, 1));
  REQUIRE(settled(frontier, 10) == std::vector<std::uint64_t>{4, 9, 3});
}

TEST_CASE("rca: what a frontier leaves out would not have been among the strongest") {
  std::mt19937 random(7);
  Frontier frontier;
  for (int round = 0; round < 50; ++round) {
    const std::size_t limit = 1 + random() % 40;
    frontier.begin(limit);
    std::map<std::uint64_t, Reach> strongest;
    for (int i = 0; i < 3000; ++i) {
      const Reach way = way_to(1 + random() % 1500, static_cast<float>(random() % 100) / 100, 1);
      frontier.offer(way);
      auto [known, is_new] = strongest.try_emplace(way.id.value, way);
      if (!is_new && way.weight > known->second.weight) known->second = way;
    }
    std::vector<std::pair<float, std::uint64_t>> order;
    for (const auto& [id, way] : strongest) order.emplace_back(-way.weight, id);
    std::sort(order.begin(), order.end());
    std::vector<std::uint64_t> wanted;
    for (std::size_t i = 0; i < std::min(limit, order.size()); ++i) wanted.push_back(order[i].second);
    REQUIRE(settled(frontier, limit) == wanted);
  }
}

TEST_CASE("rca: a walk begins without what the former one met") {
  Frontier frontier;
  frontier.begin(2);
  frontier.offer(way_to(1, 0.9f));
  frontier.offer(way_to(2, 0.9f));
  frontier.begin(2);
  frontier.offer(way_to(1, 0.1f));
  REQUIRE(settled(frontier, 2) == std::vector<std::uint64_t>{1});
}

}  // namespace kgrca::rca
