// A small cluster and an engine over it, for tests of the causal engine.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "eval/told_links.h"
#include "kgrca/graph/live.h"
#include "kgrca/rca/engine.h"

namespace kgrca::rca {

inline core::Time at(double seconds) { return core::from_micros(1'750'000'000'000'000) + core::from_seconds(seconds); }

inline model::ResourceRef ref(std::string kind, std::string name, std::string ns = "shop") {
  return {.cluster = "prod", .kind = std::move(kind), .ns = std::move(ns), .name = std::move(name), .uid = {}};
}

// node-1 runs orders-1 and orders-2 (Deployment orders, Service orders); gateway calls orders.
class Scene {
 public:
  Scene() : engine(Rules::embedded(), model::Taxonomy::embedded(), graph) {
    edge(model::Relation::controls, ref("deployment", "orders"), ref("replicaset", "orders-a"));
    for (const char* pod : {"orders-1", "orders-2"}) {
      edge(model::Relation::controls, ref("replicaset", "orders-a"), ref("pod", pod));
      edge(model::Relation::runs_on, ref("pod", pod), ref("node", "node-1", ""));
      edge(model::Relation::selects, ref("service", "orders"), ref("pod", pod));
    }
    edge(model::Relation::selects, ref("service", "gateway"), ref("pod", "gateway-1"));
    edge(model::Relation::calls, ref("service", "gateway"), ref("service", "orders"));
  }

  void edge(model::Relation relation, const model::ResourceRef& from, const model::ResourceRef& to) {
    graph.apply(model::EdgeUpdate{.relation = relation, .relation_name = {}, .from = from, .to = to, .at = at(-3600)});
  }

  // Tells the engine and returns the event's key.
  core::EventKey tell(const std::string& type, const model::ResourceRef& subject, double seconds, model::Severity severity,
                      model::EventSource source = model::EventSource::kubernetes) {
    model::Event event;
    event.source_id = type + "/" + subject.name + "/" + std::to_string(seconds);
    event.source = source;
    event.subject = subject;
    event.type = type;
    event.reason = type;
    event.message = type;
    event.severity = severity;
    event.first = event.last = event.onset = at(seconds);
    core::EventKey key = model::event_key(event);
    engine.observe(event, key, graph.resolve(subject, event.first), {});
    return key;
  }

  // Settles and remembers what came out.
  void settle(double seconds, bool force = true) {
    Delta delta = engine.settle(at(seconds), force);
    told.take(delta);
    links = told.by_event();
    for (auto& change : delta.incidents) {
      for (core::IncidentId alias : change.incident.aliases) incidents.erase(alias);
      incidents[change.incident.id] = std::move(change.incident);
    }
  }

  float confidence(core::EventKey cause, core::EventKey effect) const {
    auto found = links.find(effect);
    if (found == links.end()) return 0;
    for (const model::Link& link : found->second)
      if (link.cause == cause) return link.confidence;
    return 0;
  }

  graph::LiveGraph graph;
  Engine engine;
  eval::ToldLinks told;
  std::map<core::EventKey, std::vector<model::Link>> links;  // of every event, as last told
  std::map<core::IncidentId, model::Incident> incidents;
};

}  // namespace kgrca::rca
