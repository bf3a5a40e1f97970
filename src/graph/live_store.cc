#include <algorithm>
#include <tuple>

#include "graph/edge_codec.h"
#include "graph/live_impl.h"
#include "graph/small_values.h"
#include "graph/resource_record.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

// What measures as memory per node, per byte of its record and per edge, allocator included (20,000 pods of the bench mix).
constexpr std::size_t node_bytes = 2200;
constexpr std::size_t bytes_per_stored = 3;
constexpr std::size_t edge_bytes = 200;

template <typename Set>
auto sorted(const Set& set) {
  std::vector<typename Set::value_type> out(set.begin(), set.end());
  std::sort(out.begin(), out.end());
  return out;
}

ResourceRecord record_of(const NodeRec& rec) {
  ResourceRecord out;
  const Node& node = rec.node;
  out.stated = node.stated;
  out.deleted = node.deleted;
  out.trimmed = rec.trimmed;
  out.ref = node.ref;
  out.first_seen = node.first_seen;
  out.last_seen = node.last_seen;
  out.deleted_at = node.deleted_at;
  out.last_end = rec.last_end;
  out.uids = rec.uids;
  out.aliases = rec.aliases;
  if (!rec.versions.empty()) out.state = node.state;
  for (std::size_t i = 0; i < rec.versions.size(); ++i) {
    const Version& version = rec.versions[i];
    const bool same = i + 1 < rec.versions.size() && !version.content;
    out.versions.push_back({version.at, version.source_id, same, version.ends, {}});
    if (version.given) out.versions.back().given = *version.given;
  }
  return out;
}

std::uint8_t number_of(model::Relation relation) { return static_cast<std::uint8_t>(relation); }

void put_interval(store::Batch& batch, const Triple& t, const Interval& interval) {
  const std::string value = encode_edge(interval.evidence);
  if (interval.to == forever) {
    batch.put(keys::open_edge(false, t.from, number_of(t.relation), t.to, interval.from), value);
    batch.put(keys::open_edge(true, t.to, number_of(t.relation), t.from, interval.from), value);
  } else {
    batch.put(keys::closed_edge(false, t.from, number_of(t.relation), interval.to, t.to, interval.from), value);
    batch.put(keys::closed_edge(true, t.to, number_of(t.relation), interval.to, t.from, interval.from), value);
  }
}

void erase_interval(store::Batch& batch, const Triple& t, const Interval& interval) {
  if (interval.to == forever) {
    batch.erase(keys::open_edge(false, t.from, number_of(t.relation), t.to, interval.from));
    batch.erase(keys::open_edge(true, t.to, number_of(t.relation), t.from, interval.from));
  } else {
    batch.erase(keys::closed_edge(false, t.from, number_of(t.relation), interval.to, t.to, interval.from));
    batch.erase(keys::closed_edge(true, t.to, number_of(t.relation), interval.to, t.from, interval.from));
  }
}

bool same_key(const Interval& a, const Interval& b) { return a.from == b.from && a.to == b.to; }

}  // namespace

void LiveGraph::Impl::write(store::Batch& batch) {
  if (tenant_time != never) age_versions();
  keep_settled();
  write_edges(batch);
  write_nodes(batch);
  sweep(batch);
  write_rest(batch);
}

void LiveGraph::Impl::write_nodes(store::Batch& batch) {
  for (const ResourceId id : sorted(dirty)) {
    NodeRec* rec = record(id);
    if (rec == nullptr || rec->node.id != id) continue;
    const std::string value = encode_resource(record_of(*rec));
    batch.put(keys::resource(id), value);
    note_size(*rec, resource_key_bytes + value.size());
    rec->last_seen_written = rec->node.last_seen;
  }
  for (const ResourceId id : sorted(new_names)) {
    const NodeRec* rec = record(id);
    if (rec == nullptr || rec->node.id != id) continue;
    batch.put(keys::resource_by_name(rec->node.ref.kind, rec->node.ref.ns, rec->node.ref.name, id), {});
  }
  for (const auto& [uid, id] : new_uids) {
    batch.put(keys::resource_by_uid(uid), encode_id(canonical(id).value));
  }
  for (const auto& [to, former] : gone) {
    ResourceRecord alias;
    alias.alias_of = canonical(to);
    const model::ResourceRef& ref = former.node.ref;
    batch.erase(keys::resource(former.node.id));
    batch.put(keys::resource_away(former.node.id), encode_resource(alias));
    batch.erase(keys::resource_by_name(ref.kind, ref.ns, ref.name, former.node.id));
  }
  dirty.clear();
  new_names.clear();
  new_uids.clear();
  gone.clear();
}

void LiveGraph::Impl::write_edges(store::Batch& batch) {
  std::vector<Triple> triples;
  for (const auto& entry : persisted) triples.push_back(entry.first);
  std::sort(triples.begin(), triples.end());
  for (const Triple& triple : triples) {
    const std::vector<Interval>& before = persisted.find(triple)->second;
    const bool moved = merged.contains(triple.from) || merged.contains(triple.to);
    const std::vector<Interval> after = moved ? left_behind[triple] : intervals(triple);
    for (const Interval& old : before) {
      const bool kept = std::any_of(after.begin(), after.end(), [&](const Interval& i) { return same_key(i, old); });
      if (!kept) erase_interval(batch, triple, old);
    }
    for (const Interval& now : after) {
      if (std::find(before.begin(), before.end(), now) == before.end()) put_interval(batch, triple, now);
    }
  }
  persisted.clear();
  left_behind.clear();
}

