// Resources and edges with random interval histories, in a store and as plain values that the same questions can be asked of.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "graph/edge_codec.h"
#include "graph/edge_scan.h"
#include "graph/resource_record.h"
#include "kgrca/store/keys.h"
#include "tests/unit/graph/graph_support.h"

namespace kgrca::graph::testing {

class TopologyWorld {
 public:
  TopologyWorld(std::uint32_t seed, int resources, int pairs) : random_(seed) {
    for (int i = 0; i < resources; ++i) add_resource(i);
    for (int i = 0; i < pairs; ++i) add_history();
  }

  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  core::ResourceId any() { return ids[static_cast<std::size_t>(below(static_cast<int>(ids.size())))]; }
  core::Time some_time() { return below(8) == 0 ? core::Time::max() : start + std::chrono::seconds(below(110)); }
  EdgeFilter some_filter() {
    EdgeFilter filter;
    filter.at = some_time();
    filter.direction = static_cast<Direction>(below(3));
    if (below(2) == 0) filter.relations.add(relations[static_cast<std::size_t>(below(4))]);
    if (below(4) == 0) filter.relations.add(relations[static_cast<std::size_t>(below(4))]);
    return filter;
  }

  void write(store::TenantView view) const {
    store::Batch batch = view.batch();
    for (const auto& [id, record] : records) {
      batch.put(store::keys::resource(id), encode_resource(record));
      batch.put(store::keys::resource_by_name(record.ref.kind, record.ref.ns, record.ref.name, id), {});
    }
    for (const auto& [place, state] : states) batch.put(store::keys::resource_state(place.first, place.second), encode_state(state));
    for (const EdgeAt& edge : edges) {
      const auto relation = static_cast<std::uint8_t>(edge.relation);
      const std::string value = encode_edge(edge.evidence);
      for (const bool incoming : {false, true}) {
        const core::ResourceId id = incoming ? edge.to : edge.from;
        const core::ResourceId other = incoming ? edge.from : edge.to;
        batch.put(edge.until == forever ? store::keys::open_edge(incoming, id, relation, other, edge.since)
                                        : store::keys::closed_edge(incoming, id, relation, edge.until, other, edge.since),
                  value);
      }
    }
    REQUIRE(view.commit_durably(std::move(batch)).ok());
  }

  static bool alive(const EdgeAt& edge, core::Time when) {
    return when == forever ? edge.until == forever : edge.since <= when && when < edge.until;
  }
  static bool leads_from(const EdgeAt& edge, core::ResourceId id, Direction direction) {
    return (direction != Direction::in && edge.from == id) || (direction != Direction::out && edge.to == id);
  }

  std::vector<EdgeAt> edges_of(core::ResourceId id, const EdgeFilter& filter) const {
    std::vector<EdgeAt> out;
    for (const EdgeAt& edge : edges) {
      if (alive(edge, filter.at) && filter.relations.has(edge.relation) && leads_from(edge, id, filter.direction)) out.push_back(edge);
    }
    std::sort(out.begin(), out.end(), edge_before);
    return out;
  }

  std::map<core::ResourceId, int> distances(core::ResourceId from, const EdgeFilter& filter, int hops_max) const {
    std::map<core::ResourceId, int> out{{from, 0}};
    for (int hops = 0; hops < hops_max; ++hops) {
      const std::map<core::ResourceId, int> known = out;
      for (const auto& [id, distance] : known) {
        if (distance != hops) continue;
        for (const EdgeAt& edge : edges_of(id, filter)) out.emplace(edge.from == id ? edge.to : edge.from, hops + 1);
      }
    }
    return out;
  }

  // Known by then, and not deleted.
  bool exists(core::ResourceId id, core::Time when) const {
    for (auto state = states.upper_bound({id, when}); state != states.begin();) {
      --state;
      if (state->first.first != id) break;
      return !state->second.deleted;
    }
    return records.at(id).first_seen <= when;
  }

  std::vector<core::ResourceId> ids;
  std::map<core::ResourceId, ResourceRecord> records;
  std::map<std::pair<core::ResourceId, core::Time>, model::ResourceState> states;
  std::vector<EdgeAt> edges;
  static constexpr std::array relations{model::Relation::controls, model::Relation::runs_on, model::Relation::selects,
                                        model::Relation::emits};

 private:
  void add_resource(int number) {
    ResourceRecord record;
    record.ref = ref(number % 2 == 0 ? "pod" : "service", number % 3 == 0 ? "shop" : "bank", core::cat("r", number));
    record.first_seen = record.last_seen = start + std::chrono::seconds(below(60));
    const core::ResourceId id = model::resource_id(record.ref);
    ids.push_back(id);
    for (int version = below(4); version > 0; --version) {
      model::ResourceState next = state(record.ref, record.first_seen + std::chrono::seconds(below(60)));
      next.deleted = below(2) == 0;
      states[{id, next.at}] = next;
    }
    records.emplace(id, std::move(record));
  }

  // Intervals of one edge, never touching.
  void add_history() {
    EdgeAt edge;
    edge.from = any();
    edge.to = any();
    edge.relation = relations[static_cast<std::size_t>(below(4))];
    const bool known = std::any_of(edges.begin(), edges.end(), [&](const EdgeAt& other) {
      return other.from == edge.from && other.to == edge.to && other.relation == edge.relation;
    });
    if (known) return;
    core::Time from = start;
    for (int i = 1 + below(3); i > 0; --i) {
      edge.since = from + std::chrono::seconds(below(30));
      edge.until = i == 1 && below(2) == 0 ? forever : edge.since + std::chrono::seconds(1 + below(30));
      edge.evidence = static_cast<model::Evidence>(below(4));
      edges.push_back(edge);
      if (edge.until != forever) from = edge.until + std::chrono::seconds(1);
    }
  }

  std::mt19937 random_;
};

}  // namespace kgrca::graph::testing
