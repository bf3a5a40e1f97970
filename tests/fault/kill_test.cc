// kill -9 at random moments under load: what was acknowledged is there once, nothing is there twice.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>

#include "kgrca/core/strings.h"
#include "tests/fault/load.h"
#include "tests/support/server_process.h"

namespace kgrca::fault {
namespace {

// KGRCA_KILLS sets how often (scripts/soak: 50); KGRCA_SEED the seed, printed so that a run can be repeated.
std::uint64_t number_from(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text == nullptr ? fallback : static_cast<std::uint64_t>(core::parse_int(text).value_or(static_cast<std::int64_t>(fallback)));
}

constexpr std::uint64_t drivers_count = 3;

}  // namespace

TEST_CASE("fault: killed at random moments, the server keeps every acknowledged event once") {
  const std::uint64_t kills = number_from("KGRCA_KILLS", 5);
  const std::uint64_t seed = number_from("KGRCA_SEED", 20'261'123);
  std::mt19937_64 random(seed);
  Ledger ledger;
  std::vector<std::unique_ptr<Driver>> drivers;
  for (std::uint64_t i = 0; i < drivers_count; ++i) drivers.push_back(std::make_unique<Driver>(ledger, i, drivers_count, seed));
  test::ServerProcess server({"--storage.databases", "1"});
  double slowest_start = server.start();
  const std::string key = server.key("default");
  REQUIRE_FALSE(key.empty());
  for (std::uint64_t kill = 0; kill < kills; ++kill) {
    for (const auto& driver : drivers) driver->start(server.url(), key);
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 1450));
    server.kill_hard();
    for (const auto& driver : drivers) driver->stop();
    slowest_start = std::max(slowest_start, server.start());
  }
  for (const auto& driver : drivers) driver->start(server.url(), key);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  for (const auto& driver : drivers) driver->stop();
  test::Api api(server.url(), key);
  const Verdict verdict = compare(api, ledger);
  std::cout << "kills " << kills << ", seed " << seed << ", acknowledged " << ledger.all_acknowledged().size() << ", sent "
            << ledger.all_sent().size() << ", stored " << verdict.stored << ", incidents " << verdict.incidents
            << ", slowest start " << slowest_start << " s\n";
  CHECK(ledger.all_acknowledged().size() > 100);
  INFO("complaints " << first_few(ledger.complaints()) << "\nlost " << first_few(verdict.lost) << "\ndoubled "
                     << first_few(verdict.doubled) << "\ninvented " << first_few(verdict.invented) << "\nbroken "
                     << first_few(verdict.broken));
  CHECK(ledger.complaints().empty());
  CHECK(verdict.lost.empty());
  CHECK(verdict.doubled.empty());
  CHECK(verdict.invented.empty());
  CHECK(verdict.broken.empty());
  CHECK(static_cast<std::int64_t>(verdict.stored) == verdict.counted);
  CHECK(server.terminate(25).code == 0);
}

}  // namespace kgrca::fault
