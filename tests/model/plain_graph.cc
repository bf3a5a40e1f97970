#include "tests/model/plain_graph.h"

#include <algorithm>
#include <tuple>

#include "kgrca/core/strings.h"
#include "tests/unit/graph/graph_support.h"

namespace kgrca::model_test {
namespace {

using namespace std::chrono_literals;
using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr core::Duration lateness = 10min;
constexpr core::Duration long_ago = 80min;  // the live graph keeps deleted resources 90 min

bool other_uid(const model::ResourceState& a, const model::ResourceState& b) {
  return !a.ref.uid.empty() && !b.ref.uid.empty() && a.ref.uid != b.ref.uid;
}

Pairs laid_over(const Pairs& base, const Pairs& over) {
  std::map<std::string, std::string> all(base.begin(), base.end());
  for (const auto& [key, value] : over) all[key] = value;
  return {all.begin(), all.end()};
}

// A fragment adds to what is known, an end keeps what is known but its references, a whole record stands for itself.
model::ResourceState whole_of(const model::ResourceState* before, const model::ResourceState& given) {
  model::ResourceState out = given;
  if (before != nullptr && (given.partial || given.deleted)) {
    out = *before;
    out.deleted = before->deleted || given.deleted;
    if (given.deleted) out.partial = false;
    if (out.ref.uid.empty()) out.ref.uid = given.ref.uid;
    if (!given.deleted) {
      out.labels = laid_over(before->labels, given.labels);
      out.fields = laid_over(before->fields, given.fields);
      out.selector = laid_over(before->selector, given.selector);
      if (!before->deleted) {
        for (const auto& reference : given.references) {
          if (std::find(out.references.begin(), out.references.end(), reference) == out.references.end()) out.references.push_back(reference);
        }
      }
    }
  }
  if (out.deleted) out.references.clear();
  return out;
}

bool outranks(const model::ResourceState& a, const model::ResourceState& b) {
  if (a.partial != b.partial) return b.partial;
  if (a.deleted != b.deleted) return a.deleted;
  return graph::encode_state(a) > graph::encode_state(b);
}

bool same_but_for_time(model::ResourceState a, const model::ResourceState& b) {
  a.at = b.at;
  a.source_id = b.source_id;
  return graph::encode_state(a) == graph::encode_state(b);
}

bool selects(const model::ResourceState& service, const model::ResourceState& pod) {
  if (service.selector.empty()) return false;
  return std::all_of(service.selector.begin(), service.selector.end(),
                     [&](const auto& want) { return std::find(pod.labels.begin(), pod.labels.end(), want) != pod.labels.end(); });
}

bool names(const model::ResourceState& state, const Edge& edge, bool outgoing) {
  const core::ResourceId other = outgoing ? edge.to : edge.from;
  return std::any_of(state.references.begin(), state.references.end(), [&](const model::Reference& reference) {
    return reference.relation == edge.relation && reference.outgoing == outgoing && model::resource_id(reference.target) == other;
  });
}

Edge edge_of(core::ResourceId id, const model::Reference& reference) {
  const core::ResourceId other = model::resource_id(reference.target);
  return reference.outgoing ? Edge{id, other, reference.relation} : Edge{other, id, reference.relation};
}

}  // namespace

void PlainGraph::name(const model::ResourceRef& ref, core::Time seen) {
  now_ = std::max(now_, seen);
  Resource& resource = resources_[model::resource_id(ref)];
  if (!resource.ref.name.empty()) return;
  resource.ref = ref;
  resource.ref.uid.clear();
  for (const auto& [id, other] : resources_) {
    if (other.ref.kind == "service" && ref.kind == "pod") speak_of({id, model::resource_id(ref), model::Relation::selects});
    if (other.ref.kind == "pod" && ref.kind == "service") speak_of({model::resource_id(ref), id, model::Relation::selects});
  }
}

void PlainGraph::speak_of(const Edge& edge) {
  resources_[edge.from].edges.insert(edge);
  resources_[edge.to].edges.insert(edge);
}

// Older than the newest version before the lateness bound, or older than that bound and than all versions.
bool PlainGraph::too_late(const Resource& resource, core::Time at) const {
  const core::Time horizon = now_ - lateness;
  if (resource.versions.empty() || at >= horizon) return false;
  const auto after = resource.versions.upper_bound(horizon);
  const core::Time oldest = after == resource.versions.begin() ? after->first : std::prev(after)->first;
  return at < oldest;
}

bool PlainGraph::history_only(const model::ResourceRef& ref, core::Time at) const {
  const auto it = resources_.find(model::resource_id(ref));
  if (it == resources_.end() || !too_late(it->second, at)) return false;
  const auto& versions = it->second.versions;
  const auto next = versions.upper_bound(at);
  return next == versions.begin() || !same_but_for_time(std::prev(next)->second.whole, next->second.whole);
}

void PlainGraph::apply(const model::ResourceState& state) {
  name(state.ref, state.at);
  const core::ResourceId id = model::resource_id(state.ref);
  if (!state.deleted) {
    for (const model::Reference& reference : state.references) name(reference.target, state.at);
  }
  Resource& resource = resources_[id];
  if (too_late(resource, state.at)) {
    if (!state.partial) resource.late[state.at] = state;
    return;
  }
  for (const model::Reference& reference : state.references) speak_of(edge_of(id, reference));
  const auto known = resource.versions.find(state.at);
  if (known != resource.versions.end() && !outranks(state, known->second.given)) return;
  resource.versions[state.at].given = state;
  fold(resource, state.at);
}

void PlainGraph::fold(Resource& resource, core::Time from) {
  for (auto it = resource.versions.find(from); it != resource.versions.end(); ++it) {
    const model::ResourceState* before = it == resource.versions.begin() ? nullptr : &std::prev(it)->second.whole;
    Version& version = it->second;
    version.whole = whole_of(before, version.given);
    version.ends = version.whole.deleted ? before == nullptr || !before->deleted : before != nullptr && other_uid(*before, version.whole);
  }
}

void PlainGraph::apply(const model::EdgeUpdate& edge) {
  name(edge.from, edge.at);
  name(edge.to, edge.at);
  const Edge of{model::resource_id(edge.from), model::resource_id(edge.to), edge.relation};
  if (of.from == of.to) return;
  speak_of(of);
  const auto [it, added] = marks_[of].try_emplace(edge.at, !edge.deleted);
  if (!added) it->second = it->second && !edge.deleted;
}

std::vector<model::ResourceRef> PlainGraph::resources() const {
  std::vector<model::ResourceRef> out;
  for (const auto& [id, resource] : resources_) out.push_back(resource.ref);
  return out;
}

const PlainGraph::Version* PlainGraph::version_at(core::ResourceId id, core::Time at) const {
  const auto& versions = resources_.at(id).versions;
  const auto after = versions.upper_bound(at);
  return after == versions.begin() ? nullptr : &std::prev(after)->second;
}

std::optional<model::ResourceState> PlainGraph::state_at(core::ResourceId id, core::Time at) const {
  const auto& resource = resources_.at(id);
  const auto version = resource.versions.upper_bound(at);
  const auto late = resource.late.upper_bound(at);
  const bool has_version = version != resource.versions.begin();
  const bool has_late = late != resource.late.begin();
  if (has_late && (!has_version || std::prev(late)->first > std::prev(version)->first)) return std::prev(late)->second;
  if (!has_version) return std::nullopt;
  return std::prev(version)->second.whole;
}

bool PlainGraph::has_version_at(core::ResourceId id, core::Time at) const {
  const auto it = resources_.find(id);
  return it != resources_.end() && (it->second.versions.contains(at) || it->second.late.contains(at));
}

bool PlainGraph::has_uid(core::ResourceId id, const std::string& uid) const {
  const auto it = resources_.find(id);
  if (it == resources_.end() || uid.empty()) return false;
  const auto& versions = it->second.versions;
  return std::any_of(versions.begin(), versions.end(), [&](const auto& version) { return version.second.given.ref.uid == uid; });
}

std::string PlainGraph::told_of(core::ResourceId id) const {
  std::string out = core::cat(model::text_id(resources_.at(id).ref), ":");
  for (const auto& [at, version] : resources_.at(id).versions) {
    const model::ResourceState& given = version.given;
    core::append(out, "\n  ", (at - graph::testing::start).count() / 1'000'000, given.deleted ? " gone" : given.partial ? " part" : " whole",
                 " uid ", given.ref.uid, " now ", version.whole.ref.uid, version.ends ? " ends" : "");
    for (const model::Reference& reference : given.references) core::append(out, " ", reference.target.name);
  }
  for (const auto& [at, state] : resources_.at(id).late) core::append(out, "\n  late ", (at - graph::testing::start).count() / 1'000'000);
  for (const Edge& edge : resources_.at(id).edges) {
    const auto marks = marks_.find(edge);
    if (marks == marks_.end()) continue;
    core::append(out, "\n  ", edge.from.value, " ", model::name_of(edge.relation), " ", edge.to.value, ":");
    for (const auto& [at, open] : marks->second) core::append(out, " ", (at - graph::testing::start).count() / 1'000'000, open ? "+" : "-");
  }
  return out;
}

bool PlainGraph::stated(const Edge& edge, core::Time at) const {
  const auto marks = marks_.find(edge);
  if (marks == marks_.end()) return false;
  const auto after = marks->second.upper_bound(at);
  if (after == marks->second.begin() || !std::prev(after)->second) return false;
  const core::Time since = std::prev(after)->first;
  for (const core::ResourceId id : {edge.from, edge.to}) {
    const auto& versions = resources_.at(id).versions;
    for (auto it = versions.upper_bound(since); it != versions.end() && it->first <= at; ++it) {
      if (it->second.ends) return false;
    }
  }
  return true;
}

bool PlainGraph::lives(const Edge& edge, core::Time at) const {
  const Version* from = version_at(edge.from, at);
  const Version* to = version_at(edge.to, at);
  if ((from != nullptr && from->whole.deleted) || (to != nullptr && to->whole.deleted)) return false;
  if (from != nullptr && names(from->whole, edge, true)) return true;
  if (to != nullptr && names(to->whole, edge, false)) return true;
  if (edge.relation == model::Relation::selects && from != nullptr && to != nullptr && selects(from->whole, to->whole)) {
    const model::ResourceRef& service = resources_.at(edge.from).ref;
    const model::ResourceRef& pod = resources_.at(edge.to).ref;
    if (service.kind == "service" && pod.kind == "pod" && service.ns == pod.ns) return true;
  }
  return stated(edge, at);
}

std::vector<core::Time> PlainGraph::turns(const Edge& edge) const {
  std::vector<core::Time> out;
  for (const core::ResourceId id : {edge.from, edge.to}) {
    for (const auto& version : resources_.at(id).versions) out.push_back(version.first);
  }
  if (const auto marks = marks_.find(edge); marks != marks_.end()) {
    for (const auto& mark : marks->second) out.push_back(mark.first);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<graph::EdgeAt> PlainGraph::life(const Edge& edge, core::Time at) const {
  if (!lives(edge, at)) return std::nullopt;
  const std::vector<core::Time> all = turns(edge);
  const auto next = std::upper_bound(all.begin(), all.end(), at);
  graph::EdgeAt out{edge.from, edge.to, edge.relation, model::Evidence::stated, {}, core::Time::max()};
  for (auto it = next; it != all.begin() && lives(edge, *std::prev(it)); --it) out.since = *std::prev(it);
  for (auto it = next; it != all.end(); ++it) {
    if (lives(edge, *it)) continue;
    out.until = *it;
    break;
  }
  return out;
}

PlainGraph::Lives PlainGraph::lives_of(const Edge& edge) const {
  Lives out;
  for (const core::Time turn : turns(edge)) {
    const auto found = life(edge, turn);
    if (found && (out.empty() || out.back().first != found->since)) out.emplace_back(found->since, found->until);
  }
  return out;
}

void PlainGraph::forget(const Edge& edge) {
  marks_.erase(edge);
  for (const core::ResourceId id : {edge.from, edge.to}) resources_.at(id).edges.erase(edge);
}

void PlainGraph::merge(const model::ResourceRef& present, const model::ResourceRef& former) {
  const core::ResourceId to = model::resource_id(present);
  const core::ResourceId from = model::resource_id(former);
  for (const Edge& old : std::set<Edge>(resources_.at(from).edges)) {
    const Edge edge{old.from == from ? to : old.from, old.to == from ? to : old.to, old.relation};
    speak_of(edge);
    Lives all = lives_of(old);
    for (const auto& life : lives_of(edge)) all.push_back(life);
    forget(old);
    std::sort(all.begin(), all.end());
    Lives united;
    for (const auto& life : all) {
      if (united.empty() || united.back().second < life.first) united.push_back(life);
      united.back().second = std::max(united.back().second, life.second);
    }
    marks_.erase(edge);
    for (const auto& [since, until] : united) {
      marks_[edge][since] = true;
      if (until != core::Time::max()) marks_[edge][until] = false;
    }
  }
  resources_.erase(from);
}

std::vector<graph::EdgeAt> PlainGraph::edges(core::ResourceId id, core::Time at) const {
  std::vector<graph::EdgeAt> out;
  for (const Edge& edge : resources_.at(id).edges) {
    if (const auto found = life(edge, at)) out.push_back(*found);
  }
  std::sort(out.begin(), out.end(), [](const graph::EdgeAt& a, const graph::EdgeAt& b) {
    return std::tie(a.relation, a.from, a.to) < std::tie(b.relation, b.from, b.to);
  });
  return out;
}

std::map<std::string, std::int64_t> PlainGraph::counts() const {
  std::map<std::string, std::int64_t> out;
  for (const auto& [id, resource] : resources_) {
    const model::ResourceState* last = resource.versions.empty() ? nullptr : &resource.versions.rbegin()->second.whole;
    if (last == nullptr || !last->deleted) {
      ++out["resources"];
      ++out["resources.kind." + resource.ref.kind];
      if (last == nullptr || last->partial) ++out["resources.unstated"];
    }
    for (const Edge& edge : resource.edges) {
      if (edge.from != id || !lives(edge, core::Time::max())) continue;
      ++out["edges"];
      ++out[core::cat("edges.", model::name_of(edge.relation))];
    }
  }
  return out;
}

// The deletion that counts is the first of a row of them.
std::optional<core::Time> PlainGraph::dead_since(core::ResourceId id, core::Time at) const {
  const auto it = resources_.find(id);
  if (it == resources_.end()) return std::nullopt;
  const auto& versions = it->second.versions;
  const auto end = versions.upper_bound(at);
  auto first = end;
  while (first != versions.begin() && std::prev(first)->second.whole.deleted) --first;
  return first == end ? std::nullopt : std::optional(first->first);
}

bool PlainGraph::long_gone(const model::ResourceRef& ref, core::Time at) const {
  const auto since = dead_since(model::resource_id(ref), at);
  return since && *since <= std::max(now_, at) - long_ago;
}

bool PlainGraph::haunted(const model::ResourceRef& ref, core::Time at) const {
  if (!long_gone(ref, at)) return false;
  const core::ResourceId id = model::resource_id(ref);
  const core::Time since = *dead_since(id, at);
  const auto& edges = resources_.at(id).edges;
  return std::any_of(edges.begin(), edges.end(), [&](const Edge& edge) {
    const auto marks = marks_.find(edge);
    return marks != marks_.end() && marks->second.rbegin()->first >= since && marks->second.rbegin()->second;
  });
}

}  // namespace kgrca::model_test
