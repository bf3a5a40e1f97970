// Who started it: roots of one incident.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "kgrca/graph/live.h"
#include "kgrca/model/incident.h"
#include "rca/episodes.h"
#include "rca/narrate.h"

namespace kgrca::rca {

// One suspect while it is being ranked.
struct Scored {
  EpisodeIndex episode = no_episode;
  float score = 0;
  float coverage = 0;     // weighted share of the symptoms it reaches
  float unexplained = 1;  // product of (1 - p) over its own causes
};

class Ranker {
 public:
  Ranker(const Rules::Data& rules, const EpisodeStore& episodes, const graph::LiveGraph& graph)
      : rules_(rules), episodes_(episodes), narrator_(episodes, graph) {}

  // The incident of these members (by head): everything but ids, status and history. Cost: O(members x links).
  model::Incident rank(const std::vector<EpisodeIndex>& members) const;

 private:
  struct Symptoms {
    std::vector<std::pair<EpisodeIndex, float>> weights;
    float total = 0;
    core::Time first{};
  };
  Symptoms symptoms_of(const std::vector<EpisodeIndex>& members) const;
  std::vector<EpisodeIndex> suspects_of(const std::vector<EpisodeIndex>& members) const;
  // What walks note of an episode: the number of the ranking it is a member of, of the walk that reached it, and how well.
  struct Mark {
    std::uint64_t inside = 0;
    std::uint64_t reached = 0;
    float p = 0;
  };
  Mark& mark_of(EpisodeIndex index) const;
  void mark_inside(const std::vector<EpisodeIndex>& members) const;
  void reach(EpisodeIndex from) const;
  Scored score(EpisodeIndex suspect, const Symptoms& symptoms) const;
  std::vector<core::EventKey> path(EpisodeIndex from, EpisodeIndex to) const;
  model::Suspect suspect(const Scored& scored, float confidence, EpisodeIndex main_symptom) const;
  float calibrated(float share) const;
  void fill_roots(model::Incident& out, const std::vector<Scored>& ranked, EpisodeIndex main_symptom) const;
  void fill_changes(model::Incident& out, const std::vector<Scored>& ranked, EpisodeIndex main_symptom) const;
  std::vector<std::pair<float, EpisodeIndex>> loudest(const model::Incident& incident) const;
  void fill_ruled_out(model::Incident& out, const std::vector<EpisodeIndex>& members) const;
  void fill_facts(model::Incident& out, const std::vector<EpisodeIndex>& members) const;
  EpisodeIndex main_symptom(const std::vector<EpisodeIndex>& members) const;

  const Rules::Data& rules_;
  const EpisodeStore& episodes_;
  Narrator narrator_;
  // Scratch of one ranking, kept so that a ranking costs no allocation per episode.
  mutable std::vector<Mark> marks_;
  mutable std::uint64_t ranking_ = 0;
  mutable std::uint64_t walk_ = 0;
};

}  // namespace kgrca::rca
