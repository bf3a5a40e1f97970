#include <algorithm>
#include <cmath>

#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "race_stores.h"
#include "region_home.h"

namespace kgrca::bench {
namespace {

constexpr std::size_t page = 1000;
constexpr std::size_t edges_max = 100'000;
constexpr std::size_t root_questions = 20;
constexpr std::uint64_t repeat_each = 100;  // every hundredth event comes once more
constexpr std::int64_t hour_us = 3'600'000'000;

std::int64_t number(core::ResourceId id) { return static_cast<std::int64_t>(id.value); }

void read_resources(const graph::GraphReader& reader, RaceData& out) {
  std::string position;
  do {
    auto found = must(reader.resources({}, {}, {}, page, position));
    for (const graph::StoredResource& r : found.items)
      out.resources.push_back({number(r.id), r.state.ref.cluster, r.state.ref.kind, r.state.ref.ns, r.state.ref.name});
    position = found.next;
  } while (!position.empty());
}

// Open edges, and those that had been open at `past`.
void read_edges(const graph::GraphReader& reader, core::Time past, RaceData& out) {
  for (std::size_t i = 0; i < out.resources.size(); ++i) {
    const core::ResourceId id{static_cast<std::uint64_t>(out.resources[i].id)};
    for (const core::Time at : {core::Time::max(), past}) {
      graph::EdgeFilter filter;
      filter.at = at;
      filter.direction = graph::Direction::out;
      for (const graph::EdgeAt& edge : must(reader.edges(id, filter, edges_max)).edges) {
        if (at == past && edge.until == core::Time::max()) continue;
        out.edges.push_back({number(edge.from), std::string(model::name_of(edge.relation)), number(edge.to), core::to_micros(edge.since),
                             core::to_micros(edge.until)});
      }
    }
  }
}

RaceEvent event_of(const graph::StoredEvent& stored) {
  RaceEvent out{core::to_string(stored.key), static_cast<std::int64_t>(stored.key.time_us), number(stored.resource),
                static_cast<int>(stored.event.severity), stored.event.type, stored.event.reason, stored.event.message,
                stored.event.source_id, {}};
  for (const model::Link& link : stored.links)
    out.causes.emplace_back(core::to_string(link.cause), static_cast<int>(std::lround(link.confidence * 65535)));
  return out;
}

void read_events(const graph::GraphReader& reader, RaceData& out) {
  std::string position;
  do {
    const auto found = must(reader.events({}, page, position));
    for (const graph::StoredEvent& stored : found.items) out.events.push_back(event_of(stored));
    position = found.next;
  } while (!position.empty());
  std::reverse(out.events.begin(), out.events.end());
  std::vector<RaceEvent> all;
  for (std::size_t i = 0; i < out.events.size(); ++i) {
    all.push_back(out.events[i]);
    if (i % repeat_each == repeat_each - 1) all.push_back(out.events[i - repeat_each / 2]);
  }
  out.events = std::move(all);
}

std::int64_t any(const std::vector<core::ResourceId>& ids, Random& random) { return number(ids[random.below(ids.size())]); }

void make_questions(const Samples& samples, std::size_t count, RaceData& out) {
  Random random(11);
  for (std::size_t i = 0; i < count; ++i) {
    out.questions.neighbours.push_back(any(samples.pods, random));
    out.questions.two_hops.push_back(any(samples.twenty, random));
    out.questions.paths.emplace_back(any(samples.pods, random), any(samples.pods, random));
  }
  const std::int64_t last = out.events.back().time;
  for (std::size_t i = 0; i < root_questions; ++i) {
    const std::int64_t end = last - static_cast<std::int64_t>(i) * 60'000'000;
    out.questions.roots.emplace_back(end - hour_us, end);
  }
}

}  // namespace

RaceData make_race(std::size_t pods, std::uint64_t events, std::size_t questions, const std::string& directory) {
  RegionOptions options;
  options.tenants = 1;
  options.pods = pods;
  options.nodes = std::max<std::size_t>(pods / 100, 1);
  options.generations = 2;
  options.events = events;
  options.events_per_second = static_cast<double>(events) / 7200;  // two hours
  RegionHome home(options, 1536, directory);
  RegionTenant& tenant = *home.tenants().front();
  must(tenant.load_topology());
  must(tenant.open_lane());
  while (!tenant.done()) must(tenant.step());
  must(tenant.close_lane());
  RaceData out;
  const graph::GraphReader reader(tenant.view().snapshot());
  read_resources(reader, out);
  read_edges(reader, tenant.past_begin() + std::chrono::minutes(30), out);
  read_events(reader, out);
  make_questions(tenant.samples(), questions, out);
  return out;
}

}  // namespace kgrca::bench
