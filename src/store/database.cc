#include "store/database.h"

#include <pthread.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <rocksdb/wal_filter.h>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "store/rocks_status.h"
#include "store/tenant_prefix.h"

namespace kgrca::store {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr auto idle_wait = std::chrono::seconds(1);
constexpr auto tick_every = std::chrono::seconds(5);
constexpr int probe_attempts = 5;
constexpr auto probe_pause = std::chrono::milliseconds(200);
constexpr std::size_t spares_max = 2;
constexpr std::size_t spare_bytes_max = std::size_t{2} << 20;

// Families on disk that this binary has no name for.
std::vector<std::string> unknown_families(const rocksdb::DBOptions& options, const std::string& path) {
  std::vector<std::string> present;
  if (!rocksdb::DB::ListColumnFamilies(options, path, &present).ok()) return {};
  std::erase_if(present, [](const std::string& name) {
    for (int i = 0; i < family_count; ++i)
      if (family_name(family_at(i)) == name) return true;
    return false;
  });
  return present;
}

// Learns what a database would replay, and stops it from replaying.
class LogNumbers final : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "kgrca.LogNumbers"; }
  void ColumnFamilyLogNumberMap(const std::map<std::uint32_t, std::uint64_t>& numbers,
                                const std::map<std::string, std::uint32_t>&) override {
    oldest = std::numeric_limits<std::uint64_t>::max();
    for (const auto& [family, number] : numbers) oldest = std::min(oldest, number);
  }
  WalProcessingOption LogRecordFound(unsigned long long, const std::string&, const rocksdb::WriteBatch&, rocksdb::WriteBatch*,
                                     bool*) override {
    return WalProcessingOption::kStopReplay;
  }
  std::uint64_t oldest = 0;
};

std::optional<RocksView> ask_rocks(rocksdb::DBOptions options, const std::string& path,
                                   const std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
  LogNumbers numbers;
  options.wal_filter = &numbers;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &opened).ok()) return std::nullopt;
  const std::unique_ptr<rocksdb::DB> database(opened);
  // Families without a flush of their own still name the log they began with; what is needed is noted for all together.
  std::uint64_t needed = 0;
  if (!database->GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &needed)) needed = 0;
  const RocksView view{std::max(numbers.oldest, needed), database->GetLatestSequenceNumber()};
  for (auto* handle : handles) database->DestroyColumnFamilyHandle(handle);
  return view;
}

}  // namespace

class Database::Listener final : public rocksdb::EventListener {
 public:
  explicit Listener(Database& database) : database_(database) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
    // A damaged table stops its compaction (RocksDB tries again each second), not the writes of every tenant.
    if (reason == rocksdb::BackgroundErrorReason::kCompaction && error->IsCorruption()) {
      database_.hooks_.damaged_compactions->add();
      core::log(core::LogLevel::error, "store_damaged_table",
                {{"database", std::int64_t{database_.number_}}, {"why", error->ToString()}});
      *error = rocksdb::Status::OK();
      return;
    }
    database_.report_background_error(*error);
  }
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { database_.files_changed_ = true; }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { database_.files_changed_ = true; }
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override {
    const bool now = info.condition.cur != rocksdb::WriteStallCondition::kNormal;
    const bool before = info.condition.prev != rocksdb::WriteStallCondition::kNormal;
    if (now != before) database_.hooks_.stalled->add(now ? 1 : -1);
  }

 private:
  Database& database_;
};

core::StatusOr<std::unique_ptr<Database>> Database::open(const DatabasePlace& place, const SharedMemory& memory,
                                                         DatabaseHooks hooks) {
  std::unique_ptr<Database> database(new Database(place, std::move(hooks)));
  KGRCA_RETURN_IF_ERROR(database->open_rocks(place, memory));
  if (!place.read_only) database->committer_ = std::thread([raw = database.get()] { raw->run(); });
  return database;
}

