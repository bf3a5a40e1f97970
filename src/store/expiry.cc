#include "store/expiry.h"

#include <string>

#include "store/tenant_prefix.h"

namespace kgrca::store {
namespace {

// One compaction's filter: keys come in order. RocksDB gives it only the newest version of a key.
class ExpiryFilter : public rocksdb::CompactionFilter {
 public:
  explicit ExpiryFilter(std::shared_ptr<const ExpiryTable::Map> table) : table_(std::move(table)) {}
  const char* Name() const override { return "kgrca.Expiry"; }
  Decision FilterV2(int, const rocksdb::Slice& key, ValueType type, const rocksdb::Slice&, std::string*, std::string*) const override {
    if (type != ValueType::kValue || key.size() < tenant_prefix_bytes) return Decision::kKeep;
    const core::TenantNumber tenant = tenant_of({key.data(), key.size()});
    if (tenant != tenant_) find(tenant);
    if (expiry_ == nullptr) return Decision::kKeep;
    return expired({key.data(), key.size()}, *expiry_) ? Decision::kRemove : Decision::kKeep;
  }

 protected:
  // `key` with the tenant number.
  virtual bool expired(std::string_view key, const Expiry& expiry) const = 0;

 private:
  void find(core::TenantNumber tenant) const {
    tenant_ = tenant;
    const auto found = table_->find(tenant);
    expiry_ = found == table_->end() ? nullptr : &found->second;
  }

  const std::shared_ptr<const ExpiryTable::Map> table_;
  mutable core::TenantNumber tenant_{};  // 0, the operator, never expires
  mutable const Expiry* expiry_ = nullptr;
};

class ClosedEdges final : public ExpiryFilter {
 public:
  using ExpiryFilter::ExpiryFilter;

 private:
  bool expired(std::string_view key, const Expiry& expiry) const override {
    const keys::EdgeKey edge = keys::edge_of(key.substr(tenant_prefix_bytes));
    return edge.closed && edge.to <= expiry.history;
  }
};

class Postings final : public ExpiryFilter {
 public:
  using ExpiryFilter::ExpiryFilter;

 private:
  bool expired(std::string_view key, const Expiry& expiry) const override {
    const keys::PostingsKey block = keys::postings_of(key.substr(tenant_prefix_bytes));
    return block.earliest && block.earliest.time() < expiry.postings;
  }
};

// A resource's states come newest first. The first at or before the moment still held then; those after it did not.
class FormerStates final : public ExpiryFilter {
 public:
  using ExpiryFilter::ExpiryFilter;

 private:
  bool expired(std::string_view key, const Expiry& expiry) const override {
    const std::string_view own = key.substr(tenant_prefix_bytes);
    if (!keys::resource_of_state_key(own) || keys::time_of_state_key(own) > expiry.history) return false;
    const std::string_view owner = key.substr(0, key.size() - sizeof(std::uint64_t));
    if (held_ == owner) return true;
    held_ = owner;
    return false;
  }

  mutable std::string held_;  // tenant and resource whose state at the moment was seen
};

template <typename Filter>
class Factory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit Factory(const ExpiryTable& table) : table_(table) {}
  const char* Name() const override { return "kgrca.ExpiryFactory"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<Filter>(table_.present());
  }

 private:
  const ExpiryTable& table_;
};

}  // namespace

void ExpiryTable::set(core::TenantNumber tenant, const Expiry& expiry) {
  const std::lock_guard lock(mutex_);
  auto next = std::make_shared<Map>(*map_);
  (*next)[tenant] = expiry;
  map_ = std::move(next);
}

std::shared_ptr<const ExpiryTable::Map> ExpiryTable::present() const {
  const std::lock_guard lock(mutex_);
  return map_;
}

std::shared_ptr<rocksdb::CompactionFilterFactory> expiry_filter(Family family, const ExpiryTable& table) {
  if (family == Family::topology) return std::make_shared<Factory<ClosedEdges>>(table);
  if (family == Family::state) return std::make_shared<Factory<FormerStates>>(table);
  if (family == Family::index) return std::make_shared<Factory<Postings>>(table);
  return nullptr;
}

}  // namespace kgrca::store
