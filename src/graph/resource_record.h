// The value of store key 'r': a resource as it is now, with what the live graph needs to go on after a restart.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/model/resource.h"

namespace kgrca::graph {

inline constexpr std::size_t resource_key_bytes = 9;      // of store key 'r', without the tenant number
inline constexpr std::size_t resource_aliases_max = 64;  // former ids that a resource stays known by, the newest

struct ResourceRecord {
  struct VersionMark {
    core::Time at{};
    std::string source_id;
    bool same_as_next = false;
    bool ends = false;
    std::optional<model::ResourceState> given;  // partial records and deletions
  };

  core::ResourceId alias_of;   // merged into this one; nothing else is set then
  bool stated = false;
  bool deleted = false;
  bool trimmed = false;
  model::ResourceRef ref;
  core::Time first_seen{};
  core::Time last_seen{};      // exact to an hour unless a state record came
  core::Time deleted_at{};
  core::Time last_end{};
  std::vector<std::string> uids;
  std::vector<core::ResourceId> aliases;      // former ids
  std::optional<model::ResourceState> state;  // present
  std::vector<VersionMark> versions;
};

std::string encode_resource(const ResourceRecord& record);
core::StatusOr<ResourceRecord> decode_resource(std::string_view value);
// Without state and versions, whose bytes are not looked at.
core::StatusOr<ResourceRecord> decode_resource_head(std::string_view value);

// Kinds of dictionary entries (store key 'd') that belong to this room.
inline constexpr std::uint8_t statements_dictionary = 0x67;  // name: from 8, to 8, relation 1, little-endian
inline constexpr std::uint8_t clock_dictionary = 0x68;       // names "tenant_time" and the one below
// Edges that ended by this time may stand under former ids of their ends; absent: none does.
inline constexpr std::string_view former_edges_name = "former_edges_until";

}  // namespace kgrca::graph
