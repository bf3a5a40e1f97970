// A look at the write-ahead logs of a database before RocksDB replays them.
//
// RocksDB's replay ends silently at the first damaged record, however much that was acknowledged lies behind it, and silently
// goes on behind a zeroed stretch or a log that lost its end. This reads the same records (its log format: blocks of 32 KiB,
// checksummed fragments) and follows the sequence numbers, which leave no gap.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kgrca/core/status.h"

namespace kgrca::store {

// One log file, up to its first damage.
struct LogSpan {
  std::uint64_t number = 0;  // of the file; logs are replayed in this order
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t good_bytes = 0;   // up to the end of the last whole record before any damage
  std::uint64_t first = 0;        // sequence number of the first record; 0: no records
  std::uint64_t last = 0;         // highest sequence number of the records before any damage
  bool whole_after = false;       // whole records lie behind the damage
};

// All logs of the database in `directory`, in order. Reads them once. unavailable: a file cannot be read.
core::StatusOr<std::vector<LogSpan>> read_logs(const std::string& directory);

// Where following the logs ends.
struct LogEnd {
  std::uint64_t last = 0;            // sequence number; 0: the logs hold no records
  std::size_t file = 0;              // index of the log in which it ends
  bool whole_after = false;          // whole records follow that do not connect, in this or a later log
  bool torn = false;                 // bytes follow that are no record, as after a crash in the middle of a write
};
// Logs below `oldest` hold nothing that is needed and are left out.
LogEnd follow_logs(const std::vector<LogSpan>& logs, std::uint64_t oldest);

// Ends the logs there: cuts the file and empties those after it, so that nobody replays what does not connect.
core::Status cut_logs(const std::vector<LogSpan>& logs, const LogEnd& end);

}  // namespace kgrca::store
