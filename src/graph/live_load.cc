#include <algorithm>
#include <limits>

#include <absl/functional/function_ref.h>

#include "graph/edge_codec.h"
#include "graph/live_impl.h"
#include "graph/resource_record.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

model::Relation relation_of(std::uint8_t number) { return static_cast<model::Relation>(number); }

std::unique_ptr<NodeRec> node_of(ResourceId id, ResourceRecord& record) {
  auto rec = std::make_unique<NodeRec>();
  Node& node = rec->node;
  node.id = id;
  node.ref = std::move(record.ref);
  node.stated = record.stated;
  node.deleted = record.deleted;
  node.first_seen = record.first_seen;
  node.last_seen = rec->last_seen_written = record.last_seen;
  node.deleted_at = record.deleted_at;
  if (record.state) node.state = std::move(*record.state);
  rec->trimmed = record.trimmed;
  rec->last_end = record.last_end;
  rec->uids = std::move(record.uids);
  rec->aliases = std::move(record.aliases);
  for (auto& mark : record.versions) {
    Version version{mark.at, std::move(mark.source_id), nullptr, nullptr, mark.ends};
    // A content of its own is read from the history afterwards; until then an empty one holds the place.
    if (!mark.same_as_next) version.content = std::make_shared<Content>();
    if (mark.given) version.given = std::make_shared<const model::ResourceState>(std::move(*mark.given));
    rec->versions.push_back(std::move(version));
  }
  if (!rec->versions.empty()) rec->versions.back().content = nullptr;
  return rec;
}

// Those that ended after one time and by another, until `fn` returns false; jumps over the others, one relation at a time.
core::Status each_closed(const store::Snapshot& snapshot, bool incoming, ResourceId id, Time after, Time until,
                         absl::FunctionRef<bool(const keys::EdgeKey&, model::Evidence)> fn) {
  std::uint8_t relation = 0;
  for (;;) {
    store::Scan first = snapshot.scan(keys::closed_edges(incoming, id), keys::closed_edge(incoming, id, relation, Time{}, {}, Time{}));
    KGRCA_RETURN_IF_ERROR(first.status());
    if (!first.valid()) return core::ok_status();
    relation = keys::edge_of(first.key()).relation;
    store::Scan scan = snapshot.scan(keys::closed_edges(incoming, id, relation),
                                     keys::closed_edge(incoming, id, relation, after + core::Duration(1), {}, Time{}));
    for (; scan.valid(); scan.next()) {
      const keys::EdgeKey edge = keys::edge_of(scan.key());
      if (edge.to > until) break;
      KGRCA_ASSIGN_OR_RETURN(const model::Evidence evidence, decode_edge(scan.value()));
      if (!fn(edge, evidence)) return core::ok_status();
    }
    KGRCA_RETURN_IF_ERROR(scan.status());
    if (relation == static_cast<std::uint8_t>(model::Relation::emits)) return core::ok_status();
    ++relation;
  }
}

}  // namespace

core::Status LiveGraph::Impl::load(store::TenantView view) {
  home = view;
  const store::Snapshot snapshot = view.snapshot();
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> clock, snapshot.get(keys::dictionary(clock_dictionary, "tenant_time")));
  if (clock) {
    KGRCA_ASSIGN_OR_RETURN(tenant_time, decode_time(*clock));
    forgotten_until = tenant_time - limits.memory;
  }
  KGRCA_RETURN_IF_ERROR(load_nodes(snapshot));
  std::vector<ResourceId> ids;
  for (const auto& entry : nodes) ids.push_back(entry.first);
  std::sort(ids.begin(), ids.end());
  for (const ResourceId id : ids) KGRCA_RETURN_IF_ERROR(load_contents(snapshot, *record(id)));
  for (const ResourceId id : ids) resolve_loaded(*record(id));
  for (const ResourceId id : ids) KGRCA_RETURN_IF_ERROR(load_edges(snapshot, *record(id)));
  sort_adjacency();
  std::make_heap(closings.begin(), closings.end(), std::greater<>());
  KGRCA_RETURN_IF_ERROR(load_statements(snapshot));
  for (const ResourceId id : ids) age(*record(id), 0);
  if (clock) age_versions();
  touched.clear();
  std::make_heap(deletions.begin(), deletions.end(), std::greater<>());
  counts.clear();
  counted_bytes = stored_bytes;
  dirty.clear();
  return core::ok_status();
}

core::Status LiveGraph::Impl::load_nodes(const store::Snapshot& snapshot) {
  store::Scan scan = snapshot.scan(keys::resources());
  for (; scan.valid(); scan.next()) {
    const ResourceId id = keys::resource_of_key(scan.key());
    core::StatusOr<ResourceRecord> decoded = decode_resource(scan.value());
    if (!decoded.ok()) return decoded.status();
    NodeRec& rec = *(nodes[id] = node_of(id, *decoded));
    note_size(rec, resource_key_bytes + scan.value().size());
    index_node(rec);
    for (const std::string& uid : rec.uids) uids[uid] = id;
    for (const ResourceId alias : rec.aliases) merged[alias] = id;
    if (!rec.node.stated) ++unstated;
    if (rec.node.deleted) deletions.emplace_back(rec.node.deleted_at, id);
  }
  return scan.status();
}

