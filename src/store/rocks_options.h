// RocksDB's settings, and why. Cost here is per key, not per byte: ordered inserts with a hint, no memtable bloom.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/write_buffer_manager.h>

#include "kgrca/store/store.h"
#include "store/expiry.h"

namespace kgrca::store {

// What all databases of a store share: one memory budget.
struct SharedMemory {
  std::shared_ptr<rocksdb::Cache> cache;                   // capacity: memory_bytes, memtables charged to it
  std::shared_ptr<rocksdb::WriteBufferManager> memtables;  // limit: memory_bytes - cache_bytes
  std::size_t memtable_bytes = 0;                          // of one column family
  std::size_t wal_bytes = 0;                               // of all databases
  std::shared_ptr<ExpiryTable> expiry;                     // what compactions drop
};
SharedMemory make_shared_memory(const StoreOptions& options, int databases);

rocksdb::DBOptions database_options(const SharedMemory& memory, int databases, rocksdb::Env* env);
rocksdb::ColumnFamilyOptions family_options(Family family, const SharedMemory& memory);

// meta lives in RocksDB's own "default" family.
const std::string& family_name(Family family);
Family family_at(int index);

// Length of the family's prefix extractor, tenant number included; 0 when it has none. A forward scan of a prefix at least
// this long stays within one extractor prefix and may use the bloom filters; any other scan must ask for total order.
std::size_t extractor_bytes(Family family);

// Length of the keys that are inserted with a hint, tenant number included; 0 for families without one. RocksDB 7.8 keeps
// one hint per prefix for a memtable's keys and its range deletions, which are two skip lists: a range deletion whose begin
// is in the hint's domain corrupts the memtable. So only keys of exactly this length are, and no range begins with one.
std::size_t hinted_key_bytes(Family family);

}  // namespace kgrca::store
