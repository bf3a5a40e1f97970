#include "tenancy/pepper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "kgrca/core/strings.h"
#include "kgrca/wire/digest.h"

namespace kgrca::tenancy {
namespace {

constexpr std::size_t pepper_size = 32;

struct Descriptor {
  explicit Descriptor(int of) : fd(of) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd;
};

core::Status trouble(std::string_view doing, const std::string& path) {
  return core::failed_precondition(core::cat("cannot ", doing, " the pepper file ", path, ": ", std::strerror(errno)));
}

// Losing the pepper voids every key, so it must be on disk before the first key is made.
core::Status sync_parent(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  const Descriptor directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.fd < 0 || ::fsync(directory.fd) != 0) return trouble("sync the directory of", path);
  return core::ok_status();
}

// A file of another name first: a crash must not leave a short pepper behind.
core::Status make_pepper(const std::string& path) {
  const std::string unfinished = path + ".new";
  ::unlink(unfinished.c_str());
  const Descriptor file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.fd < 0) return trouble("make", path);
  const std::string pepper = wire::random_bytes(pepper_size);
  if (::write(file.fd, pepper.data(), pepper.size()) != static_cast<ssize_t>(pepper.size()) || ::fsync(file.fd) != 0)
    return trouble("write", path);
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return trouble("name", path);
  return sync_parent(path);
}

core::StatusOr<std::string> read_pepper(int fd, const std::string& path) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return trouble("examine", path);
  if ((facts.st_mode & 0077) != 0)
    return core::failed_precondition(core::cat("the pepper file ", path, " may be read or written by others: run chmod 600 ", path));
  std::string pepper(pepper_size + 1, '\0');
  const auto size = ::read(fd, pepper.data(), pepper.size());
  if (size < 0) return trouble("read", path);
  if (static_cast<std::size_t>(size) != pepper_size)
    return core::failed_precondition(core::cat("the pepper file ", path, " must hold exactly ", pepper_size,
                                               " bytes: restore it from a backup; without it no API key is valid"));
  pepper.resize(pepper_size);
  return pepper;
}

}  // namespace

core::StatusOr<std::string> load_pepper(const std::string& path, bool may_make) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.fd >= 0) return read_pepper(file.fd, path);
    if (errno != ENOENT || attempt == 1) return trouble("open", path);
    if (!may_make)
      return core::failed_precondition(core::cat("the pepper file ", path, " is missing, but the store holds API keys made with it: "
                                                 "restore it from a backup"));
    KGRCA_RETURN_IF_ERROR(make_pepper(path));
  }
  return core::internal_error("the pepper file vanished");
}

}  // namespace kgrca::tenancy
