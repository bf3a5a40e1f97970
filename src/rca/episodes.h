// Episodes: runs of events of one kind on one resource. The linker works on these, never on raw repeats.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>

#include "kgrca/core/ids.h"
#include "kgrca/core/time.h"
#include "kgrca/model/event.h"
#include "kgrca/model/incident.h"
#include "kgrca/model/taxonomy.h"
#include "rca/rules_data.h"

namespace kgrca::rca {

using EpisodeIndex = std::uint32_t;
inline constexpr EpisodeIndex no_episode = ~EpisodeIndex{0};
using TypeIndex = std::uint16_t;

// A type as the engine uses it.
struct TypeInfo {
  std::string id;
  std::string title;
  GroupIndex group = 0;
  model::Role role = model::Role::fault;
  bool chronic = false;
  bool known = true;               // to the taxonomy
};

struct Episode {
  // What walks over many episodes read stands first, together.
  core::EventKey head;             // earliest event
  absl::InlinedVector<EpisodeIndex, 3> joined;  // causes whose incident it is part of; all of parent_index that are likely enough
  std::vector<EpisodeIndex> children;   // episodes with this one among their parents
  core::ResourceId resource;
  TypeIndex type = 0;
  model::Severity severity = model::Severity::info;
  model::EventSource source = model::EventSource::kubernetes;
  std::uint64_t peer = 0;          // first resource the text names; part of what makes a run
  core::Time onset{};              // earliest moment it can have begun
  core::Time start{};              // latest moment it can have begun: the head's first time
  core::Time last{};
  std::uint32_t observations = 0;
  std::vector<core::EventKey> firing;  // its alerts that have not resolved, by key, at most 256
  bool alive = true;
  bool final = false;              // tenant time has passed it by the lateness bound
  bool concluded = false;          // its best cause was crowded out of memory: its links stand as they were found
  bool cut = false;                // not every possible cause was looked at
  std::string message;             // of the head, at most 300 bytes
  std::vector<model::FieldChange> changes;
  std::vector<core::ResourceId> related;
  std::vector<core::EventKey> members;  // without the head, by key, at most 256
  std::vector<model::Link> parents;     // links to the heads of its causes, best first
  std::vector<EpisodeIndex> parent_index;  // parallel to parents
  std::vector<core::EventKey> known_causes;  // heads of what explains it by the first round of scoring
  core::IncidentId incident;
  std::uint64_t grouped_as = 0;    // head and joining causes when it was last grouped; 0: must be grouped again
};

// All episodes in memory, by resource and by time. Order of arrival leaves no trace: a run is what no silence longer than
// `episode_gap` divides, whatever order its events and their repeats came in. Changes never join: each stands for itself.
class EpisodeStore {
 public:
  struct Taken {
    EpisodeIndex index = no_episode;
    bool created = false;         // a run of its own
    bool text_changed = false;    // of the head
    core::EventKey old_head{};    // how the run was before
    model::Severity old_severity = model::Severity::debug;
    core::Time old_onset{};
    core::Time old_until{};
    absl::InlinedVector<EpisodeIndex, 1> absorbed;  // runs that this event joined to `index`; dead now, their links still in place
    absl::InlinedVector<core::EventKey, 1> former_heads;  // events that began a run until now and are members of `index`
  };

  EpisodeStore(const Rules::Data& rules, const model::Taxonomy& taxonomy) : rules_(rules), taxonomy_(taxonomy) {}

  TypeIndex type_index(const model::Event& event);
  TypeIndex intern(const TypeInfo& info);
  // A stored type as taxonomy and rules have it now: they may be others than when it was stored, and groups are numbered by rules.
  TypeInfo renewed(TypeInfo stored) const;
  const TypeInfo& type(TypeIndex index) const { return types_[index]; }
  const TypeInfo& type_of(const Episode& episode) const { return types_[episode.type]; }

  // A new event.
  Taken insert(const model::Event& event, core::EventKey key, core::ResourceId resource, TypeIndex type,
               const std::vector<core::ResourceId>& related);
  // A further observation of an event; `known` is the event as all its observations make it. No index when it is not held.
  Taken observe_again(const model::Event& observation, const model::Event& known, core::EventKey key, core::ResourceId resource);

