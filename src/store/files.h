// The store's own files beside RocksDB's: directory, lock, free space.
#pragma once

#include <cstdint>
#include <string>

#include "kgrca/core/status.h"
#include "kgrca/store/store.h"

namespace kgrca::store {

// Makes `path` and what is missing above it, each entry synced, unless it is there. failed_precondition: it cannot be made.
core::Status make_directory(const std::string& path);
core::Status sync_directory(const std::string& path);
// Syncs every file and directory below `path`, and it.
core::Status sync_tree(const std::string& path);
// The file is there with all its bytes, mode and name, or not at all. `mode`: like 0600.
core::Status write_file(const std::string& path, std::string_view bytes, unsigned mode);
// out_of_range: the file has more than `most` bytes.
core::StatusOr<std::string> read_file(const std::string& path, std::size_t most);
// not_found when there is none; failed_precondition names what is in it otherwise.
core::Status check_empty_directory(const std::string& path);
std::string database_path(const std::string& directory, int number);

// Holds `<directory>/LOCK` until destroyed; the kernel drops the lock when the process dies.
class DirectoryLock {
 public:
  // failed_precondition when another process, or another store of this process, holds it.
  static core::StatusOr<DirectoryLock> take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

DiskSpace disk_space_of(const std::string& path);        // zeros when it cannot be read
std::uint64_t bytes_of_tree(const std::string& path);    // sum of file sizes; files that vanish meanwhile are left out

}  // namespace kgrca::store
