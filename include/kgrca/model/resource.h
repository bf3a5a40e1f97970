// Resources and how they refer to each other, as sources report them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/time.h"

namespace kgrca::model {

// A resource as a record names it. `kind` is lower case and singular ("pod"); `ns` is empty for cluster-scoped kinds.
// `cluster` is empty when the record names none; `uid` is an alias, may be empty.
struct ResourceRef {
  std::string cluster;
  std::string kind;
  std::string ns;
  std::string name;
  std::string uid;
  bool operator==(const ResourceRef&) const = default;
};

// `cluster:kind:namespace:name`; the name is the rest and may hold ':'.
std::string text_id(const ResourceRef& ref);
core::ResourceId resource_id(std::string_view text_id);
core::ResourceId resource_id(const ResourceRef& ref);
// Reads `cluster:kind:ns:name` and the original's `kind:ns:name`, `kind:name` (cluster empty). Nothing when there is no ':'.
std::optional<ResourceRef> parse_text_id(std::string_view text);
// "Deployment shop/orders", "Node worker-1": for people.
std::string display_name(const ResourceRef& ref);

// "Pods", "pod", "po" -> "pod"; unknown kinds are lower-cased and kept. `display_kind("statefulset")` = "StatefulSet".
std::string canonical_kind(std::string_view kind);
std::string display_kind(std::string_view canonical_kind);
bool is_cluster_scoped(std::string_view canonical_kind);
// Kinds the product knows by name, at least 22.
const std::vector<std::string_view>& known_kinds();

// Relations as stored and shown. Names of the original's relationships; stored as their number; never renumber.
enum class Relation : std::uint8_t {
  controls = 1,    // controller -> child
  runs_on = 2,     // pod -> node
  selects = 3,     // service -> pod
  mounts = 4,      // pod or workload -> config map, secret, claim
  binds_to = 5,    // claim -> volume
  scales = 6,      // autoscaler -> workload
  routes_to = 7,   // ingress -> service
  calls = 8,       // caller -> callee
  depends_on = 9,  // dependant -> what it depends on
  in_namespace = 10,  // resource -> namespace (quota, limit range)
  uses = 11,       // any other use: ingress -> TLS secret, claim -> storage class, workload -> service account, …
  emits = 12,      // scrape target or rule -> what it reports on
};
std::string_view name_of(Relation relation);  // "CONTROLS"
std::optional<Relation> parse_relation(std::string_view name);  // also OWNS, USES_VOLUME, … of the original

// How a reference became known; decides which one wins when several sources speak of the same edge.
enum class Evidence : std::uint8_t { stated = 0, selector = 1, environment = 2, inferred = 3 };

// An edge that a resource's own record implies ("this pod runs on that node"). `outgoing` false: the edge points at
// the record's resource (owner CONTROLS self).
struct Reference {
  Relation relation = Relation::uses;
  ResourceRef target;
  bool outgoing = true;
  Evidence evidence = Evidence::stated;
  bool operator==(const Reference&) const = default;
};

// Present state of a resource, flattened: paths like "image", "replicas", "env.DB_POOL_SIZE",
// "resources.limits.memory", "status.ready", "condition.MemoryPressure", "data.digest". Values are short text, already
// masked: secrets are absent, ConfigMap and env values are digests unless numbers or host:port.
struct ResourceState {
  ResourceRef ref;
  core::Time at{};
  bool deleted = false;
  // A record that carries only part of the resource (an event's involvedObject labels): absent fields are unknown, not removed.
  bool partial = false;
  std::vector<std::pair<std::string, std::string>> labels;    // sorted by key
  std::vector<std::pair<std::string, std::string>> fields;    // sorted by path
  std::vector<std::pair<std::string, std::string>> selector;  // service or workload pod selector, sorted; empty: none
  std::vector<Reference> references;
  std::vector<std::string> addresses;                         // pod, service and node IPs, host names
  std::string source_id;                                      // `st:<kind>:<uid>@<at>`, verbatim `at`
  core::Time listed{};                                        // a full list showed it then, unchanged since `at`; {}: none did
  bool operator==(const ResourceState&) const = default;
};

// One edge stated by a topology record. Endpoints resolve like any other reference.
struct EdgeUpdate {
  Relation relation = Relation::uses;
  std::string relation_name;  // as sent, when it is none of ours (relation = uses)
  ResourceRef from;
  ResourceRef to;
  core::Time at{};
  bool deleted = false;
};

// A full state: these and no others are there at `at`. What the graph knows beside them in the named scope ended by then; nothing
// outside of it, and nothing that began later, is touched.
struct ResourceSync {
  std::string cluster;              // empty: the tenant's only one
  std::string kind;                 // as in ResourceRef
  std::optional<std::string> ns;    // none: every namespace, or the kind has none
  core::Time at{};
  std::vector<std::string> present;  // "namespace/name", "/name" when cluster-scoped; sorted
};
// The same of the edges of one relation that topology records state within one cluster.
struct EdgeSync {
  std::string cluster;
  Relation relation = Relation::uses;
  core::Time at{};
  std::vector<std::pair<ResourceRef, ResourceRef>> present;  // from, to
};

struct FieldChange {
  std::string path;
  std::string before;  // empty: was absent
  std::string after;   // empty: is absent
  bool operator==(const FieldChange&) const = default;
};

}  // namespace kgrca::model
