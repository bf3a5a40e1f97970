#include "region_tenant.h"

#include <algorithm>

#include "kgrca/core/strings.h"
#include "kgrca/graph/live.h"
#include "kgrca/graph/records.h"
#include "parts.h"
#include "region.h"

namespace kgrca::bench {
namespace {

constexpr auto generation_step = std::chrono::hours(2);
// Between the last event that is loaded and the present: room for those that come while questions are asked.
constexpr auto headroom = std::chrono::hours(8);
constexpr std::size_t topology_batch = 2000;   // records
constexpr std::size_t samples_max = 400;
constexpr std::size_t busy_max = 10;

core::Time first_event_of(const normalize::Context& context, const RegionOptions& options) {
  return context.received - core::from_seconds(static_cast<double>(options.events) / options.events_per_second) - headroom;
}

}  // namespace

RegionTenant::RegionTenant(store::TenantView view, const RegionOptions& options, const normalize::Context& context,
                           core::Metrics& metrics)
    : view_(view),
      options_(options),
      context_(context),
      metrics_(metrics),
      world_(make_world(options.pods, options.nodes, options.seed + static_cast<std::uint64_t>(view.tenant()))),
      first_event_(first_event_of(context, options)),
      past_begin_(first_event_ - generation_step * (options.generations + 1)),
      mix_(world_, MixOptions{.seed = options.seed, .start = first_event_, .events_per_second = options.events_per_second}) {}

core::Time RegionTenant::past_end() const { return past_begin_ + generation_step * options_.generations; }

core::Status RegionTenant::load_topology() {
  graph::LiveGraph graph(options_.live);
  std::size_t waiting = 0;
  const auto write = [&](bool now) {
    if (!now && ++waiting < topology_batch) return core::ok_status();
    waiting = 0;
    store::Batch batch = view_.batch();
    graph.write(batch);
    return view_.commit(std::move(batch), nullptr);
  };
  for (std::uint32_t generation = 0; generation < options_.generations; ++generation) {
    const core::Time at = past_begin_ + generation_step * generation;
    for (const model::Record& record : topology_records(world_, generation, at)) {
      if (const auto* state = std::get_if<model::ResourceState>(&record)) graph.apply(*state);
      if (const auto* edge = std::get_if<model::EdgeUpdate>(&record)) graph.apply(*edge);
      KGRCA_RETURN_IF_ERROR(write(false));
    }
    KGRCA_RETURN_IF_ERROR(write(true));
    count_closed(graph, at);
  }
  sample_graph(graph);
  return core::ok_status();
}

// The graph forgets closed edges after a while, so they are counted as they close.
void RegionTenant::count_closed(const graph::LiveGraph& graph, core::Time at) {
  graph.each_node([&](const graph::Node& node) {
    for (const graph::Neighbour& edge : graph.neighbours(node.id)) closed_edges_ += !edge.incoming && edge.to == at ? 1 : 0;
  });
}

void RegionTenant::sample_graph(const graph::LiveGraph& graph) {
  std::size_t seen = 0;
  graph.each_node([&](const graph::Node& node) {
    const auto edges = graph.neighbours(node.id);
    const auto open = std::count_if(edges.begin(), edges.end(), [](const graph::Neighbour& edge) { return edge.to == graph::forever; });
    if (open >= 18 && open <= 22 && samples_.twenty.size() < samples_max) samples_.twenty.push_back(node.id);
    if (node.ref.kind == "pod" && ++seen % 31 == 0 && samples_.pods.size() < samples_max) samples_.pods.push_back(node.id);
  });
}

core::Status RegionTenant::open_lane() {
  pipeline::LaneOptions options;
  options.taxonomy = context_.taxonomy;
  options.masker = context_.masker;
  options.rules = rca::Rules::embedded();
  options.live = options_.live;
  KGRCA_ASSIGN_OR_RETURN(lane_, pipeline::Lane::open(view_, options, metrics_));
  return core::ok_status();
}

core::StatusOr<normalize::Decoded> RegionTenant::make() {
  std::string body;
  for (std::size_t i = 0; i < options_.batch; ++i) mix_.append(body);
  normalize::Decoded decoded = normalize::decode_kubernetes_events(body, context_);
  if (!decoded.rejected.empty()) return core::internal_error(core::cat("the mix holds a bad record: ", decoded.rejected.front().reason));
  for (const model::Record& record : decoded.records) {
    if (const auto* event = std::get_if<model::Event>(&record)) ++named_[model::text_id(event->subject)];
  }
  return decoded;
}

core::Status RegionTenant::prepare(std::uint64_t events) {
  while (mix_.events() < events) {
    KGRCA_ASSIGN_OR_RETURN(normalize::Decoded decoded, make());
    ahead_.push_back(std::move(decoded));
  }
  return core::ok_status();
}

core::Status RegionTenant::step() {
  normalize::Decoded made;
  if (!prepared()) {
    KGRCA_ASSIGN_OR_RETURN(made, make());
  }
  const normalize::Decoded& decoded = prepared() ? ahead_[next_++] : made;
  const double before = thread_cpu_seconds();
  const core::Status status = lane_->apply({&decoded.records}, core::SystemClock().now(), [] {}).status();
  lane_cpu_s_ += thread_cpu_seconds() - before;
  return status;
}

core::Status RegionTenant::close_lane() {
  KGRCA_RETURN_IF_ERROR(lane_->checkpoint());
  lane_.reset();
  return core::ok_status();
}

void RegionTenant::sample_busy() {
  std::vector<std::pair<std::uint32_t, std::string>> most;
  for (const auto& [name, count] : named_) most.emplace_back(count, name);
  std::sort(most.rbegin(), most.rend());
  if (most.size() > busy_max) most.resize(busy_max);
  const graph::GraphReader reader(view_.snapshot());
  for (const auto& [count, name] : most) {
    if (const auto id = reader.find_resource(name); id.ok()) samples_.busy.push_back(*id);
  }
  named_.clear();
}

}  // namespace kgrca::bench
