// How much memory and disk does a region's graph take, and how fast are questions while events come in?
//   bench_graph_size [--tenants 50] [--pods 12500] [--events 200000] [--active 4] [--memory-mib 1536] [--read-seconds 10]
//                    [--rate 0] [--scale 1] [--dir DIR]
// Pods and events are per tenant; --scale multiplies the tenants. By default 1 M resources, 10 M edge intervals and 10 M events
// of the bench mix (bench/mix.md): topology straight through graph::LiveGraph, events as NDJSON through the decoder and
// the lane, two threads, one per database, each with --active tenants at a time. Then the store is opened anew and questions are
// asked while one thread goes on with events, --rate a second (0: as fast as it can).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/records.h"
#include "parts.h"
#include "region_home.h"
#include "region_reads.h"

namespace {

using namespace kgrca;
using bench::must;
using bench::RegionHome;
using bench::RegionTenant;

struct Options {
  bench::RegionOptions region;
  std::size_t active = 4;              // tenants that a thread feeds in turn
  std::size_t memory_mib = 1536;
  double read_seconds = 10;
  double rate = 0;
  std::string directory;
};

Options parse(int argc, char** argv) {
  Options options;
  double scale = 1;
  bench::each_option(argc, argv, "bench/graph_size.cc", [&](std::string_view name, const char* text) {
    const double value = std::atof(text);
    const auto whole = static_cast<std::size_t>(value);
    if (name == "--tenants") options.region.tenants = whole;
    else if (name == "--pods") options.region.pods = whole;
    else if (name == "--events") options.region.events = whole;
    else if (name == "--active") options.active = std::max<std::size_t>(whole, 1);
    else if (name == "--memory-mib") options.memory_mib = whole;
    else if (name == "--read-seconds") options.read_seconds = value;
    else if (name == "--rate") options.rate = value;
    else if (name == "--scale") scale = value;
    else if (name == "--dir") options.directory = text;
    else return false;
    return true;
  });
  options.region.tenants = std::max<std::size_t>(static_cast<std::size_t>(static_cast<double>(options.region.tenants) * scale), 1);
  options.region.nodes = std::max<std::size_t>(options.region.pods / 100, 1);
  return options;
}

double status_mib(const char* name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name)) return std::atof(line.c_str() + std::strlen(name)) / 1024;
  return 0;
}

// Runs `work` for the tenants of each database on a thread of its own; wall seconds.
double on_each_database(const RegionHome& home, const std::function<void(const std::vector<RegionTenant*>&)>& work) {
  const double begin = bench::wall_seconds();
  std::vector<std::thread> threads;
  for (int database = 0; database < RegionHome::databases; ++database)
    threads.emplace_back([&, database] { work(home.of_database(database)); });
  for (auto& thread : threads) thread.join();
  return bench::wall_seconds() - begin;
}

void load_events(const std::vector<RegionTenant*>& tenants, std::size_t active) {
  for (std::size_t first = 0; first < tenants.size(); first += active) {
    const std::size_t end = std::min(first + active, tenants.size());
    for (std::size_t i = first; i < end; ++i) must(tenants[i]->open_lane());
    while (!tenants[first]->done()) {
      for (std::size_t i = first; i < end; ++i) must(tenants[i]->step());
    }
    for (std::size_t i = first; i < end; ++i) must(tenants[i]->close_lane());
  }
}

void load(RegionHome& home, const Options& options) {
  const double generator_mib = status_mib("VmRSS:");  // with a store that is still empty
  const double topology_s = on_each_database(home, [](const std::vector<RegionTenant*>& tenants) {
    for (RegionTenant* tenant : tenants) must(tenant->load_topology());
  });
  const double keys_before = home.metric("kgrca_store_keys_written_total");
  const double cpu_before = bench::process_cpu_seconds();
  std::printf("topology   loaded in %.0f s (%.0f CPU-seconds), %.0f keys, %.0f MiB resident\n", topology_s, cpu_before, keys_before,
              status_mib("VmRSS:"));
  std::fflush(stdout);
  const double events_s = on_each_database(home, [&](const std::vector<RegionTenant*>& tenants) { load_events(tenants, options.active); });
  const double cpu_s = bench::process_cpu_seconds() - cpu_before;
  double events = 0;
  for (const auto& tenant : home.tenants()) events += static_cast<double>(tenant->events());
  std::printf("events     %.0f loaded in %.0f s: %.0f per second, %.0f per CPU-second with generator and decoder, %.2f keys per event\n", events,
              events_s, events / events_s, events / cpu_s, (home.metric("kgrca_store_keys_written_total") - keys_before) / events);
  std::printf("memory     %.0f MiB resident at the highest, %.0f MiB after loading, of both %.0f MiB the generator's (cap %zu MiB, target 2048)\n",
              status_mib("VmHWM:"), status_mib("VmRSS:"), generator_mib, options.memory_mib);
  std::fflush(stdout);
}

