#include "region_reads.h"

#include <algorithm>
#include <functional>

#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "parts.h"

namespace kgrca::bench {
namespace {

constexpr std::size_t edges_max = 10'000;
constexpr std::size_t questions_min = 200;

using Answer = core::StatusOr<std::size_t>;  // how much was found
struct Kind {
  std::string name;
  double target_p50_us;
  double target_p99_us;
  std::vector<core::ResourceId> Samples::* about;
  std::function<Answer(const RegionTenant&, core::ResourceId, Random&)> ask;
};

Answer neighbours_now(const RegionTenant& tenant, core::ResourceId id, Random&) {
  const graph::GraphReader reader(tenant.view().snapshot());
  KGRCA_ASSIGN_OR_RETURN(const auto found, reader.edges(id, {}, edges_max));
  return found.edges.size();
}

Answer neighbours_then(const RegionTenant& tenant, core::ResourceId id, Random& random) {
  const auto span = static_cast<std::uint64_t>((tenant.past_end() - tenant.past_begin()).count());
  graph::EdgeFilter filter;
  filter.at = tenant.past_begin() + core::Duration(static_cast<std::int64_t>(random.below(span)));
  const graph::GraphReader reader(tenant.view().snapshot());
  KGRCA_ASSIGN_OR_RETURN(const auto found, reader.edges(id, filter, edges_max));
  return found.edges.size();
}

Answer two_hops(const RegionTenant& tenant, core::ResourceId id, Random&) {
  const graph::GraphReader reader(tenant.view().snapshot());
  KGRCA_ASSIGN_OR_RETURN(const auto found, reader.neighbourhood(id, {}, {.hops = 2, .nodes = edges_max, .edges = 10 * edges_max}));
  return found.nodes.size() - 1;
}

Answer newest_events(const RegionTenant& tenant, core::ResourceId id, Random&) {
  const graph::GraphReader reader(tenant.view().snapshot());
  graph::EventFilter filter;
  filter.resource = id;
  KGRCA_ASSIGN_OR_RETURN(const auto page, reader.events(filter, 100, {}));
  return page.items.size();
}

double quantile(std::vector<double>& values, double q) {
  const auto at = std::min(values.size() - 1, static_cast<std::size_t>(q * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

core::StatusOr<ReadRow> measure(const Kind& kind, const std::vector<const RegionTenant*>& tenants, double seconds, Random& random) {
  ReadRow row{.name = kind.name, .target_p50_us = kind.target_p50_us, .target_p99_us = kind.target_p99_us};
  std::vector<double> micros;
  std::vector<double> cpu_micros;
  const double end = wall_seconds() + seconds;
  while (wall_seconds() < end || micros.size() < questions_min) {
    const RegionTenant& tenant = *tenants[random.below(tenants.size())];
    const auto& ids = tenant.samples().*kind.about;
    const core::ResourceId id = ids[random.below(ids.size())];
    const double cpu = thread_cpu_seconds();
    const double begin = wall_seconds();
    const Answer answer = kind.ask(tenant, id, random);
    micros.push_back((wall_seconds() - begin) * 1e6);
    cpu_micros.push_back((thread_cpu_seconds() - cpu) * 1e6);
    if (!answer.ok()) return core::with_context(answer.status(), kind.name);
    row.answer += static_cast<double>(*answer);
  }
  row.questions = micros.size();
  row.answer /= static_cast<double>(micros.size());
  row.p50_us = quantile(micros, 0.50);
  row.p99_us = quantile(micros, 0.99);
  row.cpu_p50_us = quantile(cpu_micros, 0.50);
  row.cpu_p99_us = quantile(cpu_micros, 0.99);
  return row;
}

}  // namespace

core::StatusOr<std::vector<ReadRow>> measure_reads(const std::vector<std::unique_ptr<RegionTenant>>& tenants, double seconds,
                                                   std::uint64_t seed) {
  const std::vector<Kind> kinds = {
      {"neighbours of a pod, present", 20, 200, &Samples::pods, neighbours_now},
      {"neighbours of a pod, at a past moment", 0, 400, &Samples::pods, neighbours_then},
      {"two hops from a node with 20 edges", 0, 2000, &Samples::twenty, two_hops},
      {"newest 100 events of a resource", 0, 1000, &Samples::busy, newest_events},
  };
  Random random(seed);
  std::vector<ReadRow> rows;
  for (const Kind& kind : kinds) {
    std::vector<const RegionTenant*> able;
    for (const auto& tenant : tenants) {
      if (!(tenant->samples().*kind.about).empty()) able.push_back(tenant.get());
    }
    if (able.empty()) return core::not_found(core::cat("nothing to ask: ", kind.name));
    KGRCA_ASSIGN_OR_RETURN(ReadRow row, measure(kind, able, seconds, random));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace kgrca::bench
