#include "kgrca/store/store.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <thread>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "store/identity.h"
#include "store/impl.h"
#include "store/rocks_status.h"

namespace kgrca::store {
namespace {

int wanted_databases(const StoreOptions& options) {
  if (options.databases > 0) return options.databases;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 16);
}

// How many numbered directories there are, for sizing memory before the record can be read.
int present_databases(const StoreOptions& options) {
  int count = 0;
  std::error_code error;
  for (int i = 0; i < databases_max; ++i)
    if (std::filesystem::is_directory(database_path(options.directory, i), error)) ++count;
  return count;
}

core::Status check(const StoreOptions& options) {
  if (options.directory.empty()) return core::invalid_argument("the store needs a data directory");
  if (options.databases < 0 || options.databases > databases_max)
    return core::invalid_argument(core::cat("databases is ", options.databases, ": choose 1 to ", databases_max,
                                            ", or 0 for one per core"));
  std::error_code error;
  if (!options.create && !std::filesystem::is_directory(database_path(options.directory, 0), error))
    return core::not_found(core::cat("there is no store in ", options.directory));
  return core::ok_status();
}

constexpr const char* memory_help = "Memory in use by part; memory.limit is divided among them.";

constexpr const char* damaged_help = "Times that damage in the store's files was met; a damaged table is met again and again.";

}  // namespace

Store::Impl::Impl(StoreOptions with, std::optional<DirectoryLock> held, core::Metrics& metrics)
    : options(std::move(with)),
      lock(std::move(held)),
      batches(metrics.counter("kgrca_store_commit_batches_total", "Batches written.")),
      keys(metrics.counter("kgrca_store_keys_written_total", "Keys written, erasures included.")),
      refused_disk(metrics.counter("kgrca_store_refused_total", "Commits refused.", {{"reason", "disk"}})),
      refused_write(metrics.counter("kgrca_store_refused_total", "Commits refused.", {{"reason", "write"}})),
      damaged_logs(metrics.counter("kgrca_store_damaged_total", damaged_help, {{"found_by", "start"}})),
      damaged_reads(metrics.counter("kgrca_store_damaged_total", damaged_help, {{"found_by", "read"}})),
      damaged_compactions(metrics.counter("kgrca_store_damaged_total", damaged_help, {{"found_by", "compaction"}})),
      disk(metrics.gauge("kgrca_store_disk_bytes", "Bytes of the store's files.")),
      memory_blocks(metrics.gauge("kgrca_memory_bytes", memory_help, {{"part", "block_cache"}})),
      memory_memtables(metrics.gauge("kgrca_memory_bytes", memory_help, {{"part", "memtables"}})),
      stalled(metrics.gauge("kgrca_store_stalled", "Column families whose writers RocksDB slows or stops.")),
      sync_seconds(metrics.histogram("kgrca_wal_sync_seconds", "Time of one sync of a write-ahead log.",
                                     core::Metrics::latency_buckets())),
      written(metrics) {}

