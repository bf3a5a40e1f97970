// The causal engine of one tenant: episodes, links, incidents, roots. Single-threaded; owned by the tenant's lane.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/graph/live.h"
#include "kgrca/model/event.h"
#include "kgrca/model/incident.h"
#include "kgrca/model/taxonomy.h"
#include "kgrca/rca/rules.h"

namespace kgrca::rca {

// What changed since the last settle.
struct Delta {
  // An effect is a run of events, named by the event that begins it; the others share its links.
  struct Links {
    core::EventKey effect;
    std::vector<model::Link> links;  // all links of the effect at or above the storage threshold, best first
  };
  std::vector<Links> links;
  struct Member {
    core::EventKey event;
    core::EventKey run;      // the event that begins its run by now: itself, or an earlier one
    bool had_run = false;    // it began a run until now, which others may name: they are of `run` too
  };
  std::vector<Member> members;
  struct IncidentChange {
    model::Incident incident;                    // whole
    std::vector<core::EventKey> new_members;     // since it was last given
  };
  std::vector<IncidentChange> incidents;
  bool empty() const { return links.empty() && members.empty() && incidents.empty(); }
};

struct EngineStats {
  std::size_t episodes = 0;
  std::size_t open_incidents = 0;
  std::uint64_t links = 0;          // stored so far
  std::uint64_t late = 0;
  // What the bounds of config/rules.yaml cut, since the engine was made.
  std::uint64_t cut_effects = 0;       // not every possible cause was looked at; their incidents are `degraded`
  std::uint64_t runs_crowded_out = 0;  // left memory before their time
  std::uint64_t events_unnamed = 0;    // of a type beyond the number of types kept: they share one
};

// What became of an observation.
enum class Observed : std::uint8_t {
  taken,   // it may be linked
  passed,  // benign: it told the time
  late,    // beyond the lateness bound: it takes no part in linking
};

class Engine {
 public:
  Engine(std::shared_ptr<const Rules> rules, std::shared_ptr<const model::Taxonomy> taxonomy, const graph::LiveGraph& graph);
  ~Engine();

  // A new event, or a further observation of one; `known` is then the event as all its observations make it. Cost: nothing for
  // benign events, bounded work otherwise.
  Observed observe(const model::Event& event, core::EventKey key, core::ResourceId subject,
                   const std::vector<core::ResourceId>& related, const model::Event* known = nullptr);
  // What any number of observations do that passed, or came late, when `time` is tenant_time() after them.
  void pass(core::Time time);
  // A state change corrected by a late version: the event's facets are these now; an empty type withdraws it. Beyond the lateness
  // bound nothing happens. Gives the events that made one run with it (at most 256): what is left of that run is known only
  // once the caller has told them again.
  std::vector<core::EventKey> correct(const model::Event& event, core::EventKey key, core::ResourceId subject,
                                      const std::vector<core::ResourceId>& related);
  void tell_again(const model::Event& known, core::EventKey key, core::ResourceId subject,
                  const std::vector<core::ResourceId>& related);
  // Edges of the resource changed, or it was merged into another.
  void topology_changed(core::ResourceId id);
  void merged(core::ResourceId from, core::ResourceId to);

  // Recomputes what the observations since the last call touched; `now` is the Clock's present. Incidents are given again when
  // their members, roots or status changed; members-only changes at most every 250 ms of `now` unless `force`.
  Delta settle(core::Time now, bool force = false);

  // Whether the passing of time alone will change something: links to be finished, incidents to be closed. Never for longer than
  // 45 minutes after the last record.
  bool waits(core::Time now) const;
  core::Time tenant_time() const;  // highest accepted event time
  EngineStats stats() const;

  // State as parts: only parts changed since the last call unless `all`. restore() takes parts in any order, before the first
  // observe(). Events written after the checkpoint are then observed again by the caller.
  void checkpoint(bool all, const std::function<void(std::uint16_t part, std::string bytes)>& put);
  core::Status restore(std::uint16_t part, std::string_view bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgrca::rca
