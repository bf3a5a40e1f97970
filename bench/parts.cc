#include "parts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <absl/container/flat_hash_set.h>

#include "kgrca/core/manual_clock.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/records.h"

namespace kgrca::bench {
namespace {

// One tenant with its own store.
struct Home {
  TempDir directory;
  core::Metrics metrics;
  core::ManualClock clock;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<tenancy::Tenancy> tenancy;
  core::TenantNumber tenant{};

  core::Status open() {
    store::StoreOptions options;
    options.directory = core::cat(directory.path(), "/store");
    options.databases = 1;
    KGRCA_ASSIGN_OR_RETURN(store, store::Store::open(options, metrics));
    KGRCA_ASSIGN_OR_RETURN(tenancy, tenancy::Tenancy::open(*store, clock, core::cat(directory.path(), "/pepper")));
    KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant made, tenancy->create_tenant("bench"));
    tenant = made.number;
    return core::ok_status();
  }
  core::StatusOr<store::TenantView> view() const { return tenancy->view(tenant, tenancy::SystemJob::eval); }
};

// The stream of one run, decoded batch by batch.
class Feed {
 public:
  Feed(const PartsOptions& options, normalize::Context context)
      : options_(options),
        context_(std::move(context)),
        start_(context_.received - std::chrono::hours(1)),
        world_(make_world(options.pods, options.nodes, options.seed)),
        mix_(world_, MixOptions{.seed = options.seed, .start = start_}) {}

  std::vector<normalize::Decoded> snapshot() const {
    std::vector<normalize::Decoded> out;
    for (const std::string& body : snapshot_bodies(world_, start_ - std::chrono::minutes(30), 1 << 20))
      out.push_back(normalize::decode_state(body, context_));
    return out;
  }
  bool next(normalize::Decoded& out, double& decode_s) {
    if (mix_.events() >= options_.events) return false;
    std::string body;
    for (std::size_t i = 0; i < options_.batch; ++i) mix_.append(body);
    bytes_ += body.size();
    const double before = thread_cpu_seconds();
    out = normalize::decode_kubernetes_events(body, context_);
    decode_s += thread_cpu_seconds() - before;
    return true;
  }
  const Mix& mix() const { return mix_; }

 private:
  const PartsOptions& options_;
  normalize::Context context_;
  core::Time start_;
  World world_;
  Mix mix_;
  std::uint64_t bytes_ = 0;
};

core::Time present() { return core::SystemClock().now(); }

core::StatusOr<normalize::Context> make_context() {
  normalize::Context context;
  context.taxonomy = model::Taxonomy::embedded();
  KGRCA_ASSIGN_OR_RETURN(context.masker, normalize::Masker::make("bench"));
  context.received = present();
  return context;
}

// Graph and engine as the lane drives them, without records and store.
class Linking {
 public:
  explicit Linking(const normalize::Context& context) : engine_(rca::Rules::embedded(), context.taxonomy, graph_) {}

  void take(const std::vector<model::Record>& records) {
    for (const model::Record& record : records) {
      if (const auto* state = std::get_if<model::ResourceState>(&record)) touched(graph_.apply(*state));
      if (const auto* edge = std::get_if<model::EdgeUpdate>(&record)) touched(graph_.apply(*edge));
      if (const auto* event = std::get_if<model::Event>(&record)) take_event(*event);
    }
    engine_.settle(present());
  }

 private:
  void touched(const graph::Applied& applied) {
    for (const core::ResourceId id : applied.touched) engine_.topology_changed(id);
  }
  void take_event(const model::Event& event) {
    const core::EventKey key = model::event_key(event);
    if (!observations_.insert({key.hash, event.observation}).second) return;
    const bool repeat = !known_.insert(key.hash).second;
    const core::ResourceId subject = graph_.resolve(event.subject, event.last);
    std::vector<core::ResourceId> related;
    for (const model::ResourceRef& ref : event.related) related.push_back(graph_.resolve(ref, event.last));
    engine_.observe(event, key, subject, related, repeat ? &event : nullptr);
  }