void LiveGraph::Impl::write_rest(store::Batch& batch) {
  for (const Triple& triple : sorted(dirty_statements)) {
    const auto it = statements.find(triple);
    const store::Key key = keys::dictionary(statements_dictionary, statement_name(triple));
    if (it == statements.end()) {
      batch.erase(key);
    } else {
      batch.put(key, encode_statement(it->second));
    }
  }
  for (const auto& [place, value] : history) {
    const store::Key key = keys::resource_state(place.first, place.second);
    if (value) {
      batch.put(key, *value);
    } else {
      batch.erase(key);
    }
  }
  count(counts::bytes_resources, static_cast<std::int64_t>(stored_bytes) - static_cast<std::int64_t>(counted_bytes));
  counted_bytes = stored_bytes;
  for (const auto& [name, amount] : counts) {
    if (amount != 0) batch.add(keys::count(name), amount);
  }
  if (time_moved) batch.put(keys::dictionary(clock_dictionary, "tenant_time"), encode_time(tenant_time));
  if (former_edges_until) batch.put(keys::dictionary(clock_dictionary, former_edges_name), encode_time(*former_edges_until));
  dirty_statements.clear();
  history.clear();
  counts.clear();
  time_moved = false;
  former_edges_until.reset();
  late_work_done = 0;
  merged_looks = 0;
}

// Memory's bounds: closed edges and deleted nodes older than `memory`, nodes over the limit. The store keeps them.
void LiveGraph::Impl::sweep(store::Batch& batch) {
  if (tenant_time == never) return;
  const Time cutoff = tenant_time - limits.memory;
  forget_closed_edges(cutoff);
  std::vector<std::pair<Time, ResourceId>> staying;
  while (!deletions.empty() && deletions.front().first <= cutoff) {
    const std::pair<Time, ResourceId> next = deletions.front();
    std::pop_heap(deletions.begin(), deletions.end(), std::greater<>());
    deletions.pop_back();
    const NodeRec* rec = record(next.second);
    if (rec == nullptr || rec->node.id != next.second || !rec->node.deleted) continue;
    // Deleted again since, or still referred to: what is said of it depends on when it was deleted.
    if (rec->node.deleted_at > cutoff || referrers.contains(next.second)) {
      staying.emplace_back(rec->node.deleted_at, next.second);
    } else {
      put_away(batch, *rec);
    }
  }
  for (const auto& entry : staying) {
    deletions.push_back(entry);
    std::push_heap(deletions.begin(), deletions.end(), std::greater<>());
  }
  evict(batch);
  touched.clear();
}

// Until when its edges in memory tell of it. REQUIRES: they are closed.
Time LiveGraph::Impl::last_told(const NodeRec& rec) {
  Time last = std::max(rec.last_end, rec.node.last_seen);
  for (const Neighbour& edge : rec.adjacent) last = std::max(last, edge.to);
  return last;
}

// Out of memory, readable in the store: beside those that a start reads.
void LiveGraph::Impl::put_away(store::Batch& batch, const NodeRec& rec) {
  const ResourceId id = rec.node.id;
  ResourceRecord last = record_of(rec);
  last.versions.clear();
  last.last_end = std::max(last_told(rec), forgotten_until);
  batch.erase(keys::resource(id));
  batch.put(keys::resource_away(id), encode_resource(last));
  drop_node(id);
}

void LiveGraph::Impl::note_size(NodeRec& rec, std::size_t stored) {
  stored_bytes += stored - rec.stored_bytes;
  rec.stored_bytes = stored;
}

std::size_t LiveGraph::Impl::memory_bytes() const {
  return nodes.size() * node_bytes + stored_bytes * bytes_per_stored + (open_edges + closings.size()) * edge_bytes;
}

// How many nodes must leave. Memory over its bound is brought an eighth below it, because finding who leaves looks at every node.
std::size_t LiveGraph::Impl::excess() const {
  const std::size_t over = nodes.size() - std::min(nodes.size(), limits.resources);
  const std::size_t bytes = memory_bytes();
  if (bytes <= limits.bytes || nodes.empty()) return over;
  const std::size_t each = std::max<std::size_t>(1, bytes / nodes.size());
  return std::clamp((bytes - limits.bytes / 8 * 7) / each, over, nodes.size());
}

void LiveGraph::Impl::evict(store::Batch& batch) {
  const std::size_t leaving = excess();
  if (leaving == 0) return;
  using Rank = std::tuple<int, Time, ResourceId>;  // deleted, then unstated, then the least recently seen
  std::vector<Rank> ranks;
  ranks.reserve(nodes.size());
  for (const auto& [id, rec] : nodes) {
    const int group = rec->node.deleted ? 0 : rec->node.stated ? 2 : 1;
    ranks.emplace_back(group, rec->node.last_seen, id);
  }
  std::nth_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(leaving), ranks.end());
  ranks.resize(leaving);
  std::sort(ranks.begin(), ranks.end());
  for (const Rank& rank : ranks) close_edges(*record(std::get<2>(rank)));
  write_edges(batch);
  for (const Rank& rank : ranks) put_away(batch, *record(std::get<2>(rank)));
  count(counts::resources_evicted, static_cast<std::int64_t>(leaving));
  evicted += leaving;
}

}  // namespace kgrca::graph
