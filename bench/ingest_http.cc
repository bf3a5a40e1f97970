// How many events of the bench mix does the real server take over HTTP, durable and linked, per CPU-second of its own?
//   bench_ingest_http --server build/release/kgrca [--rows one,many,single,latency] [--events 600000] [--seconds 90]
//                     [--pods 20000] [--json FILE]
// Rows: bench/mix.md. Each row has a server and a store of its own.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>

#include "kgrca/core/strings.h"
#include "kgrca/wire/json.h"
#include "server_process.h"

namespace {

using namespace kgrca;

struct Options {
  std::string server;
  std::string rows = "one,many,single,latency";
  std::uint64_t events = 600'000;
  double seconds = 90;          // bound of one row
  std::size_t pods = 20'000;    // of all tenants together
  std::string json;
};

struct Scenario {
  std::string name;
  std::size_t tenants = 1;
  std::size_t body_bytes = 1 << 20;   // 0: one event
  std::size_t connections = 2;
  std::uint64_t events = 0;
  double rate = 0;                    // events per second of wall time; 0: as fast as it goes
  std::size_t probes = 0;
};

struct Result {
  std::string name;
  std::uint64_t events = 0;
  double wall_s = 0;
  double cpu_s = 0;
  double keys_per_event = 0;
  double links_per_warning = 0;
  double rss_mib = 0;
  double p50_ms = 0;                  // of one POST
  double p99_ms = 0;
  std::uint64_t retries = 0;
  std::vector<double> visible_ms;     // event in -> incident visible, sorted
  std::size_t unseen = 0;             // probes that no incident named within two seconds
};

struct Tenant {
  Tenant(std::size_t pods, std::size_t nodes, const bench::MixOptions& options)
      : world(bench::make_world(pods, nodes, options.seed)), mix(world, options) {}
  bench::World world;
  std::mutex mutex;                   // guards mix
  bench::Mix mix;
  std::string key;
};

double quantile(std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(q * static_cast<double>(sorted.size())))];
}

class Run {
 public:
  Run(const Options& options, Scenario scenario) : options_(options), scenario_(std::move(scenario)) {}

  core::StatusOr<Result> go();

 private:
  core::Status prepare();
  void send_all(std::size_t connection);
  core::Status send_loop(std::size_t connection, std::vector<double>& latencies);
  core::Status probe_loop();
  core::Status count(Result& result);
  void fail(const core::Status& status);
  void keep_pace(std::uint64_t sent) const;

  const Options& options_;
  Scenario scenario_;
  std::unique_ptr<bench::ServerProcess> server_;
  std::vector<std::unique_ptr<Tenant>> tenants_;
  double begin_ = 0;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> retries_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;                  // guards the next two
  std::vector<double> latencies_;
  core::Status failed_;
  std::vector<double> visible_;       // the probing thread's
  std::size_t unseen_ = 0;
};

core::Status Run::prepare() {
  KGRCA_ASSIGN_OR_RETURN(server_, bench::ServerProcess::start(options_.server));
  // An hour of stream time fits before the present: nothing of it lies in the future.
  const core::Time start = core::SystemClock().now() - std::chrono::hours(1);
  KGRCA_ASSIGN_OR_RETURN(net::Client client, net::Client::make({.url = server_->url(), .ca_file = {}}));
  for (std::size_t i = 0; i < scenario_.tenants; ++i) {
    const std::size_t pods = options_.pods / scenario_.tenants;
    // All tenants together advance as one alone does.
    const bench::MixOptions mix{.seed = i + 1, .start = start, .events_per_second = 2000.0 / static_cast<double>(scenario_.tenants)};
    tenants_.push_back(std::make_unique<Tenant>(pods, std::max<std::size_t>(pods / 100, 2), mix));
    KGRCA_ASSIGN_OR_RETURN(tenants_[i]->key, server_->make_tenant(core::cat("bench-", i)));
    for (const std::string& body : bench::snapshot_bodies(tenants_[i]->world, start - std::chrono::minutes(30), 1 << 20))
      KGRCA_RETURN_IF_ERROR(bench::call(client, net::Method::post, "/api/v1/ingest/state", tenants_[i]->key, body, "application/x-ndjson").status());
  }
  return core::ok_status();
}

