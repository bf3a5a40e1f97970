// Single reads of resource records and states.
#pragma once

#include <optional>
#include <vector>

#include "graph/resource_record.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

struct FoundResource {
  core::ResourceId id;
  ResourceRecord record;
};
// The record of an id or of what it was merged into. not_found: there is none.
core::StatusOr<FoundResource> record_of(const store::Snapshot& snapshot, core::ResourceId id,
                                        core::StatusOr<ResourceRecord> (*decode)(std::string_view) = decode_resource);

// The present id first, then the former ones. Of an id that is not there: that id.
core::StatusOr<std::vector<core::ResourceId>> all_ids(const store::Snapshot& snapshot, core::ResourceId id);

// The state that held at a moment, as this id has it; nothing when it had none yet.
core::StatusOr<std::optional<model::ResourceState>> state_at(const store::Snapshot& snapshot, core::ResourceId id, core::Time at);
// The same for a resource with its former ids.
core::StatusOr<std::optional<model::ResourceState>> state_at(const store::Snapshot& snapshot, const FoundResource& found, core::Time at);

}  // namespace kgrca::graph
