#include "store/table_check.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>

#include <rocksdb/sst_file_reader.h>

#include "kgrca/core/strings.h"
#include "store/rocks_status.h"

namespace kgrca::store {
namespace {

constexpr auto checked_for = std::chrono::hours(1);
constexpr std::size_t verdicts_max = 16'384;

core::Status read_beginning(const std::string& path, const rocksdb::Options& options) {
  rocksdb::SstFileReader reader(options);
  auto status = reader.Open(path);
  if (status.ok()) {
    rocksdb::ReadOptions uncached;
    uncached.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> iterator(reader.NewIterator(uncached));
    iterator->SeekToFirst();
    status = iterator->status();
  }
  if (status.IsCorruption()) return to_status(status, core::cat("the table ", path));
  return core::ok_status();  // what cannot be opened at all is told by the scan itself
}

std::string file_name(std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "/%06llu.sst", static_cast<unsigned long long>(number));
  return name;
}

}  // namespace

TableName name_of(const rocksdb::TableProperties& table) { return {table.db_session_id, table.orig_file_number}; }

core::Status TableChecks::check(const TableName& table, rocksdb::DB& database, rocksdb::ColumnFamilyHandle* family) {
  const auto now = Clock::now();
  {
    const std::shared_lock lock(mutex_);
    const auto found = verdicts_.find(table);
    if (found != verdicts_.end() && now - found->second.checked < checked_for) return found->second.status;
  }
  core::Status status = read_beginning(directory_ + file_name(table.second), database.GetOptions(family));
  const std::unique_lock lock(mutex_);
  if (verdicts_.size() >= verdicts_max) verdicts_.clear();
  verdicts_.insert_or_assign(table, Verdict{status, now});
  return status;
}

}  // namespace kgrca::store
