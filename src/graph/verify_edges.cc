#include <algorithm>
#include <tuple>
#include <vector>

#include "graph/checker.h"
#include "graph/edge_codec.h"
#include "graph/two_sides.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;
using core::ResourceId;
using store::Family;

bool has_shape(std::string_view key) {
  const std::uint8_t relation = keys::edge_of(key).relation;
  return keys::is_key(Family::topology, key) && relation >= 1 && relation <= static_cast<std::uint8_t>(model::Relation::emits);
}

// The key of the same interval as `incoming` has it.
store::Key key_of(const keys::EdgeKey& edge, bool incoming) {
  const ResourceId id = incoming == edge.incoming ? edge.id : edge.other;
  const ResourceId other = incoming == edge.incoming ? edge.other : edge.id;
  if (edge.closed) return keys::closed_edge(incoming, id, edge.relation, edge.to, other, edge.from);
  return keys::open_edge(incoming, id, edge.relation, other, edge.from);
}

std::string item_of(const keys::EdgeKey& edge, std::string_view value) { return core::cat(key_of(edge, false).bytes(), value); }

// The intervals of one resource's outgoing edges, to see whether two of one (resource, relation, other) overlap.
class Intervals {
 public:
  explicit Intervals(std::size_t most) : most_(std::max<std::size_t>(most, 1)) {}

  void add(const keys::EdgeKey& edge) {
    ++seen_;
    if (all_.size() < most_) all_.push_back(edge);
  }
  // Of one part: all intervals with one other resource have to be there together, so nothing is left out.
  void add_to_part(const keys::EdgeKey& edge) { all_.push_back(edge); }
  void clear() {
    all_.clear();
    seen_ = 0;
  }
  // Of a resource with more edges than fit, this many parts have to be looked at one after the other.
  std::size_t parts() const { return seen_ / most_ + (seen_ > most_ ? 1 : 0); }
  bool empty() const { return all_.empty(); }
  ResourceId owner() const { return all_.front().id; }

  template <typename Fn>
  void each_overlap(Fn report) {
    std::sort(all_.begin(), all_.end(), [](const keys::EdgeKey& a, const keys::EdgeKey& b) { return order(a) < order(b); });
    for (std::size_t i = 1; i < all_.size(); ++i) {
      const keys::EdgeKey& before = all_[i - 1];
      if (before.relation != all_[i].relation || before.other != all_[i].other) continue;
      if (!before.closed || before.to > all_[i].from) report(all_[i], before);
    }
  }

 private:
  static std::tuple<std::uint8_t, ResourceId, core::Time, bool> order(const keys::EdgeKey& edge) {
    return {edge.relation, edge.other, edge.from, !edge.closed};
  }
  std::size_t most_;
  std::size_t seen_ = 0;
  std::vector<keys::EdgeKey> all_;
};

}  // namespace

struct Checker::Edges {
  explicit Edges(const store::Snapshot& snapshot, std::size_t intervals) : outgoing(snapshot), incoming(snapshot), own(intervals) {}
  TwoSides sides;
  ResourceCursor outgoing;
  ResourceCursor incoming;
  Intervals own;  // of the resource whose outgoing edges are being read
};

void Checker::check_edges() {
  Edges edges(snapshot_, limits_.memory_bytes / 2 / sizeof(keys::EdgeKey));
  store::Scan scan = snapshot_.scan(keys::whole(Family::topology));
  for (; scan.valid(); scan.next()) {
    const std::string_view key = scan.key();
    if (!has_shape(key)) {
      find("malformed_key", Family::topology, key, "no edge looks like this");
      continue;
    }
    const core::StatusOr<model::Evidence> evidence = decode_edge(scan.value());
    if (!evidence.ok()) find("undecodable", Family::topology, key, core::message_of(evidence.status()));
    const keys::EdgeKey edge = keys::edge_of(key);
    check_end(edge, key, edge.incoming ? edges.incoming : edges.outgoing);
    if (edge.incoming) {
      edges.sides.right(item_of(edge, scan.value()));
      continue;
    }
    edges.sides.left(item_of(edge, scan.value()));
    if (!edges.own.empty() && edges.own.owner() != edge.id) check_overlaps(edges);
    edges.own.add(edge);
    count_edge(edge, key);
  }
  check_overlaps(edges);
  finish(scan, Family::topology);
  if (!edges.sides.equal()) name_one_sided(edges);
}

void Checker::count_edge(const keys::EdgeKey& edge, std::string_view key) {
  ++report_.edges;
  if (edge.closed && edge.from > edge.to) find("edge_interval", Family::topology, key, "it ends before it begins");
  if (edge.closed) return;
  count(counts::edges, 1);
  count(core::cat(counts::edges_relation, model::name_of(static_cast<model::Relation>(edge.relation))), 1);
}

// The resource on whose side the key stands; the other one is seen at the key's twin.
void Checker::check_end(const keys::EdgeKey& edge, std::string_view key, ResourceCursor& cursor) {
  const ResourceCursor::Place place = cursor.at(edge.id);
  if (!place.exists()) return find("edge_without_resource", Family::topology, key, "there is no such resource");
  if (edge.closed) return;
  if (!place.living) return find("edge_of_absent", Family::topology, key, "an open edge of a resource that is away or merged");
  const core::StatusOr<ResourceRecord> record = decode_resource(place.record);
  if (record.ok() && record->deleted) find("edge_of_absent", Family::topology, key, "an open edge of a deleted resource");
}

// REQUIRES: all outgoing edges of the resource were added.
void Checker::check_overlaps(Edges& edges) {
  const auto report = [&](const keys::EdgeKey& edge, const keys::EdgeKey& before) {
    find("edge_overlap", key_of(edge, false),
         core::cat("it begins before ", keys::shown(Family::topology, key_of(before, false).bytes()), " ends"));
  };
  const std::size_t parts = edges.own.parts();
  if (parts <= 1) {
    edges.own.each_overlap(report);
    edges.own.clear();
    return;
  }
  const ResourceId id = edges.own.owner();
  for (std::size_t part = 0; part < parts; ++part) {
    edges.own.clear();
    for (const store::Key& prefix : {keys::open_edges(false, id), keys::closed_edges(false, id)}) {
      for (store::Scan scan = snapshot_.scan(prefix); scan.valid(); scan.next()) {
        const keys::EdgeKey edge = keys::edge_of(scan.key());
        if (edge.other.value % parts == part) edges.own.add_to_part(edge);
      }
    }
    edges.own.each_overlap(report);
  }
  edges.own.clear();
}

// The directions differ: says where.
void Checker::name_one_sided(const Edges& edges) {
  for (store::Scan scan = snapshot_.scan(keys::whole(Family::topology)); scan.valid(); scan.next()) {
    if (!has_shape(scan.key())) continue;
    const keys::EdgeKey edge = keys::edge_of(scan.key());
    if (!edges.sides.doubtful(item_of(edge, scan.value()))) continue;
    const std::optional<std::string> twin = get(key_of(edge, !edge.incoming));
    const bool expired = edge.closed && edge.to <= cutoffs_.history;
    if (!twin && expired) continue;  // a compaction dropped it, another will drop this one
    if (!twin) {
      find("edge_one_sided", Family::topology, scan.key(), core::cat(edge.incoming ? "the outgoing" : "the incoming", " key is missing"));
    } else if (!edge.incoming && *twin != scan.value()) {
      find("edge_one_sided", Family::topology, scan.key(), "both directions have other evidence");
    }
  }
}

}  // namespace kgrca::graph
