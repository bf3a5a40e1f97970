#include "tests/fault/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kgrca/core/strings.h"

namespace kgrca::fault {
namespace {

std::string ballast_of(const std::string& directory) { return directory + "/ballast"; }

}  // namespace

SmallDisk::SmallDisk(std::uint64_t bytes) {
  if (::unshare(CLONE_NEWNS) != 0) {
    why_not_ = core::cat("unshare -m is refused: ", std::strerror(errno));
  } else if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
             ::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, core::cat("size=", bytes).c_str()) != 0) {
    why_not_ = core::cat("mount is refused: ", std::strerror(errno));
  }
}

SmallDisk::~SmallDisk() {
  if (why_not_.empty()) ::umount2(directory_.path().c_str(), MNT_DETACH);
}

std::uint64_t SmallDisk::free_bytes() const {
  struct statvfs info {};
  if (::statvfs(directory_.path().c_str(), &info) != 0) return 0;
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

void SmallDisk::fill(std::uint64_t left) {
  const int fd = ::open(ballast_of(path()).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string chunk(64 * 1024, 'b');
  while (free_bytes() > left) {
    const std::size_t size = std::min<std::uint64_t>(chunk.size(), free_bytes() - left);
    if (size == 0 || ::write(fd, chunk.data(), size) <= 0) break;
  }
  ::close(fd);
}

void SmallDisk::release() { ::unlink(ballast_of(path()).c_str()); }

}  // namespace kgrca::fault
