#include "kgrca/pipeline/pipeline.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "kgrca/core/strings.h"
#include "pipeline/disk_guard.h"
#include "pipeline/runner.h"

namespace kgrca::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr auto beat = 50ms;              // how exactly waiting submissions are refused
constexpr int beats_per_tick = 5;        // lanes learn of passing time every 250 ms
constexpr std::size_t protocols_max = 64;  // per tenant, for the stats

// What a lane is opened with.
bool lanes_differ(const PipelineOptions& a, const PipelineOptions& b) {
  return a.lane.taxonomy->version() != b.lane.taxonomy->version() || a.lane.rules->version() != b.lane.rules->version() ||
         a.lane.checkpoint_interval != b.lane.checkpoint_interval || a.lane.live.resources != b.lane.live.resources ||
         a.lane.live.memory != b.lane.live.memory || a.lane.live.bytes != b.lane.live.bytes || a.mask_patterns != b.mask_patterns;
}

}  // namespace

struct Pipeline::Impl {
  Impl(const PipelineOptions& o, std::shared_ptr<const normalize::Masker> p, tenancy::Tenancy& t, const core::Clock& c, core::Metrics& m)
      : measure_disk(o.disk_level),
        options(o),
        patterns(std::move(p)),
        tenancy(t),
        clock(c),
        metrics(m),
        guard(m),
        pool(static_cast<std::size_t>(std::max(1, o.threads))),
        budget{o.queue_bytes},
        context{pool, tenancy, clock, metrics, budget, stopping} {}

  bool enqueue(core::TenantNumber tenant, Item& item);
  std::shared_ptr<Runner> runner(core::TenantNumber tenant);
  std::shared_ptr<Runner> find(core::TenantNumber tenant) const;
  std::vector<std::shared_ptr<Runner>> all() const;
  std::shared_ptr<const normalize::Masker> masker_of(core::TenantNumber tenant);
  RunnerOptions runner_options(core::TenantNumber tenant);
  void beat_until(const std::stop_token& stop);
  void measure_queues();
  void bound_lanes();
  void forget_next(SteadyTime now);
  store::DiskLevel disk_level() const { return measure_disk ? measure_disk() : store::DiskLevel::plenty; }

  const std::function<store::DiskLevel()> measure_disk;
  PipelineOptions options;                            // guarded by mutex
  std::shared_ptr<const normalize::Masker> patterns;  // of the options; guarded by mutex
  tenancy::Tenancy& tenancy;
  const core::Clock& clock;
  PipelineMetrics metrics;
  DiskGuard guard;
  boost::asio::thread_pool pool;
  ProcessBudget budget;
  RunnerContext context;

  // Held shared while an item goes into a queue: stop() begins to drain when the last one is in.
  std::shared_mutex gate;
  std::atomic<bool> stopping = false;

  mutable std::mutex mutex;
  absl::flat_hash_map<core::TenantNumber, std::shared_ptr<Runner>> runners;
  absl::flat_hash_map<core::TenantNumber, std::shared_ptr<const normalize::Masker>> maskers;
  absl::flat_hash_map<core::TenantNumber, std::map<std::string, SourceStats>> sources;
  std::vector<tenancy::Tenant> to_look_at;  // for what has expired; the heart's
  SteadyTime looked_at{};                   // when the last round began; the heart's
  std::condition_variable_any wake;
  std::jthread heart;
};

core::StatusOr<std::unique_ptr<Pipeline>> Pipeline::start(const PipelineOptions& options, tenancy::Tenancy& tenancy,
                                                          const core::Clock& clock, core::Metrics& metrics) {
  KGRCA_RETURN_IF_ERROR(check(options));
  KGRCA_ASSIGN_OR_RETURN(auto patterns, normalize::Masker::make({}, options.mask_patterns));
  auto impl = std::make_unique<Impl>(options, std::move(patterns), tenancy, clock, metrics);
  impl->heart = std::jthread([raw = impl.get()](const std::stop_token& stop) { raw->beat_until(stop); });
  return std::unique_ptr<Pipeline>(new Pipeline(std::move(impl)));
}

