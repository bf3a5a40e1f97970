// Whether the beginning of a table can be read.
//
// RocksDB 7.8, as Debian 12 has it, swallows one error: when a scan comes to a table and cannot read its first block, it goes on
// without the table's keys (mended in RocksDB 8.7). So a scan notes the tables that it comes to, and asks here.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <shared_mutex>
#include <string>
#include <utility>

#include <rocksdb/db.h>
#include <rocksdb/table_properties.h>

#include "kgrca/core/status.h"

namespace kgrca::store {

// A table as its own properties name it: session and number.
using TableName = std::pair<std::string, std::uint64_t>;
TableName name_of(const rocksdb::TableProperties& table);

// Thread-safe. Each table is read at its first use and again an hour later.
class TableChecks {
 public:
  explicit TableChecks(std::string directory) : directory_(std::move(directory)) {}
  // data_loss: its beginning cannot be read. Cost: a look-up; the first time it opens the file.
  core::Status check(const TableName& table, rocksdb::DB& database, rocksdb::ColumnFamilyHandle* family);

 private:
  using Clock = std::chrono::steady_clock;
  struct Verdict {
    core::Status status;
    Clock::time_point checked;
  };
  const std::string directory_;
  std::shared_mutex mutex_;
  std::map<TableName, Verdict> verdicts_;
};

}  // namespace kgrca::store
