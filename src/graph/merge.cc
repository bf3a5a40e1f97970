// Two resources that turn out to be one. What memory holds of both moves to the present one at once; what ended before memory's
// bound is read from the store, because an edge that memory holds may have begun before it. What is frozen of an edge under either
// name stays.
#include <algorithm>
#include <tuple>

#include "graph/live_impl.h"

namespace kgrca::graph {
namespace {

// Ended edges that merges may look at between two writes (about 1 µs each), and what a merge may take over of them.
constexpr std::size_t looked_at_max = 20'000;
constexpr std::size_t taken_over_max = 5'000;

void unite(std::vector<Interval>& list) {
  std::sort(list.begin(), list.end(),
            [](const Interval& a, const Interval& b) { return std::tie(a.from, a.to) < std::tie(b.from, b.to); });
  std::vector<Interval> joined;
  join_intervals(joined, list);
  list = std::move(joined);
}

template <typename T>
void append(std::vector<T>& list, const std::vector<T>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

}  // namespace

void LiveGraph::Impl::merge(NodeRec& former, NodeRec& present) {
  const ResourceId from = former.node.id;
  const ResourceId to = present.node.id;
  std::vector<Triple> affected;
  unindex_addresses(former);
  unindex_selectors(former);
  unindex_references(former);
  count_node(former, -1);
  if (!former.node.stated) --unstated;
  unindex_node(former);
  move_edges(former, present, affected);
  const std::vector<Triple> moved = affected;

  note_size(former, 0);
  auto holder = std::move(nodes.find(from)->second);
  nodes.erase(from);
  for (const ResourceId alias : holder->aliases) add_alias(present, alias);
  add_alias(present, from);
  merges.emplace_back(from, to);
  if (const auto named = referrers.find(from); named != referrers.end()) {
    const absl::flat_hash_set<ResourceId> ids = std::move(named->second);
    referrers.erase(named);
    referrers[to].insert(ids.begin(), ids.end());
  }
  dirty.erase(from);
  new_names.erase(from);
  dirty.insert(to);

  const bool old = holder->node.first_seen < forgotten_until;
  present.node.first_seen = std::min(present.node.first_seen, holder->node.first_seen);
  touch(present, holder->node.last_seen);
  take_versions(*holder, present);
  const std::vector<std::string> moved_uids = holder->uids;
  gone.emplace_back(to, std::move(*holder));
  for (const std::string& uid : moved_uids) add_uid(to, uid);
  relink_all(present, affected);
  recompute(affected);
  if (old) unite_ended(from, to, moved);
}

// Silently: the changes were reported under the former id.
void LiveGraph::Impl::take_versions(const NodeRec& former, NodeRec& present) {
  Applied ignored;
  const bool first = present.versions.empty();
  for (std::size_t i = 0; i < former.versions.size(); ++i) {
    model::ResourceState given = told(former, i);
    const std::string uid = given.ref.uid;
    given.ref = present.node.ref;
    given.ref.uid = uid;
    if (present.trimmed && given.at < present.versions.front().at) {
      keep_in_history(present, given);
    } else {
      insert_version(present, given, ignored);
    }
    if (!repeats(former, i)) write_history(former.node.id, content_at(former, i).state->at, nullptr);
  }
  if (first && !present.versions.empty()) present.trimmed = former.trimmed;
}

// Every edge and statement of `former` becomes one of `present`; intervals that meet are joined.
void LiveGraph::Impl::move_edges(NodeRec& former, NodeRec& present, std::vector<Triple>& out) {
  std::vector<Triple> triples;
  for (const Neighbour& edge : former.adjacent) {
    triples.push_back(edge.incoming ? Triple{edge.other, former.node.id, edge.relation}
                                    : Triple{former.node.id, edge.other, edge.relation});
  }
  triples.insert(triples.end(), former.stated.begin(), former.stated.end());
  std::sort(triples.begin(), triples.end());
  triples.erase(std::unique(triples.begin(), triples.end()), triples.end());
  for (const Triple& old : triples) {
    Triple next = old;
    if (next.from == former.node.id) next.from = present.node.id;
    if (next.to == former.node.id) next.to = present.node.id;
    const Time frozen = std::max(frozen_until(old), frozen_until(next));
    std::vector<Interval> all = intervals(old);
    set_intervals(old, {});
    const auto said = statements.find(old);
    const Statement statement = said == statements.end() ? Statement{} : said->second;
    forget_statement(old);
    if (next.from == next.to) continue;
    trim_statement(next);  // an old end of the one does not end what the other kept open
    for (const Statement::Mark& mark : statement.marks) {
      if (mark.at >= former.last_end) add_mark(next, mark);  // what was said before its end holds no longer
    }
    append(all, intervals(next));
    unite(all);
    set_intervals(next, all);
    settle(next, frozen);
    out.push_back(next);
  }
}

void LiveGraph::Impl::settle(const Triple& triple, Time until) {
  if (until == never) return;
  Time& known = settled.try_emplace(triple, never).first->second;
  known = std::max(known, until);
}

// Edges that ended so long ago that memory has none of them. The present resource's count where one of the former reaches back to
// them. `moved`: edges that memory had of the former one, under the present id.
void LiveGraph::Impl::unite_ended(ResourceId former, ResourceId present, const std::vector<Triple>& moved) {
  if (!home) {
    former_edges_until = forgotten_until;
    return;
  }
  StoredEdges found = take_over(former);
  for (const Triple& triple : moved) found[triple];
  Time earliest = forever;
  for (const auto& [triple, list] : found) {
    for (const Interval& interval : list) earliest = std::min(earliest, interval.from);
    for (const Interval& interval : intervals(triple)) earliest = std::min(earliest, interval.from);
  }
  if (earliest >= forgotten_until) return;
  StoredEdges beside;
  if (!take_ended(present, earliest - core::Duration(1), looked_at_max, beside)) {
    for (auto& [triple, list] : found) leave_behind(triple, std::move(list), former, present);
    return;
  }
  for (const auto& [stored, list] : beside) {
    const auto it = found.find({canonical(stored.from), canonical(stored.to), stored.relation});
    if (it == found.end()) continue;
    know_stored(stored, list);
    append(it->second, list);
  }
  for (auto& [triple, list] : found) {
    if (list.empty()) continue;
    append(list, intervals(triple));
    unite(list);
    settle(triple, forgotten_until);
    set_intervals(triple, list);
  }
}

// The ended edges of a former id, under present ones; none when there are too many.
StoredEdges LiveGraph::Impl::take_over(ResourceId former) {
  StoredEdges stored;
  StoredEdges out;
  if (!take_ended(former, never, taken_over_max, stored)) {
    former_edges_until = forgotten_until;
    return out;
  }
  for (const auto& [old, list] : stored) {
    know_stored(old, list);
    const Triple triple{canonical(old.from), canonical(old.to), old.relation};
    if (triple.from != triple.to) append(out[triple], list);
  }
  return out;
}

// What the store has of it from after a time until memory's bound. False: too much, or not readable.
bool LiveGraph::Impl::take_ended(ResourceId id, Time after, std::size_t most, StoredEdges& out) {
  most = std::min(most, looked_at_max - std::min(merged_looks, looked_at_max));
  const std::size_t before = most;
  const core::StatusOr<bool> all = read_ended(id, after, forgotten_until, most, out);
  merged_looks += before - most;
  return all.ok() && *all;
}

// The edge's time before memory's bound stays under the former id: what the present one had then is not known.
void LiveGraph::Impl::leave_behind(const Triple& triple, std::vector<Interval> ended, ResourceId former, ResourceId present) {
  std::vector<Interval> kept;
  for (const Interval& interval : intervals(triple)) {
    if (interval.from < forgotten_until)
      ended.push_back({interval.from, std::min(interval.to, forgotten_until), interval.evidence});
    if (interval.to > forgotten_until) kept.push_back({std::max(interval.from, forgotten_until), interval.to, interval.evidence});
  }
  if (ended.empty()) return;
  Triple old = triple;
  if (old.from == present) old.from = former;
  if (old.to == present) old.to = former;
  remember_persisted(old, {});
  append(left_behind[old], ended);
  unite(left_behind[old]);
  former_edges_until = forgotten_until;
  settle(triple, forgotten_until);
  set_intervals(triple, kept);
}

// The next write finds these in the store besides those of memory.
void LiveGraph::Impl::know_stored(const Triple& triple, const std::vector<Interval>& list) {
  remember_persisted(triple, intervals(triple));
  std::vector<Interval>& known = persisted.find(triple)->second;
  for (const Interval& interval : list) {
    if (std::find(known.begin(), known.end(), interval) == known.end()) known.push_back(interval);
  }
}

// Before the merged edges' own bounds are forgotten: where the facts alone would say something else, a statement keeps the bound.
void LiveGraph::Impl::keep_settled() {
  std::vector<std::pair<Triple, Time>> all(settled.begin(), settled.end());
  std::sort(all.begin(), all.end());
  settled.clear();
  const auto recent = [&](std::vector<Interval> list) {
    std::erase_if(list, [&](const Interval& interval) { return interval.to <= forgotten_until; });
    return list;
  };
  for (const auto& [triple, until] : all) {
    if (merged.contains(triple.from) || merged.contains(triple.to)) continue;
    const std::optional<std::vector<Interval>> facts = worked_out(triple);
    if (!facts || recent(*facts) == recent(intervals(triple))) continue;
    Statement statement;
    if (const auto said = statements.find(triple); said != statements.end()) statement = said->second;
    const bool open = stated_at(triple, *record(triple.from), *record(triple.to), until);
    std::erase_if(statement.marks, [&](const Statement::Mark& mark) { return mark.at <= until; });
    statement.marks.insert(statement.marks.begin(), {until, open});
    statement.trimmed = true;
    set_statement(triple, std::move(statement));
  }
}

}  // namespace kgrca::graph
