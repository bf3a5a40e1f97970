#include <algorithm>
#include <iterator>

#include "graph/live_impl.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {
namespace {

// References present in one of the sorted lists only.
std::vector<EdgeRef> changed_refs(const std::vector<EdgeRef>& a, const std::vector<EdgeRef>& b) {
  std::vector<EdgeRef> out;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

// A node's own name is not a uid.
std::string_view own_uid(const Node& node, const model::ResourceState& given) {
  return node.ref.kind == "node" && given.ref.uid == node.ref.name ? std::string_view() : std::string_view(given.ref.uid);
}

// A whole record that adds nothing to the present state; targets without a cluster lie in the resource's own.
bool says_the_same(const model::ResourceState& given, const model::ResourceState& present, const std::string& cluster) {
  if (present.deleted || present.partial || given.labels != present.labels || given.fields != present.fields ||
      given.selector != present.selector || given.addresses != present.addresses) {
    return false;
  }
  return std::equal(given.references.begin(), given.references.end(), present.references.begin(), present.references.end(),
                    [&](const model::Reference& a, const model::Reference& b) {
                      const model::ResourceRef& x = a.target;
                      const model::ResourceRef& y = b.target;
                      return a.relation == b.relation && a.outgoing == b.outgoing && a.evidence == b.evidence && x.kind == y.kind &&
                             x.ns == y.ns && x.name == y.name && x.uid == y.uid &&
                             (x.cluster.empty() ? cluster : x.cluster) == y.cluster;
                    });
}

// How many of the newest versions stay.
std::size_t versions_to_keep(const NodeRec& rec) {
  const auto references = [&](std::size_t i) { return rec.versions[i].content ? rec.versions[i].content->refs.size() : 0; };
  const std::size_t size = rec.versions.size();
  std::size_t all = rec.refs.size();
  for (std::size_t i = 0; i < size; ++i) all += references(i);
  if (size <= versions_max && all <= kept_references_max) return size;
  std::size_t kept = 1;
  std::size_t held = rec.refs.size();
  for (; kept < size && kept < versions_max * 3 / 4; ++kept) {
    held += references(size - 1 - kept);
    if (held > kept_references_max * 3 / 4) break;
  }
  return kept;
}

}  // namespace

Applied LiveGraph::Impl::apply(const model::ResourceState& state) {
  Applied out;
  apply_version(state, out);
  // A list shows what we took for gone: it lives again from then on, as it was.
  if (out.id && state.listed > state.at && !state.deleted && dead_at(out.id, state.listed)) {
    model::ResourceState again = state;
    again.at = state.listed;
    again.source_id = implied_source_id(again.ref, again.at);
    apply_version(again, out);
  }
  out.touched = take_touched();
  return out;
}

void LiveGraph::Impl::apply_version(const model::ResourceState& state, Applied& out) {
  const ResourceId id = resolve(state.ref, state.at);
  if (!id || state.ref.kind == address_kind) return;
  out.id = id;
  if (repeat_version(*record(id), state)) return;
  model::ResourceState given = state;
  if (given.references.size() > references_max) given.references.resize(references_max);
  const std::string cluster = record(id)->node.ref.cluster;
  for (model::Reference& reference : given.references) {
    if (reference.target.cluster.empty() && cluster != unknown_cluster) reference.target.cluster = cluster;
    if (!given.deleted) resolve(reference.target, given.at);
  }
  NodeRec& rec = *record(id);  // a reference may have told the cluster and merged it
  given.ref = rec.node.ref;
  given.ref.uid = own_uid(rec.node, state);
  trim_versions(rec);
  const std::vector<Version>& list = rec.versions;
  if (list.empty() || given.at > list.back().at) {
    append_version(rec, given, out);
  } else if (given.at < list.front().at && (rec.trimmed || given.at < tenant_time - lateness)) {
    keep_in_history(rec, given);
  } else if (late_work_done > late_work_max) {
    if (keep_in_history(rec, given)) ++versions_cut;
  } else {
    insert_version(rec, given, out);
  }
  out.id = rec.node.id;
}

// Most records are sent again unchanged: those are told from the present state without copying anything.
bool LiveGraph::Impl::repeat_version(NodeRec& rec, const model::ResourceState& given) {
  if (rec.versions.empty() || given.at <= rec.versions.back().at || given.partial || given.deleted) return false;
  if (own_uid(rec.node, given) != rec.node.state.ref.uid || !says_the_same(given, rec.node.state, rec.node.ref.cluster)) return false;
  trim_versions(rec);
  rec.versions.push_back({given.at, given.source_id, nullptr, nullptr, false});
  age(rec, rec.versions.size() - 1);
  for (const EdgeRef& ref : rec.refs) {
    if (NodeRec* other = record(ref.other)) touch(*other, given.at);
  }
  dirty.insert(rec.node.id);
  return true;
}

// Versions from `first` on will make their predecessors superfluous once they are older than the lateness bound.
void LiveGraph::Impl::age(const NodeRec& rec, std::size_t first) {
  for (std::size_t i = std::max<std::size_t>(first, 1); i < rec.versions.size(); ++i) {
    aging.emplace_back(rec.versions[i].at, rec.node.id);
    std::push_heap(aging.begin(), aging.end(), std::greater<>());
  }
}

void LiveGraph::Impl::age_versions() {
  while (!aging.empty() && aging.front().first <= tenant_time - lateness) {
    const ResourceId id = aging.front().second;
    std::pop_heap(aging.begin(), aging.end(), std::greater<>());
    aging.pop_back();
    if (NodeRec* rec = record(id)) trim_versions(*rec);
  }
}

ContentPtr LiveGraph::Impl::make_content(NodeRec& rec, model::ResourceState state) {
  auto content = std::make_shared<Content>();
  content->refs = resolve_refs(rec, state);
  content->state = std::move(state);
  return content;
}

void LiveGraph::Impl::append_version(NodeRec& rec, const model::ResourceState& given, Applied& out) {
  dirty.insert(rec.node.id);
  const model::ResourceState* before = rec.versions.empty() ? nullptr : &rec.node.state;
  model::ResourceState next = effective_state(before, given);
  Version version{given.at, given.source_id, nullptr, given_part(given), ends_object(before, next)};
  if (before != nullptr && same_content(*before, next)) {
    rec.versions.push_back(std::move(version));
    age(rec, rec.versions.size() - 1);
    return;
  }
  Difference found = difference(before, next);
  std::vector<EdgeRef> refs = resolve_refs(rec, next);
  std::vector<Triple> affected;
  relink(rec, changed_refs(rec.refs, refs), affected);
  const bool life = version.ends || (before != nullptr && before->deleted != next.deleted);
  const bool match = before == nullptr || before->labels != next.labels || before->selector != next.selector;
  if (before != nullptr) {
    rec.versions.back().content = std::make_shared<Content>(Content{std::move(rec.node.state), std::move(rec.refs)});
  }
  rec.versions.push_back(std::move(version));
  rec.node.state = std::move(next);
  rec.refs = std::move(refs);
  age(rec, rec.versions.size() - 1);
  write_history(rec.node.id, given.at, &rec.node.state);
  after_content(rec, rec.versions.size() < 2 ? nullptr : &rec.versions[rec.versions.size() - 2].content->state);
  if (uses_addresses(rec)) reresolve(rec, affected);
  if (life) relink_all(rec, affected);
  if (life || match) {
    relink_pod(rec, affected);
    relink_service(rec, affected);
  }
  recompute(affected);
  if (found.empty()) return;
  out.changes.push_back({rec.node.id, rec.node.state, std::move(found.changes), found.created, false});
}

void LiveGraph::Impl::trim_versions(NodeRec& rec) {
  if (tenant_time == never) return;
  const Time horizon = tenant_time - lateness;
  const std::size_t size = rec.versions.size();
  const std::size_t left = versions_to_keep(rec);
  std::size_t drop = 0;
  while (drop + 1 < size && (rec.versions[drop + 1].at <= horizon || size - drop > left)) {
    if (rec.versions[drop + 1].at > horizon && rec.versions[drop].content) ++versions_cut;
    if (rec.versions[drop].ends) rec.last_end = std::max(rec.last_end, rec.versions[drop].at);
    ++drop;
  }
  if (drop == 0) return;
  const std::vector<std::string> held = addresses_of(rec);
  unindex_references(rec);
  rec.versions.erase(rec.versions.begin(), rec.versions.begin() + static_cast<std::ptrdiff_t>(drop));
  rec.versions.front().given = nullptr;
  rec.trimmed = true;
  index_references(rec);
  if (addresses_of(rec) != held) refresh_address_users(held);
}

ContentView LiveGraph::Impl::content_at(const NodeRec& rec, std::size_t index) const {
  for (std::size_t i = index; i + 1 < rec.versions.size(); ++i) {
    if (rec.versions[i].content) return {&rec.versions[i].content->state, &rec.versions[i].content->refs};
  }
  return {&rec.node.state, &rec.refs};
}

bool LiveGraph::Impl::repeats(const NodeRec& rec, std::size_t index) const {
  return index > 0 && !rec.versions[index - 1].content;
}

std::size_t LiveGraph::Impl::active_version(const NodeRec& rec, Time at) const {
  const auto it = std::upper_bound(rec.versions.begin(), rec.versions.end(), at,
                                   [](Time t, const Version& v) { return t < v.at; });
  return it == rec.versions.begin() ? rec.versions.size() : static_cast<std::size_t>(it - rec.versions.begin()) - 1;
}

void LiveGraph::Impl::after_content(NodeRec& rec, const model::ResourceState* before) {
  Node& node = rec.node;
  const bool stated = !node.state.partial;
  if (stated != node.stated || node.state.deleted != node.deleted) {
    count_node(rec, -1);
    if (!node.stated) --unstated;
    if (node.state.deleted && !node.deleted) {
      deletions.emplace_back(node.state.at, node.id);
      std::push_heap(deletions.begin(), deletions.end(), std::greater<>());
    }
    node.stated = stated;
    node.deleted = node.state.deleted;
    if (!node.stated) ++unstated;
    count_node(rec, 1);
  }
  node.deleted_at = node.deleted ? node.state.at : Time{};
  for (std::size_t i = rec.versions.size(); i-- > 0;) {
    const std::string& uid = content_at(rec, i).state->ref.uid;
    if (uid.empty()) continue;
    node.ref.uid = uid;
    break;
  }
  index_content(rec, before);
}

void LiveGraph::Impl::index_content(NodeRec& rec, const model::ResourceState* before) {
  const model::ResourceState& state = rec.node.state;
  if (before == nullptr || before->selector != state.selector) index_selectors(rec);
  if (before == nullptr) {
    index_references(rec);
  } else if (before->deleted != state.deleted || before->references != state.references) {
    index_references(rec.node.id, rec.refs);
  }
  if (before == nullptr || before->deleted != state.deleted || before->references != state.references) index_address_users(rec);
  if (before == nullptr || before->deleted != state.deleted || before->addresses != state.addresses) index_addresses(rec);
}

void LiveGraph::Impl::write_history(ResourceId id, Time at, const model::ResourceState* state) {
  history[{id, at}] = state == nullptr ? std::nullopt : std::optional(encode_state(*state));
}

}  // namespace kgrca::graph
