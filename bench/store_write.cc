// How many keys per second does one database take, and how much of the time is the sync?
//   bench_store_write <directory> [events=400000] [events per batch=100] [databases=1]
// One lane per database writes events as the server does: one ordered record of 300 bytes, one index key per resource and
// batch (about 0.4 of the events), severity and reason keys for 16 %, two per-batch keys.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/store.h"

namespace {

using namespace kgrca;

constexpr std::uint64_t resources = 20000;

void write_batch(store::TenantView& view, std::mt19937_64& random, std::uint64_t first, std::uint64_t count) {
  auto batch = view.batch();
  std::string value(300, '\0');
  std::map<std::uint64_t, core::EventKey> touched;
  for (std::uint64_t i = 0; i < count; ++i) {
    for (std::size_t at = 0; at < value.size(); at += 3) value[at] = static_cast<char>(random());
    const core::EventKey event{1'700'000'000'000'000 + (first + i) * 16, random()};
    batch.put(store::keys::event(event), value);
    // A tenth of the resources makes most of the events.
    const auto resource = 1 + (random() % 4 == 0 ? random() % resources : random() % (resources / 400));
    touched.try_emplace(resource * 0x9e3779b97f4a7c15ull, event);
    if (random() % 100 >= 16) continue;
    batch.put(store::keys::by_severity(3, event), "12345678");
    batch.put(store::keys::by_reason(random() % 50, event), "12345678");
  }
  for (const auto& [resource, event] : touched) batch.put(store::keys::resource_events({resource}, event, 0), value.substr(0, 40));
  batch.put(store::keys::fingerprints(1, first), std::string(16 * count, 'f'));
  batch.add(store::keys::meter(1, 1), static_cast<std::int64_t>(count));
  if (!view.commit(std::move(batch), nullptr).ok()) std::abort();
}

void lane(store::TenantView view, std::uint64_t events, std::uint64_t per_batch) {
  std::mt19937_64 random(static_cast<std::uint64_t>(view.tenant()));
  for (std::uint64_t i = 0; i < events; i += per_batch) write_batch(view, random, i, per_batch);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double exposed(const core::Metrics& metrics, const std::string& name) {
  const std::string text = metrics.expose();
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? 0 : std::atof(text.c_str() + at + name.size() + 2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_store_write <empty directory> [events] [events per batch] [databases]\n");
    return 2;
  }
  const auto argument = [&](int at, std::uint64_t fallback) { return argc > at ? std::strtoull(argv[at], nullptr, 10) : fallback; };
  const auto events = argument(2, 400000);
  const auto per_batch = argument(3, 100);
  store::StoreOptions options;
  options.directory = argv[1];
  options.databases = static_cast<int>(argument(4, 1));
  core::Metrics metrics;
  auto opened = store::Store::open(options, metrics);
  if (!opened.ok()) {
    std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
    return 1;
  }
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_before = cpu_seconds();
  std::vector<std::thread> lanes;
  for (int i = 0; i < options.databases; ++i)
    lanes.emplace_back(lane, store::TenantViewOpener::open(**opened, core::TenantNumber{static_cast<std::uint32_t>(i + 1)}, i), events, per_batch);
  for (auto& thread : lanes) thread.join();
  (*opened)->close();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double cpu = cpu_seconds() - cpu_before;
  const double keys = exposed(metrics, "kgrca_store_keys_written_total");
  const double syncing = exposed(metrics, "kgrca_wal_sync_seconds_sum");
  const double all = static_cast<double>(events) * options.databases;
  std::printf("events %.0f  keys %.0f (%.2f per event)\n", all, keys, keys / all);
  std::printf("wall  %.2f s: %.0f events/s, %.0f keys/s\n", wall, all / wall, keys / wall);
  std::printf("cpu   %.2f s: %.0f events/s, %.0f keys/s per CPU-second, generator included\n", cpu, all / cpu, keys / cpu);
  std::printf("sync  %.2f s in %.0f syncs: %.0f %% of the wall time of a committer\n", syncing,
              exposed(metrics, "kgrca_wal_sync_seconds_count"), 100 * syncing / wall / options.databases);
  return 0;
}
