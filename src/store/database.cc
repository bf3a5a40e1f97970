#include "store/database.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "store/rocks_status.h"

namespace kgrca::store {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr auto idle_wait = std::chrono::seconds(1);
constexpr auto tick_every = std::chrono::seconds(5);
constexpr int probe_attempts = 5;
constexpr auto probe_pause = std::chrono::milliseconds(200);

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

}  // namespace

class Database::Listener final : public rocksdb::EventListener {
 public:
  explicit Listener(Database& database) : database_(database) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    database_.report_background_error(*error);
  }
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
  options.listeners.push_back(std::make_shared<Listener>(*this));

  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (int i = 0; i < family_count; ++i)
    families.emplace_back(family_name(family_at(i)), family_options(family_at(i), memory));
  for (const auto& name : unknown_families(options, place.path)) families.emplace_back(name, rocksdb::ColumnFamilyOptions());

  rocksdb::DB* opened = nullptr;
  const auto status = place.read_only ? rocksdb::DB::OpenForReadOnly(options, place.path, families, &families_, &opened)
                                      : rocksdb::DB::Open(options, place.path, families, &families_, &opened);
  db_.reset(opened);
  if (status.ok()) return core::ok_status();
  const auto error = to_status(status, core::cat("cannot open the database ", place.path));
  // A missing or unreadable file is lost data to whoever reads this; only a full disk mends itself.
  if (error.code() == absl::StatusCode::kUnavailable) return error;
  return core::data_loss(core::message_of(error));
}

Database::~Database() {
  stop();
  if (db_ == nullptr) return;
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
      tick();
      return;
    }
    tick_if_due();
  }
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
  const auto status = to_status(db_->SyncWAL(), "syncing the write-ahead log");
  hooks_.sync_seconds->observe(std::chrono::duration<double>(SteadyClock::now() - begin).count());
  if (!status.ok()) fail(status);
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
  const std::string probe = std::string(4, '\0') + keys::identity("probe").bytes();  // the operator's tenant
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
