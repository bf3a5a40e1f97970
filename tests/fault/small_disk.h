// A file system of a given size for this process and its children, and a file that fills it.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/temp_directory.h"

namespace kgrca::fault {

// A tmpfs in a mount namespace of the calling thread (and of the processes it starts). Needs root; `why_not` says what was refused.
class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& why_not() const { return why_not_; }  // empty: it is there
  std::string path() const { return directory_.path(); }
  std::uint64_t free_bytes() const;
  // Fills the disk until at most `left` bytes are free; releases what it took.
  void fill(std::uint64_t left);
  void release();

 private:
  test::TempDirectory directory_;
  std::string why_not_;
};

}  // namespace kgrca::fault
