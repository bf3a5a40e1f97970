// Services and the pods they select, by namespace; who holds an address and who refers to one.
#include <algorithm>
#include <tuple>

#include "graph/live_impl.h"

namespace kgrca::graph {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Both sorted by key.
bool selects(const Pairs& selector, const Pairs& labels) {
  if (selector.empty()) return false;
  auto label = labels.begin();
  for (const auto& want : selector) {
    while (label != labels.end() && label->first < want.first) ++label;
    if (label == labels.end() || *label != want) return false;
  }
  return true;
}

std::string pair_key(const std::pair<std::string, std::string>& pair) { return core::cat(pair.first, '\0', pair.second); }

// Which of several holders of an address it names: what stands in front of others first.
int address_rank(std::string_view kind) {
  if (kind == "service") return 0;
  if (kind == "node") return 1;
  return kind == "pod" ? 2 : 3;
}

bool holds(const model::ResourceState& state, std::string_view address) {
  return std::find(state.addresses.begin(), state.addresses.end(), address) != state.addresses.end();
}

// "orders.shop.svc.cluster.local", "orders.shop.svc", "orders.shop" -> orders in shop; "orders" with the referrer's namespace.
std::optional<std::pair<std::string, std::string>> service_name(std::string_view host, std::string_view ns) {
  const std::vector<std::string_view> parts = core::split(host, '.');
  if (parts.size() == 1 && !ns.empty()) return std::pair(std::string(parts[0]), std::string(ns));
  if (parts.size() < 2 || parts.size() > 6) return std::nullopt;
  if (parts.size() > 2 && parts[2] != "svc") return std::nullopt;
  return std::pair(std::string(parts[0]), std::string(parts[1]));
}

}  // namespace

std::string LiveGraph::Impl::namespace_key(const NodeRec& rec) {
  return core::cat(rec.node.ref.cluster, '\0', rec.node.ref.ns);
}

void LiveGraph::Impl::index_selectors(NodeRec& rec) {
  if (rec.node.ref.kind == "pod") {
    namespaces[namespace_key(rec)].pods.insert(rec.node.id);
    return;
  }
  if (rec.node.ref.kind != "service") return;
  NamespaceIndex& index = namespaces[namespace_key(rec)];
  index.services.insert(rec.node.id);
  for (std::size_t i = 0; i < rec.versions.size(); ++i) {
    const Pairs& selector = content_at(rec, i).state->selector;
    if (selector.empty()) continue;
    std::vector<ResourceId>& list = index.services_by_pair[pair_key(selector.front())];
    if (std::find(list.begin(), list.end(), rec.node.id) == list.end()) list.push_back(rec.node.id);
  }
}

void LiveGraph::Impl::unindex_selectors(const NodeRec& rec) {
  const auto it = namespaces.find(namespace_key(rec));
  if (it == namespaces.end()) return;
  NamespaceIndex& index = it->second;
  index.pods.erase(rec.node.id);
  if (index.services.erase(rec.node.id) > 0) {
    for (auto pair = index.services_by_pair.begin(); pair != index.services_by_pair.end();) {
      auto& list = pair->second;
      list.erase(std::remove(list.begin(), list.end(), rec.node.id), list.end());
      const auto next = std::next(pair);
      if (list.empty()) index.services_by_pair.erase(pair);
      pair = next;
    }
  }
  if (index.pods.empty() && index.services.empty()) namespaces.erase(it);
}

void LiveGraph::Impl::relink_pod(const NodeRec& pod, std::vector<Triple>& out) const {
  if (pod.node.ref.kind != "pod") return;
  const auto it = namespaces.find(namespace_key(pod));
  if (it == namespaces.end() || it->second.services.empty()) return;
  for (std::size_t i = 0; i < pod.versions.size(); ++i) {
    if (repeats(pod, i)) continue;
    for (const auto& label : content_at(pod, i).state->labels) {
      const auto services = it->second.services_by_pair.find(pair_key(label));
      if (services == it->second.services_by_pair.end()) continue;
      for (const ResourceId id : services->second) out.push_back({id, pod.node.id, model::Relation::selects});
    }
  }
  for (const Neighbour& edge : pod.adjacent) {
    if (edge.relation == model::Relation::selects && edge.incoming) out.push_back({edge.other, pod.node.id, edge.relation});
  }
}

void LiveGraph::Impl::relink_service(const NodeRec& service, std::vector<Triple>& out) const {
  if (service.node.ref.kind != "service") return;
  const auto it = namespaces.find(namespace_key(service));
  if (it == namespaces.end()) return;
  for (std::size_t i = 0; i < service.versions.size(); ++i) {
    if (repeats(service, i)) continue;
    const Pairs& selector = content_at(service, i).state->selector;
    if (selector.empty()) continue;
    for (const ResourceId id : it->second.pods) {
      const NodeRec* pod = record(id);
      if (pod == nullptr) continue;
      bool any = false;
      for (std::size_t k = 0; k < pod->versions.size() && !any; ++k) any = selects(selector, content_at(*pod, k).state->labels);
      if (any) out.push_back({service.node.id, id, model::Relation::selects});
    }
  }
  for (const Neighbour& edge : service.adjacent) {
    if (edge.relation == model::Relation::selects && !edge.incoming) out.push_back({service.node.id, edge.other, edge.relation});
  }
}

