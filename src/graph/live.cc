#include "kgrca/graph/live.h"

#include <algorithm>

#include "graph/live_impl.h"

namespace kgrca::graph {

LiveGraph::LiveGraph(LiveLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
LiveGraph::~LiveGraph() = default;

core::Status LiveGraph::load(store::TenantView view) { return impl_->load(view); }

core::ResourceId LiveGraph::resolve(const model::ResourceRef& ref, core::Time seen) { return impl_->resolve(ref, seen); }

std::optional<core::ResourceId> LiveGraph::find(const model::ResourceRef& ref) const {
  return impl_->find(ref, impl_->tenant_time);
}

const Node* LiveGraph::node(core::ResourceId id) const {
  const NodeRec* rec = std::as_const(*impl_).record(id);
  return rec == nullptr ? nullptr : &rec->node;
}

core::ResourceId LiveGraph::canonical(core::ResourceId id) const { return impl_->canonical(id); }

Applied LiveGraph::apply(const model::ResourceState& state) { return impl_->apply(state); }
Applied LiveGraph::apply(const model::EdgeUpdate& edge) { return impl_->apply(edge); }

core::StatusOr<Ended<model::ResourceState>> LiveGraph::ended_by(const model::ResourceSync& sync) const {
  return std::as_const(*impl_).ended_by(sync);
}
core::StatusOr<Ended<model::EdgeUpdate>> LiveGraph::ended_by(const model::EdgeSync& sync) const {
  return std::as_const(*impl_).ended_by(sync);
}

std::span<const Neighbour> LiveGraph::neighbours(core::ResourceId id) const {
  const NodeRec* rec = std::as_const(*impl_).record(id);
  if (rec == nullptr) return {};
  return rec->adjacent;
}

void LiveGraph::each_node(const std::function<void(const Node&)>& fn) const {
  std::vector<const Node*> all;
  all.reserve(impl_->nodes.size());
  for (const auto& entry : impl_->nodes) all.push_back(&entry.second->node);
  std::sort(all.begin(), all.end(), [](const Node* a, const Node* b) { return a->id < b->id; });
  for (const Node* node : all) fn(*node);
}

std::size_t LiveGraph::node_count() const { return impl_->nodes.size(); }
std::size_t LiveGraph::open_edge_count() const { return impl_->open_edges; }
std::size_t LiveGraph::unstated_count() const { return impl_->unstated; }

std::size_t LiveGraph::memory_bytes() const { return impl_->memory_bytes(); }

std::vector<std::pair<core::ResourceId, core::ResourceId>> LiveGraph::take_merges() {
  return std::exchange(impl_->merges, {});
}

std::size_t LiveGraph::take_versions_cut() { return std::exchange(impl_->versions_cut, 0); }
std::size_t LiveGraph::take_evicted() { return std::exchange(impl_->evicted, 0); }

void LiveGraph::write(store::Batch& batch) { impl_->write(batch); }

}  // namespace kgrca::graph
