#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/store/store.h"
#include "store/database.h"
#include "store/files.h"
#include "store/tenant_prefix.h"

namespace kgrca::store {

inline constexpr int format_version = 3;
inline constexpr int oldest_format = format_version;  // that this binary reads
inline constexpr int databases_max = 64;

struct Store::Impl {
  Impl(StoreOptions with, std::optional<DirectoryLock> held, core::Metrics& metrics);

  // Store::open on an Env of RocksDB (nullptr: its default); fault tests give one that loses or refuses writes.
  static core::StatusOr<std::unique_ptr<Store>> open(const StoreOptions& options, core::Metrics& metrics,
                                                     rocksdb::Env* env);

  core::Status open_databases(rocksdb::Env* env);
  core::Status open_database(int number, int count, bool create, rocksdb::Env* env);
  core::Status open_database(const DatabasePlace& place);
  // Databases where they lie, for reading only; database 0 first. `lock` of the directory, when there is one to hold.
  static core::StatusOr<std::unique_ptr<Store>> open_places(const StoreOptions& options, core::Metrics& metrics,
                                                            std::vector<DatabasePlace> places, std::optional<DirectoryLock> lock);
  core::Status create_remaining(int count, rocksdb::Env* env);
  StoreMemory memory_in_use() const;
  void measure();  // sets the gauges of disk and memory
  bool has_space() const;
  // Free bytes by the reserve.
  double free_reserves() const;
  core::Status commit(int database, rocksdb::WriteBatch& batch, Waiter waiter, Purpose purpose = Purpose::keep);
  void report_fatal(const core::Status& why) const;

  StoreOptions options;
  std::optional<DirectoryLock> lock;  // a backup is read without
  core::Counter& batches;
  core::Counter& keys;
  core::Counter& refused_disk;
  core::Counter& refused_write;
  core::Counter& damaged_logs;
  core::Counter& damaged_reads;
  core::Counter& damaged_compactions;
  core::Gauge& disk;
  core::Gauge& memory_blocks;
  core::Gauge& memory_memtables;
  core::Gauge& stalled;
  core::Histogram& sync_seconds;
  WriteMetrics written;
  SharedMemory memory;
  std::vector<std::unique_ptr<Database>> databases;  // last: closes first
};

}  // namespace kgrca::store
