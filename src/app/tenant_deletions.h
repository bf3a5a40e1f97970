// Finishes the deletion of tenants in the background, also of those that a former process began.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "kgrca/pipeline/pipeline.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::app {

// Thread-safe. Both rooms must outlive it.
class TenantDeletions {
 public:
  TenantDeletions(tenancy::Tenancy& tenancy, pipeline::Pipeline& pipeline);
  ~TenantDeletions();
  TenantDeletions(const TenantDeletions&) = delete;
  TenantDeletions& operator=(const TenantDeletions&) = delete;

  // Marks the tenant and queues the rest. Errors as Tenancy::begin_deletion().
  core::StatusOr<tenancy::Tenant> begin(std::string_view name, std::string_view by);
  // Leaves what is not finished to the next process. Idempotent.
  void stop();

 private:
  void run();
  bool finish(core::TenantNumber tenant);

  tenancy::Tenancy& tenancy_;
  pipeline::Pipeline& pipeline_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<core::TenantNumber> waiting_;  // guarded by mutex_
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace kgrca::app
