// How much of what RocksDB can do is left once the store is around it, and what does a second database add?
//   bench_store_write [--events 400000] [--batch 100] [--rounds 3] [--dir DIR]
// The same keys and values in the same batches, made beforehand, unsynced, with a thread that syncs the log again and again while
// there is something to sync: through store::TenantView into one database and into two at once (a thread each), and straight into
// a RocksDB with the store's settings. Each round runs all three; the medians are given.
#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>

#include <rocksdb/db.h>

#include "kgrca/core/strings.h"
#include "region_home.h"
#include "store/counter_merge.h"
#include "store/rocks_options.h"
#include "store_script.h"

namespace {

using namespace kgrca;
using bench::must;
using bench::Script;

struct Options {
  std::uint64_t events = 400'000;
  std::uint64_t batch = 100;
  std::size_t rounds = 3;
  std::string directory;
};

struct Result {
  double wall_s = 0;
  double cpu_s = 0;
  double syncs = 0;
  double amplification = 0;
  double stalled_s = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  bench::each_option(argc, argv, "bench/store_write.cc", [&](std::string_view name, const char* value) {
    const auto number = std::strtoull(value, nullptr, 10);
    if (name == "--events") options.events = number;
    else if (name == "--batch") options.batch = std::max(number, 1ULL);
    else if (name == "--rounds") options.rounds = std::max(number, 1ULL);
    else if (name == "--dir") options.directory = value;
    else return false;
    return true;
  });
  return options;
}

void write_to_store(store::TenantView view, const Script& script) {
  for (const auto& writes : script) {
    store::Batch batch = view.batch();
    for (const bench::Write& write : writes) {
      if (write.amount != 0) batch.add(write.key, write.amount);
      else batch.put(write.key, write.value);
    }
    must(view.commit(std::move(batch), [] {}));
  }
}

Result through_the_store(const std::vector<Script>& scripts, const Options& options) {
  const bench::TempDir directory(options.directory);
  core::Metrics metrics;
  store::StoreOptions store_options;
  store_options.directory = core::cat(directory.path(), "/store");
  store_options.databases = static_cast<int>(scripts.size());
  const auto opened = must(store::Store::open(store_options, metrics));
  const double wall = bench::wall_seconds();
  const double cpu = bench::process_cpu_seconds();
  std::vector<std::thread> lanes;
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    const core::TenantNumber tenant{static_cast<std::uint32_t>(i + 1)};
    lanes.emplace_back(write_to_store, store::TenantViewOpener::open(*opened, tenant, static_cast<int>(i)), std::cref(scripts[i]));
  }
  for (auto& lane : lanes) lane.join();
  opened->close();
  const auto written = [&](const char* stage) { return metrics.counter("kgrca_store_written_bytes_total", "", {{"stage", stage}}).value(); };
  const std::string all = metrics.expose();
  return {bench::wall_seconds() - wall, bench::process_cpu_seconds() - cpu, bench::metric(all, "kgrca_wal_sync_seconds_count"),
          (written("log") + written("tables")) / written("given"), bench::metric(all, "kgrca_store_stall_seconds_total")};
}

// RocksDB as the store opens it, without the store.
class Plain {
 public:
  explicit Plain(const std::string& path) {
    const store::SharedMemory memory = store::make_shared_memory(store::StoreOptions(), 1);
    rocksdb::DBOptions options = store::database_options(memory, 1, nullptr);
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (int i = 0; i < store::family_count; ++i)
      families.emplace_back(store::family_name(store::family_at(i)), store::family_options(store::family_at(i), memory));
    rocksdb::DB* opened = nullptr;
    check(rocksdb::DB::Open(options, path, families, &families_, &opened));
    db_.reset(opened);
  }
  ~Plain() {
    for (auto* family : families_) db_->DestroyColumnFamilyHandle(family);
  }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  void write(const Script& script) {
    for (const auto& writes : script) {
      rocksdb::WriteBatch batch;
      for (const bench::Write& write : writes) {
        auto* family = families_[static_cast<std::size_t>(write.key.family())];
        key_.assign("\0\0\0\1", 4).append(write.key.bytes());
        check(write.amount != 0 ? batch.Merge(family, key_, store::encode_counter(write.amount)) : batch.Put(family, key_, write.value));
      }
      check(db_->Write({}, &batch));
      tell(false);
    }
    tell(true);
  }
  // Until the writer is done and its last batch is synced.
  void keep_syncing() {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return unsynced_ || done_; });
        if (!unsynced_) return;
        unsynced_ = false;
      }
      check(db_->SyncWAL());
      ++syncs_;
    }
  }
  double syncs() const { return static_cast<double>(syncs_); }

 private:
  static void check(const rocksdb::Status& status) {
    if (!status.ok()) bench::die(core::internal_error(status.ToString()));
  }

  void tell(bool done) {
    {
      const std::lock_guard lock(mutex_);
      if (done) done_ = true;
      else unsynced_ = true;
    }
    wake_.notify_one();
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::string key_;
  std::mutex mutex_;  // guards unsynced_ and done_
  std::condition_variable wake_;
  bool unsynced_ = false;
  bool done_ = false;
  std::uint64_t syncs_ = 0;
};

Result straight(const Script& script, const Options& options) {
  const bench::TempDir directory(options.directory);
  Plain plain(core::cat(directory.path(), "/db"));
  const double wall = bench::wall_seconds();
  const double cpu = bench::process_cpu_seconds();
  std::thread syncing([&] { plain.keep_syncing(); });
  plain.write(script);
  syncing.join();
  return {.wall_s = bench::wall_seconds() - wall, .cpu_s = bench::process_cpu_seconds() - cpu, .syncs = plain.syncs()};
}

double median(const std::vector<Result>& results, double Result::* of) {
  std::vector<double> values;
  for (const Result& result : results) values.push_back(result.*of);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(const char* name, const std::vector<Result>& results, double events) {
  const double wall = median(results, &Result::wall_s);
  const double cpu = median(results, &Result::cpu_s);
  std::printf("%-40s %6.2f s %9.0f events/s   %6.2f CPU s %9.0f events per CPU-second   %5.0f syncs", name, wall, events / wall, cpu,
              events / cpu, median(results, &Result::syncs));
  if (const double amplification = median(results, &Result::amplification); amplification > 0)
    std::printf("   write amplification %.2f, waited %.2f s", amplification, median(results, &Result::stalled_s));
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const Script first = bench::make_script(options.events, options.batch, 1);
  const Script second = bench::make_script(options.events, options.batch, 2);
  std::vector<Result> one;
  std::vector<Result> two;
  std::vector<Result> plain;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    one.push_back(through_the_store({first}, options));
    plain.push_back(straight(first, options));
    two.push_back(through_the_store({first, second}, options));
  }
  const auto events = static_cast<double>(options.events);
  std::printf("%llu events in batches of %llu, %.2f keys per event, %zu rounds\n", static_cast<unsigned long long>(options.events),
              static_cast<unsigned long long>(options.batch), static_cast<double>(bench::keys_in(first)) / events, options.rounds);
  print("RocksDB alone", plain, events);
  print("the store, one database", one, events);
  print("the store, two databases, two threads", two, 2 * events);
  std::printf("the store reaches %.0f %% of RocksDB's events/s (target 80), %.0f %% of its events per CPU-second\n",
              100 * median(plain, &Result::wall_s) / median(one, &Result::wall_s), 100 * median(plain, &Result::cpu_s) / median(one, &Result::cpu_s));
  std::printf("two databases reach %.2f times the events/s of one\n", 2 * median(one, &Result::wall_s) / median(two, &Result::wall_s));
  return 0;
}
