#include <algorithm>
#include <tuple>

#include "graph/live_impl.h"
#include "graph/resource_reads.h"
#include "graph/small_values.h"
#include "kgrca/graph/counts.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

std::string name_key(std::string_view kind, std::string_view ns, std::string_view name) {
  return core::cat(kind, '\0', ns, '\0', name);
}

ResourceId id_of(std::string_view cluster, std::string_view kind, std::string_view ns, std::string_view name) {
  thread_local std::string text;  // asked for several times an event
  text.clear();
  core::append(text, cluster, ':', kind, ':', ns, ':', name);
  return model::resource_id(text);
}

// The name a reference gives; the original wrote a node's name as its uid.
std::string_view given_name(const model::ResourceRef& ref) {
  return ref.name.empty() && ref.kind == "node" ? std::string_view(ref.uid) : std::string_view(ref.name);
}

// Of a resource whose records knew only its uid: the uid stands in for the name.
bool named_by_uid(const model::ResourceRef& ref, const std::vector<std::string>& uids) {
  return std::find(uids.begin(), uids.end(), ref.name) != uids.end();
}

template <typename T>
void erase_value(std::vector<T>& values, const T& value) {
  values.erase(std::remove(values.begin(), values.end(), value), values.end());
}

}  // namespace

ResourceId LiveGraph::Impl::canonical(ResourceId id) const {
  if (merged.empty()) return id;
  const auto it = merged.find(id);
  return it == merged.end() ? id : it->second;
}

NodeRec* LiveGraph::Impl::record(ResourceId id) {
  const auto it = nodes.find(canonical(id));
  return it == nodes.end() ? nullptr : it->second.get();
}

const NodeRec* LiveGraph::Impl::record(ResourceId id) const {
  const auto it = nodes.find(canonical(id));
  return it == nodes.end() ? nullptr : it->second.get();
}

ResourceId LiveGraph::Impl::uid_holder(std::string_view uid) const {
  if (uid.empty()) return {};
  const auto it = uids.find(uid);
  if (it == uids.end()) return {};
  const ResourceId id = canonical(it->second);
  return nodes.contains(id) ? id : ResourceId{};
}

bool LiveGraph::Impl::is_placeholder(const NodeRec& rec) const { return named_by_uid(rec.node.ref, rec.uids); }

std::string_view LiveGraph::Impl::pick_cluster(const model::ResourceRef& ref, std::string_view name) const {
  if (!ref.cluster.empty() && ref.cluster != unknown_cluster) return ref.cluster;
  if (const NodeRec* holder = record(uid_holder(ref.uid)); holder != nullptr && holder->node.ref.cluster != unknown_cluster) {
    return holder->node.ref.cluster;
  }
  if (clusters.size() == 1) return clusters.begin()->first;
  const auto it = names.find(name_key(ref.kind, ref.ns, name));
  if (it == names.end()) return unknown_cluster;
  std::string_view found = unknown_cluster;
  for (const ResourceId id : it->second) {
    const std::string& cluster = record(id)->node.ref.cluster;
    if (cluster == unknown_cluster) continue;
    if (found != unknown_cluster) return unknown_cluster;  // not unique
    found = cluster;
  }
  return found;
}

// The id that a reference means, whether or not the node is in memory; none when it says too little.
ResourceId LiveGraph::Impl::locate(const model::ResourceRef& ref, Time seen, Time until) const {
  if (ref.kind == address_kind) return address_holder(ref, seen, until);
  std::string_view name = given_name(ref);
  if (name.empty() || ref.kind.empty()) {
    if (const ResourceId id = uid_holder(ref.uid)) return id;
    name = ref.uid;
  }
  if (name.empty() || ref.kind.empty()) return {};
  return canonical(id_of(pick_cluster(ref, name), ref.kind, ref.ns, name));
}

std::optional<ResourceId> LiveGraph::Impl::find(const model::ResourceRef& ref, Time seen) const {
  const ResourceId id = locate(ref, seen);
  return nodes.contains(id) ? std::optional(id) : std::nullopt;
}

ResourceId LiveGraph::Impl::resolve(const model::ResourceRef& ref, Time seen) {
  if (seen > tenant_time) {
    tenant_time = seen;
    time_moved = true;
  }
  if (ref.kind == address_kind) {
    const ResourceId id = address_holder(ref, seen);
    if (id) touch(*record(id), std::max(seen, record(id)->node.first_seen));  // who held it may have been unknown then
    return id;
  }
  std::string_view name = given_name(ref);
  const bool by_uid = name.empty() || ref.kind.empty();
  if (by_uid) {
    if (const ResourceId id = recall(ref, seen)) {
      touch(*record(id), seen);
      return id;
    }
    name = ref.uid;
  }
  if (name.empty() || ref.kind.empty()) return {};
  const bool says_uid = !ref.uid.empty() && !(ref.kind == "node" && ref.uid == name);
  const bool placed = !ref.cluster.empty() && ref.cluster != unknown_cluster;
  if (says_uid && !by_uid && !placed) recall(ref, seen);
  const NodeRec& rec = ensure(pick_cluster(ref, name), ref.kind, ref.ns, name, seen);
  const ResourceId id = rec.node.id;
  if (!says_uid || (!rec.uids.empty() && rec.uids.back() == ref.uid)) return id;
  if (!by_uid && placed) recall(ref, seen);
  add_uid(id, ref.uid);
  return canonical(id);
}

