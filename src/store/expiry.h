// Drops what has expired while RocksDB compacts: keys that do not begin with their time and so cannot be erased by range.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include <rocksdb/compaction_filter.h>

#include "kgrca/store/store.h"

namespace kgrca::store {

// What may be dropped, by tenant. Thread-safe; a compaction keeps the table it began with.
class ExpiryTable {
 public:
  using Map = std::map<core::TenantNumber, Expiry>;

  void set(core::TenantNumber tenant, const Expiry& expiry);
  std::shared_ptr<const Map> present() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Map> map_ = std::make_shared<const Map>();
};

// Null for families of which compaction drops nothing. `table` must outlive the database.
std::shared_ptr<rocksdb::CompactionFilterFactory> expiry_filter(Family family, const ExpiryTable& table);

}  // namespace kgrca::store