Pipeline::Pipeline(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pipeline::~Pipeline() { stop(); }

void Pipeline::submit(const core::Principal& principal, Submission submission,
                      std::function<void(core::StatusOr<Outcome>)> done) {
  const core::Status refused = impl_->guard.sort_out(impl_->disk_level(), submission);
  if (!refused.ok() && submission.records.empty()) return done(refused);
  Item item;
  item.submission = std::move(submission);
  if (refused.ok()) {
    item.done = std::move(done);
  } else {
    item.done = [done = std::move(done), refused](const core::StatusOr<Outcome>& stored) { done(stored.ok() ? refused : stored.status()); };
  }
  if (impl_->enqueue(principal.tenant, item)) return;
  impl_->metrics.dropped_stopping.add(static_cast<double>(item.submission.records.size()));
  item.done(core::unavailable("the server is stopping: send again to its successor"));
}

void Pipeline::drop(core::TenantNumber tenant) {
  const auto runner = impl_->find(tenant);
  if (!runner) return;
  std::promise<void> gone;
  runner->drop([&gone] { gone.set_value(); });
  gone.get_future().wait();
  const std::lock_guard lock(impl_->mutex);
  impl_->runners.erase(tenant);
  impl_->maskers.erase(tenant);
  impl_->sources.erase(tenant);
}

core::Status Pipeline::flush(const core::Principal& principal) {
  auto result = std::make_shared<std::promise<core::Status>>();
  std::future<core::Status> future = result->get_future();
  Item item;
  item.barrier = true;
  item.submission.priority = Priority::bulk;
  item.submission.wait = 60s;
  item.done = [result](const core::StatusOr<Outcome>& outcome) { result->set_value(outcome.status()); };
  if (!impl_->enqueue(principal.tenant, item)) return core::unavailable("the server is stopping");
  return future.get();
}

core::Status Pipeline::check(const PipelineOptions& options) {
  if (!options.lane.taxonomy || !options.lane.rules) return core::invalid_argument("the pipeline needs a taxonomy and rules");
  return normalize::check_patterns(options.mask_patterns);
}

core::Status Pipeline::reload(const PipelineOptions& fresh) {
  KGRCA_RETURN_IF_ERROR(check(fresh));
  KGRCA_ASSIGN_OR_RETURN(auto patterns, normalize::Masker::make({}, fresh.mask_patterns));
  const std::lock_guard lock(impl_->mutex);
  const bool reopen = lanes_differ(impl_->options, fresh);
  impl_->options = fresh;
  impl_->patterns = std::move(patterns);
  impl_->maskers.clear();
  impl_->budget.limit = fresh.queue_bytes;
  for (const auto& [tenant, runner] : impl_->runners) runner->reload(impl_->runner_options(tenant), reopen);
  return core::ok_status();
}

std::shared_ptr<const normalize::Masker> Pipeline::masker_of(core::TenantNumber tenant) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->masker_of(tenant);
}

void Pipeline::count_source(core::TenantNumber tenant, const std::string& protocol, std::size_t records, std::size_t rejected) {
  const core::Time now = impl_->clock.now();
  const std::lock_guard lock(impl_->mutex);
  auto& of_tenant = impl_->sources[tenant];
  if (of_tenant.size() >= protocols_max && !of_tenant.contains(protocol)) return;
  SourceStats& source = of_tenant[protocol];
  source.protocol = protocol;
  source.records += records;
  source.rejected += rejected;
  source.last = now;
}

std::vector<SourceStats> Pipeline::sources(core::TenantNumber tenant) const {
  std::vector<SourceStats> list;
  const std::lock_guard lock(impl_->mutex);
  if (auto found = impl_->sources.find(tenant); found != impl_->sources.end()) {
    for (const auto& [protocol, stats] : found->second) list.push_back(stats);
  }
  return list;
}

PipelineStats Pipeline::stats() const {
  const PipelineMetrics& metrics = impl_->metrics;
  PipelineStats stats;
  stats.event_to_link_p50_ms = metrics.link_seconds.quantile(0.5) * 1e3;
  stats.event_to_link_p99_ms = metrics.link_seconds.quantile(0.99) * 1e3;
  stats.durable_p50_ms = metrics.durable_seconds.quantile(0.5) * 1e3;
  stats.durable_p99_ms = metrics.durable_seconds.quantile(0.99) * 1e3;
  stats.tenants_loaded = static_cast<std::size_t>(std::max(0.0, metrics.loaded.value()));
  return stats;
}

rca::EngineStats Pipeline::engine_stats(core::TenantNumber tenant) const {
  const auto runner = impl_->find(tenant);
  return runner ? runner->engine_stats() : rca::EngineStats{};
}

void Pipeline::stop() {
  {
    const std::unique_lock gate(impl_->gate);
    if (impl_->stopping.exchange(true)) return;
  }
  impl_->heart.request_stop();
  impl_->wake.notify_all();
  impl_->heart.join();
  const auto runners = impl_->all();
  for (const auto& runner : runners) runner->refuse_waiting();
  for (const auto& runner : runners) {
    while (!runner->idle()) std::this_thread::sleep_for(1ms);
  }
  std::latch closed(static_cast<std::ptrdiff_t>(runners.size()));
  for (const auto& runner : runners) runner->close([&closed] { closed.count_down(); });
  closed.wait();
  impl_->pool.join();
  impl_->measure_queues();
}