// The holder of the reference's uid. One that left memory comes back when the reference may mean it: it names nothing else, or the
// same, or the holder was known by its uid alone. Cost: a read of the store when memory does not know the uid.
ResourceId LiveGraph::Impl::recall(const model::ResourceRef& ref, Time seen) {
  if (const ResourceId id = uid_holder(ref.uid)) return id;
  if (!home || ref.uid.empty()) return {};
  const core::StatusOr<FoundResource> left = left_by_uid(ref.uid);
  if (!left.ok() || model::resource_id(left->record.ref) != left->id) return {};
  const model::ResourceRef& known = left->record.ref;
  const std::string_view name = given_name(ref);
  const bool meant = name.empty() || ref.kind.empty() ||
                     std::tie(known.kind, known.ns, known.name) == std::tie(ref.kind, ref.ns, name) ||
                     named_by_uid(known, left->record.uids);
  return meant ? ensure(known.cluster, known.kind, known.ns, known.name, seen).node.id : ResourceId{};
}

NodeRec& LiveGraph::Impl::ensure(std::string_view cluster, std::string_view kind, std::string_view ns,
                                 std::string_view name, Time seen) {
  const ResourceId id = id_of(cluster, kind, ns, name);
  if (NodeRec* known = record(id)) {
    touch(*known, seen);
    return *known;
  }
  const core::StatusOr<FoundResource> left = find_left(id);
  if (left.ok() && left->id != id && model::resource_id(left->record.ref) == left->id) {
    const model::ResourceRef& ref = left->record.ref;
    NodeRec& present = ensure(ref.cluster, ref.kind, ref.ns, ref.name, seen);
    add_alias(present, id);
    return present;
  }
  auto made = std::make_unique<NodeRec>();
  NodeRec& rec = *made;
  rec.node.id = id;
  rec.node.ref = {std::string(cluster), std::string(kind), std::string(ns), std::string(name), {}};
  rec.node.first_seen = rec.node.last_seen = seen;
  nodes.emplace(id, std::move(made));
  index_node(rec);
  count_node(rec, 1);
  ++unstated;
  dirty.insert(id);
  new_names.insert(id);
  if (left.ok()) take_back(rec, left->record);
  if (!left.ok() && !absl::IsNotFound(left.status())) rec.last_end = tenant_time;  // what is stored of it may reach until now
  if (rec.node.ref.cluster == unknown_cluster || adopting) return rec;
  if (clusters.size() == 1 && !unknown_nodes.empty()) {
    adopt_unknown(rec.node.ref.cluster);
  } else {
    absorb_unknown(rec);
  }
  return rec;
}

// What left memory, under its own id or a former one.
core::StatusOr<FoundResource> LiveGraph::Impl::find_left(ResourceId id) const {
  if (!home) return core::not_found("nothing is stored");
  return record_of(home->snapshot(), id, decode_resource_head);
}

core::StatusOr<FoundResource> LiveGraph::Impl::left_by_uid(std::string_view uid) const {
  const store::Snapshot snapshot = home->snapshot();
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.get(store::keys::resource_by_uid(uid)));
  if (!value) return core::not_found("no such uid");
  KGRCA_ASSIGN_OR_RETURN(const std::uint64_t id, decode_id(*value));
  return record_of(snapshot, ResourceId{id}, decode_resource_head);
}

// It goes on under the names it had. Its edges until it left stay as they are stored; what others say of it holds from then on,
// of a deleted one from when it is named again.
void LiveGraph::Impl::take_back(NodeRec& rec, const ResourceRecord& left) {
  const bool dead_but_named = left.deleted && referrers.contains(rec.node.id);
  rec.last_end = dead_but_named ? std::max(left.last_end, rec.node.first_seen) : left.last_end;
  rec.node.first_seen = std::min(rec.node.first_seen, left.first_seen);
  for (const ResourceId alias : left.aliases) add_alias(rec, alias);
  for (const std::string& uid : left.uids) {
    if (!uids.try_emplace(uid, rec.node.id).second) continue;
    rec.uids.push_back(uid);
    new_uids.emplace_back(uid, rec.node.id);
  }
  if (!take_back_edges(rec).ok()) rec.last_end = tenant_time;  // they may reach until now
  std::vector<Triple> affected;
  relink_referrers(rec, affected);
  recompute(affected);
}

void LiveGraph::Impl::index_node(NodeRec& rec) {
  const model::ResourceRef& ref = rec.node.ref;
  names[name_key(ref.kind, ref.ns, ref.name)].push_back(rec.node.id);
  if (ref.cluster == unknown_cluster) {
    unknown_nodes.insert(rec.node.id);
  } else {
    ++clusters[ref.cluster];
  }
}

