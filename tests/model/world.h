// One tenant under test beside its plain twin: random operations go into both, every read must agree.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/model/doubtful.h"
#include "tests/model/plain_graph.h"
#include "tests/model/plain_records.h"
#include "tests/model/random_records.h"
#include "tests/unit/graph/graph_support.h"

namespace kgrca::model_test {

class World {
 public:
  // `doubtful`: with resources that turn out to be one. Without them the rounds of a seed are those of before there were any.
  World(store::testing::TempStore& disk, std::uint32_t tenant, std::uint64_t seed, bool doubtful = true);

  // Some random writes in one batch, then some random reads; gives how many there were of both.
  std::size_t step();
  // Forgets everything that is in memory, as a new process would.
  void restart();
  // Lets go of the store, so that it can be opened again.
  void release() { held_.reset(); }
  // Edges, states and events of every resource, at present and at thirty random moments, and counts, incidents and verify().
  void compare_all();

 private:
  // A reader that keeps its snapshot, and what it answered at first.
  struct Held {
    graph::GraphReader reader;
    std::vector<std::pair<std::function<std::string(const graph::GraphReader&)>, std::string>> answers;
  };

  store::TenantView view() { return disk_.view(tenant_); }
  std::size_t write_batch();
  void write_one();
  model::ResourceState as_told(model::ResourceState state);
  void put_event();
  void put_again();
  void change_run(graph::StoredEvent& stored);
  void put_incident();
  void full_state();
  std::size_t read_some();
  void read_one(const graph::GraphReader& reader);
  void hold();

  core::ResourceId any_resource();
  core::Time any_time();
  std::vector<model::Link> random_links(core::EventKey effect);
  void describe(model::Event& event);
  core::EventKey recent_event();
  core::Time settled_until() const;

  graph::EdgeFilter random_edges(core::Time at);
  std::vector<graph::EdgeAt> expected_edges(core::ResourceId id, const graph::EdgeFilter& filter) const;
  std::map<core::ResourceId, int> hops_from(core::ResourceId first, const graph::EdgeFilter& filter, int hops_max) const;
  void compare_edges(const graph::GraphReader& reader, core::ResourceId id, const graph::EdgeFilter& filter);
  void compare_walk(const graph::GraphReader& reader, core::ResourceId first, const graph::EdgeFilter& filter);
  void compare_path(const graph::GraphReader& reader, core::ResourceId from, core::ResourceId to, const graph::EdgeFilter& filter);
  void compare_state(const graph::GraphReader& reader, core::ResourceId id, core::Time at);
  void compare_present(const graph::GraphReader& reader, core::ResourceId id);
  void compare_live(core::ResourceId id);
  void compare_former(const graph::GraphReader& reader);
  void compare_counts(const graph::GraphReader& reader);
  void compare_events(const graph::GraphReader& reader, const graph::EventFilter& filter, std::size_t page);
  void compare_effects(const graph::GraphReader& reader, core::EventKey cause);
  void compare_incidents(const graph::GraphReader& reader, const graph::IncidentFilter& filter, std::size_t page);
  graph::EventFilter random_filter();

  store::testing::TempStore& disk_;
  std::uint32_t tenant_;
  Random random_;
  Random spelling_;  // of its own, so that the rounds of a seed stay what they were
  PlainGraph plain_;
  PlainRecords records_;
  RandomRecords make_;
  std::optional<Doubtful> doubtful_;
  core::Time written_ = core::Time::min();  // the tenant's time at the last write
  std::unique_ptr<graph::LiveGraph> live_;
  graph::RecordWriter writer_;
  std::uint32_t sequence_ = 0;
  std::uint64_t named_ = 0;                // events made so far
  std::set<core::EventKey> in_batch_;
  std::set<core::IncidentId> incidents_in_batch_;
  std::optional<graph::GraphReader> stored_;  // as of the batch before, while one is made
  std::unique_ptr<Held> held_;
};

}  // namespace kgrca::model_test