  Episode& at(EpisodeIndex index) { return pool_[index]; }
  const Episode& at(EpisodeIndex index) const { return pool_[index]; }
  // Its links changed: says anew whose incident it is part of.
  void join(EpisodeIndex effect);
  EpisodeIndex find_head(core::EventKey head) const;
  // The run of the resource that holds the event, as head or member. Cost: the resource's runs when it is no head.
  EpisodeIndex find_holder(core::EventKey key, core::ResourceId resource) const;
  // Until when it goes on, as far as is known: its last event, or the time until which its alerts count as firing.
  core::Time until(const Episode& episode) const;
  bool is_firing(const Episode& episode, core::Time at) const;
  // Episodes of a resource by onset; empty when none.
  struct Listed {
    core::Time onset{};  // the episode's, kept here: what searches by it need not look at episodes all over memory
    EpisodeIndex index = no_episode;
  };
  std::span<const Listed> of(core::ResourceId resource) const;
  // Those whose onset is not later than `latest`, and those that may have been seen from `earliest` on.
  std::span<const Listed> up_to(core::ResourceId resource, core::Time latest) const;
  std::span<const Listed> seen_from(core::ResourceId resource, core::Time earliest) const;
  // What the bound leaves no room for, the longest quiet first: of the resource, and a tenth of all when all are too many.
  std::vector<EpisodeIndex> surplus(core::ResourceId resource) const;
  std::uint64_t unnamed() const { return unnamed_; }  // events of types beyond the bound: they share one
  std::size_t size() const { return heads_.size(); }
  const absl::flat_hash_map<core::EventKey, EpisodeIndex>& heads() const { return heads_; }

  // Runs that a ranking may have to rule out: changes, and faults of WARNING and above, none of a chronic type. By what their
  // weight depends on (group, and whether a log line said it), each list by head.
  using LoudRuns = std::set<std::pair<core::EventKey, EpisodeIndex>>;
  const std::map<std::pair<GroupIndex, bool>, LoudRuns>& loud() const { return loud_; }

  // Gives what became of each run that moved, or that named the resource as its peer.
  std::vector<Taken> move_resource(core::ResourceId from, core::ResourceId to);
  void erase(EpisodeIndex index);
  // Restores an episode from a checkpoint.
  EpisodeIndex adopt(Episode episode, const TypeInfo& type);

 private:
  struct SeriesKey {
    core::ResourceId resource;
    TypeIndex type;
    std::uint64_t peer;
    bool operator==(const SeriesKey&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const SeriesKey& k) { return H::combine(std::move(h), k.resource, k.type, k.peer); }
  };
  using Series = absl::InlinedVector<EpisodeIndex, 2>;  // runs by onset

  EpisodeIndex allocate();
  bool is_loud(const Episode& e) const;
  void list(EpisodeIndex index);
  void unlist(EpisodeIndex index);
  SeriesKey series_of(const Episode& e) const { return {e.resource, e.type, e.peer}; }
  bool joins(const Episode& episode, const Episode& other) const;
  Series touched_by(const Episode& e, EpisodeIndex self) const;
  // Takes the listed runs `others` into the listed one.
  void unite(Taken& taken, const Series& others);
  Taken as_it_is(EpisodeIndex index) const;
  core::EventKey absorb(EpisodeIndex into, EpisodeIndex from);

  const Rules::Data& rules_;
  const model::Taxonomy& taxonomy_;
  std::vector<TypeInfo> types_;
  core::StringMap<TypeIndex> type_ids_;
  std::size_t unknown_types_ = 0;
  std::uint64_t unnamed_ = 0;
  core::Duration longest_wait_{};  // between an onset and its start
  std::vector<Episode> pool_;
  std::vector<EpisodeIndex> free_;
  absl::flat_hash_map<SeriesKey, Series> series_;
  absl::flat_hash_map<core::ResourceId, std::vector<Listed>> by_resource_;
  absl::flat_hash_map<std::uint64_t, std::vector<EpisodeIndex>> by_peer_;
  absl::flat_hash_map<core::EventKey, EpisodeIndex> heads_;
  std::map<std::pair<GroupIndex, bool>, LoudRuns> loud_;
};

}  // namespace kgrca::rca