  graph::LiveGraph graph_;
  rca::Engine engine_;
  absl::flat_hash_set<std::pair<std::uint64_t, std::uint64_t>> observations_;
  absl::flat_hash_set<std::uint64_t> known_;
};

core::Status measure_linking(const PartsOptions& options, Parts& out) {
  KGRCA_ASSIGN_OR_RETURN(const normalize::Context context, make_context());
  Feed feed(options, context);
  Linking linking(context);
  for (const normalize::Decoded& part : feed.snapshot()) linking.take(part.records);
  normalize::Decoded decoded;
  double ignored = 0;
  while (feed.next(decoded, ignored)) {
    const double before = thread_cpu_seconds();
    linking.take(decoded.records);
    out.link_s += thread_cpu_seconds() - before;
  }
  return core::ok_status();
}

core::Status apply(pipeline::Lane& lane, const normalize::Decoded& decoded, double& seconds) {
  if (!decoded.rejected.empty()) return core::internal_error(core::cat("the mix holds a bad record: ", decoded.rejected.front().reason));
  const double before = thread_cpu_seconds();
  const core::Status status = lane.apply({&decoded.records}, present(), [] {}).status();
  seconds += thread_cpu_seconds() - before;
  return status;
}

core::Status measure_lane(const PartsOptions& options, Parts& out) {
  KGRCA_ASSIGN_OR_RETURN(const normalize::Context context, make_context());
  Feed feed(options, context);
  Home home;
  KGRCA_RETURN_IF_ERROR(home.open());
  KGRCA_ASSIGN_OR_RETURN(store::TenantView view, home.view());
  pipeline::LaneOptions lane_options;
  lane_options.taxonomy = context.taxonomy;
  lane_options.masker = context.masker;
  lane_options.rules = rca::Rules::embedded();
  KGRCA_ASSIGN_OR_RETURN(const auto lane, pipeline::Lane::open(view, lane_options, home.metrics));
  for (const normalize::Decoded& part : feed.snapshot()) KGRCA_RETURN_IF_ERROR(apply(*lane, part, out.snapshot_s));
  const double keys_before = metric(home.metrics.expose(), "kgrca_store_keys_written_total");
  const double process_before = process_cpu_seconds();
  const double thread_before = thread_cpu_seconds();
  normalize::Decoded decoded;
  while (feed.next(decoded, out.decode_s)) KGRCA_RETURN_IF_ERROR(apply(*lane, decoded, out.lane_s));
  home.store->close();
  const double background = (process_cpu_seconds() - process_before) - (thread_cpu_seconds() - thread_before);
  out.lane_all_s = out.lane_s + background;
  out.rss_mib = resident_mib(::getpid());
  out.events = feed.mix().events();
  out.keys_per_event = (metric(home.metrics.expose(), "kgrca_store_keys_written_total") - keys_before) / static_cast<double>(out.events);
  const graph::GraphReader reader(view.snapshot());
  for (const char* severity : {"WARNING", "ERROR", "FATAL"})
    out.warnings += static_cast<std::uint64_t>(*reader.count(core::cat(graph::counts::events_severity, severity)));
  out.links_per_warning = static_cast<double>(*reader.count(graph::counts::links)) / static_cast<double>(std::max<std::uint64_t>(out.warnings, 1));
  out.episodes = lane->engine_stats().episodes;
  out.open_incidents = lane->engine_stats().open_incidents;
  return core::ok_status();
}

// As many keys per batch as the lane writes: one ordered record of 300 bytes per event, the rest small.
core::Status measure_store(const PartsOptions& options, Parts& out) {
  Home home;
  KGRCA_RETURN_IF_ERROR(home.open());
  KGRCA_ASSIGN_OR_RETURN(store::TenantView view, home.view());
  Random random(options.seed);
  std::string value(300, '\0');
  for (std::size_t at = 0; at < value.size(); at += 3) value[at] = static_cast<char>(random.next());
  const double before = process_cpu_seconds();
  const auto batch_events = std::max<std::size_t>(options.batch, 1);
  const auto extra = static_cast<std::size_t>(std::max(0.0, out.keys_per_event - 1) * static_cast<double>(batch_events));
  for (std::uint64_t first = 0; first < options.events; first += batch_events) {
    store::Batch batch = view.batch();
    for (std::uint64_t i = first; i < first + batch_events; ++i)
      batch.put(store::keys::event({1'700'000'000'000'000 + i * 500, random.next()}), value);
    for (std::size_t i = 0; i < extra; ++i) {
      const core::EventKey event{1'700'000'000'000'000 + first * 500, random.next()};
      const std::uint64_t resource = random.below(options.pods) * 0x9e3779b97f4a7c15ull;
      batch.put(store::keys::postings(store::keys::Term::resource, resource, event, first), value.substr(0, 40));
    }
    KGRCA_RETURN_IF_ERROR(view.commit(std::move(batch), nullptr));
  }
  home.store->close();
  out.store_s = process_cpu_seconds() - before;
  return core::ok_status();
}

double clock_seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

double thread_cpu_seconds() { return clock_seconds(CLOCK_THREAD_CPUTIME_ID); }
double process_cpu_seconds() { return clock_seconds(CLOCK_PROCESS_CPUTIME_ID); }
double wall_seconds() { return clock_seconds(CLOCK_MONOTONIC); }

double resident_mib(int pid) {
  std::ifstream in(core::cat("/proc/", pid, "/status"));
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
  return 0;
}

double metric(std::string_view exposition, std::string_view name) {
  double sum = 0;
  for (const std::string_view line : core::split(exposition, '\n')) {
    if (!line.starts_with(name) || line.size() <= name.size() || (line[name.size()] != ' ' && line[name.size()] != '{')) continue;
    sum += core::parse_double(core::trim(line.substr(line.rfind(' ') + 1))).value_or(0);
  }
  return sum;
}

TempDir::TempDir(const std::string& parent)
    : path_(((parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent)) / "kgrca-bench-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) {
    std::fprintf(stderr, "cannot make a folder like %s\n", path_.c_str());
    std::exit(1);
  }
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

core::StatusOr<Parts> measure_parts(const PartsOptions& options) {
  Parts out;
  KGRCA_RETURN_IF_ERROR(measure_linking(options, out));
  KGRCA_RETURN_IF_ERROR(measure_lane(options, out));
  KGRCA_RETURN_IF_ERROR(measure_store(options, out));
  return out;
}

}  // namespace kgrca::bench