void LiveGraph::Impl::unindex_node(NodeRec& rec) {
  const model::ResourceRef& ref = rec.node.ref;
  const auto it = names.find(name_key(ref.kind, ref.ns, ref.name));
  if (it != names.end()) {
    erase_value(it->second, rec.node.id);
    if (it->second.empty()) names.erase(it);
  }
  unknown_nodes.erase(rec.node.id);
  const auto cluster = clusters.find(ref.cluster);
  if (cluster != clusters.end() && --cluster->second == 0) clusters.erase(cluster);
  for (const std::string& uid : rec.uids) {
    const auto holder = uids.find(uid);
    if (holder != uids.end() && holder->second == rec.node.id) uids.erase(holder);
  }
}

// The tenant's first named cluster: what had no cluster so far belongs to it.
void LiveGraph::Impl::adopt_unknown(const std::string& cluster) {
  std::vector<ResourceId> ids(unknown_nodes.begin(), unknown_nodes.end());
  std::sort(ids.begin(), ids.end());
  adopting = true;
  for (const ResourceId id : ids) {
    NodeRec* former = record(id);
    if (former == nullptr || former->node.id != id) continue;
    const model::ResourceRef ref = former->node.ref;
    NodeRec& present = ensure(cluster, ref.kind, ref.ns, ref.name, former->node.first_seen);
    if (&present != former) merge(*former, present);
  }
  adopting = false;
}

void LiveGraph::Impl::absorb_unknown(const NodeRec& rec) {
  const model::ResourceRef& ref = rec.node.ref;
  const auto it = names.find(name_key(ref.kind, ref.ns, ref.name));
  if (it == names.end() || it->second.size() != 2) return;  // alone, or not unique
  for (const ResourceId id : it->second) {
    NodeRec* other = record(id);
    if (other->node.ref.cluster != unknown_cluster) continue;
    merge(*other, *record(rec.node.id));
    return;
  }
}

void LiveGraph::Impl::add_uid(ResourceId id, const std::string& uid) {
  NodeRec& rec = *record(id);
  const auto it = uids.find(uid);
  if (it == uids.end() || !nodes.contains(canonical(it->second))) {
    if (rec.uids.size() == uids_max) {
      uids.erase(rec.uids.front());
      rec.uids.erase(rec.uids.begin());
    }
    rec.uids.push_back(uid);
    uids[uid] = rec.node.id;
    if (rec.node.ref.uid.empty()) rec.node.ref.uid = uid;
    new_uids.emplace_back(uid, rec.node.id);
    dirty.insert(rec.node.id);
    return;
  }
  NodeRec& other = *record(it->second);
  if (&other == &rec) return;
  const bool same_name = other.node.ref.kind == rec.node.ref.kind && other.node.ref.ns == rec.node.ref.ns &&
                         other.node.ref.name == rec.node.ref.name;
  const bool unplaced = other.node.ref.cluster == unknown_cluster && same_name;
  if (unplaced || is_placeholder(other)) merge(other, rec);
}

// `merged` holds the aliases of all nodes; of each node the newest stay known.
void LiveGraph::Impl::add_alias(NodeRec& rec, ResourceId alias) {
  if (nodes.contains(alias)) return;
  merged[alias] = rec.node.id;
  rec.aliases.push_back(alias);
  if (rec.aliases.size() <= resource_aliases_max) return;
  merged.erase(rec.aliases.front());
  rec.aliases.erase(rec.aliases.begin());
}

// REQUIRES: its edges are closed.
void LiveGraph::Impl::drop_node(ResourceId id) {
  NodeRec* rec = record(id);
  if (rec == nullptr) return;
  for (const Triple& triple : absl::flat_hash_set<Triple>(rec->stated)) forget_statement(triple);
  unindex_addresses(*rec);
  unindex_selectors(*rec);
  unindex_references(*rec);
  unindex_node(*rec);
  count_node(*rec, -1);
  if (!rec->node.stated) --unstated;
  for (const ResourceId alias : rec->aliases) merged.erase(alias);
  dirty.erase(id);
  new_names.erase(id);
  note_size(*rec, 0);
  nodes.erase(id);
}

void LiveGraph::Impl::touch(NodeRec& rec, Time seen) {
  Node& node = rec.node;
  if (seen < node.first_seen) {
    node.first_seen = seen;
    dirty.insert(node.id);
  }
  if (seen <= node.last_seen) return;
  node.last_seen = seen;
  // One write an hour tells later readers that it lives; more would cost a key per event.
  if (rec.last_seen_written != never && seen - rec.last_seen_written >= std::chrono::hours(1)) dirty.insert(node.id);
}

void LiveGraph::Impl::count(std::string_view name, std::int64_t amount) {
  const auto it = counts.find(name);
  if (it == counts.end()) {
    counts.emplace(name, amount);
  } else {
    it->second += amount;
  }
}

void LiveGraph::Impl::count_node(const NodeRec& rec, int sign) {
  if (rec.node.deleted) return;
  count(counts::resources, sign);
  count(core::cat(counts::resources_kind, rec.node.ref.kind), sign);
  if (!rec.node.stated) count(counts::resources_unstated, sign);
}

}  // namespace kgrca::graph
