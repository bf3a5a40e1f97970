#include "app/server_options.h"

#include <algorithm>
#include <thread>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr std::size_t fingerprint_bytes = 32;  // in memory

int threads_or_cores(std::int64_t threads) {
  if (threads > 0) return static_cast<int>(threads);
  return std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

core::LogLevel level_of(std::string_view name) {
  if (name == "debug") return core::LogLevel::debug;
  if (name == "warning") return core::LogLevel::warning;
  return name == "error" ? core::LogLevel::error : core::LogLevel::info;
}

}  // namespace

void apply_log_settings(const core::Settings& settings) {
  core::set_log_level(level_of(settings.text("log.level")));
  core::set_log_format(settings.text("log.format") == "logfmt" ? core::LogFormat::logfmt : core::LogFormat::json);
}

pipeline::PipelineOptions pipeline_options(const core::Settings& settings, const DataFiles& data, const MemoryShares& memory) {
  pipeline::PipelineOptions options;
  options.lane.taxonomy = data.taxonomy;
  options.lane.rules = data.rules;
  options.mask_patterns = settings.list("mask.patterns");
  options.lane.checkpoint_interval = settings.duration("engine.checkpoint_interval");
  options.lane.live.resources = static_cast<std::size_t>(settings.integer("engine.resources_max"));
  options.threads = threads_or_cores(0);
  options.tenant_queue_bytes = static_cast<std::size_t>(settings.integer("ingest.tenant_queue_bytes"));
  options.tenant_queue_records = static_cast<std::size_t>(settings.integer("ingest.tenant_queue_records"));
  options.queue_bytes = std::min(static_cast<std::size_t>(settings.integer("ingest.queue_bytes")), memory.queues);
  options.lane_bytes = memory.lanes;
  // One tenant may use the lanes' share alone, of it an eighth for fingerprints and another for the engine and recent events.
  options.lane.live.bytes = memory.lanes / 4 * 3;
  options.lane.fingerprints = std::min(options.lane.fingerprints, memory.lanes / 8 / fingerprint_bytes);
  options.evict_after = settings.duration("engine.evict_after");
  return options;
}

// A pepper that lies beside the store goes with it: without it nobody gets in. One that was put elsewhere stays apart.
store::BackupOptions backup_options(const core::Settings& settings) {
  store::BackupOptions options;
  options.directory = settings.text("storage.backup_dir");
  options.keep = static_cast<int>(settings.integer("storage.backup_keep"));
  options.bytes_per_second = static_cast<std::uint64_t>(settings.integer("storage.backup_bytes_per_second"));
  const std::string pepper = settings.text("auth.pepper_file");
  if (pepper.starts_with(core::cat(settings.text("storage.data_dir"), "/"))) options.files = {{"pepper", pepper}};
  return options;
}

net::ServerOptions server_options(const core::Settings& settings) {
  net::ServerOptions options;
  options.listen = settings.text("server.listen");
  options.tls_listen = settings.text("server.tls_listen");
  options.tls_certificate_file = settings.text("server.tls_certificate");
  options.tls_key_file = settings.text("server.tls_key");
  options.io_threads = static_cast<int>(settings.integer("server.io_threads"));
  options.work_threads = threads_or_cores(settings.integer("server.work_threads"));
  options.long_threads = options.work_threads;
  options.max_connections = static_cast<int>(settings.integer("server.max_connections"));
  return options;
}

}  // namespace kgrca::app
