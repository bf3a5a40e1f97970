// Does an event cost the same after fifty million as after one?
//   bench_long_run [--events 50000000] [--minutes 60] [--memory-mib 768] [--dir DIR]
// One tenant of 20,000 pods takes the bench mix through decoder and lane. A line for each million: CPU time of the lane's thread
// and of everything but generator and decoder, keys, disk, write amplification, memory. Ends at the first of both limits.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "region_home.h"

namespace {

using namespace kgrca;
using bench::must;

struct Options {
  bench::RegionOptions region;
  double minutes = 60;
  std::size_t memory_mib = 768;
  std::string directory;
};

// Sums since the start; a line shows the difference of two.
struct Marks {
  double events = 0;
  double wall_s = 0;
  double lane_s = 0;
  double all_s = 0;   // the lane's thread and the store's
  double keys = 0;
  double given = 0;
  double written = 0;
  double stalled_s = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  options.region.tenants = 1;
  options.region.pods = 20'000;
  options.region.nodes = 200;
  options.region.generations = 1;
  options.region.events = 50'000'000;
  options.region.batch = 2000;
  options.region.events_per_second = 2000;
  bench::each_option(argc, argv, "bench/long_run.cc", [&](std::string_view name, const char* value) {
    const auto number = std::strtoull(value, nullptr, 10);
    if (name == "--events") options.region.events = number;
    else if (name == "--minutes") options.minutes = std::atof(value);
    else if (name == "--memory-mib") options.memory_mib = number;
    else if (name == "--dir") options.directory = value;
    else return false;
    return true;
  });
  return options;
}

class Watch {
 public:
  Watch(bench::RegionHome& home, const bench::RegionTenant& tenant) : home_(home), tenant_(tenant) {}

  Marks now() const {
    Marks marks;
    const std::string metrics = home_.exposition();
    marks.events = static_cast<double>(tenant_.events());
    marks.wall_s = bench::wall_seconds();
    marks.lane_s = tenant_.lane_cpu_s();
    // What the calling thread does outside the lane is generator and decoder.
    marks.all_s = bench::process_cpu_seconds() - bench::thread_cpu_seconds() + marks.lane_s;
    marks.keys = bench::metric(metrics, "kgrca_store_keys_written_total");
    marks.given = home_.written("given");
    marks.written = home_.written("log") + home_.written("tables");
    marks.stalled_s = bench::metric(metrics, "kgrca_store_stall_seconds_total");
    return marks;
  }

 private:
  bench::RegionHome& home_;
  const bench::RegionTenant& tenant_;
};

void print_line(const Marks& from, const Marks& to, const bench::RegionHome& home) {
  const double events = to.events - from.events;
  std::printf("%6.1f M  %7.2f %7.2f %9.0f %6.2f %7.0f %6.2f %7.2f %6.0f\n", to.events / 1e6, (to.lane_s - from.lane_s) / events * 1e6,
              (to.all_s - from.all_s) / events * 1e6, events / (to.wall_s - from.wall_s), (to.keys - from.keys) / events,
              static_cast<double>(home.disk_bytes()) / to.events, to.given > from.given ? (to.written - from.written) / (to.given - from.given) : 0,
              to.stalled_s - from.stalled_s, bench::resident_mib(::getpid()));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  core::set_log_level(core::LogLevel::warning);
  const Options options = parse(argc, argv);
  bench::RegionHome home(options.region, options.memory_mib, options.directory);
  bench::RegionTenant& tenant = *home.tenants().front();
  must(tenant.load_topology());
  must(tenant.open_lane());
  std::printf("  events  lane µs  all µs  events/s   keys  B/event  ampl. stall s    MiB\n");
  const Watch watch(home, tenant);
  const std::uint64_t step = std::min<std::uint64_t>(1'000'000, std::max<std::uint64_t>(options.region.events / 10, 1));
  const Marks begin = watch.now();
  Marks before = begin;
  while (!tenant.done() && bench::wall_seconds() - begin.wall_s < options.minutes * 60) {
    must(tenant.step());
    if (static_cast<double>(tenant.events()) - before.events < static_cast<double>(step)) continue;
    const Marks now = watch.now();
    print_line(before, now, home);
    before = now;
  }
  must(tenant.close_lane());
  home.close();
  std::printf("in all\n");
  print_line(begin, watch.now(), home);
  return 0;
}
