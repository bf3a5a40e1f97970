#pragma once

#include <string_view>

#include "normalize/batch.h"

namespace kgrca::normalize {

// A state.k8s.topology record as an EdgeUpdate of the open item.
void decode_topology_item(wire::JsonValue record, Batch& batch);
// One end of an edge; nothing when it is unreadable.
std::optional<model::ResourceRef> read_end(std::string_view text, std::string_view cluster);
// A record of op SYNC: all resources of a kind, or all edges of a relation, that are there.
void decode_sync_item(wire::JsonValue record, Batch& batch);
// The null payload behind a compacted topic's key: `tenant::kind:uid` or `tenant::edge:from->to`.
void decode_tombstone(std::string_view key, Batch& batch);

}  // namespace kgrca::normalize
