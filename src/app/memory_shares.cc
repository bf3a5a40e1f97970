#include "app/memory_shares.h"

#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t write_buffers_per_database = 8 * mebibyte;

}  // namespace

MemoryShares divide_memory(std::uint64_t limit) {
  MemoryShares shares;
  shares.write_buffers = static_cast<std::size_t>(limit / 6);
  shares.cache = static_cast<std::size_t>(limit / 3);
  shares.lanes = static_cast<std::size_t>(limit / 3);
  shares.queues = static_cast<std::size_t>(limit / 12);
  return shares;
}

MemoryShares memory_shares(const core::Settings& settings) {
  return divide_memory(static_cast<std::uint64_t>(settings.integer("memory.limit")));
}

core::Status check_memory(std::uint64_t limit, int databases) {
  const std::uint64_t needed = static_cast<std::uint64_t>(databases) * write_buffers_per_database * 6;
  if (limit >= needed) return core::ok_status();
  return core::invalid_argument(core::cat("memory.limit of ", limit / mebibyte, " MiB is too small for the store's ", databases,
                                          " databases: give at least ", needed / mebibyte, "MiB"));
}

void show_shares(const MemoryShares& shares, core::Metrics& metrics) {
  const auto show = [&](const char* part, std::size_t bytes) {
    metrics.gauge("kgrca_memory_share_bytes", "What each part may hold of memory.limit.", {{"part", part}}).set(static_cast<double>(bytes));
  };
  show("block_cache", shares.cache);
  show("memtables", shares.write_buffers);
  show("lanes", shares.lanes);
  show("queues", shares.queues);
}

}  // namespace kgrca::app