core::Status Database::open_rocks(const DatabasePlace& place, const SharedMemory& memory) {
  auto options = database_options(memory, place.databases, place.env);
  options.create_if_missing = place.create;
  options.create_missing_column_families = place.create;
  if (place.strict_log) options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.listeners.push_back(std::make_shared<Listener>(*this));

  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (int i = 0; i < family_count; ++i)
    families.emplace_back(family_name(family_at(i)), family_options(family_at(i), memory));
  for (const auto& name : unknown_families(options, place.path)) families.emplace_back(name, rocksdb::ColumnFamilyOptions());

  const RecoveryCheck check{place.path, place.accept_loss, place.read_only,
                            [&] { return ask_rocks(options, place.path, families); }};
  if (place.kept_env == nullptr) KGRCA_RETURN_IF_ERROR(check_recovery(check, lost_));  // else a backup, checked by its own sums
  rocksdb::DB* opened = nullptr;
  const auto status = place.read_only ? rocksdb::DB::OpenForReadOnly(options, place.path, families, &families_, &opened)
                                      : rocksdb::DB::Open(options, place.path, families, &families_, &opened);
  db_.reset(opened);
  if (status.ok()) {
    mark_.sequence = db_->GetLatestSequenceNumber();
    if (!read_only_) note_files();
    return core::ok_status();
  }
  const auto error = to_status(status, core::cat("cannot open the database ", place.path));
  // A missing or unreadable file is lost data to whoever reads this; only a full disk mends itself.
  if (error.code() == absl::StatusCode::kUnavailable) return error;
  return core::data_loss(core::cat(core::message_of(error), "; put right what it names and start again, or restore a backup ",
                                   "(kgrca restore)"));
}

Database::~Database() {
  stop();
  if (db_ == nullptr) return;
  synced_.sync();
  for (auto* family : families_) db_->DestroyColumnFamilyHandle(family);
  const auto closed = db_->Close();
  if (!closed.ok()) core::log(core::LogLevel::warning, "store_close_failed", {{"why", closed.ToString()}});
}

core::Status Database::admit() {
  if (read_only_) return core::failed_precondition("the store is open for reading only");
  if (!failed_.ok()) return core::unavailable(core::cat("the store has failed: ", core::message_of(failed_)));
  if (stopping_) return core::unavailable("the store is closing");
  if (out_of_space_) return core::unavailable("disk full: the store takes writes again when space is free");
  return core::ok_status();
}

core::Status Database::commit(rocksdb::WriteBatch& batch, Waiter waiter) {
  {
    const std::lock_guard lock(mutex_);
    KGRCA_RETURN_IF_ERROR(admit());
    ++writing_;
  }
  rocksdb::WriteOptions unsynced;
  unsynced.sync = false;
  const auto status = db_->Write(unsynced, &batch);
  {
    const std::lock_guard lock(mutex_);
    --writing_;
    if (status.ok()) waiting_.push_back(std::move(waiter));
  }
  wake_.notify_one();
  return to_status(status, "store write");
}

rocksdb::WriteBatch Database::take_spare() {
  const std::lock_guard lock(mutex_);
  if (spares_.empty()) return rocksdb::WriteBatch();
  rocksdb::WriteBatch batch = std::move(spares_.back());
  spares_.pop_back();
  return batch;
}

void Database::keep_spare(rocksdb::WriteBatch batch) {
  if (batch.Data().capacity() > spare_bytes_max) return;
  batch.Clear();
  const std::lock_guard lock(mutex_);
  if (spares_.size() < spares_max) spares_.push_back(std::move(batch));
}

void Database::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (committer_.joinable()) committer_.join();
}

void Database::run() {
  pthread_setname_np(pthread_self(), core::cat("kgrca-commit", number_).c_str());
  for (;;) {
    Round round = next_round();
    if (round.recover) {
      recover();
    } else if (!round.waiters.empty()) {
      release(std::move(round.waiters), round.verdict.ok() ? sync() : round.verdict);
    } else if (round.done) {
      note_files();  // logs may have gone since the last flush
      tick();
      return;
    }
    if (files_changed_.exchange(false)) note_files();
    tick_if_due();
  }
}

// Notes which files the database has come to rest on. Both calls only look.
void Database::note_files() {
  std::vector<std::string> files;
  rocksdb::VectorLogPtr logs;
  HighMark mark = mark_;
  if (!db_->GetLiveFiles(files, &mark.manifest_bytes, false).ok() || !db_->GetSortedWalFiles(logs).ok()) return;
  for (const std::string& file : files)
    if (const auto at = file.find("MANIFEST-"); at != std::string::npos)
      mark.manifest = static_cast<std::uint64_t>(core::parse_int(file.substr(at + 9)).value_or(0));
  mark.log = logs.empty() ? 0 : logs.front()->LogNumber();
  mark.log_first = logs.empty() ? 0 : logs.front()->StartSequence();
  if (mark.log_first > mark.sequence) {  // written but not synced: looked at again after the next sync
    mark.log_first = 0;
    files_changed_ = true;
  }
  mark_ = mark;
  synced_.write(mark_);
}

