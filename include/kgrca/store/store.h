// Ordered bytes by tenant on RocksDB. Knows nothing of events or graphs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/status.h"
#include "kgrca/store/keys.h"

namespace kgrca::store {

// The volume that holds the store.
struct DiskSpace {
  std::uint64_t free_bytes = 0;  // for unprivileged writers
  std::uint64_t total_bytes = 0;
};

struct StoreOptions {
  std::string directory;
  int databases = 0;                     // 0: cores, at most 16; fixed when the store is created
  std::size_t cache_bytes = 64ull << 20;    // of memory_bytes what memtables never take; at most two thirds of it
  std::size_t memory_bytes = 192ull << 20;  // block cache and memtables of all databases together
  std::size_t wal_bytes = 256ull << 20;  // of all databases together; bounds the replay at start
  bool create = true;
  // Open although acknowledged writes are missing after damage; else that is data_loss and the files stay as they are.
  bool accept_loss = false;
  // Commits are refused while less than max(reserve_bytes, reserve_share of the volume) is free.
  std::uint64_t reserve_bytes = 2ull << 30;
  double reserve_share = 0.05;
  std::function<DiskSpace()> disk_space; // asked at every commit; default: the file system of `directory`
  // Called on the committer thread when a sync fails: stored state is unknown, the process must end. Default: log, abort.
  std::function<void(const core::Status&)> on_fatal;
};

class TenantView;
class Batch;
class Snapshot;

// Memory that the store holds at the moment, in bytes.
struct StoreMemory {
  std::size_t blocks = 0;     // data, index and filter blocks in the cache
  std::size_t memtables = 0;
};

// How full the volume is, and what to refuse for it. Each level refuses what the former ones do too.
enum class DiskLevel : std::uint8_t { plenty = 0, no_logs, no_samples, no_normal_events, nothing };

// Why a batch is written: one that makes room is taken until half the reserve is used up.
enum class Purpose : std::uint8_t { keep, make_room };

// What lies under one tenant number.
struct TenantBytes {
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;  // of keys, tenant number included, and values
};

// What compaction may drop of a tenant without being told key by key. Whoever sets it hides the same from readers.
struct Expiry {
  core::Time postings{}; // blocks of postings that begin before it
  core::Time history{};  // closed edges that ended before it; states that others had followed by then
};

// The open databases of one region. Thread-safe. Destroy after all views, snapshots and scans.
class Store {
 public:
  // failed_precondition: another process holds it, a restore into it was not finished, or this binary does not read its
  // format; data_loss: cannot be read.
  static core::StatusOr<std::unique_ptr<Store>> open(const StoreOptions& options, core::Metrics& metrics);
  // For reading only: writes nothing but the lock, and commits are refused. Of a backup: see backup.h.
  static core::StatusOr<std::unique_ptr<Store>> open_read_only(const StoreOptions& options, core::Metrics& metrics);
  ~Store();

  int databases() const;
  // Syncs what is written, releases every waiting acknowledgement, flushes nothing. Further commits fail.
  void close();
  std::uint64_t disk_bytes() const;
  StoreMemory memory() const;
  // What of acknowledged writes was missing when it was opened with `accept_loss`; empty: nothing.
  std::string lost() const;
  // Free bytes on the store's file system are above the reserve.
  bool has_space() const;
  // By free bytes in reserves: under 2 no logs, 1.75 no samples, 1.5 no normal events, 1 nothing. Asks the file system.
  DiskLevel disk_level() const;

  struct Impl;

 private:
  friend class TenantView;
  friend class TenantViewOpener;
  friend struct BackupAccess;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The only way to a tenant's bytes. Copyable, thread-safe. Opened by tenancy only (TenantViewOpener; tests/arch checks).
class TenantView {
 public:
  core::TenantNumber tenant() const { return tenant_; }
  Batch batch() const;
  // A consistent state of the tenant's database. It keeps what was overwritten since on disk, so release it within seconds; for
  // questions from outside, whose cost nobody knows beforehand, `at_most` ends them: see Snapshot.
  Snapshot snapshot(core::Duration at_most = core::Duration::max()) const;

  // Writes the batch atomically without syncing, in call order per view; `durable` is called on the committer thread
  // after the sync that covers it. An error means nothing was written, `durable` is never called and `batch` is as it was.
  // unavailable: the disk is almost full, or the store is closing or has failed. Blocks while RocksDB stalls writers.
  // `durable` must be short and must not call commit_durably. REQUIRES: one thread at a time per tenant (the lane).
  core::Status commit(Batch&& batch, std::function<void()> durable);
  // commit, then waits for the sync.
  core::Status commit_durably(Batch&& batch, Purpose purpose = Purpose::keep);
  // Compactions that begin from now on drop what it names. Kept in memory only: to be set again after a start.
  void set_expiry(const Expiry& expiry) const;

