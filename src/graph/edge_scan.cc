#include "graph/edge_scan.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "graph/edge_codec.h"
#include "graph/read_bounds.h"
#include "graph/resource_reads.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr std::uint8_t first_relation = static_cast<std::uint8_t>(model::Relation::controls);
constexpr std::uint8_t last_relation = static_cast<std::uint8_t>(model::Relation::emits);

bool known_relation(const keys::EdgeKey& key) { return key.relation >= first_relation && key.relation <= last_relation; }

core::Status damaged_key() { return core::data_loss("the key of an edge is damaged"); }

core::StatusOr<EdgeAt> edge_seen(const keys::EdgeKey& key, std::string_view value) {
  EdgeAt edge;
  KGRCA_ASSIGN_OR_RETURN(edge.evidence, decode_edge(value));
  edge.from = key.incoming ? key.other : key.id;
  edge.to = key.incoming ? key.id : key.other;
  edge.relation = static_cast<model::Relation>(key.relation);
  edge.since = key.from;
  if (key.closed) edge.until = key.to;
  return edge;
}

// What two names of one resource say of the same edge is one edge.
void join_equal(std::vector<EdgeAt>& edges) {
  std::sort(edges.begin(), edges.end(), edge_before);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < edges.size(); ++i) {
    EdgeAt& last = edges[kept];
    if (std::tie(last.relation, last.from, last.to) != std::tie(edges[i].relation, edges[i].from, edges[i].to)) {
      edges[++kept] = edges[i];
      continue;
    }
    last.until = std::max(last.until, edges[i].until);
    last.evidence = std::min(last.evidence, edges[i].evidence);
  }
  if (!edges.empty()) edges.resize(kept + 1);
}

}  // namespace

bool edge_before(const EdgeAt& a, const EdgeAt& b) {
  return std::tie(a.relation, a.from, a.to, a.since) < std::tie(b.relation, b.from, b.to, b.since);
}

EdgeScan::EdgeScan(const store::Snapshot& snapshot) : snapshot_(snapshot), seeker_(snapshot.seeker(store::Family::topology)) {}

core::StatusOr<bool> EdgeScan::each(core::ResourceId id, const EdgeFilter& filter, Take take) {
  skipped_ = 0;
  if (filter.at == core::Time::max()) return as_stored(id, filter, take);
  KGRCA_ASSIGN_OR_RETURN(const core::Time until, former_until());
  return filter.at < until ? of_all_ids(id, filter, take) : as_stored(id, filter, take);
}

core::StatusOr<core::Time> EdgeScan::former_until() {
  if (former_until_) return *former_until_;
  KGRCA_ASSIGN_OR_RETURN(const auto stored, snapshot_.get(keys::dictionary(clock_dictionary, former_edges_name)));
  former_until_ = core::Time::min();
  if (stored) {
    KGRCA_ASSIGN_OR_RETURN(former_until_, decode_time(*stored));
  }
  return *former_until_;
}

core::StatusOr<core::ResourceId> EdgeScan::present_id(core::ResourceId id) {
  const auto known = present_ids_.find(id);
  if (known != present_ids_.end()) return known->second;
  KGRCA_ASSIGN_OR_RETURN(const std::vector<core::ResourceId> ids, all_ids(snapshot_, id));
  return present_ids_.emplace(id, ids.front()).first->second;
}

core::StatusOr<bool> EdgeScan::of_all_ids(core::ResourceId id, const EdgeFilter& filter, Take take) {
  KGRCA_ASSIGN_OR_RETURN(const std::vector<core::ResourceId> ids, all_ids(snapshot_, id));
  std::vector<EdgeAt> edges;
  bool whole = true;
  for (const core::ResourceId stored : ids) {
    KGRCA_ASSIGN_OR_RETURN(const bool all, as_stored(stored, filter, [&](const EdgeAt& edge) {
      edges.push_back(edge);
      return edges.size() < examined_max;
    }));
    whole &= all;
  }
  for (EdgeAt& edge : edges) {
    KGRCA_ASSIGN_OR_RETURN(edge.from, present_id(edge.from));
    KGRCA_ASSIGN_OR_RETURN(edge.to, present_id(edge.to));
  }
  join_equal(edges);
  for (const EdgeAt& edge : edges) {
    if (edge.from != edge.to && !take(edge)) return false;  // between two names of one resource
  }
  return whole;
}

core::StatusOr<bool> EdgeScan::as_stored(core::ResourceId id, const EdgeFilter& filter, Take take) {
  if (filter.direction != Direction::in) {
    KGRCA_ASSIGN_OR_RETURN(const bool whole, one_way(id, false, filter, take));
    if (!whole) return false;
  }
  return filter.direction == Direction::out ? core::StatusOr<bool>(true) : one_way(id, true, filter, take);
}

core::StatusOr<bool> EdgeScan::one_way(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take) {
  KGRCA_ASSIGN_OR_RETURN(const bool whole, open(id, incoming, filter, take));
  if (!whole || filter.at == core::Time::max()) return whole;
  return closed(id, incoming, filter, take);
}

bool EdgeScan::offer(const EdgeAt& edge, bool incoming, const EdgeFilter& filter, Take take) {
  if (edge.since > filter.at) return ++skipped_ <= examined_max;
  const bool seen_as_outgoing = incoming && edge.from == edge.to && filter.direction == Direction::both;
  return seen_as_outgoing || take(edge);
}

core::StatusOr<bool> EdgeScan::open(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take) {
  const store::Key prefix = keys::edges(incoming, id);
  const auto seek = [&](std::uint8_t relation) { seeker_.seek(prefix, keys::open_edge(incoming, id, relation, {}, core::Time{})); };
  seek(filter.relations.next(first_relation));
  return go_on(false, incoming, filter, take, seek);
}

core::StatusOr<bool> EdgeScan::closed(core::ResourceId id, bool incoming, const EdgeFilter& filter, Take take) {
  const store::Key prefix = keys::edges(incoming, id);
  const auto seek_ended_after = [&](std::uint8_t relation) {
    seeker_.seek(prefix, keys::closed_edge(incoming, id, relation, filter.at + core::Duration(1), {}, core::Time{}));
  };
  // Closed edges lie behind the open ones, so an iterator that ran off the end has seen that there are none.
  if (seeker_.valid()) seek_ended_after(filter.relations.next(first_relation));
  return go_on(true, incoming, filter, take, seek_ended_after);
}

core::StatusOr<bool> EdgeScan::go_on(bool closed, bool incoming, const EdgeFilter& filter, Take take, Seek seek) {
  while (seeker_.valid()) {
    const keys::EdgeKey key = keys::edge_of(seeker_.key());
    if (key.closed && !closed) break;
    if (key.closed != closed || !known_relation(key)) return damaged_key();
    const std::uint8_t wanted = filter.relations.next(key.relation);
    if (wanted == 0) break;
    if (wanted != key.relation || (closed && key.to <= filter.at)) {
      seek(wanted);
      continue;
    }
    KGRCA_ASSIGN_OR_RETURN(const EdgeAt edge, edge_seen(key, seeker_.value()));
    if (!offer(edge, incoming, filter, take)) return false;
    seeker_.next();
  }
  KGRCA_RETURN_IF_ERROR(seeker_.status());
  return true;
}

}  // namespace kgrca::graph
