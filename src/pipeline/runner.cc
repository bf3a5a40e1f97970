#include "pipeline/runner.h"

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "kgrca/core/strings.h"
#include "pipeline/retention.h"

namespace kgrca::pipeline {
namespace {

// Records merged into one batch, so that commits are grouped; the lane yields to other tenants after each.
constexpr std::size_t batch_records = 2000;
// More unsynced batches would not be durable sooner; waiting lets the next one grow.
constexpr int in_flight_max = 4;
// After a failure the lane is not opened again at once: opening costs up to seconds, and the cause (a full disk) stays a while.
constexpr auto reopen_after = std::chrono::seconds(1);
// Submissions of one batch that may fail by themselves: the lane is opened again after each.
constexpr int set_aside_max = 8;

constexpr const char* memory_help = "Memory in use by part; memory.limit is divided among them.";

core::Status queue_full() {
  return core::unavailable("the queue stayed full: send again after the Retry-After time, or send less at once");
}
core::Status stopping() { return core::unavailable("the server is stopping: send again to its successor"); }

}  // namespace

PipelineMetrics::PipelineMetrics(core::Metrics& metrics)
    : all(metrics),
      queue_records(metrics.gauge("kgrca_lane_queue_records", "Records queued in all lanes.")),
      queue_bytes(metrics.gauge("kgrca_lane_queue_bytes", "Bytes queued in all lanes.")),
      loaded(metrics.gauge("kgrca_lanes_loaded", "Tenants with a lane in memory.")),
      durable_seconds(metrics.histogram("kgrca_event_durable_seconds", "From the submission to its durable batch.",
                                        core::Metrics::latency_buckets())),
      link_seconds(metrics.histogram("kgrca_event_link_seconds", "From the submission to its causal links.",
                                     core::Metrics::latency_buckets())),
      memory_lanes(metrics.gauge("kgrca_memory_bytes", memory_help, {{"part", "lanes"}})),
      memory_queues(metrics.gauge("kgrca_memory_bytes", memory_help, {{"part", "queues"}})),
      crowded_out(metrics.counter("kgrca_lanes_crowded_out_total", "Lanes that left memory because all together held too much.")),
      expired_events(metrics.counter("kgrca_expired_total", "What retention forgot.", {{"what", "events"}})),
      expired_incidents(metrics.counter("kgrca_expired_total", "What retention forgot.", {{"what", "incidents"}})),
      expired_resources(metrics.counter("kgrca_expired_total", "What retention forgot.", {{"what", "resources"}})),
      dropped_full(metrics.counter("kgrca_drops_total", "Records refused; their senders were told.", {{"reason", "queue_full"}})),
      dropped_stopping(metrics.counter("kgrca_drops_total", "Records refused; their senders were told.", {{"reason", "stopping"}})),
      dropped_failed(metrics.counter("kgrca_drops_total", "Records refused; their senders were told.", {{"reason", "lane_failed"}})) {}

Runner::Runner(RunnerContext& context, core::TenantNumber tenant, RunnerOptions options)
    : context_(context),
      tenant_(tenant),
      lane_options_(std::move(options.lane)),
      evict_after_(options.evict_after),
      strand_(boost::asio::make_strand(context.pool.get_executor())),
      queue_(options.queue, context.budget) {}

void Runner::submit(Item item) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.push(item, std::chrono::steady_clock::now())) return schedule_locked();
  }
  std::vector<Item> items;
  items.push_back(std::move(item));
  refuse(std::move(items), context_.metrics.dropped_full, queue_full());
}

void Runner::expire(SteadyTime now) {
  std::vector<Item> expired;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.nobody_waits()) return;
    expired = queue_.expire(now);
    queue_.move_up();
    schedule_locked();
  }
  refuse(std::move(expired), context_.metrics.dropped_full, queue_full());
}

void Runner::refuse_waiting() {
  std::vector<Item> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting = queue_.expire({}, true);
  }
  refuse(std::move(waiting), context_.metrics.dropped_stopping, stopping());
}

void Runner::refuse(std::vector<Item> items, core::Counter& reason, const core::Status& status) {
  for (const Item& item : items) reason.add(static_cast<double>(item.submission.records.size()));
  answer(std::move(items), status);
}

// Callers' functions run on the pool, never under a lock and never on the committer thread.
void Runner::answer(std::vector<Item> items, const core::Status& status) {
  if (items.empty()) return;
  auto shared = std::make_shared<std::vector<Item>>(std::move(items));
  boost::asio::post(context_.pool, [shared, status] {
    for (Item& item : *shared) item.done(status);
  });
}

void Runner::schedule_locked() {
  if (scheduled_ || queue_.empty() || in_flight_ >= in_flight_max) return;
  scheduled_ = true;
  boost::asio::post(strand_, [self = shared_from_this()] { self->run(); });
}

bool Runner::idle() const {
  const std::lock_guard lock(mutex_);
  return queue_.empty() && !scheduled_ && in_flight_ == 0;
}

rca::EngineStats Runner::engine_stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

