#include <algorithm>
#include <tuple>

#include "graph/live_impl.h"
#include "kgrca/graph/counts.h"

namespace kgrca::graph {
namespace {

using Range = std::pair<std::vector<Neighbour>::const_iterator, std::vector<Neighbour>::const_iterator>;

Range edges_of(const NodeRec& rec, model::Relation relation, bool incoming, ResourceId other) {
  const auto less = [](const Neighbour& a, const std::tuple<model::Relation, bool, ResourceId>& key) {
    return std::tuple(a.relation, a.incoming, a.other) < key;
  };
  const auto more = [](const std::tuple<model::Relation, bool, ResourceId>& key, const Neighbour& a) {
    return key < std::tuple(a.relation, a.incoming, a.other);
  };
  const std::tuple key(relation, incoming, other);
  const auto first = std::lower_bound(rec.adjacent.begin(), rec.adjacent.end(), key, less);
  return {first, std::upper_bound(first, rec.adjacent.end(), key, more)};
}

void replace_edges(NodeRec& rec, model::Relation relation, bool incoming, ResourceId other, const std::vector<Interval>& next) {
  const Range range = edges_of(rec, relation, incoming, other);
  auto at = rec.adjacent.begin() + (range.first - rec.adjacent.cbegin());
  auto end = rec.adjacent.begin() + (range.second - rec.adjacent.cbegin());
  auto item = next.begin();
  for (; at != end && item != next.end(); ++at, ++item) *at = {other, item->from, item->to, relation, incoming, item->evidence};
  if (at != end) {
    rec.adjacent.erase(at, end);
    return;
  }
  for (; item != next.end(); ++item) {
    at = rec.adjacent.insert(at, {other, item->from, item->to, relation, incoming, item->evidence}) + 1;
  }
}

bool open(const std::vector<Interval>& list) { return !list.empty() && list.back().to == forever; }

}  // namespace

void join_intervals(std::vector<Interval>& list, const std::vector<Interval>& later) {
  for (const Interval& interval : later) {
    if (!list.empty() && list.back().to >= interval.from) {
      list.back().to = std::max(list.back().to, interval.to);
      list.back().evidence = std::min(list.back().evidence, interval.evidence);
    } else {
      list.push_back(interval);
    }
  }
}

std::vector<EdgeRef> LiveGraph::Impl::resolve_refs(const NodeRec& rec, const model::ResourceState& state, Time until) const {
  std::vector<EdgeRef> refs;
  if (state.deleted) return refs;
  refs.reserve(state.references.size());
  for (const model::Reference& reference : state.references) {
    const ResourceId other = locate(reference.target, state.at, until);
    if (!other || other == rec.node.id) continue;
    refs.push_back({other, reference.relation, reference.outgoing, reference.evidence});
  }
  std::sort(refs.begin(), refs.end());
  return refs;
}

void LiveGraph::Impl::relink(const NodeRec& rec, const std::vector<EdgeRef>& refs, std::vector<Triple>& out) const {
  for (const EdgeRef& ref : refs) {
    const ResourceId other = canonical(ref.other);
    out.push_back(ref.outgoing ? Triple{rec.node.id, other, ref.relation} : Triple{other, rec.node.id, ref.relation});
  }
}

void LiveGraph::Impl::index_references(ResourceId id, const std::vector<EdgeRef>& refs) {
  for (const EdgeRef& ref : refs) referrers[canonical(ref.other)].insert(id);
}

void LiveGraph::Impl::index_references(const NodeRec& rec) {
  index_references(rec.node.id, rec.refs);
  for (const Version& version : rec.versions) {
    if (version.content) index_references(rec.node.id, version.content->refs);
  }
}

void LiveGraph::Impl::unindex_references(const NodeRec& rec) {
  const auto forget = [&](const std::vector<EdgeRef>& refs) {
    for (const EdgeRef& ref : refs) {
      const auto it = referrers.find(canonical(ref.other));
      if (it == referrers.end()) continue;
      it->second.erase(rec.node.id);
      if (it->second.empty()) referrers.erase(it);
    }
  };
  forget(rec.refs);
  for (const Version& version : rec.versions) {
    if (version.content) forget(version.content->refs);
  }
}

// Edges that others' references make to rec, also those that do not live because rec does not.
void LiveGraph::Impl::relink_referrers(const NodeRec& rec, std::vector<Triple>& out) const {
  const auto it = referrers.find(rec.node.id);
  if (it == referrers.end()) return;
  for (const ResourceId id : it->second) {
    const NodeRec* other = record(id);
    if (other == nullptr) continue;
    for (std::size_t i = 0; i < other->versions.size(); ++i) {
      if (repeats(*other, i)) continue;
      for (const EdgeRef& ref : *content_at(*other, i).refs) {
        if (canonical(ref.other) == rec.node.id) relink(*other, {ref}, out);
      }
    }
  }
}

// Every edge that rec's facts can speak of.
void LiveGraph::Impl::relink_all(const NodeRec& rec, std::vector<Triple>& out) const {
  for (const Neighbour& edge : rec.adjacent) {
    out.push_back(edge.incoming ? Triple{edge.other, rec.node.id, edge.relation} : Triple{rec.node.id, edge.other, edge.relation});
  }
  out.insert(out.end(), rec.stated.begin(), rec.stated.end());
  for (const Version& version : rec.versions) {
    if (version.content) relink(rec, version.content->refs, out);
  }
  relink(rec, rec.refs, out);
  relink_referrers(rec, out);
  relink_pod(rec, out);
  relink_service(rec, out);
}

void LiveGraph::Impl::recompute(std::vector<Triple>& triples) {
  std::sort(triples.begin(), triples.end());
  triples.erase(std::unique(triples.begin(), triples.end()), triples.end());
  for (const Triple& triple : triples) recompute(triple);
}

void LiveGraph::Impl::recompute(const Triple& triple) {
  if (std::optional<std::vector<Interval>> next = worked_out(triple)) set_intervals(triple, *next);
}

// The intervals that follow from the facts and from what is frozen; nothing when they are the ones in memory, or an end is not
// there.
std::optional<std::vector<Interval>> LiveGraph::Impl::worked_out(const Triple& triple) const {
  const NodeRec* from = record(triple.from);
  const NodeRec* to = record(triple.to);
  if (from == nullptr || to == nullptr || from == to) return std::nullopt;
  const std::vector<Interval> current = intervals(triple);
  const Time frozen = frozen_until(triple, *from, *to);
  std::vector<Interval> next;
  for (const Interval& interval : current) {
    if (interval.from >= frozen) break;
    next.push_back({interval.from, std::min(interval.to, frozen), interval.evidence});
  }
  join_intervals(next, computed(triple, *from, *to, frozen));
  // What ended that long ago and is not in memory is in the store, under the beginning it had there.
  std::erase_if(next, [&](const Interval& interval) {
    const auto same_begin = [&](const Interval& known) { return known.from == interval.from; };
    return interval.to <= forgotten_until && std::none_of(current.begin(), current.end(), same_begin);
  });
  return next == current ? std::nullopt : std::optional(std::move(next));
}

std::vector<Interval> LiveGraph::Impl::intervals(const Triple& triple) const {
  std::vector<Interval> out;
  const NodeRec* from = record(triple.from);
  const NodeRec* holder = from != nullptr ? from : record(triple.to);
  if (holder == nullptr) return out;
  const Range range = edges_of(*holder, triple.relation, from == nullptr, from == nullptr ? triple.from : triple.to);
  for (auto it = range.first; it != range.second; ++it) out.push_back({it->from, it->to, it->evidence});
  return out;
}

Time LiveGraph::Impl::frozen_until(const Triple& triple) const {
  const NodeRec* from = record(triple.from);
  const NodeRec* to = record(triple.to);
  return from == nullptr || to == nullptr ? never : frozen_until(triple, *from, *to);
}

// Facts before this moment are no longer all there.
Time LiveGraph::Impl::frozen_until(const Triple& triple, const NodeRec& from, const NodeRec& to) const {
  Time frozen = std::max(from.last_end, to.last_end);
  if (const auto united = settled.find(triple); united != settled.end()) frozen = std::max(frozen, united->second);
  if (from.trimmed) frozen = std::max(frozen, from.versions.front().at);
  if (to.trimmed) frozen = std::max(frozen, to.versions.front().at);
  const auto it = statements.find(triple);
  if (it != statements.end() && it->second.trimmed) frozen = std::max(frozen, it->second.marks.front().at);
  return frozen;
}

std::vector<Interval> LiveGraph::Impl::computed(const Triple& triple, const NodeRec& from, const NodeRec& to, Time frozen) const {
  std::vector<Time> points;
  for (const NodeRec* rec : {&from, &to}) {
    for (std::size_t i = 0; i < rec->versions.size(); ++i) {
      if (!repeats(*rec, i)) points.push_back(rec->versions[i].at);
    }
  }
  const auto it = statements.find(triple);
  if (it != statements.end()) {
    for (const Statement::Mark& mark : it->second.marks) points.push_back(mark.at);
  }
  if (frozen != never) points.push_back(frozen);
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());

