#include "graph/edge_scan.h"

#include <tuple>

#include "graph/edge_codec.h"
#include "graph/read_bounds.h"
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

}  // namespace

bool edge_before(const EdgeAt& a, const EdgeAt& b) {
  return std::tie(a.relation, a.from, a.to, a.since) < std::tie(b.relation, b.from, b.to, b.since);
}

EdgeScan::EdgeScan(const store::Snapshot& snapshot) : seeker_(snapshot.seeker(store::Family::topology)) {}

core::StatusOr<bool> EdgeScan::each(core::ResourceId id, const EdgeFilter& filter, Take take) {
  skipped_ = 0;
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
