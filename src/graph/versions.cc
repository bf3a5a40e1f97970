#include "graph/versions.h"

#include <algorithm>
#include <tuple>

#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Both sorted by key; values of `over` win.
Pairs merged_pairs(const Pairs& base, const Pairs& over) {
  Pairs out;
  out.reserve(std::max(base.size(), over.size()));
  auto a = base.begin();
  auto b = over.begin();
  while (a != base.end() || b != over.end()) {
    if (b == over.end() || (a != base.end() && a->first < b->first)) {
      out.push_back(*a++);
      continue;
    }
    if (a != base.end() && a->first == b->first) ++a;
    out.push_back(*b++);
  }
  return out;
}

template <typename T>
void add_missing(std::vector<T>& base, const std::vector<T>& more) {
  for (const T& item : more) {
    if (std::find(base.begin(), base.end(), item) == base.end()) base.push_back(item);
  }
}

void compare_pairs(const Pairs& before, const Pairs& after, std::string_view prefix, std::vector<model::FieldChange>& out) {
  auto a = before.begin();
  auto b = after.begin();
  while (a != before.end() || b != after.end()) {
    if (b == after.end() || (a != before.end() && a->first < b->first)) {
      out.push_back({core::cat(prefix, a->first), a->second, {}});
      ++a;
    } else if (a == before.end() || b->first < a->first) {
      out.push_back({core::cat(prefix, b->first), {}, b->second});
      ++b;
    } else {
      if (a->second != b->second) out.push_back({core::cat(prefix, a->first), a->second, b->second});
      ++a;
      ++b;
    }
  }
}

bool other_uid(const model::ResourceState& a, const model::ResourceState& b) {
  return !a.ref.uid.empty() && !b.ref.uid.empty() && a.ref.uid != b.ref.uid;
}

}  // namespace

bool same_content(const model::ResourceState& a, const model::ResourceState& b) {
  return a.deleted == b.deleted && a.partial == b.partial && a.labels == b.labels && a.fields == b.fields &&
         a.selector == b.selector && a.references == b.references && a.addresses == b.addresses && a.ref.uid == b.ref.uid;
}

StatePtr given_part(const model::ResourceState& given) {
  return given.partial || given.deleted ? std::make_shared<const model::ResourceState>(given) : nullptr;
}

model::ResourceState effective_state(const model::ResourceState* before, const model::ResourceState& given) {
  if (before == nullptr || (!given.partial && !given.deleted)) {
    model::ResourceState state = given;
    if (state.deleted) state.references.clear();
    return state;
  }
  model::ResourceState state = *before;
  state.at = given.at;
  state.source_id = given.source_id;
  if (state.ref.uid.empty()) state.ref.uid = given.ref.uid;
  if (given.deleted) {
    state.deleted = true;
    state.partial = false;
    state.references.clear();
    return state;
  }
  state.labels = merged_pairs(before->labels, given.labels);
  state.fields = merged_pairs(before->fields, given.fields);
  state.selector = merged_pairs(before->selector, given.selector);
  if (!state.deleted) add_missing(state.references, given.references);
  add_missing(state.addresses, given.addresses);
  return state;
}

Difference difference(const model::ResourceState* before, const model::ResourceState& after) {
  Difference out;
  if (after.partial) return out;  // nothing but fragments so far: no version to speak of
  if (before == nullptr || before->partial) {
    out.created = !after.deleted;
    return out;
  }
  if (after.deleted) {
    if (!before->deleted) out.changes.push_back({"deleted", {}, "true"});
    return out;
  }
  if (before->deleted) out.changes.push_back({"deleted", "true", {}});
  if (other_uid(*before, after)) out.changes.push_back({"uid", before->ref.uid, after.ref.uid});
  compare_pairs(before->fields, after.fields, "", out.changes);
  compare_pairs(before->labels, after.labels, "labels.", out.changes);
  compare_pairs(before->selector, after.selector, "selector.", out.changes);
  std::sort(out.changes.begin(), out.changes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.path, a.before, a.after) < std::tie(b.path, b.before, b.after);
  });
  return out;
}

bool ends_object(const model::ResourceState* before, const model::ResourceState& after) {
  if (after.deleted) return before == nullptr || !before->deleted;
  return before != nullptr && other_uid(*before, after);
}

bool outranks(const model::ResourceState& a, const model::ResourceState& b) {
  if (a.partial != b.partial) return b.partial;
  if (a.deleted != b.deleted) return a.deleted;
  return encode_state(a) > encode_state(b);
}

}  // namespace kgrca::graph