bool LiveGraph::Impl::selected_at(const NodeRec& service, const NodeRec& pod, Time at) const {
  const model::ResourceRef& a = service.node.ref;
  const model::ResourceRef& b = pod.node.ref;
  if (a.kind != "service" || b.kind != "pod" || a.ns != b.ns || a.cluster != b.cluster) return false;
  const std::size_t i = active_version(service, at);
  const std::size_t k = active_version(pod, at);
  if (i == service.versions.size() || k == pod.versions.size()) return false;
  return selects(content_at(service, i).state->selector, content_at(pod, k).state->labels);
}

// A kept version that began before `until` has the address.
bool LiveGraph::Impl::held_before(const NodeRec& rec, std::string_view address, Time until) const {
  for (std::size_t i = 0; i < rec.versions.size(); ++i) {
    if (holds(*content_at(rec, i).state, address)) return rec.versions[i].at < until;
  }
  return false;
}

// Holders that live with the address at `seen` come before those that had it or will have it before `until`; then
// services, nodes, pods.
ResourceId LiveGraph::Impl::address_holder(const model::ResourceRef& ref, Time seen, Time until) const {
  const std::string_view address = ref.name;
  ResourceId best;
  std::tuple<bool, int, bool, ResourceId> best_rank;
  const auto it = addresses.find(address);
  if (it != addresses.end()) {
    for (const ResourceId holder : it->second) {
      const NodeRec* rec = record(holder);
      if (rec == nullptr || !held_before(*rec, address, until)) continue;
      const std::size_t active = active_version(*rec, seen);
      const bool there = active < rec->versions.size() && !content_at(*rec, active).state->deleted &&
                         holds(*content_at(*rec, active).state, address);
      const std::tuple rank(!there, address_rank(rec->node.ref.kind), rec->node.deleted, rec->node.id);
      if (best && !(rank < best_rank)) continue;
      best = rec->node.id;
      best_rank = rank;
    }
  }
  if (best) return best;
  const auto service = service_name(address, ref.ns);
  if (!service) return {};
  const model::ResourceRef named{ref.cluster, "service", service->second, service->first, {}};
  return find(named, seen).value_or(ResourceId{});
}

void LiveGraph::Impl::index_addresses(NodeRec& rec) {
  std::vector<std::string> held;
  for (const std::string& address : addresses_of(rec)) {
    std::vector<ResourceId>& holders = addresses[address];
    if (std::find(holders.begin(), holders.end(), rec.node.id) == holders.end()) holders.push_back(rec.node.id);
    if (address_users.contains(address)) held.push_back(address);
  }
  refresh_address_users(held);
}

void LiveGraph::Impl::unindex_addresses(const NodeRec& rec) {
  for (std::size_t i = 0; i < rec.versions.size(); ++i) {
    for (const std::string& address : content_at(rec, i).state->addresses) {
      const auto it = addresses.find(address);
      if (it == addresses.end()) continue;
      it->second.erase(std::remove(it->second.begin(), it->second.end(), rec.node.id), it->second.end());
      if (it->second.empty()) addresses.erase(it);
    }
    for (const model::Reference& reference : content_at(rec, i).state->references) {
      if (reference.target.kind != address_kind) continue;
      const auto it = address_users.find(reference.target.name);
      if (it == address_users.end()) continue;
      it->second.erase(rec.node.id);
      if (it->second.empty()) address_users.erase(it);
    }
  }
}

void LiveGraph::Impl::index_address_users(const NodeRec& rec) {
  for (std::size_t i = 0; i < rec.versions.size(); ++i) {
    if (repeats(rec, i)) continue;
    for (const model::Reference& reference : content_at(rec, i).state->references) {
      if (reference.target.kind == address_kind) address_users[reference.target.name].insert(rec.node.id);
    }
  }
}

void LiveGraph::Impl::refresh_address_users(const std::vector<std::string>& held) {
  if (held.empty()) return;
  std::vector<ResourceId> users;
  for (const std::string& address : held) {
    const auto it = address_users.find(address);
    if (it != address_users.end()) users.insert(users.end(), it->second.begin(), it->second.end());
  }
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  std::vector<Triple> affected;
  for (const ResourceId id : users) {
    NodeRec* rec = record(id);
    if (rec != nullptr && uses_addresses(*rec)) reresolve(*rec, affected);
  }
  recompute(affected);
}

std::vector<std::string> LiveGraph::Impl::addresses_of(const NodeRec& rec) const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < rec.versions.size(); ++i) {
    if (repeats(rec, i)) continue;
    const std::vector<std::string>& held = content_at(rec, i).state->addresses;
    out.insert(out.end(), held.begin(), held.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool LiveGraph::Impl::uses_addresses(const NodeRec& rec) const {
  for (std::size_t i = 0; i < rec.versions.size(); ++i) {
    for (const model::Reference& reference : content_at(rec, i).state->references) {
      if (reference.target.kind == address_kind) return true;
    }
  }
  return false;
}

// Each content's references as of the time it held.
void LiveGraph::Impl::resolve_contents(NodeRec& rec) {
  for (std::size_t i = 0; i + 1 < rec.versions.size(); ++i) {
    ContentPtr& content = rec.versions[i].content;
    if (!content) continue;
    const Time until = rec.versions[i + 1].at;
    content = std::make_shared<Content>(Content{content->state, resolve_refs(rec, content->state, until)});
  }
  rec.refs = resolve_refs(rec, rec.node.state);
  index_references(rec);
}

void LiveGraph::Impl::reresolve(NodeRec& rec, std::vector<Triple>& out) {
  if (rec.versions.empty()) return;
  relink_all(rec, out);
  resolve_contents(rec);
  relink_all(rec, out);
}

}  // namespace kgrca::graph