void Run::fail(const core::Status& status) {
  const std::lock_guard lock(mutex_);
  if (failed_.ok()) failed_ = status;
  stop_ = true;
}

void Run::keep_pace(std::uint64_t sent) const {
  if (scenario_.rate <= 0) return;
  const double ahead = static_cast<double>(sent) / scenario_.rate - (bench::wall_seconds() - begin_);
  if (ahead > 0) std::this_thread::sleep_for(std::chrono::duration<double>(ahead));
}

// A connection serves its share of the tenants in turn; with fewer tenants than connections they share one.
core::Status Run::send_loop(std::size_t connection, std::vector<double>& latencies) {
  KGRCA_ASSIGN_OR_RETURN(net::Client client, net::Client::make({.url = server_->url(), .ca_file = {}}));
  std::string body;
  for (std::size_t turn = connection; !stop_ && sent_ < scenario_.events && bench::wall_seconds() - begin_ < options_.seconds;
       turn += scenario_.connections) {
    Tenant& tenant = *tenants_[turn % tenants_.size()];
    body.clear();
    std::size_t lines = 1;
    {
      const std::lock_guard lock(tenant.mutex);
      if (scenario_.body_bytes == 0) tenant.mix.append(body);
      else lines = tenant.mix.append_body(body, scenario_.body_bytes);
    }
    const double before = bench::wall_seconds();
    core::Status status = core::ok_status();
    for (int attempt = 0; attempt < 20; ++attempt) {
      status = bench::call(client, net::Method::post, "/api/v1/ingest/k8s-events", tenant.key, body, "application/x-ndjson").status();
      if (!absl::IsUnavailable(status)) break;
      ++retries_;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    KGRCA_RETURN_IF_ERROR(status);
    latencies.push_back((bench::wall_seconds() - before) * 1e3);
    keep_pace(sent_ += lines);
  }
  return core::ok_status();
}

void Run::send_all(std::size_t connection) {
  std::vector<double> latencies;
  const core::Status status = send_loop(connection, latencies);
  if (!status.ok()) fail(status);
  const std::lock_guard lock(mutex_);
  latencies_.insert(latencies_.end(), latencies.begin(), latencies.end());
}

// Sends a root with its symptoms every half second and asks until the list of incidents names it.
core::Status Run::probe_loop() {
  KGRCA_ASSIGN_OR_RETURN(net::Client sender, net::Client::make({.url = server_->url(), .ca_file = {}}));
  KGRCA_ASSIGN_OR_RETURN(net::Client reader, net::Client::make({.url = server_->url(), .ca_file = {}}));
  Tenant& tenant = *tenants_[0];
  for (std::size_t i = 0; i < scenario_.probes && !stop_; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    std::string name;
    std::string body;
    {
      const std::lock_guard lock(tenant.mutex);
      body = tenant.mix.probe_body(name);
    }
    const double sent = bench::wall_seconds();
    KGRCA_RETURN_IF_ERROR(bench::call(sender, net::Method::post, "/api/v1/ingest/k8s-events", tenant.key, body, "application/x-ndjson").status());
    while (true) {
      KGRCA_ASSIGN_OR_RETURN(const std::string list, bench::call(reader, net::Method::get, "/api/v1/incidents?limit=20", tenant.key, {}));
      const double waited = bench::wall_seconds() - sent;
      if (list.find(name) != std::string::npos) {
        visible_.push_back(waited * 1e3);
        break;
      }
      if (waited > 2) {
        ++unseen_;
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  stop_ = true;
  return core::ok_status();
}

core::Status Run::count(Result& result) {
  KGRCA_ASSIGN_OR_RETURN(net::Client client, net::Client::make({.url = server_->url(), .ca_file = {}}));
  double links = 0;
  double warnings = 0;
  for (const auto& tenant : tenants_) {
    KGRCA_ASSIGN_OR_RETURN(const std::string text, bench::call(client, net::Method::get, "/api/v1/stats", tenant->key, {}));
    wire::JsonDocument document;
    KGRCA_ASSIGN_OR_RETURN(const wire::JsonValue stats, document.parse(text));
    links += static_cast<double>(stats["graph"]["links"]["total"].integer().value_or(0));
    for (const char* severity : {"WARNING", "ERROR", "FATAL"})
      warnings += static_cast<double>(stats["graph"]["by_severity"][severity].integer().value_or(0));
  }
  result.links_per_warning = warnings > 0 ? links / warnings : 0;
  return core::ok_status();
}

core::StatusOr<Result> Run::go() {
  KGRCA_RETURN_IF_ERROR(prepare());
  KGRCA_ASSIGN_OR_RETURN(const std::string before, server_->metrics());
  const double cpu_before = server_->cpu_seconds();
  begin_ = bench::wall_seconds();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < scenario_.connections; ++i) threads.emplace_back([this, i] { send_all(i); });
  if (scenario_.probes > 0) {
    if (core::Status status = probe_loop(); !status.ok()) fail(status);
  }
  for (std::thread& thread : threads) thread.join();
  Result result;
  result.name = scenario_.name;
  result.wall_s = bench::wall_seconds() - begin_;
  KGRCA_RETURN_IF_ERROR(failed_);
  // What the store still does in the background belongs to these events.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  result.cpu_s = server_->cpu_seconds() - cpu_before;
  result.rss_mib = server_->rss_mib();
  result.events = sent_;
  KGRCA_ASSIGN_OR_RETURN(const std::string after, server_->metrics());
  constexpr std::string_view keys = "kgrca_store_keys_written_total";
  result.keys_per_event = (bench::metric(after, keys) - bench::metric(before, keys)) / static_cast<double>(result.events);
  KGRCA_RETURN_IF_ERROR(count(result));
  std::sort(latencies_.begin(), latencies_.end());
  std::sort(visible_.begin(), visible_.end());
  result.p50_ms = quantile(latencies_, 0.5);
  result.p99_ms = quantile(latencies_, 0.99);
  result.retries = retries_;
  result.visible_ms = visible_;
  result.unseen = unseen_;
  return result;
}

void print_row(const Result& r) {
  const auto events = static_cast<double>(r.events);
  std::printf("%-26s %9.0f %7.1f %9.0f %8.2f %10.0f %6.2f %7.2f %6.0f %8.2f %8.2f %5llu\n", r.name.c_str(), events, r.wall_s, events / r.wall_s,
              r.cpu_s, events / r.cpu_s, r.keys_per_event, r.links_per_warning, r.rss_mib, r.p50_ms, r.p99_ms,
              static_cast<unsigned long long>(r.retries));
  std::fflush(stdout);
}

std::string json_of(Result& r) {
  char text[700];
  std::snprintf(text, sizeof text,
                "{\"row\":\"%s\",\"events\":%llu,\"wall_s\":%.3f,\"server_cpu_s\":%.3f,\"events_per_cpu_s\":%.0f,\"keys_per_event\":%.3f,"
                "\"links_per_warning\":%.3f,\"rss_mib\":%.1f,\"post_p50_ms\":%.3f,\"post_p99_ms\":%.3f,\"retries\":%llu,"
                "\"visible_p50_ms\":%.3f,\"visible_p99_ms\":%.3f,\"probes_seen\":%zu,\"probes_unseen\":%zu}",
                r.name.c_str(), static_cast<unsigned long long>(r.events), r.wall_s, r.cpu_s, static_cast<double>(r.events) / r.cpu_s,
                r.keys_per_event, r.links_per_warning, r.rss_mib, r.p50_ms, r.p99_ms, static_cast<unsigned long long>(r.retries),
                quantile(r.visible_ms, 0.5), quantile(r.visible_ms, 0.99), r.visible_ms.size(), r.unseen);
  return text;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (i + 1 >= argc) {
      std::fprintf(stderr, "%s needs a value, or is no option\n", argv[i]);
      std::exit(2);
    }
    const char* value = argv[++i];
    if (flag == "--server") options.server = value;
    else if (flag == "--rows") options.rows = value;
    else if (flag == "--events") options.events = std::strtoull(value, nullptr, 10);
    else if (flag == "--seconds") options.seconds = std::atof(value);
    else if (flag == "--pods") options.pods = std::strtoull(value, nullptr, 10);
    else if (flag == "--json") options.json = value;
    else {
      std::fprintf(stderr, "unknown option %s\n", flag.c_str());
      std::exit(2);
    }
  }
  return options;
}

Scenario scenario_of(std::string_view row, const Options& options, double full_rate) {
  if (row == "many") return {.name = "64 tenants, 64 KiB bodies", .tenants = 64, .body_bytes = 64 << 10, .connections = 16, .events = options.events};
  if (row == "single") return {.name = "1 tenant, 1 event a POST", .body_bytes = 0, .connections = 32, .events = options.events / 6};
  if (row == "latency")
    return {.name = "1 tenant, half load", .body_bytes = 32 << 10, .connections = 2, .events = ~std::uint64_t{0}, .rate = full_rate / 2, .probes = 60};
  return {.name = "1 tenant, 1 MB bodies", .events = options.events};
}

// The same events through the parts alone, in this process.
core::Status print_ceiling(const Options& options, std::vector<std::string>& json) {
  bench::PartsOptions parts_options;
  parts_options.events = std::min<std::uint64_t>(options.events, 200'000);
  parts_options.pods = options.pods;
  KGRCA_ASSIGN_OR_RETURN(const bench::Parts parts, bench::measure_parts(parts_options));
  const auto events = static_cast<double>(parts.events);
  std::printf("ceiling of the parts, events per CPU-second: decode %.0f, lane %.0f, decode and lane %.0f, store with as many keys %.0f\n",
              events / parts.decode_s, events / parts.lane_all_s, events / (parts.decode_s + parts.lane_all_s), events / parts.store_s);
  char text[300];
  std::snprintf(text, sizeof text, "{\"row\":\"ceiling\",\"decode\":%.0f,\"lane\":%.0f,\"decode_and_lane\":%.0f,\"store\":%.0f}",
                events / parts.decode_s, events / parts.lane_all_s, events / (parts.decode_s + parts.lane_all_s), events / parts.store_s);
  json.emplace_back(text);
  return core::ok_status();
}

core::Status run_rows(const Options& options, std::vector<std::string>& json) {
  double full_rate = 20'000;  // until the first row says better
  std::printf("%-26s %9s %7s %9s %8s %10s %6s %7s %6s %8s %8s %5s\n", "row", "events", "wall s", "events/s", "CPU s", "ev/CPU-s", "keys/e",
              "links/w", "MiB", "p50 ms", "p99 ms", "503");
  for (const std::string_view row : core::split(options.rows, ',')) {
    Run run(options, scenario_of(row, options, full_rate));
    KGRCA_ASSIGN_OR_RETURN(Result result, run.go());
    if (row == "one") full_rate = static_cast<double>(result.events) / result.wall_s;
    print_row(result);
    if (!result.visible_ms.empty())
      std::printf("  event in -> incident visible: p50 %.1f ms, p99 %.1f ms, %zu probes seen, %zu not, at %.0f events/s\n",
                  quantile(result.visible_ms, 0.5), quantile(result.visible_ms, 0.99), result.visible_ms.size(), result.unseen,
                  full_rate / 2);
    json.push_back(json_of(result));
  }
  return print_ceiling(options, json);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  std::vector<std::string> json;
  const core::Status status = run_rows(options, json);
  if (!options.json.empty()) std::ofstream(options.json) << "[" << core::join(json, ",\n") << "]\n";
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
