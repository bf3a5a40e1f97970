#include <cstdlib>
#include <utility>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/store.h"
#include "store/counter_merge.h"
#include "store/impl.h"
#include "store/snapshot_impl.h"

namespace kgrca::store {
namespace {

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

struct Batch::Impl {
  Impl(Database& to, core::TenantNumber of) : database(to), tenant(of), prefix(tenant_prefix(of)), writes(to.take_spare()) {}

  std::string full(const Key& key) const { return prefix + key.bytes(); }
  rocksdb::ColumnFamilyHandle* family(const Key& key) const { return database.family(key.family()); }

  // A range that begins with a whole hinted key would take the hint of the keys for one of the ranges, which lie elsewhere.
  void erase_from(const Key& first, const std::string& end) {
    std::string begin = full(first);
    if (begin.size() == hinted_key_bytes(first.family())) {
      writes.Delete(family(first), begin);
      begin.push_back('\0');
    }
    writes.DeleteRange(family(first), begin, end);
  }

  Database& database;
  core::TenantNumber tenant;
  std::string prefix;
  rocksdb::WriteBatch writes;
  core::Status misuse;  // kept until commit: RocksDB would log the batch first and then fail for good
};

Batch::Batch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

void Batch::put(const Key& key, std::string_view value) {
  const rocksdb::Slice parts[] = {slice(impl_->prefix), slice(key.bytes())};
  const rocksdb::Slice content = slice(value);
  impl_->writes.Put(impl_->family(key), rocksdb::SliceParts(parts, 2), rocksdb::SliceParts(&content, 1));
}

void Batch::erase(const Key& key) {
  const rocksdb::Slice parts[] = {slice(impl_->prefix), slice(key.bytes())};
  impl_->writes.Delete(impl_->family(key), rocksdb::SliceParts(parts, 2));
}

void Batch::add(const Key& key, std::int64_t amount) {
  if (key.family() != Family::meta) {
    impl_->misuse = core::internal_error("only counters of the meta family can be added to");
    return;
  }
  const std::string operand = encode_counter(amount);
  const rocksdb::Slice parts[] = {slice(impl_->prefix), slice(key.bytes())};
  const rocksdb::Slice content = slice(operand);
  impl_->writes.Merge(impl_->family(key), rocksdb::SliceParts(parts, 2), rocksdb::SliceParts(&content, 1));
}

void Batch::erase_range(const Key& first, const Key& last) {
  if (first.family() != last.family()) {
    impl_->misuse = core::internal_error("a range to erase begins and ends in different families");
    return;
  }
  if (first.bytes() >= last.bytes()) return;  // RocksDB reports an inverted range only when it is read
  impl_->erase_from(first, impl_->full(last));
}

void Batch::erase_prefix(const Key& prefix) { impl_->erase_from(prefix, bound_of_prefix(impl_->full(prefix))); }

std::size_t Batch::keys() const { return impl_->writes.Count(); }
std::size_t Batch::bytes() const { return impl_->writes.GetDataSize(); }

Batch TenantView::batch() const {
  return Batch(std::make_unique<Batch::Impl>(*store_->databases[static_cast<std::size_t>(database_)], tenant_));
}

Snapshot TenantView::snapshot(core::Duration at_most) const {
  return Snapshot(std::make_shared<Snapshot::Impl>(*store_->databases[static_cast<std::size_t>(database_)], tenant_, at_most));
}

core::Status TenantView::check(const Batch& batch) const {
  if (batch.impl_->tenant != tenant_ || &batch.impl_->database != store_->databases[static_cast<std::size_t>(database_)].get())
    return core::internal_error("a batch of another tenant was given to this tenant's view");
  return batch.impl_->misuse;
}

core::Status TenantView::commit(Batch&& batch, std::function<void()> durable) {
  KGRCA_RETURN_IF_ERROR(check(batch));
  KGRCA_RETURN_IF_ERROR(store_->commit(database_, batch.impl_->writes, Waiter{std::move(durable), nullptr}));
  batch.impl_->database.keep_spare(std::exchange(batch.impl_->writes, rocksdb::WriteBatch()));
  return core::ok_status();
}

core::Status TenantView::commit_durably(Batch&& batch, Purpose purpose) {
  KGRCA_RETURN_IF_ERROR(check(batch));
  std::promise<core::Status> result;
  auto synced = result.get_future();
  KGRCA_RETURN_IF_ERROR(store_->commit(database_, batch.impl_->writes, Waiter{nullptr, &result}, purpose));
  batch.impl_->database.keep_spare(std::exchange(batch.impl_->writes, rocksdb::WriteBatch()));
  return synced.get();
}

void TenantView::set_expiry(const Expiry& expiry) const { store_->memory.expiry->set(tenant_, expiry); }

TenantView TenantViewOpener::open(Store& store, core::TenantNumber tenant, int database) {
  if (database < 0 || database >= store.databases()) {
    core::log(core::LogLevel::error, "store_misuse", {{"what", "no such database"}, {"database", std::int64_t{database}}});
    std::abort();
  }
  return TenantView(store.impl_.get(), tenant, database);
}

}  // namespace kgrca::store
