// How memory.limit is divided. One rule, shown in docs/store.md and as kgrca_memory_share_bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kgrca/core/metrics.h"
#include "kgrca/core/settings.h"
#include "kgrca/core/status.h"

namespace kgrca::app {

// In bytes. A half goes to the store, of that two thirds to its block cache (data, index and filter blocks) and a third to write
// buffers; a third to the loaded tenants' graphs and engines; a twelfth to what waits in queues; a twelfth is left for requests,
// answers and the program itself.
struct MemoryShares {
  std::size_t cache = 0;
  std::size_t write_buffers = 0;
  std::size_t lanes = 0;
  std::size_t queues = 0;

  std::size_t store() const { return cache + write_buffers; }
};

MemoryShares divide_memory(std::uint64_t limit);
MemoryShares memory_shares(const core::Settings& settings);
// invalid_argument: the write buffers of so many databases do not fit; names the smallest limit that holds them.
core::Status check_memory(std::uint64_t limit, int databases);
void show_shares(const MemoryShares& shares, core::Metrics& metrics);

}  // namespace kgrca::app
