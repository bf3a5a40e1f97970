#include "region_home.h"

#include <chrono>
#include <thread>

#include "kgrca/core/strings.h"

namespace kgrca::bench {

RegionHome::RegionHome(RegionOptions options, std::size_t memory_mib, const std::string& directory)
    : options_(std::move(options)), memory_(app::divide_memory(memory_mib << 20)), directory_(directory) {
  options_.live.bytes = memory_.lanes / 4 * 3;
  options_.live.resources = 4 * options_.pods;
  context_.taxonomy = model::Taxonomy::embedded();
  context_.masker = must(normalize::Masker::make("bench"));
  context_.received = clock_.now();
  open();
  for (std::size_t i = 0; i < options_.tenants; ++i) {
    const tenancy::Tenant made = must(tenancy_->create_tenant(core::cat("tenant-", i)));
    numbers_.emplace_back(made.number, made.database);
    tenants_.push_back(std::make_unique<RegionTenant>(view(i), options_, context_, metrics_));
  }
}

void RegionHome::open() {
  store::StoreOptions options;
  options.directory = core::cat(directory_.path(), "/store");
  options.databases = databases;
  options.cache_bytes = memory_.cache;
  options.memory_bytes = memory_.store();
  store_ = must(store::Store::open(options, metrics_));
  tenancy_ = must(tenancy::Tenancy::open(*store_, clock_, core::cat(directory_.path(), "/pepper")));
}

void RegionHome::reopen() {
  store_->close();
  tenancy_.reset();
  store_.reset();
  open();
  for (std::size_t i = 0; i < tenants_.size(); ++i) tenants_[i]->reopen(view(i));
}

void RegionHome::settle() const {
  double before = -1;
  for (int i = 0; i < 12; ++i) {
    const double now = metric("kgrca_store_written_bytes_total");
    if (now == before) return;
    before = now;
    std::this_thread::sleep_for(std::chrono::seconds(11));  // the store looks every five
  }
}

std::vector<RegionTenant*> RegionHome::of_database(int database) const {
  std::vector<RegionTenant*> out;
  for (std::size_t i = 0; i < tenants_.size(); ++i) {
    if (numbers_[i].second == database) out.push_back(tenants_[i].get());
  }
  return out;
}

store::TenantView RegionHome::view(std::size_t index) const {
  return must(tenancy_->view(numbers_[index].first, tenancy::SystemJob::eval));
}

}  // namespace kgrca::bench