// Goes on with the events of a few tenants until told to stop; the events taken.
std::uint64_t ingest(const std::vector<RegionTenant*>& tenants, const Options& options, const std::atomic<bool>& stop) {
  for (RegionTenant* tenant : tenants) must(tenant->open_lane());
  const double begin = bench::wall_seconds();
  std::uint64_t taken = 0;
  for (std::size_t turn = 0; !stop; ++turn) {
    must(tenants[turn % tenants.size()]->step());
    taken += options.region.batch;
    while (!stop && options.rate > 0 && static_cast<double>(taken) > options.rate * (bench::wall_seconds() - begin))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (RegionTenant* tenant : tenants) must(tenant->close_lane());
  return taken;
}

void report_reads(const RegionHome& home, const Options& options, std::size_t writers) {
  std::atomic<bool> stop = false;
  std::uint64_t taken = 0;
  std::optional<std::thread> writer;
  const double begin = bench::wall_seconds();
  if (writers != 0) {
    std::vector<RegionTenant*> some = home.of_database(home.tenants().size() > 1 ? 0 : 1);
    some.resize(std::min(some.size(), writers));
    writer.emplace([&, some] { taken = ingest(some, options, stop); });
    std::this_thread::sleep_for(std::chrono::seconds(2));
  }
  const auto rows = bench::measure_reads(home.tenants(), options.read_seconds, 7);
  stop = true;
  if (writer) writer->join();
  if (!rows.ok()) bench::die(rows.status());
  if (writers == 0) std::printf("questions while nothing else runs\n");
  else std::printf("questions while %.0f events/s come in\n", static_cast<double>(taken) / (bench::wall_seconds() - begin));
  for (const bench::ReadRow& row : *rows) {
    std::printf("  %-38s p50 %6.0f µs%s p99 %6.0f µs (target %.0f)   CPU p50 %6.0f µs, p99 %6.0f µs   %zu asked, %.0f found in each\n", row.name.c_str(),
                row.p50_us, row.target_p50_us > 0 ? core::cat(" (target ", static_cast<int>(row.target_p50_us), ")").c_str() : "", row.p99_us,
                row.target_p99_us, row.cpu_p50_us, row.cpu_p99_us, row.questions, row.answer);
  }
}

void report_size(RegionHome& home) {
  std::int64_t resources = 0;
  std::int64_t open_edges = 0;
  std::uint64_t closed_edges = 0;
  std::int64_t events = 0;
  std::int64_t links = 0;
  for (const auto& tenant : home.tenants()) {
    const graph::GraphReader reader(tenant->view().snapshot());
    resources += *reader.count(graph::counts::resources);
    open_edges += *reader.count(graph::counts::edges);
    closed_edges += tenant->closed_edges();
    events += *reader.count(graph::counts::events);
    links += *reader.count(graph::counts::links);
  }
  const auto count = static_cast<double>(events);
  std::printf("stored     %lld resources, %lld open and %llu closed edges, %lld events with %lld links\n", static_cast<long long>(resources),
              static_cast<long long>(open_edges), static_cast<unsigned long long>(closed_edges), static_cast<long long>(events),
              static_cast<long long>(links));
  double of_events = 0;
  std::string parts;
  for (const char* family : {"events", "index", "incidents", "default"}) {
    of_events += home.table_bytes(family);
    core::append(parts, parts.empty() ? "" : ", ", family, " ", std::lround(home.table_bytes(family) / count));
  }
  std::printf("disk       %.0f B per event with indexes, links, incidents, fingerprints and counts (target 200): %s\n", of_events / count,
              parts.c_str());
  std::printf("           %.0f B per edge interval, %.0f B per resource with its history; tables %.0f MiB, all files %.0f MiB\n",
              home.table_bytes("topology") / static_cast<double>(static_cast<std::uint64_t>(open_edges) + closed_edges),
              home.table_bytes("state") / static_cast<double>(resources), home.metric("kgrca_store_table_bytes") / 1048576,
              static_cast<double>(home.disk_bytes()) / 1048576);
}

}  // namespace

int main(int argc, char** argv) {
  core::set_log_level(core::LogLevel::warning);
  const Options options = parse(argc, argv);
  RegionHome home(options.region, options.memory_mib, options.directory);
  load(home, options);
  home.reopen();
  home.settle();
  report_size(home);
  const double given = home.written("given");
  std::printf("writes     %.0f MiB given, write amplification %.2f (log %.2f, tables %.2f), writers waited %.1f s\n", given / 1048576,
              (home.written("log") + home.written("tables")) / given, home.written("log") / given, home.written("tables") / given,
              home.metric("kgrca_store_stall_seconds_total"));
  for (const auto& tenant : home.tenants()) tenant->sample_busy();
  report_reads(home, options, 0);
  report_reads(home, options, options.active);
  std::printf("memory     %.0f MiB resident at the highest, questions included\n", status_mib("VmHWM:"));
  return 0;
}
