// One running server: store, tenants, lanes, listener, wired together.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/backup_runner.h"
#include "app/server_options.h"
#include "app/settings_flags.h"
#include "app/tenant_deletions.h"
#include "kgrca/api/routes.h"
#include "kgrca/core/metrics.h"
#include "kgrca/core/settings.h"
#include "kgrca/net/server.h"
#include "kgrca/pipeline/pipeline.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::app {

class Instance {
 public:
  // Errors are one line for people: which port is taken, which folder cannot be written, who holds the store.
  static core::StatusOr<std::unique_ptr<Instance>> start(const SettingsFlags& flags, bool demo);
  ~Instance();

  // "http://127.0.0.1:8080"; https when there is no plain listener.
  std::string url() const;
  // Takes over reloadable settings, data files and certificates; on error everything stays as it was. Thread-safe.
  core::StatusOr<api::ReloadReport> reload();
  core::Metrics& metrics() { return metrics_; }
  // Readiness off, requests drained, lanes checkpointed, store synced. Within 5 s at bench load. Idempotent.
  void stop();

 private:
  Instance(SettingsFlags flags, core::Settings settings);
  core::Status open_state(bool demo);
  core::Status open_listener();
  core::StatusOr<api::ReloadReport> take_over();
  net::ServerOptions listener_options(const core::Settings& settings) const;
  std::vector<net::Route> routes(const core::Settings& settings, const DataFiles& data);
  core::Status ready() const;
  std::vector<api::Check> checks() const;

  const SettingsFlags flags_;
  const int open_files_;          // the process may hold so many
  const core::Settings started_;  // those that need a restart are in force as they stand here
  std::mutex reloading_;
  core::Settings settings_;       // guarded by reloading_ once the server runs
  DataFiles data_;                // as settings_
  core::SystemClock clock_;
  core::Metrics metrics_;
  std::atomic<bool> stopping_{false};
  // In the order of dependence: the last one made goes first.
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tenancy::Tenancy> tenancy_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<BackupRunner> backups_;
  std::unique_ptr<TenantDeletions> deletions_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace kgrca::app