  std::vector<Interval> out;
  bool alive = false;
  for (const Time at : points) {
    if (at < frozen) continue;
    const std::optional<model::Evidence> evidence = asserted(triple, from, to, at);
    if (evidence && !alive) out.push_back({at, forever, *evidence});
    if (evidence && alive) out.back().evidence = std::min(out.back().evidence, *evidence);
    if (!evidence && alive) out.back().to = at;
    alive = evidence.has_value();
  }
  return out;
}

// The best evidence by which one of the references means the edge. References may have former ids.
void LiveGraph::Impl::named_in(const std::vector<EdgeRef>& refs, model::Relation relation, bool outgoing, const NodeRec& other,
                               std::optional<model::Evidence>& best) {
  const auto look = [&](ResourceId id) {
    const auto ref = std::lower_bound(refs.begin(), refs.end(), EdgeRef{id, relation, outgoing, model::Evidence::stated});
    if (ref == refs.end() || ref->other != id || ref->relation != relation || ref->outgoing != outgoing) return;
    if (!best || ref->evidence < *best) best = ref->evidence;
  };
  look(other.node.id);
  for (const ResourceId alias : other.aliases) look(alias);
}

std::optional<model::Evidence> LiveGraph::Impl::asserted(const Triple& triple, const NodeRec& from, const NodeRec& to, Time at) const {
  std::optional<model::Evidence> best;
  const std::size_t a = active_version(from, at);
  const std::size_t b = active_version(to, at);
  if (a < from.versions.size()) {
    const ContentView view = content_at(from, a);
    if (view.state->deleted) return std::nullopt;
    named_in(*view.refs, triple.relation, true, to, best);
  }
  if (b < to.versions.size()) {
    const ContentView view = content_at(to, b);
    if (view.state->deleted) return std::nullopt;
    named_in(*view.refs, triple.relation, false, from, best);
  }
  if (stated_at(triple, from, to, at)) best = model::Evidence::stated;
  if (!best && triple.relation == model::Relation::selects && selected_at(from, to, at)) best = model::Evidence::selector;
  return best;
}

