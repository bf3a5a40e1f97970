// Topology of a region's tenants beyond the bench mix: config maps, secrets and namespaces that pods use, and a past in which
// pods moved between nodes and secrets were rotated, so that most edges are closed intervals.
#pragma once

#include <cstdint>
#include <vector>

#include "kgrca/model/event.h"
#include "mix_world.h"

namespace kgrca::bench {

// For each ten pods: a deployment, a replica set, a service, a config map and two secrets; about 8 open edges a pod.
// Of each generation (hours apart, 0 first) the whole world as state records, and the calls between services as edges in 0.
// A generation closes two edges of each pod and opens two others: the node it runs on, the secret that it mounts.
std::vector<model::Record> topology_records(const World& world, std::uint32_t generation, core::Time at);

}  // namespace kgrca::bench
