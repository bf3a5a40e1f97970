#include "app/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace kgrca::app {
namespace {

constexpr int files_most = 1'000'000;
constexpr int files_of_database = 300;  // 256 tables; logs, manifest, what a compaction writes
constexpr int files_of_process = 64;

int bounded(rlim_t files) { return static_cast<int>(std::min<rlim_t>(files, files_most)); }

}  // namespace

int raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return files_most;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return bounded(setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur);
}

int connections_within(int wanted, int open_files, int databases) {
  const int kept = std::min(databases * files_of_database + files_of_process, open_files / 2);
  return std::clamp(wanted, 1, std::max(1, open_files - kept));
}

}  // namespace kgrca::app
