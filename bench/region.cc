#include "region.h"

#include "kgrca/core/strings.h"

namespace kgrca::bench {
namespace {

using model::Relation;

constexpr std::string_view cluster = "bench";

model::ResourceRef ref(std::string_view kind, std::string_view ns, std::string_view name, std::string_view uid = {}) {
  return {std::string(cluster), std::string(kind), std::string(ns), std::string(name), std::string(uid)};
}

class Records {
 public:
  explicit Records(core::Time at) : at_(at) {}

  // The caller fills in the rest before the next call.
  model::ResourceState& state(model::ResourceRef of) {
    model::ResourceState& made = std::get<model::ResourceState>(out_.emplace_back(model::ResourceState{}));
    made.at = at_;
    made.source_id = core::cat("st:", of.kind, ":", of.uid.empty() ? of.name : of.uid, "@", core::to_micros(at_));
    made.ref = std::move(of);
    return made;
  }
  void edge(Relation relation, model::ResourceRef from, model::ResourceRef to) {
    model::EdgeUpdate made;
    made.relation = relation;
    made.from = std::move(from);
    made.to = std::move(to);
    made.at = at_;
    out_.emplace_back(std::move(made));
  }
  std::vector<model::Record> take() { return std::move(out_); }

 private:
  core::Time at_;
  std::vector<model::Record> out_;
};

model::Reference reference(Relation relation, model::ResourceRef target, bool outgoing = true) {
  return {relation, std::move(target), outgoing, model::Evidence::stated};
}

std::string secret_of(const Deployment& d, std::uint32_t which) { return core::cat(d.name, "-secret-", which % 2); }

void add_pod(const World& world, std::uint32_t number, std::uint32_t generation, Records& out) {
  const Pod& pod = world.pods[number];
  const Deployment& d = world.deployments[pod.deployment];
  // 31 is a step through the nodes that meets each node once.
  const auto& node = world.nodes[(pod.node + generation * 31) % world.nodes.size()];
  model::ResourceState& state = out.state(ref("pod", d.ns, pod.name, pod.uid));
  state.labels = {{"app", d.name}};
  state.fields = {{"image", d.image}, {"status.phase", "Running"}, {"status.ready", "true"}};
  state.addresses = {core::cat("10.", 1 + number / 65536, ".", number / 256 % 256, ".", number % 256)};
  state.references.push_back(reference(Relation::controls, ref("replicaset", d.ns, d.replica_set, d.replica_set_uid), false));
  state.references.push_back(reference(Relation::runs_on, ref("node", {}, node.name)));
  state.references.push_back(reference(Relation::mounts, ref("configmap", d.ns, core::cat(d.name, "-config"))));
  state.references.push_back(reference(Relation::mounts, ref("configmap", d.ns, "kube-root-ca.crt")));
  state.references.push_back(reference(Relation::mounts, ref("secret", d.ns, secret_of(d, generation))));
  state.references.push_back(reference(Relation::in_namespace, ref("namespace", {}, d.ns)));
}

void add_deployment(const World& world, const Deployment& d, Records& out) {
  out.state(ref("deployment", d.ns, d.name, d.uid)).fields = {{"image", d.image}, {"replicas", std::to_string(d.pods.size())}};
  model::ResourceState& set = out.state(ref("replicaset", d.ns, d.replica_set, d.replica_set_uid));
  set.labels = {{"app", d.name}};
  set.references.push_back(reference(Relation::controls, ref("deployment", d.ns, d.name, d.uid), false));
  out.state(ref("service", d.ns, d.name, core::cat("svc-", d.uid))).selector = {{"app", d.name}};
  out.state(ref("configmap", d.ns, core::cat(d.name, "-config"))).fields = {{"data.digest", d.uid.substr(0, 16)}};
  for (const std::uint32_t which : {0U, 1U}) out.state(ref("secret", d.ns, secret_of(d, which))).fields = {{"type", "Opaque"}};
  for (const std::uint32_t callee : d.callees)
    out.edge(Relation::calls, ref("service", d.ns, d.name), ref("service", world.deployments[callee].ns, world.deployments[callee].name));
  // One service that everybody calls.
  if (&d != &world.deployments.front())
    out.edge(Relation::calls, ref("service", d.ns, d.name), ref("service", world.deployments[0].ns, world.deployments[0].name));
}

}  // namespace

std::vector<model::Record> topology_records(const World& world, std::uint32_t generation, core::Time at) {
  Records out(at);
  if (generation == 0) {
    for (const Node& node : world.nodes) out.state(ref("node", {}, node.name, node.uid)).fields = {{"status.ready", "true"}};
    for (const Deployment& d : world.deployments) add_deployment(world, d, out);
  }
  for (std::uint32_t number = 0; number < world.pods.size(); ++number) add_pod(world, number, generation, out);
  return out.take();
}

}  // namespace kgrca::bench
