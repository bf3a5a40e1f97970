#include "app/backup_runner.h"

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr std::string_view total_help = "Backups of the store by how they ended.";

}  // namespace

BackupRunner::BackupRunner(store::Store& store, store::BackupOptions options, const core::Clock& clock, core::Metrics& metrics)
    : store_(store),
      options_(std::move(options)),
      clock_(clock),
      done_(metrics.counter("kgrca_backups_total", std::string(total_help), {{"outcome", "done"}})),
      failed_(metrics.counter("kgrca_backups_total", std::string(total_help), {{"outcome", "failed"}})),
      newest_(metrics.gauge("kgrca_backup_newest_timestamp_seconds", "When the newest backup of this process began; 0: none yet.")),
      bytes_(metrics.gauge("kgrca_backup_bytes", "Bytes of the files that the newest backup of this process needs.")) {
  options_.go_on = [this](std::uint64_t copied) {
    copied_ = copied;
    return !stopping_;
  };
}

BackupRunner::~BackupRunner() { stop(); }

core::Status BackupRunner::begin() {
  if (options_.directory.empty()) return core::failed_precondition("no folder for backups is set: set storage.backup_dir and start again");
  const std::lock_guard lock(mutex_);
  if (running_) return core::already_exists("a backup is running; GET /api/v1/admin/backups tells when it is done");
  if (stopping_) return core::unavailable("the server is stopping");
  if (thread_.joinable()) thread_.join();
  running_ = true;
  begun_ = clock_.now();
  copied_ = 0;
  error_.clear();
  thread_ = std::thread([this] { run(); });
  return core::ok_status();
}

void BackupRunner::run() {
  const auto set = store::back_up(store_, options_, clock_.now());
  const std::lock_guard lock(mutex_);
  running_ = false;
  if (!set.ok()) {
    failed_.add();
    error_ = core::message_of(set.status());
    core::log(core::LogLevel::error, "backup_failed", {{"why", std::string_view(error_)}});
    return;
  }
  done_.add();
  newest_.set(core::to_seconds(set->at.time_since_epoch()));
  bytes_.set(static_cast<double>(set->bytes));
  core::log(core::LogLevel::info, "backup_done", {{"id", std::int64_t{set->id}}, {"bytes", static_cast<std::int64_t>(set->bytes)}});
}

core::StatusOr<api::BackupState> BackupRunner::state() const {
  api::BackupState out;
  if (!options_.directory.empty()) {
    KGRCA_ASSIGN_OR_RETURN(out.sets, store::list_backups(options_.directory));
  }
  const std::lock_guard lock(mutex_);
  out.running = running_;
  out.begun = begun_;
  out.copied_bytes = copied_;
  out.error = error_;
  return out;
}

void BackupRunner::stop() {
  std::thread running;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    running = std::move(thread_);
  }
  if (running.joinable()) running.join();
}

}  // namespace kgrca::app
