// Groups linked episodes into incidents (incidents.cc) and tells when they open and end (incidents_told.cc).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "kgrca/model/incident.h"
#include "rca/episodes.h"
#include "rca/ranking.h"

namespace kgrca::rca {

// What stays with an incident while its members change.
struct IncidentState {
  core::IncidentId id;
  std::vector<EpisodeIndex> members;      // by head
  std::vector<core::IncidentId> aliases;
  core::Time opened{};                    // engine clock
  core::Time shown{};                     // engine clock when it was last given out
  core::Time resolved_at{};
  model::IncidentStatus status = model::IncidentStatus::open;
  std::vector<model::RootHistory> history;
  std::vector<core::EventKey> given_members;  // sorted
  bool listed = false;                    // big enough to be shown once
  bool degraded = false;
  core::Time quiet_at{};                  // tenant time at which it closes unless something more comes
  model::Incident told;                   // as it was given out last, without its lists
};

class Incidents {
 public:
  Incidents(const Rules::Data& rules, EpisodeStore& episodes, const Ranker& ranker)
      : rules_(rules), episodes_(episodes), ranker_(ranker) {}

  // Regroups everything around the episodes whose links changed.
  void regroup(const std::vector<EpisodeIndex>& changed);
  // An observation moved an episode's end or count.
  void touch(EpisodeIndex episode);
  // The episode leaves memory, for its incident stands as it is.
  void forget(EpisodeIndex episode);
  // The episode was withdrawn, or became part of `heir`: its incident goes on with the others, as part of the heir's, or not at
  // all, and says so. Gives the others, which have to be grouped anew.
  std::vector<EpisodeIndex> lose(EpisodeIndex episode, EpisodeIndex heir);
  // There is no room for the episode.
  void crowd_out(EpisodeIndex episode);
  // Ranks and gives what changed; closes what has been quiet long enough in tenant time.
  struct Given {
    model::Incident incident;
    std::vector<core::EventKey> new_members;
  };
  std::vector<Given> settle(core::Time now, core::Time tenant_time, bool force);

  std::size_t open_count() const;
  bool holds(core::IncidentId id) const { return states_.contains(id); }
  const std::map<core::IncidentId, IncidentState>& states() const { return states_; }
  void adopt(IncidentState state, bool pending);
  bool is_pending(core::IncidentId id) const { return pending_.contains(id); }

 private:
  bool is_grouped(EpisodeIndex index);
  std::vector<EpisodeIndex> component(EpisodeIndex start);
  std::vector<core::IncidentId> former_of(const std::vector<EpisodeIndex>& members, core::IncidentId id) const;
  using Todo = std::set<std::pair<core::EventKey, EpisodeIndex>>;
  void place(std::vector<EpisodeIndex> members, Todo& todo);
  void release(IncidentState& next, Todo& todo);
  void pass_on(EpisodeIndex from, EpisodeIndex heir);
  float mass(const IncidentState& state) const;
  void drop(core::IncidentId id);
  core::Time end_of(const IncidentState& state) const;
  void refresh(core::IncidentId id, core::Time tenant_time);
  void set_dissolved(IncidentState& state, bool small, core::Time tenant_time);
  void set_status(IncidentState& state, core::Time tenant_time);
  void set_open(IncidentState& state);
  void reclaim(core::IncidentId id);
  void add_alias(IncidentState& state, const IncidentState& former);
  Given give(IncidentState& state, core::Time now);
  void part(std::vector<Given>& out, core::Time tenant_time);

  const Rules::Data& rules_;
  EpisodeStore& episodes_;
  const Ranker& ranker_;
  std::map<core::IncidentId, IncidentState> states_;
  std::map<core::IncidentId, core::IncidentId> alias_owner_;
  std::set<core::IncidentId> pending_;  // to be ranked and given
  std::set<core::IncidentId> stale_;    // members or their ends changed: `quiet_at` is to be computed again
  std::set<core::IncidentId> open_;     // listed and not resolved
  std::set<std::pair<core::Time, core::IncidentId>> due_;  // the same by `quiet_at`
  std::set<core::IncidentId> orphans_;  // told as open, without a member left
  std::map<EpisodeIndex, std::vector<core::IncidentId>> heirs_;  // whose incidents orphans become part of
  std::vector<IncidentState> parting_;  // told as open, are nobody's any more
  std::vector<std::uint64_t> seen_;     // by episode: number of the walk that met it last
  std::uint64_t walk_ = 0;
};

}  // namespace kgrca::rca
