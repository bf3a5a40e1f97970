#include "app/tenant_deletions.h"

#include <pthread.h>

#include <chrono>

#include "kgrca/core/log.h"

namespace kgrca::app {
namespace {

constexpr std::chrono::seconds retry_after{30};  // a full disk, mostly

}  // namespace

TenantDeletions::TenantDeletions(tenancy::Tenancy& tenancy, pipeline::Pipeline& pipeline) : tenancy_(tenancy), pipeline_(pipeline) {
  for (const core::TenantNumber tenant : tenancy.unfinished_deletions()) waiting_.push_back(tenant);
  thread_ = std::thread([this] { run(); });
}

TenantDeletions::~TenantDeletions() { stop(); }

core::StatusOr<tenancy::Tenant> TenantDeletions::begin(std::string_view name, std::string_view by) {
  KGRCA_ASSIGN_OR_RETURN(tenancy::Tenant tenant, tenancy_.begin_deletion(name, by));
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(tenant.number);
  }
  wake_.notify_one();
  return tenant;
}

void TenantDeletions::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void TenantDeletions::run() {
  pthread_setname_np(pthread_self(), "kgrca-deletion");
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const core::TenantNumber tenant = waiting_.front();
    lock.unlock();
    const bool done = finish(tenant);
    lock.lock();
    if (done) waiting_.pop_front();
    else wake_.wait_for(lock, retry_after, [this] { return stop_.load(); });
  }
}

bool TenantDeletions::finish(core::TenantNumber tenant) {
  pipeline_.drop(tenant);
  const core::Status finished = tenancy_.finish_deletion(tenant, stop_);
  if (finished.ok()) return true;
  const std::string reason = core::message_of(finished);
  core::log(core::LogLevel::warning, "deletion_unfinished", {{"tenant", static_cast<std::int64_t>(tenant)}, {"reason", reason}});
  return false;
}

}  // namespace kgrca::app
