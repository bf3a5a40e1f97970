// A file system for RocksDB that forgets what was not synced when the power is cut, and can refuse syncs and space.
// Model: a file keeps its synced bytes and a random, possibly torn part of the rest; a new file is there only when its
// directory was synced after it was made. A rename counts as durable, and with it every name made before: journals of
// file systems keep the order (RocksDB syncs the directory after each). After the
// cut writes go nowhere and seem to succeed, syncs and changes of names fail: nothing more can become durable. One sync seems
// to succeed, that of a log by RocksDB's own thread before a flush (its next, that of the MANIFEST, fails): Debian's library
// asserts that nobody syncs a log again after it failed there, and the committer may be on its way to.
// The cut comes when a test sets `power_is_off`, or in the middle of the call that `cut_at` counts.
#pragma once

#include <pthread.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

#include <rocksdb/file_system.h>

namespace kgrca::store::testing {

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultFileSystem"; }

  std::atomic<bool> power_is_off{false};
  std::atomic<bool> syncs_fail{false};
  std::atomic<bool> disk_is_full{false};
  std::atomic<std::uint64_t> calls{0};   // that change the disk: creations, appends, syncs, renames, deletions
  std::atomic<std::uint64_t> cut_at{0};  // the power goes with this one; 0: never

  // Counts a call; whether the power goes with it.
  bool step() {
    if (power_is_off || ++calls != cut_at) return false;
    power_is_off = true;
    return true;
  }

  // What the disk holds after the power cut. REQUIRES: power_is_off, and the store is closed.
  void lose_unsynced(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const std::lock_guard lock(mutex_);
    for (const auto& [path, file] : files_) {
      std::error_code ignored;
      if (!file.name_is_durable) {
        std::filesystem::remove(path, ignored);
        continue;
      }
      const auto unsynced = file.written - file.synced;
      const auto kept = file.synced + (unsynced == 0 ? 0 : random() % (unsynced + 1));
      if (std::filesystem::file_size(path, ignored) > kept && !ignored) std::filesystem::resize_file(path, kept, ignored);
    }
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  friend class FaultFile;
  friend class FaultDirectory;
  struct File {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
    bool name_is_durable = false;
  };
  static rocksdb::IOStatus dead() { return rocksdb::IOStatus::IOError("the power is off"); }
  static bool is_rocks_thread() {
    char name[16] = {};
    return pthread_getname_np(pthread_self(), name, sizeof name) == 0 && std::string_view(name).starts_with("rocksdb:");
  }

  void wrote(const std::string& path, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    files_[path].written += bytes;
  }
  // The real disk is not asked: only this record decides what survives.
  rocksdb::IOStatus sync(const std::string& path) {
    step();
    const std::lock_guard lock(mutex_);
    if (power_is_off) return path.ends_with(".log") && is_rocks_thread() ? rocksdb::IOStatus::OK() : dead();
    if (syncs_fail) return rocksdb::IOStatus::IOError("sync refused by the test");
    files_[path].synced = files_[path].written;
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus sync_names(const std::string& directory) {
    step();
    const std::lock_guard lock(mutex_);
    if (power_is_off) return dead();
    keep_names(directory);
    return rocksdb::IOStatus::OK();
  }
  // REQUIRES: mutex_ held.
  void keep_names(const std::filesystem::path& directory) {
    for (auto& [path, file] : files_)
      if (std::filesystem::path(path).parent_path() == directory) file.name_is_durable = true;
  }

  std::mutex mutex_;
  std::map<std::string, File> files_;
};

class FaultFile final : public rocksdb::FSWritableFileWrapper {
 public:
  FaultFile(FaultFileSystem& system, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileWrapper(file.get()), system_(system), path_(std::move(path)), file_(std::move(file)) {}
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    const bool last = system_.step();
    if (system_.power_is_off && !last) return rocksdb::IOStatus::OK();
    if (system_.disk_is_full) return rocksdb::IOStatus::NoSpace("no space left, says the test");
    const rocksdb::Slice written(data.data(), last ? data.size() / 2 : data.size());
    auto status = file_->Append(written, options, debug);
    if (status.ok()) system_.wrote(path_, written.size());
    return status;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return system_.sync(path_); }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return system_.sync(path_); }

 private:
  FaultFileSystem& system_;
  const std::string path_;
  std::unique_ptr<rocksdb::FSWritableFile> file_;
};

class FaultDirectory final : public rocksdb::FSDirectory {
 public:
  FaultDirectory(FaultFileSystem& system, std::string path) : system_(system), path_(std::move(path)) {}
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return system_.sync_names(path_); }

 private:
  FaultFileSystem& system_;
  const std::string path_;
};

inline rocksdb::IOStatus FaultFileSystem::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                          rocksdb::IODebugContext* debug) {
  step();
  if (power_is_off) return dead();
  std::unique_ptr<rocksdb::FSWritableFile> real;
  auto status = target()->NewWritableFile(path, options, &real, debug);
  if (!status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    files_[path] = File{};
  }
  *file = std::make_unique<FaultFile>(*this, path, std::move(real));
  return status;
}

inline rocksdb::IOStatus FaultFileSystem::NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                                       std::unique_ptr<rocksdb::FSDirectory>* directory,
                                                       rocksdb::IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> real;
  auto status = target()->NewDirectory(path, options, &real, debug);
  if (status.ok()) *directory = std::make_unique<FaultDirectory>(*this, path);
  return status;
}

inline rocksdb::IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                                     const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) {
  step();
  if (power_is_off) return dead();
  auto status = target()->RenameFile(from, to, options, debug);
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(from);
  if (!status.ok() || found == files_.end()) return status;
  File file = found->second;
  files_.erase(found);
  files_[to] = file;
  keep_names(std::filesystem::path(to).parent_path());
  return status;
}

inline rocksdb::IOStatus FaultFileSystem::DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                                     rocksdb::IODebugContext* debug) {
  step();
  if (power_is_off) return dead();
  const std::lock_guard lock(mutex_);
  files_.erase(path);
  return target()->DeleteFile(path, options, debug);
}

}  // namespace kgrca::store::testing
