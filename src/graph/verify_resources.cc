#include "graph/checker.h"
#include "graph/codec.h"
#include "graph/resource_cursor.h"
#include "graph/small_values.h"
#include "graph/two_sides.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;
using core::ResourceId;
using store::Family;

store::Key name_key(ResourceId id, const ResourceRecord& record) {
  return keys::resource_by_name(record.ref.kind, record.ref.ns, record.ref.name, id);
}

}  // namespace

// Every record of a resource that counts and its place in the index of names are two sides of one list.
struct Checker::Names {
  TwoSides sides;
  void record(ResourceId id, const ResourceRecord& record) { sides.left(name_key(id, record).bytes()); }
};

void Checker::check_state() {
  Names names;
  ResourceCursor around_history(snapshot_);
  ResourceCursor around_away(snapshot_);
  store::Scan scan = snapshot_.scan(keys::whole(Family::state));
  for (; scan.valid(); scan.next()) {
    const std::string_view key = scan.key();
    if (!keys::is_key(Family::state, key)) {
      find("malformed_key", Family::state, key, "no kind of key looks like this");
      continue;
    }
    switch (key.front()) {
      case 'h': check_history(key, scan.value(), around_history.at(keys::resource_of_state_key(key)).exists()); break;
      case 'l': names.sides.right(key); break;
      case 'u': check_uid(key, scan.value()); break;
      default: check_resource(key, scan.value(), around_away, names);
    }
  }
  finish(scan, Family::state);
  if (!names.sides.equal()) name_names(names);
}

// `around`: tells whether another record hides this one.
void Checker::check_resource(std::string_view key, std::string_view value, ResourceCursor& around, Names& names) {
  const ResourceId id = keys::resource_of_key(key);
  const bool living = key.front() == 'r';
  const core::StatusOr<ResourceRecord> record = decode_resource(value);
  if (!record.ok()) return find("undecodable", Family::state, key, core::message_of(record.status()));
  if (!living && around.at(id).living) return;  // it came back: readers look here only when there is nothing else
  if (record->alias_of) {
    if (living) return find("resource_alias", Family::state, key, "a former id stands among the present ones");
    if (!present_of(id)) find("resource_alias", Family::state, key, "its present id leads to no resource");
    return;
  }
  ++report_.resources;
  names.record(id, *record);
  if (model::resource_id(record->ref) != id)
    find("resource_id", Family::state, key, core::cat("the record is that of ", model::text_id(record->ref)));
  if (!living) return;
  count(counts::bytes_resources, static_cast<std::int64_t>(key.size() + value.size()));
  check_living(id, *record);
}

void Checker::check_living(ResourceId id, const ResourceRecord& record) {
  const store::Key key = keys::resource(id);
  if (!record.deleted) {
    count(counts::resources, 1);
    count(core::cat(counts::resources_kind, record.ref.kind), 1);
    if (!record.stated) count(counts::resources_unstated, 1);
  }
  for (const std::string& uid : record.uids) {
    const std::optional<std::string> value = get(keys::resource_by_uid(uid));
    const core::StatusOr<std::uint64_t> holder = value ? decode_id(*value) : core::not_found("absent");
    if (!value) find("uid_index", key, core::cat("its uid ", uid, " is not in the index of uids"));
    else if (holder.ok() && present_of(ResourceId{*holder}) != id)
      find("uid_index", key, core::cat("its uid ", uid, " leads to another resource"));
  }
  for (const ResourceId alias : record.aliases) {
    if (present_of(alias) != id) find("resource_alias", key, core::cat("its former id ", alias.value, " does not lead to it"));
  }
  check_versions(id, record);
}

// The engine reads the contents of the versions it works with back from the history.
void Checker::check_versions(ResourceId id, const ResourceRecord& record) {
  for (std::size_t i = 0; i + 1 < record.versions.size(); ++i) {
    if (record.versions[i].same_as_next) continue;
    store::Scan scan = snapshot_.scan(keys::resource_states(id), keys::resource_state(id, record.versions[i].at));
    if (scan.valid()) continue;
    finish(scan, Family::state);
    find("history_missing", keys::resource(id), core::cat("nothing is kept of its state at ",
                                                          core::format_rfc3339(record.versions[i].at, 6)));
  }
}

void Checker::check_history(std::string_view key, std::string_view value, bool known) {
  const core::StatusOr<model::ResourceState> state = decode_state(value);
  if (!state.ok()) return find("undecodable", Family::state, key, core::message_of(state.status()));
  if (!known) find("history_without_resource", Family::state, key, "there is no such resource");
  if (keys::resource_state(keys::resource_of_state_key(key), state->at).bytes() != key)
    find("history_time", Family::state, key, core::cat("the state says that it began at ", core::format_rfc3339(state->at, 6)));
}

void Checker::check_uid(std::string_view key, std::string_view value) {
  const core::StatusOr<std::uint64_t> id = decode_id(value);
  if (!id.ok()) return find("undecodable", Family::state, key, core::message_of(id.status()));
  if (!present_of(ResourceId{*id})) find("uid_index", Family::state, key, "it leads to no resource");
}

// The sides differ: says where.
void Checker::name_names(const Names& names) {
  store::Scan listed = snapshot_.scan(keys::resources_by_name());
  for (; listed.valid(); listed.next()) {
    if (!names.sides.doubtful(listed.key())) continue;
    const ResourceId id = keys::resource_of_name_key(listed.key());
    const std::optional<ResourceRecord> found = record(id);
    const bool meant = found && !found->alias_of && name_key(id, *found).bytes() == listed.key();
    if (!meant) find("name_index", Family::state, listed.key(), "no resource has this name and id");
  }
  for (const store::Key& prefix : {keys::resources(), keys::resources_away()}) {
    for (store::Scan scan = snapshot_.scan(prefix); scan.valid(); scan.next()) {
      const core::StatusOr<ResourceRecord> record = decode_resource(scan.value());
      if (!record.ok() || record->alias_of) continue;
      const ResourceId id = keys::resource_of_key(scan.key());
      const store::Key name = name_key(id, *record);
      if (!names.sides.doubtful(name.bytes()) || exists(name)) continue;
      if (prefix == keys::resources_away() && exists(keys::resource(id))) continue;
      find("name_index", Family::state, scan.key(), core::cat(model::text_id(record->ref), " is not in the index of names"));
    }
  }
}

}  // namespace kgrca::graph
