// Taking new settings, data files and certificates over while the server runs: all of it or nothing.
#include "app/instance.h"
#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

std::vector<std::string> differing(const core::Settings& a, const core::Settings& b, bool reloadable) {
  std::vector<std::string> names;
  for (const core::SettingSpec& spec : core::setting_table()) {
    if (spec.reloadable == reloadable && a.text(spec.name) != b.text(spec.name)) names.emplace_back(spec.name);
  }
  return names;
}

api::ReloadReport report_of(const core::Settings& started, const core::Settings& old, const core::Settings& fresh,
                            const DataFiles& old_data, const DataFiles& fresh_data) {
  api::ReloadReport report;
  report.changed = differing(old, fresh, true);
  for (const auto& [name, digest] : fresh_data.digests) {
    const auto before = old_data.digests.find(name);
    if (before == old_data.digests.end() || before->second != digest) report.changed.push_back(name);
  }
  report.restart_needed = differing(started, fresh, false);
  return report;
}

}  // namespace

core::StatusOr<api::ReloadReport> Instance::reload() {
  const std::lock_guard lock(reloading_);
  core::StatusOr<api::ReloadReport> report = take_over();
  metrics_.gauge("kgrca_reload_success", "1 when the last reload was taken over.").set(report.ok() ? 1 : 0);
  if (!report.ok()) {
    const std::string reason = core::message_of(report.status());
    core::log(core::LogLevel::error, "reload_refused", {{"reason", reason}});
    return core::invalid_argument(core::cat("the old settings stay: ", reason));
  }
  metrics_.gauge("kgrca_reload_success_timestamp_seconds", "When the last reload was taken over, in Unix time.")
      .set(core::to_seconds(clock_.now().time_since_epoch()));
  const std::string changed = core::join(report->changed, ",");
  const std::string waiting = core::join(report->restart_needed, ",");
  core::log(waiting.empty() ? core::LogLevel::info : core::LogLevel::warning, "reloaded",
            {{"changed", changed}, {"restart_needed", waiting}});
  return report;
}

// Everything is read and checked before the first part changes.
core::StatusOr<api::ReloadReport> Instance::take_over() {
  KGRCA_ASSIGN_OR_RETURN(core::Settings fresh, load_settings(flags_));
  KGRCA_ASSIGN_OR_RETURN(DataFiles data, load_data_files(fresh.text("config.dir")));
  const pipeline::PipelineOptions lanes = pipeline_options(fresh, data, memory_shares(started_));
  KGRCA_RETURN_IF_ERROR(pipeline::Pipeline::check(lanes));
  const net::ServerOptions listener = listener_options(fresh);
  net::ServerReload routes_and_limits;
  routes_and_limits.routes = routes(fresh, data);
  routes_and_limits.tls_certificate_file = listener.tls_certificate_file;
  routes_and_limits.tls_key_file = listener.tls_key_file;
  routes_and_limits.max_connections = listener.max_connections;
  KGRCA_RETURN_IF_ERROR(server_->reload(std::move(routes_and_limits)));
  KGRCA_RETURN_IF_ERROR(pipeline_->reload(lanes));
  apply_log_settings(fresh);
  api::ReloadReport report = report_of(started_, settings_, fresh, data_, data);
  settings_ = std::move(fresh);
  data_ = std::move(data);
  return report;
}

}  // namespace kgrca::app
