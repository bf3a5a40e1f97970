// Where does the time of one lane go? The bench mix without HTTP, in process; one line per part, per CPU-second.
//   bench_lane [--events 200000] [--pods 20000] [--nodes 200] [--batch 2000] [--seed 1] [--json]
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "parts.h"

namespace {

using namespace kgrca;

bench::PartsOptions parse(int argc, char** argv, bool& json) {
  bench::PartsOptions options;
  for (int i = 1; i < argc; ++i) {
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    else if (std::strcmp(argv[i], "--events") == 0) options.events = number();
    else if (std::strcmp(argv[i], "--pods") == 0) options.pods = number();
    else if (std::strcmp(argv[i], "--nodes") == 0) options.nodes = number();
    else if (std::strcmp(argv[i], "--batch") == 0) options.batch = number();
    else if (std::strcmp(argv[i], "--seed") == 0) options.seed = number();
    else {
      std::fprintf(stderr, "unknown option %s; usage: bench_lane [--events N] [--pods N] [--nodes N] [--batch N] [--seed N] [--json]\n", argv[i]);
      std::exit(2);
    }
  }
  return options;
}

void row(const char* name, double seconds, std::uint64_t events) {
  const auto count = static_cast<double>(events);
  std::printf("%-44s %8.2f µs/event %12.0f events/s\n", name, seconds / count * 1e6, seconds > 0 ? count / seconds : 0);
}

void print_table(const bench::Parts& p) {
  row("decode", p.decode_s, p.events);
  row("link: resolve, episodes, links, incidents", p.link_s, p.events);
  row("records and batches (lane without link)", p.lane_s - p.link_s, p.events);
  row("lane thread", p.lane_s, p.events);
  row("store's background threads", p.lane_all_s - p.lane_s, p.events);
  row("lane, all threads", p.lane_all_s, p.events);
  row("decode and lane, all threads", p.decode_s + p.lane_all_s, p.events);
  row("as many keys straight into the store", p.store_s, p.events);
  std::printf("keys per event %.2f   warnings %llu   links per warning %.2f   episodes %zu   open incidents %zu   RSS %.0f MiB   snapshot %.2f s\n",
              p.keys_per_event, static_cast<unsigned long long>(p.warnings), p.links_per_warning, p.episodes, p.open_incidents, p.rss_mib,
              p.snapshot_s);
}

void print_json(const bench::Parts& p) {
  std::printf("{\"events\":%llu,\"decode_s\":%.4f,\"link_s\":%.4f,\"lane_s\":%.4f,\"lane_all_s\":%.4f,\"store_s\":%.4f,"
              "\"keys_per_event\":%.3f,\"links_per_warning\":%.3f,\"rss_mib\":%.1f}\n",
              static_cast<unsigned long long>(p.events), p.decode_s, p.link_s, p.lane_s, p.lane_all_s, p.store_s, p.keys_per_event,
              p.links_per_warning, p.rss_mib);
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  const bench::PartsOptions options = parse(argc, argv, json);
  const auto parts = bench::measure_parts(options);
  if (!parts.ok()) {
    std::fprintf(stderr, "%s\n", parts.status().ToString().c_str());
    return 1;
  }
  if (json) print_json(*parts);
  else print_table(*parts);
  return 0;
}
