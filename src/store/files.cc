#include "store/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "kgrca/core/strings.h"

namespace kgrca::store {
namespace {

std::string why() { return std::strerror(errno); }

core::Status lock_is_held(int fd, const std::string& directory) {
  std::array<char, 16> text{};
  const auto size = ::pread(fd, text.data(), text.size(), 0);
  const std::string_view pid = core::trim({text.data(), size > 0 ? static_cast<std::size_t>(size) : 0});
  return core::failed_precondition(core::cat(directory, " is in use by process ", pid.empty() ? "?" : pid,
                                             ": wait until that kgrca is done, stop it, or choose another directory"));
}

core::Status sync_path(const std::string& path, int kind) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | kind);
  if (fd < 0) return core::internal_error(core::cat("cannot open ", path, ": ", why()));
  const int failed = ::fsync(fd);
  const std::string reason = why();
  ::close(fd);
  return failed == 0 ? core::ok_status() : core::internal_error(core::cat("cannot sync ", path, ": ", reason));
}

}  // namespace

core::Status sync_directory(const std::string& path) { return sync_path(path, O_DIRECTORY); }

core::Status sync_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(path, error);
  for (; !error && files != std::filesystem::recursive_directory_iterator{}; files.increment(error)) {
    std::error_code ignored;
    if (files->is_directory(ignored)) {
      KGRCA_RETURN_IF_ERROR(sync_directory(files->path().string()));
      continue;
    }
    KGRCA_RETURN_IF_ERROR(sync_path(files->path().string(), 0));
  }
  if (error) return core::internal_error(core::cat("cannot list ", path, ": ", error.message()));
  return sync_directory(path);
}

core::Status write_file(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string unfinished = core::cat(path, ".new");
  ::unlink(unfinished.c_str());
  const int fd = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode));
  if (fd < 0) return core::failed_precondition(core::cat("cannot make ", unfinished, ": ", why()));
  std::size_t written = 0;
  while (written < bytes.size()) {
    const auto size = ::write(fd, bytes.data() + written, bytes.size() - written);
    if (size <= 0) break;
    written += static_cast<std::size_t>(size);
  }
  const bool good = written == bytes.size() && ::fsync(fd) == 0;
  const std::string reason = why();
  ::close(fd);
  if (!good) return core::unavailable(core::cat("cannot write ", unfinished, ": ", reason));
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return core::unavailable(core::cat("cannot name ", path, ": ", why()));
  return sync_directory(std::filesystem::path(path).parent_path().string());
}

core::StatusOr<std::string> read_file(const std::string& path, std::size_t most) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return core::not_found(core::cat("cannot open ", path, ": ", why()));
  std::string bytes;
  std::array<char, 4096> part{};
  ssize_t size = 0;
  while ((size = ::read(fd, part.data(), part.size())) > 0 && bytes.size() <= most)
    bytes.append(part.data(), static_cast<std::size_t>(size));
  const std::string reason = why();
  ::close(fd);
  if (size < 0) return core::data_loss(core::cat("cannot read ", path, ": ", reason));
  if (bytes.size() > most) return core::out_of_range(core::cat(path, " has more than ", most, " bytes"));
  return bytes;
}

core::Status check_empty_directory(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return core::not_found(core::cat("there is no ", path));
  const std::filesystem::directory_iterator content(path, error);
  if (error) return core::failed_precondition(core::cat(path, " is no directory that can be read: ", error.message()));
  if (content == std::filesystem::directory_iterator{}) return core::ok_status();
  return core::failed_precondition(core::cat(path, " is not empty, it holds ", content->path().filename().string(),
                                             ": give a new or an empty directory"));
}

std::string database_path(const std::string& directory, int number) { return core::cat(directory, '/', number); }

core::Status make_directory(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return core::ok_status();
  const auto parent = std::filesystem::absolute(path, error).parent_path();
  if (!std::filesystem::is_directory(parent, error)) KGRCA_RETURN_IF_ERROR(make_directory(parent.string()));
  std::filesystem::create_directory(path, error);
  if (error)
    return core::failed_precondition(core::cat("cannot make the directory ", path, ": ", error.message(),
                                               ". Give a directory this user may write"));
  return sync_directory(parent.string());
}

core::StatusOr<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  const std::string path = core::cat(directory, "/LOCK");
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0)
    return core::failed_precondition(core::cat("cannot open ", path, ": ", why(), ". The directory must be writable"));
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return lock_is_held(fd, directory);
    return core::failed_precondition(core::cat("cannot lock ", path, ": ", why()));
  }
  // The number only serves the message of a second process; the lock itself is the kernel's.
  const std::string pid = core::cat(::getpid(), '\n');
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0)
    return core::unavailable(core::cat("cannot write ", path, ": ", why()));
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

DiskSpace disk_space_of(const std::string& path) {
  struct statvfs volume {};
  if (::statvfs(path.c_str(), &volume) != 0) return {};
  return {volume.f_bavail * volume.f_frsize, volume.f_blocks * volume.f_frsize};
}

std::uint64_t bytes_of_tree(const std::string& path) {
  std::uint64_t sum = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(path, error);
  for (; !error && files != std::filesystem::recursive_directory_iterator{}; files.increment(error)) {
    std::error_code ignored;
    const auto size = files->is_regular_file(ignored) ? files->file_size(ignored) : 0;
    if (!ignored) sum += size;
  }
  return sum;
}

}  // namespace kgrca::store
