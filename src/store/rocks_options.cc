#include "store/rocks_options.h"

#include <algorithm>

#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "store/counter_merge.h"

namespace kgrca::store {
namespace {

constexpr std::size_t mebibyte = 1ull << 20;

constexpr std::uint64_t erased_within = 86'400;        // s, per level
constexpr std::uint64_t filtered_within = 7 * 86'400;  // s
constexpr int zstd_level = 1;
constexpr std::uint32_t dictionary_bytes = 16 * 1024;       // one for each table
constexpr std::uint32_t dictionary_sample_bytes = 1 << 20;  // of the table's beginning, from which it is trained
constexpr std::size_t hint_prefix_bytes = 4;  // T: a batch brings a tenant's keys in ascending order

// The prefix within which keys mostly arrive in ascending order.
class HintPrefix final : public rocksdb::SliceTransform {
 public:
  HintPrefix(std::size_t prefix_bytes, std::size_t key_bytes) : prefix_bytes_(prefix_bytes), key_bytes_(key_bytes) {}
  const char* Name() const override { return "kgrca.HintPrefix"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), prefix_bytes_}; }
  bool InDomain(const rocksdb::Slice& key) const override { return key.size() == key_bytes_; }

 private:
  const std::size_t prefix_bytes_;
  const std::size_t key_bytes_;
};

// The events of one resource lie far apart: who lists them unpacks a block for each.
std::size_t block_bytes(Family family) { return family == Family::events ? 8 * 1024 : 16 * 1024; }

rocksdb::CompressionOptions bottommost_compression(Family family) {
  rocksdb::CompressionOptions options;
  options.enabled = true;
  options.level = zstd_level;
  // What small blocks lose by their size (docs/store.md) the common words of their table give back.
  if (family == Family::events) {
    options.max_dict_bytes = dictionary_bytes;
    options.zstd_max_train_bytes = dictionary_sample_bytes;
    options.max_dict_buffer_bytes = dictionary_sample_bytes;
  }
  return options;
}

rocksdb::BlockBasedTableOptions table_options(Family family, const SharedMemory& memory) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory.cache;
  table.block_size = block_bytes(family);
  table.format_version = 5;
  // Index and filter blocks count against the one memory budget.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = family != Family::topology && family != Family::index;
  return table;
}

}  // namespace

SharedMemory make_shared_memory(const StoreOptions& options, int databases) {
  const std::size_t total = std::max(options.memory_bytes, 16 * mebibyte);
  const std::size_t cache = std::min(options.cache_bytes, total / 3 * 2);
  const std::size_t memtables = total - cache;
  SharedMemory memory;
  // Not strict: a strict cache that is full fails flushes and compactions, after which RocksDB takes no more writes. What can go
  // over is what running scans pin: a block of 16 KiB for each sorted run.
  memory.cache = rocksdb::NewLRUCache(total, -1, false, 0.5);
  memory.memtables = std::make_shared<rocksdb::WriteBufferManager>(memtables, memory.cache);
  // The families that events fill take the lion's share, so half of a database's part each is enough.
  memory.memtable_bytes =
      std::clamp(memtables / static_cast<std::size_t>(databases) / 2, 2 * mebibyte, 64 * mebibyte);
  memory.wal_bytes = options.wal_bytes;
  memory.expiry = std::make_shared<ExpiryTable>();
  return memory;
}

rocksdb::DBOptions database_options(const SharedMemory& memory, int databases, rocksdb::Env* env) {
  rocksdb::DBOptions options;
  if (env != nullptr) options.env = env;
  options.write_buffer_manager = memory.memtables;
  options.max_background_jobs = 2;
  options.allow_concurrent_memtable_write = false;  // one lane writes at a time; needed by the insert hint to pay
  options.max_total_wal_size = std::max(memory.wal_bytes / static_cast<std::size_t>(databases), mebibyte);
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.paranoid_checks = true;
  options.wal_bytes_per_sync = mebibyte;  // the kernel writes early, so a sync finds little left
  options.bytes_per_sync = mebibyte;
  options.max_open_files = 256;
  options.avoid_flush_during_shutdown = true;  // the log is enough
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_log_file_size = 16 * mebibyte;
  options.keep_log_file_num = 4;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::ColumnFamilyOptions family_options(Family family, const SharedMemory& memory) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = memory.memtable_bytes;
  options.max_write_buffer_number = 3;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  // Hashes make up most of the other two: ZSTD does not make them smaller than LZ4 does.
  if (family != Family::meta && family != Family::index) {
    options.bottommost_compression = rocksdb::kZSTD;
    options.bottommost_compression_opts = bottommost_compression(family);
  }
  options.target_file_size_base = 64 * mebibyte;
  options.memtable_prefix_bloom_size_ratio = 0;
  if (family == Family::meta) options.merge_operator = counter_merge_operator();
  if (const auto bytes = extractor_bytes(family); bytes != 0)
    options.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(bytes));
  if (const auto bytes = hinted_key_bytes(family); bytes != 0)
    options.memtable_insert_with_hint_prefix_extractor = std::make_shared<HintPrefix>(hint_prefix_bytes, bytes);
  // Range erasures reach the data they hide, and compaction filters every key, within these times.
  options.ttl = erased_within;
  options.compaction_filter_factory = expiry_filter(family, *memory.expiry);
  if (options.compaction_filter_factory) options.periodic_compaction_seconds = filtered_within;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(family, memory)));
  return options;
}

const std::string& family_name(Family family) {
  static const std::vector<std::string> names = {"default", "state", "topology", "events", "index", "incidents"};
  return names[static_cast<std::size_t>(family)];
}

Family family_at(int index) { return static_cast<Family>(index); }

std::size_t extractor_bytes(Family family) {
  switch (family) {
    case Family::topology: return 13;     // T d R
    case Family::index: return 13;        // T kind term
    case Family::events: return 4;        // T
    default: return 0;
  }
}

std::size_t hinted_key_bytes(Family family) {
  switch (family) {
    case Family::events: return 20;  // T, time, hash
    case Family::index: return 37;   // T, kind, term, time, hash, seq
    default: return 0;
  }
}

}  // namespace kgrca::store
