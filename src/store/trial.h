#pragma once

#include "kgrca/core/metrics.h"
#include "store/database.h"
#include "store/write_stats.h"

namespace kgrca::store {

// Metrics, hooks and a little memory for a database that is only looked at. Lives longer than the database.
struct Trial {
  Trial() {
    constexpr std::size_t bytes = 16ull << 20;
    StoreOptions options;
    options.memory_bytes = bytes;
    options.cache_bytes = bytes / 2;
    memory = make_shared_memory(options, 1);
  }
  DatabaseHooks hooks() {
    DatabaseHooks out;
    out.written = &written;
    out.damaged_reads = &damaged;
    out.damaged_compactions = &damaged;
    return out;
  }
  core::Metrics metrics;
  WriteMetrics written{metrics};
  core::Counter& damaged{metrics.counter("kgrca_store_damaged_total", "Damage met while looking.")};
  SharedMemory memory;
};

}  // namespace kgrca::store
