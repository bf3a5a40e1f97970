// Backups of a running server: one at a time, on a thread of its own.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "kgrca/api/routes.h"
#include "kgrca/core/metrics.h"
#include "kgrca/core/time.h"
#include "kgrca/store/backup.h"

namespace kgrca::app {

// Thread-safe.
class BackupRunner {
 public:
  // `options.go_on` is the runner's. The store must outlive it.
  BackupRunner(store::Store& store, store::BackupOptions options, const core::Clock& clock, core::Metrics& metrics);
  ~BackupRunner();  // ends a running backup
  BackupRunner(const BackupRunner&) = delete;
  BackupRunner& operator=(const BackupRunner&) = delete;

  // already_exists: one is running; failed_precondition: no folder is set; unavailable: the server stops.
  core::Status begin();
  core::StatusOr<api::BackupState> state() const;
  void stop();

 private:
  void run();

  store::Store& store_;
  store::BackupOptions options_;
  const core::Clock& clock_;
  core::Counter& done_;
  core::Counter& failed_;
  core::Gauge& newest_;
  core::Gauge& bytes_;
  std::atomic<std::uint64_t> copied_{0};
  std::atomic<bool> stopping_{false};

  mutable std::mutex mutex_;  // guards the rest
  bool running_ = false;
  core::Time begun_{};
  std::string error_;         // of the last one
  std::thread thread_;
};

}  // namespace kgrca::app
