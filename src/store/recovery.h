// Whether a database still has what it acknowledged, asked before RocksDB opens it and changes its files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kgrca/core/status.h"

namespace kgrca::store {

// What the database had for certain: a lower bound, kept in `<database>/SYNCED`. Each value was durable before it was noted.
struct HighMark {
  std::uint64_t sequence = 0;        // of the last synced write
  std::uint64_t manifest = 0;        // number of the MANIFEST file
  std::uint64_t manifest_bytes = 0;
  std::uint64_t log = 0;             // number of the oldest log in use
  std::uint64_t log_first = 0;       // sequence number of its first record; 0: it had none
  bool operator==(const HighMark&) const = default;
};

// The file with the mark. Written in place without a sync: after a power cut it may be an older, still true mark.
class SyncedFile {
 public:
  explicit SyncedFile(std::string directory) : directory_(std::move(directory)) {}
  ~SyncedFile();
  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;

  // Nothing when there is none; data_loss when it is damaged.
  core::StatusOr<std::optional<HighMark>> read() const;
  // A failure is logged once and costs only the check at the next start.
  void write(const HighMark& mark);
  void sync();  // so that it survives a power cut too

 private:
  std::string path() const;
  const std::string directory_;
  int fd_ = -1;
  bool failed_ = false;
};

// What RocksDB says about the database when asked without replaying or writing anything.
struct RocksView {
  std::uint64_t oldest_log = 0;     // logs below are flushed
  std::uint64_t last_sequence = 0;  // of the tables
};

struct RecoveryCheck {
  std::string directory;
  bool accept_loss = false;
  bool read_only = false;  // nothing may be cut
  std::function<std::optional<RocksView>()> ask_rocks;  // nothing when RocksDB cannot open it at all
};
// OK: nothing acknowledged is missing; unconnected ends of the logs, all unacknowledged, were cut. data_loss: acknowledged writes
// are missing; with `accept_loss` they are cut off instead, `lost` says what, and the database may be opened. failed_precondition:
// something would have to be cut and may not be.
// Cost: reads all logs once; asks RocksDB only when something is odd.
core::Status check_recovery(const RecoveryCheck& check, std::string& lost);

}  // namespace kgrca::store
