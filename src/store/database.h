// One RocksDB with its committer thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/write_batch.h>

#include "kgrca/core/metrics.h"
#include "kgrca/core/status.h"
#include "store/recovery.h"
#include "store/rocks_options.h"
#include "store/table_check.h"
#include "store/write_stats.h"

namespace kgrca::store {

// Who waits for the sync of a batch. Either may be empty.
struct Waiter {
  std::function<void()> durable;
  std::promise<core::Status>* result = nullptr;
};

// What a database asks of its store. All are called on the committer thread.
struct DatabaseHooks {
  std::function<void(const core::Status&)> on_fatal;
  std::function<bool()> has_space;
  std::function<void()> tick;  // about every 5 s; may be empty
  core::Histogram* sync_seconds = nullptr;
  core::Gauge* stalled = nullptr;  // column families whose writers RocksDB slows or stops
  WriteMetrics* written = nullptr;
  core::Counter* damaged_reads = nullptr;
  core::Counter* damaged_compactions = nullptr;
};

struct DatabasePlace {
  std::string path;
  int number = 0;
  int databases = 1;
  bool create = false;
  bool accept_loss = false;     // open although acknowledged writes are missing
  rocksdb::Env* env = nullptr;  // nullptr: RocksDB's default
  bool read_only = false;       // writes nothing; commits are refused
  bool strict_log = false;      // a log that is damaged before its last record is an error, not its end
  std::shared_ptr<rocksdb::Env> kept_env = nullptr;  // `env`, when nobody else keeps it
};

// Thread-safe.
class Database {
 public:
  // Families that this binary does not know are opened too, so that the caller can read the format version.
  static core::StatusOr<std::unique_ptr<Database>> open(const DatabasePlace& place, const SharedMemory& memory,
                                                        DatabaseHooks hooks);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Writes unsynced and queues the waiter behind the next sync. On error the waiter is not kept.
  core::Status commit(rocksdb::WriteBatch& batch, Waiter waiter);
  // Refuses further commits, syncs what is written, releases every waiter, ends the committer. Idempotent.
  void stop();

  // An empty batch, with the memory of a former one where there is one: to fill fresh memory costs as much as the copying.
  rocksdb::WriteBatch take_spare();
  void keep_spare(rocksdb::WriteBatch batch);

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Family family) const { return families_[static_cast<std::size_t>(family)]; }
  bool has_unknown_families() const { return families_.size() > static_cast<std::size_t>(family_count); }
  // What of acknowledged writes was missing when it was opened with accept_loss; empty: nothing.
  const std::string& lost() const { return lost_; }
  void count_damaged_read() { hooks_.damaged_reads->add(); }
  // data_loss when a forward scan from `first` that came to the table has missed its beginning.
  core::Status check_table(Family family, const TableName& table, const rocksdb::Slice& first);

 private:
  class Listener;
  Database(const DatabasePlace& place, DatabaseHooks hooks)
      : number_(place.number), read_only_(place.read_only), env_(place.kept_env), hooks_(std::move(hooks)), tables_(place.path),
        synced_(place.path), written_(*hooks_.written) {}
  core::Status open_rocks(const DatabasePlace& place, const SharedMemory& memory);
  void note_files();
  // What the committer does next.
  struct Round {
    std::vector<Waiter> waiters;
    core::Status verdict;  // not OK: the waiters are told so, without a sync
    bool recover = false;
    bool done = false;
  };
  void run();
  Round next_round();
  core::Status sync();
  static void release(std::vector<Waiter> waiters, const core::Status& verdict);
  void fail(const core::Status& why);
  void report_background_error(const rocksdb::Status& error);
  void recover();
  bool resume_and_probe();
  void tick_if_due();
  void tick();
  core::Status admit();  // REQUIRES: mutex_ held

  const int number_;
  const bool read_only_;
  const std::shared_ptr<rocksdb::Env> env_;
  DatabaseHooks hooks_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;

  std::string lost_;  // since it was opened
  TableChecks tables_;
  std::atomic<bool> files_changed_{true};

  std::mutex mutex_;  // guards the members up to failed_
  std::condition_variable wake_;
  std::vector<rocksdb::WriteBatch> spares_;
  std::vector<Waiter> waiting_;
  std::size_t writing_ = 0;  // commits between admission and queueing
  bool stopping_ = false;
  rocksdb::Status background_error_;
  bool out_of_space_ = false;
  core::Status failed_;

  // The committer's, and before it runs the opener's.
  SyncedFile synced_;
  HighMark mark_;
  std::chrono::steady_clock::time_point next_tick_{};
  WriteStats written_;
  std::thread committer_;
};

}  // namespace kgrca::store