core::StatusOr<std::unique_ptr<Store>> Store::Impl::open(const StoreOptions& options, core::Metrics& metrics,
                                                         rocksdb::Env* env) {
  KGRCA_RETURN_IF_ERROR(check(options));
  KGRCA_RETURN_IF_ERROR(make_directory(options.directory));
  KGRCA_RETURN_IF_ERROR(check_finished(options.directory));
  KGRCA_ASSIGN_OR_RETURN(auto lock, DirectoryLock::take(options.directory));
  auto impl = std::make_unique<Impl>(options, std::move(lock), metrics);
  KGRCA_RETURN_IF_ERROR(impl->open_databases(env));
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

core::Status Store::Impl::open_databases(rocksdb::Env* env) {
  const int present = present_databases(options);
  const int expected = present > 0 ? present : wanted_databases(options);
  std::error_code error;
  if (present > 0 && !std::filesystem::is_directory(database_path(options.directory, 0), error))
    return core::data_loss(core::cat("database 0 of the store ", options.directory, " is missing: restore a backup"));
  memory = make_shared_memory(options, expected);
  KGRCA_RETURN_IF_ERROR(open_database(0, expected, options.create, env));
  KGRCA_RETURN_IF_ERROR(check_format(*databases[0]));
  KGRCA_ASSIGN_OR_RETURN(const int recorded, recorded_databases(*databases[0]));
  if (recorded == 0) return create_remaining(wanted_databases(options), env);
  if (options.databases > 0 && options.databases != recorded)
    core::log(core::LogLevel::warning, "store_databases_fixed",
              {{"recorded", std::int64_t{recorded}}, {"asked", std::int64_t{options.databases}}});
  for (int i = 1; i < recorded; ++i) KGRCA_RETURN_IF_ERROR(open_database(i, recorded, false, env));
  return core::ok_status();
}

core::Status Store::Impl::open_database(int number, int count, bool create, rocksdb::Env* env) {
  DatabasePlace place;
  place.path = database_path(options.directory, number);
  place.number = number;
  place.databases = count;
  place.create = create;
  place.accept_loss = options.accept_loss;
  place.env = env;
  return open_database(place);
}

core::Status Store::Impl::open_database(const DatabasePlace& place) {
  DatabaseHooks hooks;
  hooks.on_fatal = [this](const core::Status& why) { report_fatal(why); };
  hooks.has_space = [this] { return has_space(); };
  if (place.number == 0) hooks.tick = [this] { measure(); };
  hooks.sync_seconds = &sync_seconds;
  hooks.stalled = &stalled;
  hooks.damaged_reads = &damaged_reads;
  hooks.damaged_compactions = &damaged_compactions;
  hooks.written = &written;
  KGRCA_ASSIGN_OR_RETURN(auto database, Database::open(place, memory, std::move(hooks)));
  if (!database->lost().empty()) {
    damaged_logs.add();
    core::log(core::LogLevel::error, "store_loss_accepted", {{"database", std::int64_t{place.number}}, {"what", database->lost()}});
  }
  databases.push_back(std::move(database));
  return core::ok_status();
}

// The record is written last, so a creation that was cut short starts over; any content then means a lost record.
core::Status Store::Impl::create_remaining(int count, rocksdb::Env* env) {
  if (!options.create) return core::not_found(core::cat("there is no finished store in ", options.directory));
  for (int i = 1; i < count; ++i) KGRCA_RETURN_IF_ERROR(open_database(i, count, true, env));
  for (const auto& database : databases)
    if (database->db().GetLatestSequenceNumber() != 0)
      return core::data_loss(core::cat("the store ", options.directory, " holds data but no record of its format: restore a backup"));
  KGRCA_RETURN_IF_ERROR(sync_directory(options.directory));
  return write_identity(*databases[0], count);
}

StoreMemory Store::Impl::memory_in_use() const {
  StoreMemory use;
  use.memtables = memory.memtables->memory_usage();
  const std::size_t cached = memory.cache->GetUsage();
  use.blocks = cached - std::min(cached, memory.memtables->dummy_entries_in_cache_usage());
  return use;
}

void Store::Impl::measure() {
  disk.set(static_cast<double>(bytes_of_tree(options.directory)));
  const StoreMemory use = memory_in_use();
  memory_blocks.set(static_cast<double>(use.blocks));
  memory_memtables.set(static_cast<double>(use.memtables));
}

double Store::Impl::free_reserves() const {
  const DiskSpace space = options.disk_space ? options.disk_space() : disk_space_of(options.directory);
  const auto share = static_cast<std::uint64_t>(static_cast<double>(space.total_bytes) * options.reserve_share);
  const std::uint64_t reserve = std::max(options.reserve_bytes, share);
  if (reserve == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(space.free_bytes) / static_cast<double>(reserve);
}

bool Store::Impl::has_space() const { return free_reserves() >= 1; }

core::Status Store::Impl::commit(int database, rocksdb::WriteBatch& batch, Waiter waiter, Purpose purpose) {
  if (free_reserves() < (purpose == Purpose::keep ? 1.0 : 0.5)) {
    refused_disk.add();
    return core::unavailable(core::cat("disk almost full: less than the reserve is free on the volume of ", options.directory,
                                       "; free some space or lower the reserve"));
  }
  const auto count = static_cast<double>(batch.Count());
  const auto status = databases[static_cast<std::size_t>(database)]->commit(batch, std::move(waiter));
  if (!status.ok()) {
    refused_write.add();
    return status;
  }
  batches.add();
  keys.add(count);
  return status;
}

void Store::Impl::report_fatal(const core::Status& why) const {
  core::log(core::LogLevel::error, "store_failed", {{"why", core::message_of(why)}});
  if (options.on_fatal) {
    options.on_fatal(why);
    return;
  }
  std::abort();
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

core::StatusOr<std::unique_ptr<Store>> Store::open(const StoreOptions& options, core::Metrics& metrics) {
  return Impl::open(options, metrics, nullptr);
}

int Store::databases() const { return static_cast<int>(impl_->databases.size()); }

void Store::close() {
  for (auto& database : impl_->databases) database->stop();
}

std::uint64_t Store::disk_bytes() const { return bytes_of_tree(impl_->options.directory); }
StoreMemory Store::memory() const { return impl_->memory_in_use(); }
std::string Store::lost() const {
  std::string all;
  for (const auto& database : impl_->databases)
    if (!database->lost().empty()) core::append(all, all.empty() ? "" : "; ", database->lost());
  return all;
}
bool Store::has_space() const { return impl_->has_space(); }

DiskLevel Store::disk_level() const {
  const double reserves = impl_->free_reserves();
  if (reserves < 1) return DiskLevel::nothing;
  if (reserves < 1.5) return DiskLevel::no_normal_events;
  if (reserves < 1.75) return DiskLevel::no_samples;
  return reserves < 2 ? DiskLevel::no_logs : DiskLevel::plenty;
}

}  // namespace kgrca::store
