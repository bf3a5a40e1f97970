#include "api/rca_walk.h"

#include <algorithm>
#include <deque>
#include <map>
#include <queue>
#include <set>

namespace kgrca::api {
namespace {

struct Step {
  double confidence;
  int hops;
  int links;
  model::Link link;
  bool operator<(const Step& other) const {
    if (confidence != other.confidence) return confidence < other.confidence;
    return link.cause > other.link.cause;  // ties: the earlier cause first
  }
};

void push_links(const std::vector<model::Link>& links, const Step* from, core::Time earliest, const RcaLimits& limits,
                std::priority_queue<Step>& open) {
  for (const model::Link& link : links) {
    const double confidence = static_cast<double>(link.confidence) * (from != nullptr ? from->confidence : 1.0);
    if (link.hops > limits.max_hops || confidence < limits.min_confidence || link.cause.time() < earliest) continue;
    open.push({confidence, link.hops + (from != nullptr ? from->hops : 0), 1 + (from != nullptr ? from->links : 0), link});
  }
}

}  // namespace

core::StatusOr<std::vector<PotentialCause>> causes_of(const graph::GraphReader& reader, const graph::StoredEvent& event,
                                                      const RcaLimits& limits) {
  const core::Time earliest = event.event.onset - limits.window;
  std::priority_queue<Step> open;
  push_links(event.links, nullptr, earliest, limits, open);
  std::set<core::EventKey> seen{event.key};
  std::vector<PotentialCause> out;
  while (!open.empty() && out.size() < limits.causes && seen.size() < limits.reads) {
    const Step step = open.top();
    open.pop();
    if (!seen.insert(step.link.cause).second) continue;
    auto stored = reader.event(step.link.cause);
    if (absl::IsNotFound(stored.status())) continue;
    if (!stored.ok()) return stored.status();
    push_links(stored->links, &step, earliest, limits, open);
    PotentialCause cause;
    cause.event = *std::move(stored);
    cause.confidence = step.confidence;
    cause.hops = step.hops;
    cause.links = step.links;
    cause.next = step.link.effect;
    cause.link = step.link;
    out.push_back(std::move(cause));
  }
  return out;
}

core::StatusOr<std::vector<Affected>> effects_of(const graph::GraphReader& reader, const graph::StoredEvent& event,
                                                 const RcaLimits& limits) {
  std::deque<std::pair<core::EventKey, double>> open{{event.key, 1.0}};
  std::set<core::EventKey> seen{event.key};
  std::vector<Affected> out;
  while (!open.empty() && seen.size() < limits.reads) {
    const auto [key, confidence] = open.front();
    open.pop_front();
    KGRCA_ASSIGN_OR_RETURN(const auto links, reader.effects_of(key, 100));
    for (const model::Link& link : links) {
      const double reached = confidence * static_cast<double>(link.confidence);
      if (reached < limits.min_confidence || !seen.insert(link.effect).second) continue;
      auto stored = reader.event(link.effect);
      if (!stored.ok()) continue;
      open.emplace_back(link.effect, reached);
      out.push_back({*std::move(stored), reached});
    }
  }
  return out;
}

}  // namespace kgrca::api
