// Words for people, made only of stored facts.
#pragma once

#include <string>
#include <vector>

#include "kgrca/graph/live.h"
#include "kgrca/model/incident.h"
#include "rca/episodes.h"

namespace kgrca::rca {

class Narrator {
 public:
  Narrator(const EpisodeStore& episodes, const graph::LiveGraph& graph) : episodes_(episodes), graph_(graph) {}

  std::string resource_name(core::ResourceId id) const;
  // The service or workload a pod belongs to; the resource itself otherwise.
  core::ResourceId owner_of(core::ResourceId id) const;
  // "rolled out v2.3.1 (DB_POOL_SIZE 50 → 5)", "out of memory".
  std::string what(const Episode& episode) const;
  // At most 90 characters: the hurt service and the symptom.
  std::string title(const Episode& symptom) const;
  // Why this suspect is thought to be the root.
  std::string root_sentence(const Episode& root, const model::Suspect& suspect, const std::vector<EpisodeIndex>& path) const;
  // Why a loud suspect outside the incident is not its cause.
  std::string ruled_out_sentence(const Episode& suspect, const std::vector<EpisodeIndex>& members, core::Time first) const;

 private:
  const EpisodeStore& episodes_;
  const graph::LiveGraph& graph_;
};

}  // namespace kgrca::rca
