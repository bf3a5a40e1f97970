#include <algorithm>

#include "graph/read_bounds.h"
#include "graph/resource_reads.h"
#include "graph/small_values.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/graph/retention.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr std::size_t id_bytes_max = 4096;  // cluster, kind, namespace and name at their longest

StoredResource shown(core::ResourceId id, const ResourceRecord& record, std::optional<model::ResourceState> state) {
  StoredResource out;
  out.id = id;
  out.first_seen = record.first_seen;
  out.last_seen = record.last_seen;
  out.stated = state && !state->partial;
  out.deleted = state && state->deleted;
  if (state) out.state = std::move(*state);
  const std::string uid = out.state.ref.uid;
  out.state.ref = record.ref;  // the history may name it as it was before a merge
  if (!uid.empty()) out.state.ref.uid = uid;
  return out;
}

using MaybeId = core::StatusOr<std::optional<core::ResourceId>>;
constexpr std::optional<core::ResourceId> nobody;

// In every cluster.
core::StatusOr<std::vector<core::ResourceId>> namesakes(const store::Snapshot& snapshot, const model::ResourceRef& ref) {
  std::vector<core::ResourceId> out;
  const store::Key first = keys::resource_by_name(ref.kind, ref.ns, ref.name, {});
  store::Scan scan = snapshot.scan(keys::resources_by_kind(ref.kind, ref.ns), first);
  for (; scan.valid(); scan.next()) {
    const core::ResourceId id = keys::resource_of_name_key(scan.key());
    if (keys::resource_by_name(ref.kind, ref.ns, ref.name, id).bytes() != scan.key()) break;
    out.push_back(id);
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  std::sort(out.begin(), out.end());
  return out;
}

// By kind, namespace and name in whatever cluster; the one that lives when there are several, the lowest id among equals.
MaybeId by_name(const store::Snapshot& snapshot, const model::ResourceRef& ref) {
  KGRCA_ASSIGN_OR_RETURN(const std::vector<core::ResourceId> ids, namesakes(snapshot, ref));
  if (ids.empty()) return nobody;
  for (const core::ResourceId id : ids) {
    const auto found = record_of(snapshot, id, decode_resource_head);
    if (found.ok() && !found->record.deleted) return std::optional(found->id);
    if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
  }
  return std::optional(ids.front());
}

MaybeId existing(const store::Snapshot& snapshot, core::ResourceId id) {
  const auto found = record_of(snapshot, id, decode_resource_head);
  if (absl::IsNotFound(found.status())) return nobody;
  if (!found.ok()) return found.status();
  return std::optional(found->id);
}

MaybeId by_uid(const store::Snapshot& snapshot, std::string_view uid) {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.get(keys::resource_by_uid(uid)));
  if (!value) return nobody;
  KGRCA_ASSIGN_OR_RETURN(const std::uint64_t id, decode_id(*value));
  return existing(snapshot, core::ResourceId{id});
}

// "pod/web-0", "po/shop/web-0".
std::optional<model::ResourceRef> slashed(std::string_view text) {
  const std::vector<std::string_view> parts = core::split(text, '/');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  model::ResourceRef ref;
  ref.kind = model::canonical_kind(parts[0]);
  if (parts.size() == 3) ref.ns = std::string(parts[1]);
  ref.name = std::string(parts.back());
  return ref;
}

// A namespaced resource named without its namespace: the first of that name.
MaybeId in_any_namespace(const store::Snapshot& snapshot, const model::ResourceRef& ref) {
  std::size_t examined = 0;
  const std::string tail = core::cat('\0', ref.name, '\0');
  store::Scan scan = snapshot.scan(keys::resources_by_kind(ref.kind));
  for (; scan.valid() && ++examined <= examined_max; scan.next()) {
    const std::string_view key = scan.key();
    if (key.size() < tail.size() + 8 || key.substr(key.size() - 8 - tail.size(), tail.size()) != tail) continue;
    return std::optional(keys::resource_of_name_key(key));
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  return nobody;
}

// Every form in turn.
MaybeId find(const store::Snapshot& snapshot, std::string_view text) {
  // An id as answers show it, whatever its parts hold.
  KGRCA_ASSIGN_OR_RETURN(std::optional<core::ResourceId> id, existing(snapshot, model::resource_id(text)));
  if (id) return id;
  KGRCA_ASSIGN_OR_RETURN(id, by_uid(snapshot, text));
  if (id) return id;
  std::optional<model::ResourceRef> ref = model::parse_text_id(text);
  if (ref && !ref->cluster.empty()) {
    KGRCA_ASSIGN_OR_RETURN(id, existing(snapshot, model::resource_id(*ref)));
    if (id) return id;
    // `kind:ns:name` whose name holds a colon looks like one with a cluster.
    return by_name(snapshot, {{}, model::canonical_kind(ref->cluster), ref->kind, core::cat(ref->ns, ':', ref->name), {}});
  }
  if (!ref) ref = slashed(text);
  if (!ref || ref->name.empty()) return nobody;
  ref->kind = model::canonical_kind(ref->kind);
  KGRCA_ASSIGN_OR_RETURN(id, by_name(snapshot, *ref));
  if (id || ref->kind == "node" || !ref->ns.empty()) return id;
  return in_any_namespace(snapshot, *ref);
}

// From `after` on, when it names a key.
store::Scan name_scan(const store::Snapshot& snapshot, std::string_view kind, std::string_view ns, const keys::NameKey& after) {
  const auto prefix = [&] {
    if (kind.empty()) return keys::resources_by_name();
    return ns.empty() ? keys::resources_by_kind(kind) : keys::resources_by_kind(kind, ns);
  }();
  if (!after.id) return snapshot.scan(prefix);
  return snapshot.scan(prefix, keys::resource_by_name(after.kind, after.ns, after.name, after.id));
}

}  // namespace

