// The cluster that the bench mix plays in: nodes, deployments, replica sets, pods, services and who calls whom.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kgrca/core/time.h"

namespace kgrca::bench {

// splitmix64: the same numbers on every machine and library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }
  bool chance(double p) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < p; }

 private:
  std::uint64_t state_;
};

std::string make_uid(Random& random);  // 8-4-4-4-12 hexadecimal digits

struct Pod {
  std::string name;
  std::string uid;
  std::uint32_t deployment = 0;
  std::uint32_t node = 0;
};
struct Deployment {
  std::string ns;
  std::string name;
  std::string uid;
  std::string replica_set;
  std::string replica_set_uid;
  std::string image;
  std::vector<std::uint32_t> pods;
  std::vector<std::uint32_t> callers;  // deployments whose service calls this one's
  std::vector<std::uint32_t> callees;
};
struct Node {
  std::string name;
  std::string uid;
  std::vector<std::uint32_t> pods;
};

struct World {
  std::vector<Node> nodes;
  std::vector<Deployment> deployments;
  std::vector<Pod> pods;
};

inline constexpr std::size_t pods_per_deployment = 10;

World make_world(std::size_t pods, std::size_t nodes, std::uint64_t seed);

// The world as state records (NDJSON bodies of at most `body_bytes`), as of `at`.
std::vector<std::string> snapshot_bodies(const World& world, core::Time at, std::size_t body_bytes);

}  // namespace kgrca::bench