core::Status LiveGraph::Impl::load_contents(const store::Snapshot& snapshot, NodeRec& rec) {
  for (Version& version : rec.versions) {
    if (!version.content) continue;
    store::Scan scan = snapshot.scan(keys::resource_states(rec.node.id), keys::resource_state(rec.node.id, version.at));
    KGRCA_RETURN_IF_ERROR(scan.status());
    if (!scan.valid()) return core::data_loss(core::cat("history of resource ", model::text_id(rec.node.ref), " is incomplete"));
    core::StatusOr<model::ResourceState> state = decode_state(scan.value());
    if (!state.ok()) return state.status();
    version.content = std::make_shared<Content>(Content{std::move(*state), {}});
  }
  if (rec.versions.empty()) return core::ok_status();
  index_selectors(rec);
  index_addresses(rec);
  return core::ok_status();
}

void LiveGraph::Impl::resolve_loaded(NodeRec& rec) {
  if (rec.versions.empty()) return;
  resolve_contents(rec);
  index_address_users(rec);
}

void LiveGraph::Impl::load_edge(const keys::EdgeKey& edge, model::Evidence evidence) {
  const Triple triple{edge.id, edge.other, relation_of(edge.relation)};
  const Time to = edge.closed ? edge.to : forever;
  if (NodeRec* rec = record(triple.from)) rec->adjacent.push_back({triple.to, edge.from, to, triple.relation, false, evidence});
  if (NodeRec* rec = record(triple.to)) rec->adjacent.push_back({triple.from, edge.from, to, triple.relation, true, evidence});
  if (edge.closed) {
    closings.emplace_back(to, triple);
  } else {
    ++open_edges;
  }
}

core::Status LiveGraph::Impl::load_edges(const store::Snapshot& snapshot, const NodeRec& rec) {
  const ResourceId id = rec.node.id;
  store::Scan open = snapshot.scan(keys::open_edges(false, id));
  for (; open.valid(); open.next()) {
    KGRCA_ASSIGN_OR_RETURN(const model::Evidence evidence, decode_edge(open.value()));
    load_edge(keys::edge_of(open.key()), evidence);
  }
  KGRCA_RETURN_IF_ERROR(open.status());
  return each_closed(snapshot, false, id, forgotten_until, forever, [&](const keys::EdgeKey& edge, model::Evidence evidence) {
    load_edge(edge, evidence);
    return true;
  });
}

// As they are stored; `most` is lowered by how many. False: there are more than `most`.
core::StatusOr<bool> LiveGraph::Impl::read_ended(ResourceId id, Time after, Time until, std::size_t& most, StoredEdges& out) const {
  bool all = true;
  const auto take = [&](const keys::EdgeKey& edge, model::Evidence evidence) {
    all = most > 0;
    if (!all) return false;
    --most;
    Triple triple{edge.id, edge.other, relation_of(edge.relation)};
    if (edge.incoming) std::swap(triple.from, triple.to);
    out[triple].push_back({edge.from, edge.to, evidence});
    return true;
  };
  const store::Snapshot snapshot = home->snapshot();
  for (const bool incoming : {false, true}) {
    KGRCA_RETURN_IF_ERROR(each_closed(snapshot, incoming, id, after, until, take));
    if (!all) break;
  }
  return all;
}

// Into memory, where the other end may have them already.
core::Status LiveGraph::Impl::take_back_edges(const NodeRec& rec) {
  StoredEdges stored;
  std::size_t most = std::numeric_limits<std::size_t>::max();
  KGRCA_RETURN_IF_ERROR(read_ended(rec.node.id, forgotten_until, forever, most, stored).status());
  for (auto& [triple, all] : stored) {
    for (const Interval& known : intervals(triple)) {
      if (std::find(all.begin(), all.end(), known) == all.end()) all.push_back(known);
    }
    std::sort(all.begin(), all.end(), [](const Interval& a, const Interval& b) { return a.from < b.from; });
    remember_persisted(triple, all);
    set_intervals(triple, all);
  }
  return core::ok_status();
}

core::Status LiveGraph::Impl::load_statements(const store::Snapshot& snapshot) {
  const store::Key prefix = keys::dictionary(statements_dictionary, {});
  store::Scan scan = snapshot.scan(prefix);
  for (; scan.valid(); scan.next()) {
    const std::optional<Triple> triple = triple_of(scan.key().substr(prefix.bytes().size()));
    if (!triple) return core::data_loss("an edge statement has a key of the wrong shape");
    core::StatusOr<Statement> statement = decode_statement(scan.value());
    if (!statement.ok()) return statement.status();
    set_statement(*triple, std::move(*statement));
  }
  dirty_statements.clear();
  return scan.status();
}

}  // namespace kgrca::graph