// False, with the item untouched, once the process is stopping.
bool Pipeline::Impl::enqueue(core::TenantNumber tenant, Item& item) {
  const std::shared_lock lock(gate);
  if (stopping) return false;
  runner(tenant)->submit(std::move(item));
  return true;
}

std::shared_ptr<Runner> Pipeline::Impl::runner(core::TenantNumber tenant) {
  const std::lock_guard lock(mutex);
  std::shared_ptr<Runner>& slot = runners[tenant];
  if (!slot) slot = std::make_shared<Runner>(context, tenant, runner_options(tenant));
  return slot;
}

// REQUIRES: mutex held.
RunnerOptions Pipeline::Impl::runner_options(core::TenantNumber tenant) {
  RunnerOptions made;
  made.lane = options.lane;
  made.lane.masker = masker_of(tenant);
  made.queue.bytes = options.tenant_queue_bytes;
  made.queue.records = options.tenant_queue_records;
  made.evict_after = options.evict_after;
  return made;
}

std::shared_ptr<Runner> Pipeline::Impl::find(core::TenantNumber tenant) const {
  const std::lock_guard lock(mutex);
  auto found = runners.find(tenant);
  return found == runners.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Runner>> Pipeline::Impl::all() const {
  std::vector<std::shared_ptr<Runner>> list;
  const std::lock_guard lock(mutex);
  list.reserve(runners.size());
  for (const auto& [tenant, runner] : runners) list.push_back(runner);
  return list;
}

// REQUIRES: mutex held.
std::shared_ptr<const normalize::Masker> Pipeline::Impl::masker_of(core::TenantNumber tenant) {
  std::shared_ptr<const normalize::Masker>& slot = maskers[tenant];
  if (!slot) slot = patterns->with_key(tenancy.derived_key(core::cat("digest:", static_cast<std::uint32_t>(tenant))));
  return slot;
}

void Pipeline::Impl::beat_until(const std::stop_token& stop) {
  for (int count = 0; !stop.stop_requested(); ++count) {
    {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, beat, [] { return false; });
    }
    if (stop.stop_requested()) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    for (const auto& runner : all()) {
      runner->expire(now);
      if (count % beats_per_tick == 0) runner->tick(now);
    }
    if (count % beats_per_tick == 0) bound_lanes();
    forget_next(now);
    measure_queues();
  }
}

// One tenant at a beat, so that a round over many does not come at once.
void Pipeline::Impl::forget_next(SteadyTime now) {
  const core::Duration interval = [&] {
    const std::lock_guard lock(mutex);
    return options.retention_interval;
  }();
  if (to_look_at.empty() && now - looked_at >= interval) {
    looked_at = now;
    to_look_at = tenancy.tenants();
  }
  if (to_look_at.empty()) return;
  const tenancy::Tenant tenant = std::move(to_look_at.back());
  to_look_at.pop_back();
  runner(tenant.number)->forget(tenant.retention());
}

// The longest unused lanes go first. The one used last stays: it is bounded by its own limits.
void Pipeline::Impl::bound_lanes() {
  std::vector<std::pair<Runner::Memory, std::shared_ptr<Runner>>> loaded;
  std::size_t total = 0;
  for (const auto& runner : all()) {
    const Runner::Memory memory = runner->memory();
    if (memory.bytes == 0) continue;
    total += memory.bytes;
    loaded.emplace_back(memory, runner);
  }
  metrics.memory_lanes.set(static_cast<double>(total));
  const std::size_t limit = [&] {
    const std::lock_guard lock(mutex);
    return options.lane_bytes;
  }();
  if (total <= limit) return;
  std::sort(loaded.begin(), loaded.end(), [](const auto& a, const auto& b) { return a.first.used < b.first.used; });
  loaded.pop_back();
  for (const auto& [memory, runner] : loaded) {
    if (total <= limit) return;
    runner->crowd_out();
    total -= memory.bytes;
  }
}

void Pipeline::Impl::measure_queues() {
  std::size_t records = 0;
  for (const auto& runner : all()) records += runner->queued_records();
  metrics.queue_records.set(static_cast<double>(records));
  metrics.queue_bytes.set(static_cast<double>(budget.used.load()));
  metrics.memory_queues.set(static_cast<double>(budget.used.load()));
}

}  // namespace kgrca::pipeline
