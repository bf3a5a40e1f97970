// A tenant's bytes as a whole: what they take, and their end.
#include <rocksdb/convenience.h>
#include <rocksdb/options.h>

#include "kgrca/store/store.h"
#include "store/impl.h"
#include "store/rocks_status.h"

namespace kgrca::store {
namespace {

constexpr std::uint64_t keys_between_looks = 4096;

struct Bounds {
  explicit Bounds(core::TenantNumber tenant) : first(tenant_prefix(tenant)), last(bound_of_prefix(first)) {}
  std::string first;
  std::string last;
};

core::Status cancelled() { return core::unavailable("the server is stopping"); }

}  // namespace

std::uint64_t TenantView::disk_estimate() const {
  Database& database = *store_->databases[static_cast<std::size_t>(database_)];
  const Bounds bounds(tenant_);
  rocksdb::SizeApproximationOptions what;
  what.include_memtables = true;
  what.include_files = true;
  const rocksdb::Range range(bounds.first, bounds.last);
  std::uint64_t sum = 0;
  for (int i = 0; i < family_count; ++i) {
    std::uint64_t size = 0;
    if (database.db().GetApproximateSizes(what, database.family(family_at(i)), &range, 1, &size).ok()) sum += size;
  }
  return sum;
}

core::StatusOr<TenantBytes> TenantView::count_all(const std::atomic<bool>& stop) const {
  Database& database = *store_->databases[static_cast<std::size_t>(database_)];
  const Bounds bounds(tenant_);
  const rocksdb::Slice end(bounds.last);
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;
  options.iterate_upper_bound = &end;
  TenantBytes found;
  for (int i = 0; i < family_count; ++i) {
    const std::unique_ptr<rocksdb::Iterator> at(database.db().NewIterator(options, database.family(family_at(i))));
    for (at->Seek(bounds.first); at->Valid(); at->Next()) {
      if (++found.keys % keys_between_looks == 0 && stop) return cancelled();
      found.bytes += at->key().size() + at->value().size();
    }
    KGRCA_RETURN_IF_ERROR(to_status(at->status(), "counting a tenant's keys"));
  }
  return found;
}

core::Status TenantView::erase_all() {
  if (tenant_ == core::operator_tenant) return core::internal_error("the operator's own data cannot be erased");
  Database& database = *store_->databases[static_cast<std::size_t>(database_)];
  const Bounds bounds(tenant_);
  rocksdb::WriteBatch batch;
  for (int i = 0; i < family_count; ++i) batch.DeleteRange(database.family(family_at(i)), bounds.first, bounds.last);
  std::promise<core::Status> result;
  auto synced = result.get_future();
  KGRCA_RETURN_IF_ERROR(store_->commit(database_, batch, Waiter{nullptr, &result}, Purpose::make_room));
  KGRCA_RETURN_IF_ERROR(synced.get());
  const rocksdb::Slice first(bounds.first);
  const rocksdb::Slice last(bounds.last);
  const rocksdb::RangePtr range(&first, &last);
  for (int i = 0; i < family_count; ++i)
    KGRCA_RETURN_IF_ERROR(to_status(rocksdb::DeleteFilesInRanges(&database.db(), database.family(family_at(i)), &range, 1, false),
                                    "dropping a tenant's files"));
  return core::ok_status();
}

core::Status TenantView::compact(std::atomic<bool>& stop) const {
  Database& database = *store_->databases[static_cast<std::size_t>(database_)];
  const Bounds bounds(tenant_);
  const rocksdb::Slice first(bounds.first);
  const rocksdb::Slice last(bounds.last);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  options.canceled = &stop;
  for (int i = 0; i < family_count; ++i) {
    if (stop) return cancelled();
    const auto status = database.db().CompactRange(options, database.family(family_at(i)), &first, &last);
    if (stop) return cancelled();
    KGRCA_RETURN_IF_ERROR(to_status(status, "compacting a tenant's range"));
  }
  return core::ok_status();
}

}  // namespace kgrca::store
