#include "api/spread.h"

#include <algorithm>
#include <set>

#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr int owner_steps_max = 3;
constexpr std::size_t edges_max = 64;

// Events that links lead to from the root, and the root.
std::set<core::EventKey> reached_from(core::EventKey root, const IncidentView& view) {
  std::map<core::EventKey, std::vector<core::EventKey>> effects;
  for (const auto& [key, event] : view.events) {
    if (!event.member) continue;
    for (const model::Link& link : event.stored.links) effects[link.cause].push_back(key);
  }
  std::set<core::EventKey> reached{root};
  std::vector<core::EventKey> frontier{root};
  for (std::size_t i = 0; i < frontier.size(); ++i) {
    for (const core::EventKey next : effects[frontier[i]]) {
      if (reached.insert(next).second) frontier.push_back(next);
    }
  }
  return reached;
}

// Pods, replica sets, the workload and its service are one component when they share namespace and name.
class Components {
 public:
  Components(const graph::GraphReader& reader, const IncidentView& view) : reader_(reader), view_(view) {}

  const std::string& of(core::ResourceId id) {
    auto [found, fresh] = names_.try_emplace(id);
    if (!fresh) return found->second;
    const model::ResourceRef owner = controller_of(reader_, id, view_.resource(id), view_.incident.last_activity);
    const bool own_kind = owner.kind == "node" || owner.kind == "ingress";
    found->second = core::cat(own_kind ? owner.kind : std::string_view{}, ":", owner.ns, ":", owner.name);
    return found->second;
  }

 private:
  const graph::GraphReader& reader_;
  const IncidentView& view_;
  std::map<core::ResourceId, std::string> names_;
};

struct Step {
  const EventView* event = nullptr;
  std::string component;
  std::string parent;  // component of its cause; empty: the root itself
};

using Steps = std::vector<Step>;  // by time

Steps first_symptoms(const std::set<core::EventKey>& reached, const IncidentView& view, Components& components) {
  Steps out;
  std::set<std::string> seen;
  for (const model::IncidentMember& member : view.incident.members) {
    if (!member.symptom || reached.count(member.event) == 0) continue;
    const EventView* event = view.event(member.event);
    if (event == nullptr) continue;
    const std::string& component = components.of(event->stored.resource);
    if (seen.insert(component).second) out.push_back({event, component, {}});
  }
  return out;
}

// The best cause that was seen before its effect; an alert tells of its cause late, so one seen after it stands in.
const EventView* likeliest_cause(const EventView& event, const std::set<core::EventKey>& reached, const IncidentView& view) {
  const EventView* later = nullptr;
  for (const model::Link& link : event.stored.links) {
    const EventView* cause = reached.count(link.cause) == 0 ? nullptr : view.event(link.cause);
    if (cause == nullptr) continue;
    if (cause->stored.event.first <= event.stored.event.first) return cause;
    if (later == nullptr) later = cause;
  }
  return later;
}

// The component that trouble came from: up the likeliest causes until one lies in another component that was hurt before.
std::string origin_of(const Step& step, std::size_t index, const Steps& steps, const std::set<core::EventKey>& reached,
                      core::EventKey root, const IncidentView& view, Components& components) {
  std::set<core::EventKey> visited;
  const EventView* at = step.event;
  while (at != nullptr && at->stored.key != root && visited.insert(at->stored.key).second) {
    const std::string& component = components.of(at->stored.resource);
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(index);
    const bool earlier = std::any_of(steps.begin(), end, [&](const Step& other) { return other.component == component; });
    if (component != step.component && earlier) return component;
    at = likeliest_cause(*at, reached, view);
  }
  return {};
}

void append_below(const std::string& parent, std::size_t depth, const Steps& steps, std::vector<SpreadStep>& out) {
  for (const Step& step : steps) {
    if (step.parent != parent) continue;
    out.push_back({step.event->stored.key, depth});
    append_below(step.component, depth + 1, steps, out);
  }
}

}  // namespace

model::ResourceRef controller_of(const graph::GraphReader& reader, core::ResourceId id, const model::ResourceRef& self, core::Time at) {
  model::ResourceRef owner = self;
  graph::EdgeFilter controllers;
  controllers.at = at;
  controllers.direction = graph::Direction::in;
  controllers.relations = {model::Relation::controls};
  for (int step = 0; step < owner_steps_max; ++step) {
    const auto found = reader.edges(id, controllers, edges_max);
    if (!found.ok() || found->edges.empty()) return owner;
    id = found->edges.front().from;
    const auto resource = reader.resource(id);
    if (!resource.ok()) return owner;
    owner = resource->state.ref;
  }
  return owner;
}

std::vector<SpreadStep> spread_of(const graph::GraphReader& reader, const IncidentView& view) {
  std::vector<SpreadStep> out;
  if (view.incident.roots.empty()) return out;
  const core::EventKey root = view.incident.roots.front().event;
  if (!root || view.event(root) == nullptr) return out;
  const std::set<core::EventKey> reached = reached_from(root, view);
  Components components(reader, view);
  Steps steps = first_symptoms(reached, view, components);
  std::erase_if(steps, [&](const Step& step) { return step.event->stored.key == root; });
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].parent = origin_of(steps[i], i, steps, reached, root, view, components);
  }
  append_below({}, 0, steps, out);
  return out;
}

}  // namespace kgrca::api
