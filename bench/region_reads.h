// How long questions take that each read a snapshot of their own.
#pragma once

#include <string>
#include <vector>

#include "region_tenant.h"

namespace kgrca::bench {

struct ReadRow {
  std::string name;
  double p50_us = 0;
  double p99_us = 0;
  double cpu_p50_us = 0;      // of the asking thread: what a question costs when nobody takes its core away
  double cpu_p99_us = 0;
  double target_p50_us = 0;   // 0: none
  double target_p99_us = 0;
  double answer = 0;          // edges, nodes or events of one answer in the mean
  std::size_t questions = 0;
};

// Asks each kind of question for `seconds`, about random samples of all tenants.
core::StatusOr<std::vector<ReadRow>> measure_reads(const std::vector<std::unique_ptr<RegionTenant>>& tenants, double seconds,
                                                   std::uint64_t seed);

}  // namespace kgrca::bench
