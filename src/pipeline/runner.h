// Runs one tenant's lane on the shared threads.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "kgrca/core/log.h"
#include "kgrca/core/metrics.h"
#include "kgrca/pipeline/lane.h"
#include "kgrca/pipeline/pipeline.h"
#include "pipeline/queue.h"

namespace kgrca::pipeline {

struct PipelineMetrics {
  explicit PipelineMetrics(core::Metrics& metrics);
  core::Metrics& all;
  core::Gauge& queue_records;
  core::Gauge& queue_bytes;
  core::Gauge& loaded;
  core::Histogram& durable_seconds;
  core::Histogram& link_seconds;
  core::Gauge& memory_lanes;
  core::Gauge& memory_queues;
  core::Counter& crowded_out;
  core::Counter& expired_events;
  core::Counter& expired_incidents;
  core::Counter& expired_resources;
  core::Counter& dropped_full;
  core::Counter& dropped_stopping;
  core::Counter& dropped_failed;
};

// What all runners of a pipeline share; outlives them.
struct RunnerContext {
  boost::asio::thread_pool& pool;
  tenancy::Tenancy& tenancy;
  const core::Clock& clock;
  PipelineMetrics& metrics;
  ProcessBudget& budget;
  const std::atomic<bool>& stopping;
};

// What one runner may be told anew while it runs.
struct RunnerOptions {
  LaneOptions lane;
  QueueLimits queue;
  core::Duration evict_after{};
};

// Thread-safe. Lane work happens on the strand; the mutex guards the queue and what others read. Owned by the pipeline and by
// the work it posted.
class Runner : public std::enable_shared_from_this<Runner> {
 public:
  Runner(RunnerContext& context, core::TenantNumber tenant, RunnerOptions options);

  void submit(Item item);
  // Refuses waiting submissions whose time is over; what stood behind them may have a place then.
  void expire(SteadyTime now);
  // Lets time pass in the lane; evicts it when nobody used it for long. At most one tick is on its way.
  void tick(SteadyTime now);
  // Checkpoints the lane and drops it from memory after the batch that runs; the next record loads it again.
  void crowd_out();
  // Takes the options over after the batch that runs. With `reopen` a loaded lane is checkpointed and opened with them at once.
  void reload(RunnerOptions options, bool reopen);
  // Forgets what has expired, step by step, between the batches of the lane.
  void forget(const tenancy::Retention& kept);
  // Forgets the lane without a checkpoint; `done` runs on the pool once nothing of it writes any more.
  void drop(std::function<void()> done);
  // Refuses everything that has no place yet. REQUIRES: nothing is submitted from then on.
  void refuse_waiting();
  bool idle() const;  // nothing queued, nothing running, everything durable
  // Checkpoints and closes the lane; `done` runs on the pool.
  void close(std::function<void()> done);
  rca::EngineStats engine_stats() const;
  std::size_t queued_records() const;
  // What the lane held when it was last looked at, and when it was last given work. 0: not loaded.
  struct Memory {
    std::size_t bytes = 0;
    SteadyTime used{};
  };
  Memory memory() const;

 private:
  struct Taken {
    std::vector<Item> items;
    std::size_t records = 0;
    std::size_t bytes = 0;
  };
  struct Failure {
    core::Status status;
    std::optional<std::size_t> blamed;  // the item that failed; nothing: all of them
  };
  Taken take();
  void run();                     // on the strand: one batch
  void apply(std::vector<Item> items);
  Failure try_apply(std::vector<Item>& items);
  core::StatusOr<std::vector<Outcome>> apply_to_lane(const std::vector<Item>& items, std::function<void()> durable,
                                                     std::optional<std::size_t>& blamed);
  core::Status open_lane();
  void drop_lane(const core::Status& why);
  void close_lane();
  void run_tick(SteadyTime now);
  void run_forget(const tenancy::Retention& kept);
  core::StatusOr<graph::ExpiryStep> forget_step(const tenancy::Retention& kept);
  core::StatusOr<graph::ExpiryStep> forget_part(const tenancy::Retention& kept);
  void run_reload(RunnerOptions options, bool reopen);
  void durable(std::shared_ptr<std::vector<Item>> items, std::shared_ptr<std::vector<Outcome>> outcomes);
  void schedule_locked();
  void publish();
  void answer(std::vector<Item> items, const core::Status& status);
  void refuse(std::vector<Item> items, core::Counter& reason, const core::Status& status);  // counts and answers

  RunnerContext& context_;
  const core::TenantNumber tenant_;
  LaneOptions lane_options_;      // strand only
  core::Duration evict_after_;    // strand only
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::unique_ptr<Lane> lane_;    // strand only
  SteadyTime used_{};             // strand only
  core::ResourceId gone_until_;   // strand only; how far the last round looked for resources that are gone
  SteadyTime failed_{};           // strand only; when the lane was dropped last

  mutable std::mutex mutex_;
  LaneQueue queue_;
  bool scheduled_ = false;        // run() is posted or running
  bool ticking_ = false;
  int in_flight_ = 0;             // batches written and not yet durable
  rca::EngineStats stats_;
  Memory memory_;
};

}  // namespace kgrca::pipeline
