// One running server: store, tenants, lanes, listener, wired together.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "app/settings_flags.h"
#include "kgrca/api/routes.h"
#include "kgrca/core/metrics.h"
#include "kgrca/core/settings.h"
#include "kgrca/net/server.h"
#include "kgrca/pipeline/pipeline.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::app {

// The data files, from --config-dir or embedded.
struct DataFiles {
  std::shared_ptr<const model::Taxonomy> taxonomy;
  std::shared_ptr<const rca::Rules> rules;
  std::shared_ptr<const api::Advice> advice;
};
core::StatusOr<DataFiles> load_data_files(const std::string& config_dir);

class Instance {
 public:
  // Errors are one line for people: which port is taken, which folder cannot be written, who holds the store.
  static core::StatusOr<std::unique_ptr<Instance>> start(const SettingsFlags& flags, bool demo);
  ~Instance();

  // "http://127.0.0.1:8080"; https when there is no plain listener.
  std::string url() const;
  // Takes over reloadable settings and certificates; on error everything stays as it was.
  core::Status reload();
  core::Metrics& metrics() { return metrics_; }
  // Readiness off, requests drained, lanes checkpointed, store synced. Within 5 s at bench load. Idempotent.
  void stop();

 private:
  Instance(SettingsFlags flags, core::Settings settings);
  core::Status open_state(bool demo);
  core::Status open_listener();
  std::vector<net::Route> routes();
  core::Status ready() const;
  std::vector<api::Check> checks() const;

  SettingsFlags flags_;
  core::Settings settings_;
  DataFiles data_;
  core::SystemClock clock_;
  core::Metrics metrics_;
  std::atomic<bool> stopping_{false};
  // In the order of dependence: the last one made goes first.
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tenancy::Tenancy> tenancy_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace kgrca::app
