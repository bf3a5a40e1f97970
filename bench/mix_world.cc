#include "mix_world.h"

#include <algorithm>
#include <array>

#include "kgrca/core/strings.h"

namespace kgrca::bench {
namespace {

constexpr std::size_t namespaces = 50;
constexpr std::array<std::string_view, 20> words = {"checkout", "orders",  "payments", "catalog", "search",   "basket", "pricing",
                                                    "shipping", "invoice", "gateway",  "profile", "sessions", "mailer", "reports",
                                                    "stock",    "reviews", "coupons",  "ledger",  "geo",      "media"};

std::string letters(Random& random, std::size_t count) {
  constexpr std::string_view safe = "bcdfghjklmnpqrstvwxz2456789";  // the alphabet of generated Kubernetes names
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(safe[random.below(safe.size())]);
  return out;
}

std::string padded(std::uint64_t number, std::size_t width) {
  std::string out = std::to_string(number);
  return out.size() < width ? std::string(width - out.size(), '0') + out : out;
}

void add_pods(World& world, std::uint32_t index, Random& random) {
  Deployment& deployment = world.deployments[index];
  for (std::size_t i = 0; i < pods_per_deployment; ++i) {
    Pod pod;
    pod.name = core::cat(deployment.replica_set, "-", letters(random, 5));
    pod.uid = make_uid(random);
    pod.deployment = index;
    pod.node = static_cast<std::uint32_t>(random.below(world.nodes.size()));
    const auto number = static_cast<std::uint32_t>(world.pods.size());
    deployment.pods.push_back(number);
    world.nodes[pod.node].pods.push_back(number);
    world.pods.push_back(std::move(pod));
  }
}

// Two callees each, always earlier ones: a graph without cycles, with a few services that many call.
void add_calls(World& world, Random& random) {
  for (std::uint32_t caller = 2; caller < world.deployments.size(); ++caller) {
    for (int i = 0; i < 2; ++i) {
      const auto callee = static_cast<std::uint32_t>(random.below(caller));
      auto& callees = world.deployments[caller].callees;
      if (std::find(callees.begin(), callees.end(), callee) != callees.end()) continue;
      callees.push_back(callee);
      world.deployments[callee].callers.push_back(caller);
    }
  }
}

class Bodies {
 public:
  explicit Bodies(std::size_t limit) : limit_(limit) {}
  void add(std::string_view line) {
    if (out_.empty() || out_.back().size() + line.size() + 1 > limit_) out_.emplace_back();
    core::append(out_.back(), line, "\n");
  }
  std::vector<std::string> take() { return std::move(out_); }

 private:
  std::size_t limit_;
  std::vector<std::string> out_;
};

std::string head(std::string_view at, std::string_view kind, std::string_view uid, std::string_view ns, std::string_view name) {
  return core::cat(R"({"op":"UPSERT","at":")", at, R"(","cluster":"bench","kind":")", kind, R"(","uid":")", uid, R"(","namespace":")", ns,
                   R"(","name":")", name, '"');
}

std::string owner(std::string_view kind, std::string_view name, std::string_view uid) {
  return core::cat(R"(,"ownerRefs":[{"kind":")", kind, R"(","name":")", name, R"(","uid":")", uid, R"("}])");
}

void add_deployment(const World& world, const Deployment& d, std::string_view at, Bodies& out) {
  out.add(core::cat(head(at, "Deployment", d.uid, d.ns, d.name), R"(,"image":")", d.image, R"(","replicas":)", d.pods.size(),
                    R"(,"labels":{"app":")", d.name, R"("},"status":{"readyReplicas":)", d.pods.size(), "}}"));
  out.add(core::cat(head(at, "ReplicaSet", d.replica_set_uid, d.ns, d.replica_set), owner("Deployment", d.name, d.uid),
                    R"(,"replicas":)", d.pods.size(), R"(,"labels":{"app":")", d.name, R"("}})"));
  out.add(core::cat(head(at, "Service", core::cat("svc-", d.uid), d.ns, d.name), R"(,"serviceSelector":{"app":")", d.name, R"("}})"));
  for (const std::uint32_t number : d.pods) {
    const Pod& pod = world.pods[number];
    out.add(core::cat(head(at, "Pod", pod.uid, d.ns, pod.name), owner("ReplicaSet", d.replica_set, d.replica_set_uid),
                      R"(,"node":")", world.nodes[pod.node].name, R"(","podIP":"10.)", 1 + number / 65536, ".", number / 256 % 256, ".",
                      number % 256, R"(","image":")", d.image, R"(","labels":{"app":")", d.name,
                      R"("},"status":{"phase":"Running","ready":true}})"));
  }
}

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15ull;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

std::string make_uid(Random& random) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(36, '-');
  std::uint64_t bits = 0;
  std::size_t digit = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) continue;
    if (digit++ % 16 == 0) bits = random.next();
    out[i] = digits[bits & 15];
    bits >>= 4;
  }
  return out;
}

World make_world(std::size_t pods, std::size_t nodes, std::uint64_t seed) {
  Random random(seed);
  World world;
  for (std::size_t i = 0; i < std::max<std::size_t>(nodes, 1); ++i)
    world.nodes.push_back({core::cat("ip-10-0-", i / 100, "-", 10 + i % 100, ".eu-central-1.internal"), make_uid(random), {}});
  const std::size_t count = std::max<std::size_t>(pods / pods_per_deployment, 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    Deployment d;
    d.ns = core::cat("team-", padded(i % namespaces, 2));
    d.name = core::cat(words[i % words.size()], "-", padded(i, 4));
    d.uid = make_uid(random);
    d.replica_set = core::cat(d.name, "-", letters(random, 9));
    d.replica_set_uid = make_uid(random);
    d.image = core::cat("registry.example.com/", d.ns, "/", d.name, ":v", 1 + random.below(9), ".", random.below(40), ".", random.below(10));
    world.deployments.push_back(std::move(d));
    add_pods(world, i, random);
  }
  add_calls(world, random);
  return world;
}

std::vector<std::string> snapshot_bodies(const World& world, core::Time at, std::size_t body_bytes) {
  const std::string time = core::format_rfc3339(at);
  Bodies out(body_bytes);
  for (const Node& node : world.nodes)
    out.add(core::cat(head(time, "Node", node.uid, "", node.name), R"(,"status":{"ready":true,"memoryPressure":false}})"));
  for (const Deployment& d : world.deployments) add_deployment(world, d, time, out);
  for (const Deployment& caller : world.deployments) {
    for (const std::uint32_t index : caller.callees) {
      const Deployment& callee = world.deployments[index];
      out.add(core::cat(R"({"op":"UPSERT","at":")", time, R"(","cluster":"bench","type":"CALLS","from":"service:)", caller.ns, ":", caller.name,
                        R"(","to":"service:)", callee.ns, ":", callee.name, R"("})"));
    }
  }
  return out.take();
}

}  // namespace kgrca::bench
