// Finds and scores the causes of episodes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rca/episodes.h"
#include "rca/influence.h"
#include "rca/statistics.h"

namespace kgrca::rca {

// A possible cause of one effect while it is being scored.
struct Candidate {
  EpisodeIndex cause = no_episode;
  const Reach* reach = nullptr;
  std::uint16_t rule = 0;
  float lag_seconds = 0;
  model::LinkTerms terms;
  float z = 0;
};

class Linker {
 public:
  Linker(const Rules::Data& rules, const graph::LiveGraph& graph, EpisodeStore& episodes, InfluenceMap& influence,
         const Statistics& statistics)
      : rules_(rules), graph_(graph), episodes_(episodes), influence_(influence), statistics_(statistics) {}

  // The episode's links may be out of date.
  void mark(EpisodeIndex effect);
  // `cause` is new or changed: so may be the links of what it could have caused from then on.
  void mark_effects_of(EpisodeIndex cause, core::Time from);
  // `told`: the links to its effects are void, which has to be said; else they stay as they were told.
  void forget(EpisodeIndex episode, bool told);
  // Scored without a cause that is gone, an effect would lose what was rightly found: it is not scored again.
  void conclude(EpisodeIndex effect);
  // After a restart: the episode still waits to be scored for good.
  void expect(EpisodeIndex episode, bool settling);
  bool is_settling(EpisodeIndex episode) const { return settling_.contains({episodes_.at(episode).head, episode}); }

  // Scores everything marked, and once more, for good, every episode that tenant time has passed by the lateness bound.
  struct Relinked {
    std::vector<EpisodeIndex> changed;    // their stored links changed, in the order of their heads
    std::vector<EpisodeIndex> finished;   // have just become final
  };
  Relinked relink(core::Time tenant_time);

  bool waits() const { return !unfinished_.empty() || !settling_.empty(); }  // for tenant time to pass
  std::uint64_t cut() const { return cut_; }  // episodes of which not every possible cause was looked at

 private:
  using Marked = std::pair<core::EventKey, EpisodeIndex>;  // by head, so that order does not depend on places in memory
  void expect_no_more(EpisodeIndex episode);
  bool holds(const Marked& marked) const;  // whether it still is that episode
  void relink_one(EpisodeIndex index, Relinked& out);
  std::vector<EpisodeIndex> passed(std::set<Marked>& waiting, core::Time watermark) const;
  using Parents = std::vector<std::pair<model::Link, EpisodeIndex>>;

  struct Risen {
    Marked run;
    core::Time from;  // of effects that begin from here on
  };
  void mark_effects_of_risen(core::Time tenant_time);
  void mark_below(const Risen& cause);
  void mark_hurt_by(const std::vector<Risen>& risen, std::set<Marked>::const_iterator first_effect);
  bool takes_part(const Episode& e) const;  // as cause or effect
  void collect_related(const Episode& effect);
  Parents score(EpisodeIndex effect);
  std::vector<Candidate> candidates(EpisodeIndex effect, const ReachList& ancestors);
  bool consider(EpisodeIndex cause, EpisodeIndex effect, const Reach& reach, Candidate& out) const;
  void add_terms(const Episode& cause, const Episode& effect, Candidate& c) const;
  bool is_named(const Reach& reach, const Episode& effect) const;
  enum class Round { first, second };
  std::vector<std::size_t> clusters(const Episode& effect, const std::vector<Candidate>& candidates, Round round) const;
  struct Share {
    double odds = 0;
    double others = 0;  // odds of the other clusters together
    float confidence() const { return static_cast<float>(odds / (1 + odds + others)); }
  };
  std::vector<Share> shares(const Episode& effect, const std::vector<Candidate>& candidates, Round round) const;
  Parents compete(EpisodeIndex effect, const std::vector<Candidate>& candidates, const ReachList& ancestors);
  std::string path_text(const ReachList& ancestors, const Reach& reach) const;
  bool replace_parents(EpisodeIndex effect, Parents parents);

  const Rules::Data& rules_;
  const graph::LiveGraph& graph_;
  EpisodeStore& episodes_;
  InfluenceMap& influence_;
  const Statistics& statistics_;
  std::set<Marked> dirty_;
  std::set<Marked> unfinished_;  // not passed by the lateness bound
  std::set<Marked> settling_;    // passed, to be scored for good
  std::vector<Marked> lost_;     // a cause of theirs is gone
  std::vector<Risen> risen_;     // causes new or changed since the last relink
  std::vector<Reach> related_reaches_;
  std::uint64_t cut_ = 0;
};

}  // namespace kgrca::rca