std::size_t Runner::queued_records() const {
  const std::lock_guard lock(mutex_);
  return queue_.records();
}

Runner::Taken Runner::take() {
  Taken taken;
  const std::lock_guard lock(mutex_);
  taken.items = queue_.take(batch_records);
  for (const Item& item : taken.items) {
    taken.records += item.submission.records.size();
    taken.bytes += LaneQueue::bytes_of(item);
  }
  ++in_flight_;
  return taken;
}

void Runner::run() {
  Taken taken = take();
  const std::size_t records = taken.records;
  const std::size_t bytes = taken.bytes;
  used_ = std::chrono::steady_clock::now();
  apply(std::move(taken.items));
  publish();
  const std::lock_guard lock(mutex_);
  queue_.release(records, bytes);
  scheduled_ = false;
  schedule_locked();
}

// A submission that cannot be applied gets its own error; the others of the batch are applied without it.
void Runner::apply(std::vector<Item> items) {
  for (int set_aside = 0; !items.empty(); ++set_aside) {
    const Failure failure = try_apply(items);
    if (failure.status.ok()) return;  // answered once durable
    std::vector<Item> failed;
    if (failure.blamed && set_aside < set_aside_max) {
      const auto at = items.begin() + static_cast<std::ptrdiff_t>(*failure.blamed);
      failed.push_back(std::move(*at));
      items.erase(at);
    } else {
      failed = std::exchange(items, {});
    }
    refuse(std::move(failed), context_.metrics.dropped_failed, failure.status);
  }
  const std::lock_guard lock(mutex_);
  --in_flight_;
}

// On success the items are gone: durable() answers them.
Runner::Failure Runner::try_apply(std::vector<Item>& items) {
  auto shared = std::make_shared<std::vector<Item>>(std::move(items));
  auto outcomes = std::make_shared<std::vector<Outcome>>();
  // The batch may be durable before apply() returns: the answers wait for both.
  auto parts = std::make_shared<std::atomic<int>>(2);
  auto part_done = [self = shared_from_this(), shared, outcomes, parts] {
    if (parts->fetch_sub(1) == 1) self->durable(shared, outcomes);
  };
  Failure failure;
  auto applied = apply_to_lane(*shared, part_done, failure.blamed);
  if (!applied.ok()) {
    items = std::move(*shared);
    failure.status = applied.status();
    return failure;
  }
  items.clear();
  *outcomes = std::move(*applied);
  const SteadyTime now = std::chrono::steady_clock::now();
  for (const Item& item : *shared) {
    if (!item.barrier) context_.metrics.link_seconds.observe(std::chrono::duration<double>(now - item.entered).count());
  }
  part_done();
  return failure;
}

core::StatusOr<std::vector<Outcome>> Runner::apply_to_lane(const std::vector<Item>& items, std::function<void()> durable,
                                                           std::optional<std::size_t>& blamed) {
  if (!lane_ && failed_ != SteadyTime{} && std::chrono::steady_clock::now() - failed_ < reopen_after) {
    return core::unavailable("the tenant's lane failed a moment ago: send again after the Retry-After time");
  }
  std::vector<const std::vector<model::Record>*> submissions;
  submissions.reserve(items.size());
  for (const Item& item : items) submissions.push_back(&item.submission.records);
  core::StatusOr<std::vector<Outcome>> applied = core::internal_error("lane");
  try {
    const core::Status opened = open_lane();
    applied = opened.ok() ? lane_->apply(submissions, context_.clock.now(), std::move(durable)) : opened;
  } catch (const std::exception& error) {
    applied = core::internal_error(core::cat("lane: ", error.what()));
  }
  if (applied.ok()) return applied;
  if (lane_) blamed = lane_->blamed();
  drop_lane(applied.status());
  if (blamed) failed_ = {};  // the others of the batch need the lane at once
  return applied;
}

core::Status Runner::open_lane() {
  if (lane_) return core::ok_status();
  KGRCA_ASSIGN_OR_RETURN(store::TenantView view, context_.tenancy.view(tenant_, tenancy::SystemJob::lane));
  KGRCA_ASSIGN_OR_RETURN(lane_, Lane::open(view, lane_options_, context_.metrics.all));
  context_.metrics.loaded.add(1);
  return core::ok_status();
}

// Also for a lane that could not be opened.
void Runner::drop_lane(const core::Status& why) {
  const std::string reason = core::message_of(why);
  core::log(core::LogLevel::error, "lane_dropped", {{"tenant", static_cast<std::int64_t>(tenant_)}, {"reason", reason}});
  failed_ = std::chrono::steady_clock::now();
  if (lane_) context_.metrics.loaded.add(-1);
  lane_.reset();
}

void Runner::durable(std::shared_ptr<std::vector<Item>> items, std::shared_ptr<std::vector<Outcome>> outcomes) {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (const Item& item : *items) {
    if (!item.barrier) context_.metrics.durable_seconds.observe(std::chrono::duration<double>(now - item.entered).count());
  }
  boost::asio::post(context_.pool, [self = shared_from_this(), items, outcomes] {
    for (std::size_t i = 0; i < items->size(); ++i) (*items)[i].done((*outcomes)[i]);
    const std::lock_guard lock(self->mutex_);
    --self->in_flight_;
    self->schedule_locked();
  });
}

