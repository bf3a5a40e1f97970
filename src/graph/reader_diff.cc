#include <algorithm>
#include <set>

#include "graph/edge_scan.h"
#include "graph/read_bounds.h"
#include "graph/resource_reads.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/graph/retention.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

// Of one resource at one moment; of one with more, the edges are not compared.
constexpr std::size_t edges_compared_max = 10'000;

auto triple_of(const EdgeAt& edge) { return std::tie(edge.relation, edge.from, edge.to); }
bool triple_before(const EdgeAt& a, const EdgeAt& b) { return triple_of(a) < triple_of(b); }

// What `there` has and `elsewhere` has not.
void append_missing(const std::vector<EdgeAt>& there, const std::vector<EdgeAt>& elsewhere, std::vector<EdgeAt>& out) {
  std::set_difference(there.begin(), there.end(), elsewhere.begin(), elsewhere.end(), std::back_inserter(out), triple_before);
}

void sort_once(std::vector<EdgeAt>& edges) {
  std::sort(edges.begin(), edges.end(), edge_before);
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
}

core::Status check(const DiffFilter& filter) {
  if (filter.from <= filter.to) return core::ok_status();
  return core::invalid_argument("the first of two moments must not lie after the second");
}

class Comparison {
 public:
  Comparison(const store::Snapshot& snapshot, const DiffFilter& filter) : snapshot_(snapshot), filter_(filter), scan_(snapshot) {}

  core::Status add_edges(core::ResourceId id, Direction direction) {
    KGRCA_ASSIGN_OR_RETURN(const auto before, edges_at(id, direction, filter_.from));
    KGRCA_ASSIGN_OR_RETURN(const auto after, edges_at(id, direction, filter_.to));
    if (!before || !after) {
      found_.truncated = true;
      return core::ok_status();
    }
    append_missing(*after, *before, found_.edges_added);
    append_missing(*before, *after, found_.edges_removed);
    return core::ok_status();
  }

  // Nothing for an id that was merged into another.
  core::Status add_resource(core::ResourceId id) {
    const auto found = record_of(snapshot_, id, decode_resource_head);
    if (absl::IsNotFound(found.status()) || (found.ok() && found->id != id)) return core::ok_status();
    if (!found.ok()) return found.status();
    KGRCA_ASSIGN_OR_RETURN(const auto after, state_at(snapshot_, *found, filter_.to));
    if (after && after->at <= filter_.from) return core::ok_status();  // the same state at both
    const core::Time first_seen = found->record.first_seen;
    const bool is_there = after ? !after->deleted : first_seen <= filter_.to;
    std::optional<model::ResourceState> before;
    if (after) {
      KGRCA_ASSIGN_OR_RETURN(before, state_at(snapshot_, *found, filter_.from));
    }
    const bool was_there = before ? !before->deleted : first_seen <= filter_.from;
    if (is_there && !was_there) found_.resources_added.push_back(id);
    if (was_there && !is_there) found_.resources_removed.push_back(id);
    return core::ok_status();
  }

  std::size_t size() const { return found_.size(); }

  TopologyDiff take(bool truncated, std::string next) {
    found_.truncated |= truncated;
    found_.next = std::move(next);
    std::sort(found_.resources_added.begin(), found_.resources_added.end());
    std::sort(found_.resources_removed.begin(), found_.resources_removed.end());
    sort_once(found_.edges_added);
    sort_once(found_.edges_removed);
    return std::move(found_);
  }

 private:
  // By triple; nothing when there are too many.
  core::StatusOr<std::optional<std::vector<EdgeAt>>> edges_at(core::ResourceId id, Direction direction, core::Time at) {
    std::vector<EdgeAt> edges;
    const EdgeFilter filter{at, direction, filter_.relations};
    KGRCA_ASSIGN_OR_RETURN(const bool whole, scan_.each(id, filter, [&](const EdgeAt& edge) {
      edges.push_back(edge);
      return edges.size() <= edges_compared_max;
    }));
    if (!whole) return std::optional<std::vector<EdgeAt>>();
    std::sort(edges.begin(), edges.end(), triple_before);
    return std::optional(std::move(edges));
  }

