#include "graph/resource_reads.h"

#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr int alias_steps_max = 64;

}  // namespace

core::StatusOr<std::optional<model::ResourceState>> state_at(const store::Snapshot& snapshot, core::ResourceId id, core::Time at) {
  store::Scan scan = snapshot.scan(keys::resource_states(id), keys::resource_state(id, at));
  KGRCA_RETURN_IF_ERROR(scan.status());
  if (!scan.valid()) return std::optional<model::ResourceState>();
  KGRCA_ASSIGN_OR_RETURN(model::ResourceState state, decode_state(scan.value()));
  return std::optional(std::move(state));
}

core::StatusOr<std::optional<model::ResourceState>> state_at(const store::Snapshot& snapshot, const FoundResource& found, core::Time at) {
  KGRCA_ASSIGN_OR_RETURN(std::optional<model::ResourceState> state, state_at(snapshot, found.id, at));
  for (std::size_t i = 0; !state && i < found.record.aliases.size(); ++i) {
    KGRCA_ASSIGN_OR_RETURN(state, state_at(snapshot, found.record.aliases[i], at));
  }
  return state;
}

core::StatusOr<FoundResource> record_of(const store::Snapshot& snapshot, core::ResourceId id,
                                        core::StatusOr<ResourceRecord> (*decode)(std::string_view)) {
  for (int step = 0; step < alias_steps_max; ++step) {
    KGRCA_ASSIGN_OR_RETURN(std::optional<std::string> value, snapshot.get(keys::resource(id)));
    if (!value) {
      KGRCA_ASSIGN_OR_RETURN(value, snapshot.get(keys::resource_away(id)));
    }
    if (!value) return core::not_found("no such resource");
    KGRCA_ASSIGN_OR_RETURN(ResourceRecord record, decode(*value));
    if (!record.alias_of) return FoundResource{id, std::move(record)};
    id = record.alias_of;
  }
  return core::data_loss("aliases of a resource go round in a circle");
}

core::StatusOr<std::vector<core::ResourceId>> all_ids(const store::Snapshot& snapshot, core::ResourceId id) {
  const core::StatusOr<FoundResource> found = record_of(snapshot, id, decode_resource_head);
  if (absl::IsNotFound(found.status())) return std::vector<core::ResourceId>{id};
  if (!found.ok()) return found.status();
  std::vector<core::ResourceId> ids{found->id};
  ids.insert(ids.end(), found->record.aliases.begin(), found->record.aliases.end());
  return ids;
}

}  // namespace kgrca::graph