void LiveGraph::Impl::remember_persisted(const Triple& triple, const std::vector<Interval>& current) {
  persisted.try_emplace(triple, current);
}

void LiveGraph::Impl::set_intervals(const Triple& triple, const std::vector<Interval>& next) {
  const std::vector<Interval> current = intervals(triple);
  remember_persisted(triple, current);
  const int change = static_cast<int>(open(next)) - static_cast<int>(open(current));
  open_edges = static_cast<std::size_t>(static_cast<std::int64_t>(open_edges) + change);
  if (change != 0) {
    count(counts::edges, change);
    count(core::cat(counts::edges_relation, model::name_of(triple.relation)), change);
  }
  if (NodeRec* from = record(triple.from)) replace_edges(*from, triple.relation, false, triple.to, next);
  if (NodeRec* to = record(triple.to)) replace_edges(*to, triple.relation, true, triple.from, next);
  for (const Interval& interval : next) {
    if (interval.to == forever || std::find(current.begin(), current.end(), interval) != current.end()) continue;
    closings.emplace_back(interval.to, triple);
    std::push_heap(closings.begin(), closings.end(), std::greater<>());
  }
  touched.insert(triple.from);
  touched.insert(triple.to);
}

void LiveGraph::Impl::close_edges(const NodeRec& rec) {
  std::vector<Triple> triples;
  for (const Neighbour& edge : rec.adjacent) {
    if (edge.to != forever) continue;
    triples.push_back(edge.incoming ? Triple{edge.other, rec.node.id, edge.relation} : Triple{rec.node.id, edge.other, edge.relation});
  }
  for (const Triple& triple : triples) {
    std::vector<Interval> all = intervals(triple);
    all.back().to = std::max(all.back().from + core::Duration(1), rec.node.last_seen);
    set_intervals(triple, all);
  }
}

// Closed edges no longer wanted in memory. REQUIRES: all changes are written.
void LiveGraph::Impl::forget_closed_edges(Time cutoff) {
  forgotten_until = std::max(forgotten_until, cutoff);
  while (!closings.empty() && closings.front().first <= cutoff) {
    const Triple triple = closings.front().second;
    std::pop_heap(closings.begin(), closings.end(), std::greater<>());
    closings.pop_back();
    if (merged.contains(triple.from) || merged.contains(triple.to)) continue;
    std::vector<Interval> left = intervals(triple);
    std::erase_if(left, [&](const Interval& interval) { return interval.to <= cutoff; });
    if (NodeRec* from = record(triple.from)) replace_edges(*from, triple.relation, false, triple.to, left);
    if (NodeRec* to = record(triple.to)) replace_edges(*to, triple.relation, true, triple.from, left);
    const auto said = statements.find(triple);
    if (!left.empty() || said == statements.end()) continue;
    const Statement::Mark& last = said->second.marks.back();
    if (!last.open && last.at <= cutoff) forget_statement(triple);
  }
}

void LiveGraph::Impl::sort_adjacency() {
  const auto before = [](const Neighbour& a, const Neighbour& b) {
    return std::tuple(a.relation, a.incoming, a.other, a.from) < std::tuple(b.relation, b.incoming, b.other, b.from);
  };
  for (auto& entry : nodes) std::sort(entry.second->adjacent.begin(), entry.second->adjacent.end(), before);
}

std::vector<ResourceId> LiveGraph::Impl::take_touched() {
  std::vector<ResourceId> out;
  for (const ResourceId id : touched) out.push_back(canonical(id));
  touched.clear();
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace kgrca::graph