void Runner::publish() {
  const rca::EngineStats stats = lane_ ? lane_->engine_stats() : rca::EngineStats{};
  const Memory memory{lane_ ? lane_->memory_bytes() : 0, used_};
  const std::lock_guard lock(mutex_);
  stats_ = stats;
  memory_ = memory;
}

Runner::Memory Runner::memory() const {
  const std::lock_guard lock(mutex_);
  return memory_;
}

void Runner::crowd_out() {
  boost::asio::post(strand_, [self = shared_from_this()] {
    if (!self->lane_) return;
    self->close_lane();
    self->context_.metrics.crowded_out.add();
    self->publish();
  });
}

void Runner::tick(SteadyTime now) {
  {
    const std::lock_guard lock(mutex_);
    if (ticking_) return;
    ticking_ = true;
  }
  boost::asio::post(strand_, [self = shared_from_this(), now] { self->run_tick(now); });
}

void Runner::run_tick(SteadyTime now) {
  const bool unused = lane_ && now - used_ > evict_after_ && idle();
  if (unused && !lane_->waits(context_.clock.now())) {
    close_lane();
    publish();
  } else if (lane_) {
    try {
      if (core::Status status = lane_->tick(context_.clock.now()); !status.ok()) drop_lane(status);
    } catch (const std::exception& error) {
      drop_lane(core::internal_error(error.what()));
    }
    publish();
  }
  const std::lock_guard lock(mutex_);
  ticking_ = false;
}

void Runner::forget(const tenancy::Retention& kept) {
  boost::asio::post(strand_, [self = shared_from_this(), kept] { self->run_forget(kept); });
}

void Runner::run_forget(const tenancy::Retention& kept) {
  if (context_.stopping) return;
  const auto step = forget_step(kept);
  if (!step.ok()) {
    const std::string reason = core::message_of(step.status());
    core::log(core::LogLevel::error, "retention_failed", {{"tenant", static_cast<std::int64_t>(tenant_)}, {"reason", reason}});
    return;
  }
  context_.metrics.expired_events.add(static_cast<double>(step->events));
  context_.metrics.expired_incidents.add(static_cast<double>(step->incidents));
  if (lane_) lane_->forgot(*step);
  if (step->more) forget(kept);
}

core::StatusOr<graph::ExpiryStep> Runner::forget_step(const tenancy::Retention& kept) {
  try {
    return forget_part(kept);
  } catch (const std::exception& error) {
    return core::internal_error(core::cat("retention: ", error.what()));
  }
}

core::StatusOr<graph::ExpiryStep> Runner::forget_part(const tenancy::Retention& kept) {
  KGRCA_ASSIGN_OR_RETURN(store::TenantView view, context_.tenancy.view(tenant_, tenancy::SystemJob::maintenance));
  KGRCA_ASSIGN_OR_RETURN(const graph::ExpiryStep step, pipeline::forget_step(view, kept, context_.clock.now()));
  if (step.more) return step;
  KGRCA_ASSIGN_OR_RETURN(const graph::GoneStep gone, forget_gone_step(view, gone_until_));
  gone_until_ = gone.next;
  context_.metrics.expired_resources.add(static_cast<double>(gone.forgotten));
  return step;
}

void Runner::close_lane() {
  if (!lane_) return;
  try {
    if (core::Status status = lane_->checkpoint(); !status.ok()) return drop_lane(status);
  } catch (const std::exception& error) {
    return drop_lane(core::internal_error(error.what()));
  }
  lane_.reset();
  context_.metrics.loaded.add(-1);
}

void Runner::reload(RunnerOptions options, bool reopen) {
  {
    const std::lock_guard lock(mutex_);
    queue_.set_limits(options.queue);
    queue_.move_up();
    schedule_locked();
  }
  boost::asio::post(strand_, [self = shared_from_this(), options = std::move(options), reopen]() mutable {
    self->run_reload(std::move(options), reopen);
  });
}

void Runner::run_reload(RunnerOptions options, bool reopen) {
  evict_after_ = options.evict_after;
  reopen = reopen && lane_ != nullptr;
  if (reopen) close_lane();
  lane_options_ = std::move(options.lane);
  if (!reopen) return;
  try {
    if (core::Status status = open_lane(); !status.ok()) drop_lane(status);
  } catch (const std::exception& error) {
    drop_lane(core::internal_error(error.what()));
  }
  publish();
}

void Runner::drop(std::function<void()> done) {
  boost::asio::post(strand_, [self = shared_from_this(), done = std::move(done)] {
    if (self->lane_) self->context_.metrics.loaded.add(-1);
    self->lane_.reset();
    done();
  });
}

void Runner::close(std::function<void()> done) {
  boost::asio::post(strand_, [self = shared_from_this(), done = std::move(done)] {
    self->close_lane();
    done();
  });
}

}  // namespace kgrca::pipeline
