// What full lists end.
#include <algorithm>

#include "graph/live_impl.h"

namespace kgrca::graph {
namespace {

// Of the dead the earliest ids, so that the result does not depend on hash order.
template <typename Id>
std::size_t cut(std::vector<Id>& ids) {
  std::sort(ids.begin(), ids.end());
  const std::size_t left = ids.size() - std::min(ids.size(), full_state_ends_max);
  ids.resize(ids.size() - left);
  return left;
}

}  // namespace

std::string implied_source_id(const model::ResourceRef& ref, Time at) {
  const std::string identity = ref.uid.empty() ? core::cat(ref.ns, "/", ref.name) : ref.uid;
  return core::cat("st:", ref.kind, ":", identity, "@", core::format_rfc3339(at));
}

core::StatusOr<std::string> LiveGraph::Impl::cluster_of_sync(std::string_view named) const {
  if (!named.empty() && named != unknown_cluster) return std::string(named);
  if (clusters.empty()) return std::string(unknown_cluster);
  if (clusters.size() == 1) return clusters.begin()->first;
  return core::failed_precondition("a full state must name its cluster: the tenant has several");
}

bool LiveGraph::Impl::lives_at(const NodeRec& rec, Time at) const {
  if (rec.versions.empty()) return rec.node.last_seen <= at;
  const std::size_t i = active_version(rec, at);
  return i < rec.versions.size() && !content_at(rec, i).state->deleted;
}

bool LiveGraph::Impl::dead_at(ResourceId id, Time at) const {
  const NodeRec* rec = record(id);
  const std::size_t i = rec == nullptr ? 0 : active_version(*rec, at);
  return rec != nullptr && i < rec->versions.size() && content_at(*rec, i).state->deleted;
}

core::StatusOr<Ended<model::ResourceState>> LiveGraph::Impl::ended_by(const model::ResourceSync& sync) const {
  KGRCA_ASSIGN_OR_RETURN(const std::string cluster, cluster_of_sync(sync.cluster));
  std::vector<ResourceId> ids;
  for (const auto& [id, rec] : nodes) {
    const model::ResourceRef& ref = rec->node.ref;
    if (ref.kind != sync.kind || ref.cluster != cluster || (sync.ns && ref.ns != *sync.ns)) continue;
    // A placeholder has no name that the list could show.
    if (is_placeholder(*rec) || !lives_at(*rec, sync.at)) continue;
    if (!std::binary_search(sync.present.begin(), sync.present.end(), core::cat(ref.ns, "/", ref.name))) ids.push_back(id);
  }
  Ended<model::ResourceState> out;
  out.left = cut(ids);
  for (const ResourceId id : ids) {
    model::ResourceState end;
    end.ref = record(id)->node.ref;
    end.at = sync.at;
    end.deleted = true;
    end.source_id = implied_source_id(end.ref, end.at);
    out.records.push_back(std::move(end));
  }
  return out;
}

core::StatusOr<Ended<model::EdgeUpdate>> LiveGraph::Impl::ended_by(const model::EdgeSync& sync) const {
  KGRCA_ASSIGN_OR_RETURN(const std::string cluster, cluster_of_sync(sync.cluster));
  absl::flat_hash_set<Triple> present;
  for (const auto& [from, to] : sync.present) present.insert({locate(from, sync.at), locate(to, sync.at), sync.relation});
  std::vector<Triple> triples;
  for (const auto& entry : statements) {
    const Triple& triple = entry.first;
    const NodeRec* from = record(triple.from);
    const NodeRec* to = record(triple.to);
    if (triple.relation != sync.relation || present.contains(triple) || from == nullptr || to == nullptr) continue;
    if (from->node.ref.cluster != cluster || to->node.ref.cluster != cluster) continue;
    if (stated_at(triple, *from, *to, sync.at)) triples.push_back(triple);
  }
  Ended<model::EdgeUpdate> out;
  out.left = cut(triples);
  for (const Triple& triple : triples) {
    out.records.push_back({sync.relation, {}, record(triple.from)->node.ref, record(triple.to)->node.ref, sync.at, true});
  }
  return out;
}

}  // namespace kgrca::graph