core::Status Database::check_table(Family of, const TableName& table, const rocksdb::Slice& first) {
  const core::Status status = tables_.check(table, *db_, family(of));
  if (status.ok()) return status;
  // A scan that begins inside the table does not need its beginning.
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  for (const auto& file : files)
    if (file.file_number == table.second && file.smallestkey < first.ToString()) return core::ok_status();
  return status;
}

// While RocksDB reports an error nothing is synced: the log may end in a torn record. The waiters stay until it recovers.
Database::Round Database::next_round() {
  std::unique_lock lock(mutex_);
  const auto troubled = [this] { return !background_error_.ok() && failed_.ok(); };
  const auto drained = [this] { return stopping_ && writing_ == 0; };
  wake_.wait_for(lock, idle_wait, [&] { return drained() || (troubled() ? !out_of_space_ : !waiting_.empty()); });
  Round round;
  round.recover = troubled() && !drained();
  if (round.recover) return round;
  round.waiters.swap(waiting_);
  round.done = drained();
  round.verdict = failed_;
  if (troubled()) round.verdict = to_status(background_error_, "the store closes in error");
  return round;
}

// Every waiter was queued after its batch was written, so one sync from here on covers them all; those that arrive
// while it runs wait for the next one.
core::Status Database::sync() {
  const auto begin = SteadyClock::now();
  const std::uint64_t sequence = db_->GetLatestSequenceNumber();
  const auto status = to_status(db_->SyncWAL(), "syncing the write-ahead log");
  hooks_.sync_seconds->observe(std::chrono::duration<double>(SteadyClock::now() - begin).count());
  if (!status.ok()) {
    fail(status);
    return status;
  }
  mark_.sequence = sequence;
  synced_.write(mark_);
  return status;
}

void Database::release(std::vector<Waiter> waiters, const core::Status& verdict) {
  for (auto& waiter : waiters) {
    if (verdict.ok() && waiter.durable) waiter.durable();
    if (waiter.result != nullptr) waiter.result->set_value(verdict);
  }
}

void Database::fail(const core::Status& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!failed_.ok()) return;
    failed_ = why;
  }
  hooks_.on_fatal(core::with_context(why, core::cat("database ", number_)));
}

void Database::report_background_error(const rocksdb::Status& error) {
  core::log(core::LogLevel::error, "store_background_error", {{"database", std::int64_t{number_}}, {"why", error.ToString()}});
  {
    const std::lock_guard lock(mutex_);
    background_error_ = error;
    out_of_space_ = out_of_space_ || error.IsNoSpace();
  }
  wake_.notify_one();
}

// RocksDB has been seen to report a successful resume and to refuse the next write: only a probe write tells.
void Database::recover() {
  {
    const std::lock_guard lock(mutex_);
    if (out_of_space_ && !hooks_.has_space()) return;  // asked again each second
    background_error_ = rocksdb::Status::OK();
  }
  for (int attempt = 0; attempt < probe_attempts; ++attempt) {
    if (resume_and_probe()) {
      const std::lock_guard lock(mutex_);
      background_error_ = rocksdb::Status::OK();
      out_of_space_ = false;
      core::log(core::LogLevel::info, "store_recovered", {{"database", std::int64_t{number_}}});
      return;
    }
    std::this_thread::sleep_for(probe_pause);
  }
  fail(core::internal_error("RocksDB does not recover from its background error: the probe write fails"));
}

bool Database::resume_and_probe() {
  const auto resumed = db_->Resume();
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const std::string probe = tenant_prefix(core::operator_tenant) + keys::identity("probe").bytes();
  return resumed.ok() && db_->Put(synced, family(Family::meta), probe, "1").ok();
}

void Database::tick_if_due() {
  const auto now = SteadyClock::now();
  if (now < next_tick_) return;
  next_tick_ = now + tick_every;
  tick();
}

void Database::tick() {
  written_.look(*this);
  if (hooks_.tick) hooks_.tick();
}

}  // namespace kgrca::store
