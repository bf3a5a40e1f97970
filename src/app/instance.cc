#include "app/instance.h"

#include <sys/stat.h>

#include <filesystem>

#include "app/auth.h"
#include "app/bootstrap.h"
#include "app/build_info.h"
#include "app/memory_shares.h"
#include "app/open_files.h"
#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "kgrca/ingest/routes.h"

namespace kgrca::app {
namespace {

// Long enough for requests that run, short enough for the 5 s of a stop with the lanes' checkpoints after it.
constexpr int drain_ms = 2000;

core::Status make_data_dir(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return core::failed_precondition(core::cat("cannot make the data folder ", path, ": ", error.message(),
                                               "; choose another with --data-dir or KGRCA_DATA_DIR"));
  }
  return core::ok_status();
}

bool is_loopback(std::string_view listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") || listen.starts_with("[::1]:");
}

core::Status disk_status(store::DiskLevel level) {
  switch (level) {
    case store::DiskLevel::plenty: return core::ok_status();
    case store::DiskLevel::no_logs: return core::unavailable("the disk is filling up: logs are refused; free space or enlarge it");
    case store::DiskLevel::no_samples:
      return core::unavailable("the disk is filling up: logs and metric samples are refused; free space or enlarge it");
    case store::DiskLevel::no_normal_events:
      return core::unavailable("the disk is filling up: logs, metric samples and normal events are refused; free space or enlarge it");
    default: return core::unavailable("the store's disk is nearly full: free space or enlarge it");
  }
}

// The address a client on this machine uses for a listener.
std::string reachable(std::string_view listen, int port) {
  std::string_view host = listen.substr(0, listen.rfind(':'));
  if (host.empty() || host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return core::cat(host, ":", port);
}

}  // namespace

Instance::Instance(SettingsFlags flags, core::Settings settings)
    : flags_(std::move(flags)), open_files_(raise_open_files_limit()), started_(settings), settings_(std::move(settings)) {}

Instance::~Instance() { stop(); }

core::StatusOr<std::unique_ptr<Instance>> Instance::start(const SettingsFlags& flags, bool demo) {
  KGRCA_ASSIGN_OR_RETURN(core::Settings settings, load_settings(flags));
  apply_log_settings(settings);
  std::unique_ptr<Instance> instance(new Instance(flags, std::move(settings)));
  KGRCA_ASSIGN_OR_RETURN(instance->data_, load_data_files(instance->settings_.text("config.dir")));
  KGRCA_RETURN_IF_ERROR(instance->open_state(demo));
  KGRCA_RETURN_IF_ERROR(instance->open_listener());
  if (demo) {
    const std::string data_dir = instance->settings_.text("storage.data_dir");
    KGRCA_RETURN_IF_ERROR(write_client_file(data_dir, instance->url(), core::cat(data_dir, "/demo.key")));
  }
  return instance;
}

core::Status Instance::open_state(bool demo) {
  const std::string data_dir = settings_.text("storage.data_dir");
  KGRCA_RETURN_IF_ERROR(make_data_dir(data_dir));
  store::StoreOptions options;
  options.directory = core::cat(data_dir, "/store");
  options.databases = static_cast<int>(settings_.integer("storage.databases"));
  const MemoryShares memory = memory_shares(settings_);
  options.cache_bytes = memory.cache;
  options.memory_bytes = memory.store();
  options.wal_bytes = static_cast<std::size_t>(settings_.integer("storage.wal_bytes"));
  options.reserve_bytes = static_cast<std::uint64_t>(settings_.integer("storage.reserve_bytes"));
  options.accept_loss = settings_.boolean("storage.accept_loss");
  KGRCA_ASSIGN_OR_RETURN(store_, store::Store::open(options, metrics_));
  KGRCA_RETURN_IF_ERROR(check_memory(static_cast<std::uint64_t>(settings_.integer("memory.limit")), store_->databases()));
  show_shares(memory, metrics_);
  KGRCA_ASSIGN_OR_RETURN(tenancy_, tenancy::Tenancy::open(*store_, clock_, settings_.text("auth.pepper_file")));
  KGRCA_RETURN_IF_ERROR(bootstrap(*tenancy_, data_dir, settings_.text("auth.bootstrap_key"), demo));
  backups_ = std::make_unique<BackupRunner>(*store_, backup_options(settings_), clock_, metrics_);
  pipeline::PipelineOptions lanes = pipeline_options(settings_, data_, memory);
  lanes.disk_level = [this] { return store_->disk_level(); };
  KGRCA_ASSIGN_OR_RETURN(pipeline_, pipeline::Pipeline::start(lanes, *tenancy_, clock_, metrics_));
  deletions_ = std::make_unique<TenantDeletions>(*tenancy_, *pipeline_);
  return core::ok_status();
}

// As the settings say, with no more connections than open files allow.
net::ServerOptions Instance::listener_options(const core::Settings& settings) const {
  net::ServerOptions options = server_options(settings);
  const int wanted = options.max_connections;
  options.max_connections = connections_within(wanted, open_files_, store_->databases());
  if (options.max_connections < wanted) {
    core::log(core::LogLevel::warning, "connections_limited",
              {{"server.max_connections", wanted}, {"taken", options.max_connections}, {"open_files", open_files_},
               {"mend", "raise the limit of open files (ulimit -n, LimitNOFILE), or lower server.max_connections"}});
  }
  return options;
}

core::Status Instance::open_listener() {
  const net::ServerOptions options = listener_options(settings_);
  const std::string shown = options.listen.empty() ? core::cat("https://", options.tls_listen) : core::cat("http://", options.listen);
  const net::Authenticate authenticate = make_authenticate(*tenancy_, settings_.text("storage.data_dir"), shown);
  auto started = net::Server::start(options, routes(settings_, data_), authenticate, metrics_);
  if (absl::IsUnavailable(started.status())) {
    return core::unavailable(core::cat(core::message_of(started.status()),
                                       "; another program may hold the port: stop it or choose another with --listen"));
  }
  if (!started.ok()) return started.status();
  server_ = *std::move(started);
  if (!options.listen.empty() && !is_loopback(options.listen)) {
    core::log(core::LogLevel::warning, "listening_without_tls",
              {{"listen", options.listen},
               {"mend", "API keys cross the network in the clear: set server.tls_listen, or put a TLS proxy in front"}});
  }
  return core::ok_status();
}

std::vector<net::Route> Instance::routes(const core::Settings& settings, const DataFiles& data) {
  ingest::IngestContext in;
  in.pipeline = pipeline_.get();
  in.clock = &clock_;
  in.metrics = &metrics_;
  in.taxonomy = data.taxonomy;
  in.native_body_bytes = static_cast<std::size_t>(settings.integer("ingest.native_body_bytes"));
  in.otlp_body_bytes = static_cast<std::size_t>(settings.integer("ingest.otlp_body_bytes"));
  api::ApiContext out;
  out.tenancy = tenancy_.get();
  out.pipeline = pipeline_.get();
  out.clock = &clock_;
  out.metrics = &metrics_;
  out.taxonomy = data.taxonomy;
  out.advice = data.advice;
  out.ready = [this] { return ready(); };
  out.checks = [this] { return checks(); };
  out.delete_tenant = [this](std::string_view name, std::string_view by) { return deletions_->begin(name, by); };
  out.reload = [this] { return reload(); };
  out.backups = [this] { return backups_->state(); };
  out.begin_backup = [this] { return backups_->begin(); };
  out.version = std::string(version());
  std::vector<net::Route> joined = ingest::routes(in);
  for (net::Route& route : api::routes(out)) joined.push_back(std::move(route));
  api::add_openapi_route(joined, out.version);
  return joined;
}

std::vector<api::Check> Instance::checks() const {
  std::vector<api::Check> out;
  out.push_back({"running", stopping_ ? core::unavailable("the server is stopping") : core::ok_status(), ""});
  const std::uint64_t used = store_->disk_bytes();
  out.push_back({"store_space",
                 disk_status(store_->disk_level()),
                 core::cat(core::format_fixed(static_cast<double>(used) / (1 << 20), 1), " MiB used by the store")});
  const std::string lost = store_->lost();
  out.push_back({"store_complete", lost.empty() ? core::ok_status() : core::data_loss(core::cat("started without writes: ", lost)), ""});
  out.push_back({"tenants", core::ok_status(), core::cat(tenancy_->tenants().size(), " known, ",
                                                         pipeline_->stats().tenants_loaded, " loaded")});
  return out;
}

core::Status Instance::ready() const {
  if (stopping_) return core::unavailable("the server is stopping");
  if (!store_->has_space()) return core::unavailable("the store's disk is nearly full: free space or enlarge it");
  return core::ok_status();
}

std::string Instance::url() const {
  if (server_->port() != 0) return core::cat("http://", reachable(started_.text("server.listen"), server_->port()));
  return core::cat("https://", reachable(started_.text("server.tls_listen"), server_->tls_port()));
}

void Instance::stop() {
  if (stopping_.exchange(true)) return;
  if (server_) server_->stop(drain_ms);
  if (backups_) backups_->stop();
  if (deletions_) deletions_->stop();
  if (pipeline_) pipeline_->stop();
  if (store_) store_->close();
}

}  // namespace kgrca::app
