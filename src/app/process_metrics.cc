#include "app/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "app/build_info.h"
#include "kgrca/core/time.h"

namespace kgrca::app {
namespace {

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  in >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(entries, std::filesystem::directory_iterator{}));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

ProcessMetrics::ProcessMetrics(core::Metrics& metrics)
    : resident_bytes_(metrics.gauge("kgrca_process_resident_memory_bytes", "Resident memory of the process.")),
      open_descriptors_(metrics.gauge("kgrca_process_open_fds", "Open file descriptors of the process.")),
      cpu_seconds_(metrics.gauge("kgrca_process_cpu_seconds", "CPU time the process has used.")) {
  metrics
      .gauge("kgrca_build_info", "Always 1; the labels name the build.",
             {{"version", std::string(version())}, {"compiler", std::string(compiler())}, {"build", std::string(build_type())}})
      .set(1);
  metrics.gauge("kgrca_process_start_time_seconds", "Start of the process since the Unix epoch.")
      .set(core::to_seconds(core::SystemClock().now().time_since_epoch()));
  refresh();
}

void ProcessMetrics::refresh() {
  resident_bytes_.set(resident_bytes());
  open_descriptors_.set(open_descriptors());
  cpu_seconds_.set(cpu_seconds());
}

}  // namespace kgrca::app
