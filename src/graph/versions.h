// Versions of one resource's state: what a partial or deleting record means after its predecessor, and what changed.
#pragma once

#include <compare>
#include <memory>
#include <string>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/time.h"
#include "kgrca/model/resource.h"

namespace kgrca::graph {

// Tenant time may be this far ahead of a record that still changes what follows from it.
inline constexpr core::Duration lateness = std::chrono::minutes(10);

// A reference of a state, resolved.
struct EdgeRef {
  core::ResourceId other;
  model::Relation relation = model::Relation::uses;
  bool outgoing = true;
  model::Evidence evidence = model::Evidence::stated;
  auto operator<=>(const EdgeRef&) const = default;
};

// The whole state that held from a version on, and its references resolved.
struct Content {
  model::ResourceState state;
  std::vector<EdgeRef> refs;  // sorted, no self references
};

using StatePtr = std::shared_ptr<const model::ResourceState>;
using ContentPtr = std::shared_ptr<const Content>;

struct Version {
  core::Time at{};
  std::string source_id;
  ContentPtr content;   // null: the same as the next version's; the last version's is in the node
  StatePtr given;       // what the record said when that was partial or a deletion; else null
  bool ends = false;    // the object that lived before ended at `at`: deleted, or another uid from here on
};

// `Version::given` of a record.
StatePtr given_part(const model::ResourceState& given);

struct Difference {
  std::vector<model::FieldChange> changes;
  bool created = false;
  bool operator==(const Difference&) const = default;
  bool empty() const { return !created && changes.empty(); }
};

// True when both say the same of the resource; times and source ids aside.
bool same_content(const model::ResourceState& a, const model::ResourceState& b);
// The whole state after `given` when `before` (null: none) held: partial records lay their fields over it, deletions keep
// its fields without references.
model::ResourceState effective_state(const model::ResourceState* before, const model::ResourceState& given);
// What `after` changed of `before`, null: none. `created`: no whole record came before.
Difference difference(const model::ResourceState* before, const model::ResourceState& after);
bool ends_object(const model::ResourceState* before, const model::ResourceState& after);
// Of two records of one resource with equal times the higher one counts: whole before partial, deletion before life, then
// by their bytes, so that the order of arrival says nothing.
bool outranks(const model::ResourceState& a, const model::ResourceState& b);

}  // namespace kgrca::graph