core::StatusOr<core::ResourceId> GraphReader::present_id(core::ResourceId id) const {
  KGRCA_ASSIGN_OR_RETURN(const FoundResource found, record_of(snapshot_, id, decode_resource_head));
  return found.id;
}

core::StatusOr<StoredResource> GraphReader::resource(core::ResourceId id) const {
  KGRCA_ASSIGN_OR_RETURN(FoundResource found, record_of(snapshot_, id));
  if (found.record.state) {
    std::optional<model::ResourceState> state = std::move(found.record.state);
    return shown(found.id, found.record, std::move(state));
  }
  // Forgotten while it was away, then named again: its last state is in the history.
  KGRCA_ASSIGN_OR_RETURN(std::optional<model::ResourceState> state, state_at(snapshot_, found.id, core::Time::max()));
  return shown(found.id, found.record, std::move(state));
}

core::StatusOr<StoredResource> GraphReader::resource_at(core::ResourceId id, core::Time at) const {
  KGRCA_RETURN_IF_ERROR(check_history(snapshot_, at));
  KGRCA_ASSIGN_OR_RETURN(const FoundResource found, record_of(snapshot_, id));
  KGRCA_ASSIGN_OR_RETURN(std::optional<model::ResourceState> state, state_at(snapshot_, found, at));
  if (!state && found.record.first_seen > at) return core::not_found("the resource was not known at that time");
  return shown(found.id, found.record, std::move(state));
}

core::StatusOr<core::ResourceId> GraphReader::find_resource(std::string_view text_or_uid) const {
  std::optional<core::ResourceId> id;
  if (!text_or_uid.empty() && text_or_uid.size() <= id_bytes_max && text_or_uid.find('\0') == std::string_view::npos) {
    KGRCA_ASSIGN_OR_RETURN(id, find(snapshot_, text_or_uid));
  }
  if (id) return *id;
  return core::not_found(core::cat("no resource '", core::clip_utf8(text_or_uid, 128),
                                   "'; give cluster:kind:namespace:name, kind:namespace:name, or its uid"));
}

core::StatusOr<Page<StoredResource>> GraphReader::resources(std::string_view kind, std::string_view ns, std::string_view name_part,
                                                            std::size_t limit, std::string_view position) const {
  const keys::NameKey after = keys::name_key_of(position);
  if (!position.empty() && !after.id) return core::invalid_argument("this is no position of a list of resources");
  store::Scan scan = name_scan(snapshot_, kind, ns, after);
  Page<StoredResource> page;
  std::string last;
  for (std::size_t examined = 0; scan.valid(); scan.next()) {
    if (scan.key() == position) continue;
    if (page.items.size() == limit || examined == examined_max) {
      page.next = std::move(last);
      return page;
    }
    ++examined;
    last = scan.key();
    const core::ResourceId id = keys::resource_of_name_key(scan.key());
    core::StatusOr<StoredResource> found = resource(id);
    if (absl::IsNotFound(found.status())) continue;
    if (!found.ok()) return found.status();
    const model::ResourceRef& ref = found->state.ref;
    if (found->id != id || (!ns.empty() && ref.ns != ns)) continue;
    if (!name_part.empty() && !core::contains_ignore_case(ref.name, name_part)) continue;
    page.items.push_back(std::move(*found));
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  return page;
}

}  // namespace kgrca::graph
