// Records that come after later ones of the same resource.
#include <algorithm>
#include <iterator>

#include "graph/live_impl.h"
#include "kgrca/core/hash.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {
namespace {

constexpr auto by_at = [](const Version& v, Time at) { return v.at < at; };

struct Reported {
  Time at{};
  Difference difference;
};

std::vector<Reported> differences(const std::vector<Version>& list) {
  std::vector<Reported> out;
  const model::ResourceState* before = nullptr;
  for (const Version& version : list) {
    out.push_back({version.at, difference(before, version.content->state)});
    before = &version.content->state;
  }
  return out;
}

}  // namespace

// Facts that insert_version() looks at.
std::size_t LiveGraph::Impl::late_work(const NodeRec& rec) const {
  const auto weight = [](const model::ResourceState& state, const std::vector<EdgeRef>& refs) {
    return state.fields.size() + state.labels.size() + 4 * refs.size() + 4;
  };
  std::size_t work = weight(rec.node.state, rec.refs);
  for (const Version& version : rec.versions) work += version.content ? weight(version.content->state, version.content->refs) : 4;
  const auto named_by = referrers.find(rec.node.id);
  return named_by == referrers.end() ? work : work + 4 * named_by->second.size();
}

// What the record of a version said.
model::ResourceState LiveGraph::Impl::told(const NodeRec& rec, std::size_t index) const {
  const Version& version = rec.versions[index];
  model::ResourceState out = version.given ? *version.given : *content_at(rec, index).state;
  out.at = version.at;
  out.source_id = version.source_id;
  return out;
}

std::vector<Version> LiveGraph::Impl::explicit_versions(const NodeRec& rec) const {
  std::vector<Version> list = rec.versions;
  if (list.empty()) return list;
  list.back().content = std::make_shared<Content>(Content{rec.node.state, rec.refs});
  for (std::size_t i = list.size() - 1; i-- > 0;) {
    if (!list[i].content) list[i].content = list[i + 1].content;
  }
  // Each version speaks with its own time and source id; the first may belong to a run that began before it.
  for (std::size_t i = 1; i < list.size(); ++i) {
    Version& version = list[i];
    if (version.content->state.at == version.at) continue;
    auto own = std::make_shared<Content>(*version.content);
    own->state.at = version.at;
    own->state.source_id = version.source_id;
    version.content = std::move(own);
  }
  return list;
}

// Puts the record in its place and works out again every version whose meaning depends on it; gives its index.
std::size_t LiveGraph::Impl::place(NodeRec& rec, std::vector<Version>& list, const model::ResourceState& given) {
  const auto it = std::lower_bound(list.begin(), list.end(), given.at, by_at);
  const auto index = static_cast<std::size_t>(it - list.begin());
  if (it != list.end() && it->at == given.at) list.erase(it);
  Version version{given.at, given.source_id, nullptr, given_part(given), false};
  if (!version.given) version.content = make_content(rec, given);
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(index), std::move(version));
  for (std::size_t i = index; i < list.size(); ++i) {
    const model::ResourceState* before = i == 0 ? nullptr : &list[i - 1].content->state;
    if (list[i].given) {
      model::ResourceState whole = effective_state(before, *list[i].given);
      whole.at = list[i].at;
      whole.source_id = list[i].source_id;
      list[i].content = make_content(rec, std::move(whole));
    }
    if (i > 0 || !rec.trimmed) list[i].ends = ends_object(before, list[i].content->state);
  }
  return index;
}

void LiveGraph::Impl::insert_version(NodeRec& rec, const model::ResourceState& given, Applied& out) {
  const auto same = std::lower_bound(rec.versions.begin(), rec.versions.end(), given.at, by_at);
  if (same != rec.versions.end() && same->at == given.at) {
    if (rec.trimmed && same == rec.versions.begin()) return;
    if (!outranks(given, told(rec, static_cast<std::size_t>(same - rec.versions.begin())))) return;
  }
  late_work_done += late_work(rec);
  dirty.insert(rec.node.id);
  const std::vector<Version> old = explicit_versions(rec);
  std::vector<Triple> affected;
  relink_all(rec, affected);
  std::vector<Version> list = old;
  place(rec, list, given);
  const std::vector<Reported> before = differences(old);
  const std::vector<Reported> after = differences(list);
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (i == 0 && rec.trimmed) continue;  // what came before the base is no longer known
    const auto was = std::find_if(before.begin(), before.end(), [&](const Reported& r) { return r.at == after[i].at; });
    const bool known = was != before.end();
    if (known ? was->difference == after[i].difference : after[i].difference.empty()) continue;
    const bool silent = !known || was->difference.empty();
    out.changes.push_back({rec.node.id, list[i].content->state, after[i].difference.changes, after[i].difference.created, !silent});
  }
  install(rec, std::move(list));
  save_history(rec, old, given.at);
  reresolve(rec, affected);
  recompute(affected);
}

void LiveGraph::Impl::install(NodeRec& rec, std::vector<Version> list) {
  for (std::size_t i = 0; i + 1 < list.size(); ++i) {
    if (!same_content(list[i].content->state, list[i + 1].content->state)) continue;
    list[i + 1].content = std::move(list[i].content);  // a run speaks with the time it began
    list[i].content = nullptr;
  }
  rec.node.state = list.back().content->state;
  rec.refs = list.back().content->refs;
  list.back().content = nullptr;
  rec.versions = std::move(list);
  age(rec, 0);
  after_content(rec, nullptr);
}

void LiveGraph::Impl::save_history(const NodeRec& rec, const std::vector<Version>& before, Time from) {
  for (std::size_t i = 0; i < rec.versions.size(); ++i) {
    const Version& version = rec.versions[i];
    if (version.at < from) continue;
    if (!repeats(rec, i)) {
      model::ResourceState state = *content_at(rec, i).state;
      state.at = version.at;
      state.source_id = version.source_id;
      write_history(rec.node.id, version.at, &state);
      continue;
    }
    const auto was = std::lower_bound(before.begin(), before.end(), version.at, by_at);
    const bool began = was != before.end() && was->at == version.at &&
                       (was == before.begin() || !same_content(std::prev(was)->content->state, was->content->state));
    if (began) write_history(rec.node.id, version.at, nullptr);
  }
}

// Too late, or too much at once, for changes and edges: readers of the past shall see it all the same.
// False when there is a version of that time already. REQUIRES: given.at is not after the last version.
bool LiveGraph::Impl::keep_in_history(NodeRec& rec, const model::ResourceState& given) {
  const auto next = std::lower_bound(rec.versions.begin(), rec.versions.end(), given.at, by_at);
  if (next->at == given.at) return false;
  if (given.partial) return true;
  const std::uint64_t told = core::stable_hash64(encode_state(given));
  if (told == rec.told_late) return true;
  rec.told_late = told;
  write_history(rec.node.id, given.at, &given);
  // What the next version says may have begun before `given`.
  model::ResourceState state = *content_at(rec, static_cast<std::size_t>(next - rec.versions.begin())).state;
  state.at = next->at;
  state.source_id = next->source_id;
  write_history(rec.node.id, next->at, &state);
  return true;
}

}  // namespace kgrca::graph
