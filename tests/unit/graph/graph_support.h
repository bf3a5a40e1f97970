// What the graph's tests share: short ways to make records, and a graph as text to compare.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "kgrca/graph/live.h"
#include "kgrca/graph/records.h"
#include "kgrca/model/resource.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::graph::testing {

using namespace std::chrono_literals;
using Pairs = std::vector<std::pair<std::string, std::string>>;

inline const core::Time start = *core::parse_rfc3339("2026-03-01T10:00:00Z");
inline core::Time at(core::Duration after) { return start + after; }

inline model::ResourceRef ref(std::string kind, std::string ns, std::string name, std::string cluster = "c1", std::string uid = {}) {
  return {std::move(cluster), std::move(kind), std::move(ns), std::move(name), std::move(uid)};
}
inline model::ResourceRef pod(const std::string& name, const std::string& cluster = "c1") { return ref("pod", "shop", name, cluster); }
inline model::ResourceRef service(const std::string& name) { return ref("service", "shop", name); }
inline model::ResourceRef host(const std::string& name) { return ref("node", "", name); }

inline model::ResourceState state(model::ResourceRef of, core::Time when, Pairs fields = {}, Pairs labels = {}) {
  model::ResourceState out;
  out.source_id = core::cat("st:", of.kind, ":", of.uid, "@", core::format_rfc3339(when, 6));
  out.ref = std::move(of);
  out.at = when;
  out.fields = std::move(fields);
  out.labels = std::move(labels);
  return out;
}
inline model::ResourceState gone(model::ResourceRef of, core::Time when) {
  model::ResourceState out = state(std::move(of), when);
  out.deleted = true;
  return out;
}
inline model::Reference runs_on(const std::string& node) { return {model::Relation::runs_on, host(node), true, model::Evidence::stated}; }
inline model::EdgeUpdate edge(model::Relation relation, model::ResourceRef from, model::ResourceRef to, core::Time when, bool deleted = false) {
  return {relation, {}, std::move(from), std::move(to), when, deleted};
}

inline std::string text(core::Time t) {
  return t == forever ? "now" : core::cat(core::to_micros(t) - core::to_micros(start));
}

// Edges of a node whenever they lived: "RUNS_ON> node-1 [0, now) 0".
inline std::vector<std::string> edges_of(const LiveGraph& graph, core::ResourceId id) {
  std::vector<std::string> out;
  for (const Neighbour& n : graph.neighbours(id)) {
    const Node* other = graph.node(n.other);
    out.push_back(core::cat(model::name_of(n.relation), n.incoming ? "< " : "> ", other == nullptr ? "?" : other->ref.name, " [",
                            text(n.from), ", ", text(n.to), ") ", static_cast<int>(n.evidence)));
  }
  return out;
}
inline std::vector<std::string> edges_of(const LiveGraph& graph, const model::ResourceRef& of) {
  const auto id = graph.find(of);
  return id ? edges_of(graph, *id) : std::vector<std::string>{"unknown resource"};
}

inline core::StatusOr<std::vector<EdgeAt>> edges_at(const GraphReader& reader, core::ResourceId id, core::Time when) {
  EdgeFilter filter;
  filter.at = when;
  KGRCA_ASSIGN_OR_RETURN(EdgeList found, reader.edges(id, filter, 100));
  return std::move(found.edges);
}

// All that the graph holds, in a fixed order. last_seen is left out: it is stored to the hour.
inline std::string dump(const LiveGraph& graph) {
  std::string out = core::cat(graph.node_count(), " nodes, ", graph.open_edge_count(), " open, ", graph.unstated_count(), " unstated\n");
  graph.each_node([&](const Node& node) {
    core::append(out, model::text_id(node.ref), " uid=", node.ref.uid, node.stated ? " stated" : "", node.deleted ? " deleted" : "", " first ",
                 text(node.first_seen), " deleted_at ", node.deleted ? text(node.deleted_at) : "-", " state ", encode_state(node.state), "\n");
    for (const std::string& line : edges_of(graph, node.id)) core::append(out, "  ", line, "\n");
  });
  return out;
}

// What a reader of the reported changes ends up with: the last word on every (resource, time).
class ChangeBook {
 public:
  void add(const Applied& applied) {
    for (const StateChange& change : applied.changes) {
      const std::string key = core::cat(change.id.value, "@", text(change.after.at));
      REQUIRE(changes_.contains(key) == change.replaces);
      std::string value = change.created ? "created " : "";
      for (const auto& field : change.changes) core::append(value, field.path, ":", field.before, "->", field.after, " ");
      core::append(value, "| ", change.after.source_id);
      if (change.changes.empty() && !change.created) {
        changes_.erase(key);
      } else {
        changes_[key] = value;
      }
    }
  }
  const std::map<std::string, std::string>& changes() const { return changes_; }

 private:
  std::map<std::string, std::string> changes_;
};

inline void write_to(LiveGraph& graph, store::TenantView view) {
  store::Batch batch = view.batch();
  graph.write(batch);
  REQUIRE(view.commit_durably(std::move(batch)).ok());
}

inline std::unique_ptr<LiveGraph> loaded(store::TenantView view, LiveLimits limits = {}) {
  auto graph = std::make_unique<LiveGraph>(limits);
  const core::Status status = graph->load(view);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return graph;
}

}  // namespace kgrca::graph::testing