  // Bytes of tables and write buffers that the tenant's keys take, as RocksDB estimates: what was erased counts until it is
  // compacted, and less than a block counts as nothing. Some 10 µs.
  std::uint64_t disk_estimate() const;
  // Reads every key; unavailable when `stop` becomes true.
  core::StatusOr<TenantBytes> count_all(const std::atomic<bool>& stop) const;
  // Erases every key, durably, and drops the files that hold nothing else. REQUIRES: not the operator's; nobody writes for the
  // tenant from then on.
  core::Status erase_all();
  // Has what was erased or may be dropped leave the disk. Takes minutes for gigabytes; unavailable when `stop` becomes true.
  core::Status compact(std::atomic<bool>& stop) const;

 private:
  friend class TenantViewOpener;
  TenantView(Store::Impl* store, core::TenantNumber tenant, int database)
      : store_(store), tenant_(tenant), database_(database) {}
  core::Status check(const Batch& batch) const;
  Store::Impl* store_;
  core::TenantNumber tenant_;
  int database_;
};

// Makes views. Only tenancy may name this class.
class TenantViewOpener {
 public:
  static TenantView open(Store& store, core::TenantNumber tenant, int database);
};

// Writes of one tenant, applied together or not at all.
class Batch {
 public:
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  ~Batch();
  void put(const Key& key, std::string_view value);
  void erase(const Key& key);
  void add(const Key& key, std::int64_t amount);  // add-merged counters; REQUIRES: family meta ('m', 'g')
  // All keys of the family from `first` up to, not including, `last`.
  // REQUIRES: both of one family.
  void erase_range(const Key& first, const Key& last);
  void erase_prefix(const Key& prefix);
  std::size_t keys() const;
  std::size_t bytes() const;

 private:
  friend class TenantView;
  struct Impl;
  explicit Batch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Keys under a prefix, in order; stops at the prefix's and the tenant's border.
//   for (Scan scan = snapshot.scan(prefix); scan.valid(); scan.next()) use(scan.key(), scan.value());
//   if (!scan.status().ok()) …
class Scan {
 public:
  Scan(Scan&&) noexcept;
  ~Scan();
  bool valid() const;
  void next();
  std::string_view key() const;    // after the tenant number, like Key::bytes()
  std::string_view value() const;  // until next()
  core::Status status() const;

 private:
  friend class Snapshot;
  struct Impl;
  explicit Scan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One iterator for many places of a family, for walks: making an iterator costs more than moving it.
//   Seeker seeker = snapshot.seeker(Family::topology);
//   for (seeker.seek(prefix, from); seeker.valid(); seeker.next()) use(seeker.key(), seeker.value());
class Seeker {
 public:
  Seeker(Seeker&&) noexcept;
  ~Seeker();
  // To the first key at or after `from` that begins with `prefix`. REQUIRES: both of the seeker's family, and in `topology` and
  // `index` a prefix that names a term; else nothing is valid and status() tells.
  void seek(const Key& prefix, const Key& from);
  bool valid() const;
  void next();
  std::string_view key() const;    // after the tenant number, like Key::bytes()
  std::string_view value() const;  // until next() or seek()
  core::Status status() const;

 private:
  friend class Snapshot;
  struct Impl;
  explicit Seeker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A consistent view. Thread-safe for reads. Once its time is over (see TenantView::snapshot) every read and scan ends with
// deadline_exceeded; scans and seekers look at the clock every 256 steps.
class Snapshot {
 public:
  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  ~Snapshot();
  core::StatusOr<std::optional<std::string>> get(const Key& key) const;
  // Each key's value, in the order of the keys; cheaper than one get() after another. The first error of any key is returned.
  // REQUIRES: all of one family.
  core::StatusOr<std::vector<std::optional<std::string>>> get_all(const std::vector<Key>& keys) const;
  core::StatusOr<std::int64_t> counter(const Key& key) const;  // 0 when absent; data_loss: damaged, whatever was added since
  Scan scan(const Key& prefix) const;
  // From `from` (inclusive) on, while keys begin with `prefix`.
  Scan scan(const Key& prefix, const Key& from) const;
  // From the last key before `before` backwards, while keys begin with `prefix`.
  Scan scan_backwards(const Key& prefix, const Key& before) const;
  Scan scan_backwards(const Key& prefix) const;  // from its last key
  Seeker seeker(Family family) const;

 private:
  friend class TenantView;
  friend class Scan;
  friend class Seeker;
  struct Impl;
  explicit Snapshot(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

core::StatusOr<std::int64_t> decode_counter(std::string_view value);  // data_loss: not of 8 bytes

}  // namespace kgrca::store
