#include "app/memory_shares.h"

#include <catch2/catch.hpp>

#include "kgrca/core/status.h"

using namespace kgrca::app;

TEST_CASE("memory: the parts never add up to more than the limit and leave some for requests") {
  for (const std::uint64_t limit : {192ull << 20, 768ull << 20, 1536ull << 20, 64ull << 30, 1'000'000'007ull}) {
    const MemoryShares shares = divide_memory(limit);
    const std::uint64_t given = shares.store() + shares.lanes + shares.queues;
    CHECK(given <= limit - limit / 12);
    CHECK(given >= limit - limit / 12 - 8);
    CHECK(shares.cache >= 2 * shares.write_buffers - 2);
  }
}

TEST_CASE("memory: a limit too small for the write buffers of all databases is refused and the least one named") {
  CHECK(check_memory(192ull << 20, 4).ok());
  const auto status = check_memory(192ull << 20, 16);
  REQUIRE_FALSE(status.ok());
  CHECK(kgrca::core::message_of(status).find("at least 768MiB") != std::string::npos);
  CHECK(check_memory(768ull << 20, 16).ok());
}

TEST_CASE("memory: what each part may hold is shown") {
  kgrca::core::Metrics metrics;
  show_shares(divide_memory(1200), metrics);
  const std::string text = metrics.expose();
  CHECK(text.find("kgrca_memory_share_bytes{part=\"block_cache\"} 400") != std::string::npos);
  CHECK(text.find("kgrca_memory_share_bytes{part=\"queues\"} 100") != std::string::npos);
}
