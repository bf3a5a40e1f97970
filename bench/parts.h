// The parts of the server in this process, one at a time: what they could do if the others cost nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/status.h"
#include "kgrca/normalize/decode.h"
#include "kgrca/pipeline/lane.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"
#include "mix_generator.h"

namespace kgrca::bench {

double thread_cpu_seconds();
double process_cpu_seconds();
double wall_seconds();          // monotonic
double resident_mib(int pid);   // VmRSS; 0 when it cannot be read
// Value of a metric without labels in the exposition text; the sum over its label sets otherwise. 0 when absent.
double metric(std::string_view exposition, std::string_view name);

// A directory that goes with the object, under `parent` (empty: the system's for temporary files).
class TempDir {
 public:
  explicit TempDir(const std::string& parent = {});
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct PartsOptions {
  std::size_t pods = 20'000;
  std::size_t nodes = 200;
  std::uint64_t seed = 1;
  std::uint64_t events = 200'000;
  std::size_t batch = 2000;     // events per lane batch
};

struct Parts {
  std::uint64_t events = 0;
  std::uint64_t warnings = 0;
  double decode_s = 0;          // CPU seconds of this thread
  double link_s = 0;            // resolving, episodes, links, incidents; nothing stored
  double lane_s = 0;            // the lane's thread: link, records, batches
  double lane_all_s = 0;        // with the store's background threads
  double store_s = 0;           // as many keys straight into the store, all threads
  double keys_per_event = 0;
  double links_per_warning = 0;
  double rss_mib = 0;
  std::size_t episodes = 0;
  std::size_t open_incidents = 0;
  double snapshot_s = 0;        // lane's CPU seconds for the state snapshot
};

core::StatusOr<Parts> measure_parts(const PartsOptions& options);

}  // namespace kgrca::bench
