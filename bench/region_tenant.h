// One tenant of a region while it is loaded and while it takes events: topology straight into the graph, events through its lane.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "kgrca/core/metrics.h"
#include "kgrca/core/status.h"
#include "kgrca/normalize/decode.h"
#include "kgrca/pipeline/lane.h"
#include "mix_generator.h"

namespace kgrca::bench {

struct RegionOptions {
  std::size_t tenants = 50;
  std::size_t pods = 12'500;           // of a tenant
  std::size_t nodes = 125;
  std::uint32_t generations = 6;       // of its topology, see region.h
  std::uint64_t events = 200'000;      // of a tenant
  std::size_t batch = 1000;            // events per batch
  double events_per_second = 40;       // of a tenant's stream time: a fiftieth of a region with 2,000
  std::uint64_t seed = 1;
  graph::LiveLimits live;              // of a tenant
};

// Resources to ask about.
struct Samples {
  std::vector<core::ResourceId> pods;
  std::vector<core::ResourceId> twenty;  // with 18 to 22 open edges
  std::vector<core::ResourceId> busy;    // with the most events
};

class RegionTenant {
 public:
  // `present`: the clock's time; the topology's past begins hours before the first event.
  RegionTenant(store::TenantView view, const RegionOptions& options, const normalize::Context& context, core::Metrics& metrics);

  // Applies every generation and writes it in batches; the graph is dropped at the end, as eviction does.
  core::Status load_topology();
  // Opens the lane, which reads the graph from the store.
  core::Status open_lane();
  // Makes and decodes the next batch and applies it; or applies the next of those made ahead.
  core::Status step();
  // Makes and decodes batches for later steps.
  core::Status prepare(std::uint64_t events);
  bool prepared() const { return next_ < ahead_.size(); }
  double lane_cpu_s() const { return lane_cpu_s_; }  // of the threads that called step(), in the lane
  // Checkpoints and closes the lane.
  core::Status close_lane();
  void reopen(store::TenantView view) { view_ = view; }  // of the store as opened again

  bool done() const { return mix_.events() >= options_.events; }
  std::uint64_t events() const { return mix_.events(); }
  const store::TenantView& view() const { return view_; }
  const Samples& samples() const { return samples_; }
  std::uint64_t closed_edges() const { return closed_edges_; }
  core::Time past_begin() const { return past_begin_; }  // from here on topology can be asked for
  core::Time past_end() const;
  // The resources that most events named, as ids; call after the last step of loading.
  void sample_busy();

 private:
  core::StatusOr<normalize::Decoded> make();
  void sample_graph(const graph::LiveGraph& graph);
  void count_closed(const graph::LiveGraph& graph, core::Time at);

  store::TenantView view_;
  const RegionOptions& options_;
  const normalize::Context& context_;
  core::Metrics& metrics_;
  World world_;
  core::Time first_event_;
  core::Time past_begin_;
  Mix mix_;
  std::unique_ptr<pipeline::Lane> lane_;
  double lane_cpu_s_ = 0;
  std::vector<normalize::Decoded> ahead_;
  std::size_t next_ = 0;               // of ahead_
  absl::flat_hash_map<std::string, std::uint32_t> named_;  // subjects of events, by text id
  std::uint64_t closed_edges_ = 0;
  Samples samples_;
};

}  // namespace kgrca::bench
