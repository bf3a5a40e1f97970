// What does a second database on a second core add?
//   bench_two_databases [--events 200000] [--rounds 3] [--dir DIR]
// Events of the bench mix, decoded beforehand, through a lane of one tenant; then through two lanes of two tenants at once, whose
// databases are two. Everything that the lanes cause counts, up to the close of the store.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "region_home.h"

namespace {

using namespace kgrca;
using bench::must;

struct Options {
  bench::RegionOptions region;
  std::size_t rounds = 3;
  std::string directory;
};

Options parse(int argc, char** argv) {
  Options options;
  options.region.generations = 1;
  options.region.batch = 2000;
  options.region.events_per_second = 2000;
  bench::each_option(argc, argv, "bench/two_databases.cc", [&](std::string_view name, const char* value) {
    const auto number = std::strtoull(value, nullptr, 10);
    if (name == "--events") options.region.events = number;
    else if (name == "--rounds") options.rounds = std::max(number, 1ULL);
    else if (name == "--dir") options.directory = value;
    else return false;
    return true;
  });
  return options;
}

struct Run {
  double wall_s = 0;
  double cpu_s = 0;
};

Run measure(Options options, std::size_t tenants) {
  options.region.tenants = tenants;
  bench::RegionHome home(options.region, 768, options.directory);
  for (const auto& tenant : home.tenants()) {
    must(tenant->load_topology());
    must(tenant->open_lane());
    must(tenant->prepare(options.region.events));
  }
  const double wall = bench::wall_seconds();
  const double cpu = bench::process_cpu_seconds();
  std::vector<std::thread> threads;
  for (const auto& tenant : home.tenants()) {
    threads.emplace_back([&tenant] {
      while (tenant->prepared()) must(tenant->step());
    });
  }
  for (auto& thread : threads) thread.join();
  home.close();
  return {bench::wall_seconds() - wall, bench::process_cpu_seconds() - cpu};
}

Run median(std::vector<Run> runs) {
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.wall_s < b.wall_s; });
  return runs[runs.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  core::set_log_level(core::LogLevel::warning);
  const Options options = parse(argc, argv);
  std::vector<Run> ones;
  std::vector<Run> twos;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    ones.push_back(measure(options, 1));
    twos.push_back(measure(options, 2));
  }
  const Run one = median(ones);
  const Run two = median(twos);
  const auto events = static_cast<double>(options.region.events);
  std::printf("%.0f events of each tenant, decoded beforehand; medians of %zu rounds\n", events, options.rounds);
  std::printf("one tenant, one database     %9.0f events/s, %9.0f per CPU-second\n", events / one.wall_s, events / one.cpu_s);
  std::printf("two tenants, two databases   %9.0f events/s, %9.0f per CPU-second\n", 2 * events / two.wall_s, 2 * events / two.cpu_s);
  std::printf("two databases reach %.2f times the events/s of one (target 1.6)\n", 2 * one.wall_s / two.wall_s);
  return 0;
}
