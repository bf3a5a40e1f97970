// Engine state as versioned parts: 64 of episodes (by resource), one of statistics, one of incidents and tenant time.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "kgrca/core/status.h"
#include "rca/episodes.h"
#include "rca/incidents.h"
#include "rca/linker.h"
#include "rca/statistics.h"

namespace kgrca::rca {

inline constexpr std::uint16_t episode_parts = 64;
inline constexpr std::uint16_t statistics_part = 64;
inline constexpr std::uint16_t incidents_part = 65;

// Which parts changed since they were last written.
class CheckpointMarks {
 public:
  void touch(core::ResourceId id) { dirty_.set(id.value % episode_parts); }
  bool take(std::uint16_t part) {
    bool was = dirty_.test(part);
    dirty_.reset(part);
    return was;
  }

 private:
  std::bitset<episode_parts> dirty_;
};

struct EngineParts {
  EpisodeStore& episodes;
  Statistics& statistics;
  Incidents& incidents;
  Linker& linker;
  core::Time& tenant_time;
  core::Time& pruned;
};

// An incident whose members are still named by their heads.
struct PendingIncident {
  IncidentState state;
  std::vector<core::EventKey> heads;
  bool pending = false;
};
// What reading parts leaves to be joined once every part is read.
struct PendingRestore {
  std::vector<PendingIncident> incidents;
  std::vector<core::EventKey> settling;
};

void write_checkpoint(const EngineParts& engine, CheckpointMarks& marks, bool all,
                      const std::function<void(std::uint16_t, std::string)>& put);
// Parents and incident members are named by their heads; resolve_checkpoint() joins them once every part is read.
core::Status read_checkpoint(const EngineParts& engine, std::uint16_t part, std::string_view bytes, PendingRestore& pending);
void resolve_checkpoint(const EngineParts& engine, PendingRestore& pending);

}  // namespace kgrca::rca
