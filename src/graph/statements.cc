// What topology records say of edges.
#include <algorithm>

#include "graph/live_impl.h"

namespace kgrca::graph {

namespace {

// The tombstone of a compacted topic names no relation: it ends every edge between the two.
std::pair<model::Relation, model::Relation> relations_of(const model::EdgeUpdate& edge) {
  const bool every = edge.deleted && edge.relation_name == "*";
  return every ? std::pair(model::Relation::controls, model::Relation::emits) : std::pair(edge.relation, edge.relation);
}

}  // namespace

Applied LiveGraph::Impl::apply(const model::EdgeUpdate& edge) {
  Applied out;
  const ResourceId first = resolve(edge.from, edge.at);
  const ResourceId second = resolve(edge.to, edge.at);
  Triple triple{canonical(first), canonical(second), edge.relation};
  out.id = triple.from;
  if (triple.from && triple.to && triple.from != triple.to) {
    const auto [lowest, highest] = relations_of(edge);
    for (auto number = static_cast<std::uint8_t>(lowest); number <= static_cast<std::uint8_t>(highest); ++number) {
      triple.relation = static_cast<model::Relation>(number);
      add_mark(triple, {edge.at, !edge.deleted});
      recompute(triple);
    }
  }
  out.touched = take_touched();
  return out;
}

void LiveGraph::Impl::add_mark(const Triple& triple, Statement::Mark mark) {
  Statement statement;
  const auto known = statements.find(triple);
  if (known != statements.end()) statement = known->second;
  auto& marks = statement.marks;
  const auto it = std::lower_bound(marks.begin(), marks.end(), mark.at, [](const Statement::Mark& m, Time t) { return m.at < t; });
  if (it == marks.begin() && statement.trimmed) return;  // before all we still know
  if (it != marks.end() && it->at == mark.at) {
    it->open = it->open && mark.open;  // both said of one moment: the end counts
  } else {
    marks.insert(it, mark);
  }
  trim_marks(statement);
  set_statement(triple, std::move(statement));
}

void LiveGraph::Impl::trim_marks(Statement& statement) const {
  const Time horizon = tenant_time - lateness;
  std::size_t drop = 0;
  while (drop + 1 < statement.marks.size() && statement.marks[drop + 1].at <= horizon) ++drop;
  if (drop == 0) return;
  statement.marks.erase(statement.marks.begin(), statement.marks.begin() + static_cast<std::ptrdiff_t>(drop));
  statement.trimmed = true;
}

// What was said before the lateness bound is in the edge's intervals, all but the last of it.
void LiveGraph::Impl::trim_statement(const Triple& triple) {
  const auto known = statements.find(triple);
  if (known == statements.end()) return;
  Statement left = known->second;
  trim_marks(left);
  if (left.marks.size() < known->second.marks.size()) set_statement(triple, std::move(left));
}

void LiveGraph::Impl::set_statement(const Triple& triple, Statement statement) {
  const auto [it, added] = statements.insert_or_assign(triple, std::move(statement));
  dirty_statements.insert(triple);
  // What only ever ended has no interval by whose end it would be forgotten.
  if (const Statement::Mark& last = it->second.marks.back(); !last.open) {
    closings.emplace_back(last.at, triple);
    std::push_heap(closings.begin(), closings.end(), std::greater<>());
  }
  if (!added) return;
  for (const ResourceId id : {triple.from, triple.to}) {
    if (NodeRec* rec = record(id)) rec->stated.insert(triple);
  }
}

void LiveGraph::Impl::forget_statement(const Triple& triple) {
  if (statements.erase(triple) == 0) return;
  dirty_statements.insert(triple);
  for (const ResourceId id : {triple.from, triple.to}) {
    if (NodeRec* rec = record(id)) rec->stated.erase(triple);
  }
}

bool LiveGraph::Impl::stated_at(const Triple& triple, const NodeRec& from, const NodeRec& to, Time at) const {
  const auto it = statements.find(triple);
  if (it == statements.end()) return false;
  const auto& marks = it->second.marks;
  const auto mark = std::upper_bound(marks.begin(), marks.end(), at, [](Time t, const Statement::Mark& m) { return t < m.at; });
  if (mark == marks.begin() || !std::prev(mark)->open) return false;
  const Time since = std::prev(mark)->at;
  // The end of an object ends what was said of it before.
  for (const NodeRec* rec : {&from, &to}) {
    if (rec->last_end > since && rec->last_end <= at) return false;
    for (const Version& version : rec->versions) {
      if (version.ends && version.at > since && version.at <= at) return false;
    }
  }
  return true;
}

}  // namespace kgrca::graph