  const store::Snapshot& snapshot_;
  const DiffFilter filter_;
  EdgeScan scan_;
  TopologyDiff found_;
};

// Keys of the name listing, of all namespaces or of one.
class NameWalk {
 public:
  NameWalk(const store::Snapshot& snapshot, std::string_view ns)
      : seeker_(snapshot.seeker(store::Family::state)), all_(keys::resources_by_name()), ns_(ns) {}

  void start_after(const std::optional<keys::NameKey>& last) {
    if (!last) return seeker_.seek(all_, all_);
    const store::Key key = keys::resource_by_name(last->kind, last->ns, last->name, last->id);
    seeker_.seek(all_, key);
    if (seeker_.valid() && seeker_.key() == key.bytes()) seeker_.next();
  }

  // Moves on to the next key of the namespace, if this one is not; false at the end.
  core::StatusOr<bool> find() {
    while (seeker_.valid()) {
      const keys::NameKey name = keys::name_key_of(seeker_.key());
      if (!name.id) return core::data_loss("a key of the list of resources is damaged");
      if (ns_.empty() || name.ns == ns_) return true;
      const store::Key next = name.ns < ns_ ? keys::resources_by_kind(name.kind, ns_) : keys::after(keys::resources_by_kind(name.kind));
      seeker_.seek(all_, next);
    }
    KGRCA_RETURN_IF_ERROR(seeker_.status());
    return false;
  }

  std::string_view key() const { return seeker_.key(); }
  void next() { seeker_.next(); }

 private:
  store::Seeker seeker_;
  const store::Key all_;
  const std::string ns_;
};

}  // namespace

core::StatusOr<TopologyDiff> GraphReader::diff_around(core::ResourceId start, const DiffFilter& filter, const WalkLimits& limits) const {
  KGRCA_RETURN_IF_ERROR(check(filter));
  KGRCA_RETURN_IF_ERROR(check_history(snapshot_, filter.from));
  std::set<core::ResourceId> reached;
  std::set<core::ResourceId> walked_from;
  bool truncated = false;
  for (const core::Time at : {filter.from, filter.to}) {
    KGRCA_ASSIGN_OR_RETURN(const Neighbourhood around, neighbourhood(start, {at, Direction::both, filter.relations}, limits));
    truncated |= around.truncated;
    for (const Reached& node : around.nodes) {
      reached.insert(node.id);
      if (node.hops < limits.hops) walked_from.insert(node.id);
    }
  }
  Comparison comparison(snapshot_, filter);
  for (const core::ResourceId id : reached) KGRCA_RETURN_IF_ERROR(comparison.add_resource(id));
  for (const core::ResourceId id : walked_from) KGRCA_RETURN_IF_ERROR(comparison.add_edges(id, Direction::both));
  return comparison.take(truncated, {});
}

core::StatusOr<TopologyDiff> GraphReader::diff(const DiffFilter& filter, std::string_view ns, std::size_t limit,
                                               std::string_view position) const {
  KGRCA_RETURN_IF_ERROR(check(filter));
  KGRCA_RETURN_IF_ERROR(check_history(snapshot_, filter.from));
  const keys::NameKey last = keys::name_key_of(position);
  if (!position.empty() && !last.id) return core::invalid_argument("this is no position of a list of differences");
  NameWalk walk(snapshot_, ns);
  walk.start_after(position.empty() ? std::nullopt : std::optional(last));
  Comparison comparison(snapshot_, filter);
  std::string seen;
  for (std::size_t examined = 0;; ++examined, walk.next()) {
    KGRCA_ASSIGN_OR_RETURN(const bool more, walk.find());
    if (!more) return comparison.take(false, {});
    if (comparison.size() >= limit || examined == examined_max) return comparison.take(false, seen);
    seen = walk.key();
    const core::ResourceId id = keys::resource_of_name_key(seen);
    KGRCA_RETURN_IF_ERROR(comparison.add_resource(id));
    KGRCA_RETURN_IF_ERROR(comparison.add_edges(id, Direction::out));
  }
}

}  // namespace kgrca::graph
