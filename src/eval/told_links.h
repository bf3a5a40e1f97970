// Causal links as the engine's deltas leave them, for every event.
#pragma once

#include <map>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/model/incident.h"
#include "kgrca/rca/engine.h"

namespace kgrca::eval {

class ToldLinks {
 public:
  void take(const rca::Delta& delta) {
    for (const auto& change : delta.links) {
      run_of_.erase(change.effect);
      if (change.links.empty()) of_run_.erase(change.effect);
      else of_run_[change.effect] = change.links;
    }
    for (const auto& member : delta.members) {
      if (member.event == member.run) {
        run_of_.erase(member.event);
        continue;
      }
      run_of_[member.event] = member.run;
      of_run_.erase(member.event);
    }
  }

  // By effect; every event of a run has the links of the run.
  std::map<core::EventKey, std::vector<model::Link>> by_event() const {
    std::map<core::EventKey, std::vector<model::Link>> out = of_run_;
    for (const auto& [event, run] : run_of_) {
      const auto found = of_run_.find(begin_of(run));
      if (found == of_run_.end()) continue;
      std::vector<model::Link>& links = out[event] = found->second;
      for (model::Link& link : links) link.effect = event;
    }
    return out;
  }

 private:
  // A run may have become part of another since.
  core::EventKey begin_of(core::EventKey run) const {
    for (auto next = run_of_.find(run); next != run_of_.end(); next = run_of_.find(run)) run = next->second;
    return run;
  }

  std::map<core::EventKey, std::vector<model::Link>> of_run_;
  std::map<core::EventKey, core::EventKey> run_of_;  // of events that begin none
};

}  // namespace kgrca::eval
