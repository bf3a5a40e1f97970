// SIGTERM under load, and what a second start finds.
#include <catch2/catch.hpp>

#include <iostream>
#include <memory>

#include "tests/fault/load.h"
#include "tests/support/server_process.h"

namespace kgrca::fault {

TEST_CASE("fault: SIGTERM under load ends with 0 and a second start goes on") {
  Ledger ledger;
  std::vector<std::unique_ptr<Driver>> drivers;
  constexpr std::uint64_t count = 4;
  for (std::uint64_t i = 0; i < count; ++i) drivers.push_back(std::make_unique<Driver>(ledger, i, count, 7));
  test::ServerProcess server;
  server.start();
  const std::string key = server.key("default");
  double slowest_stop = 0;
  for (int round = 0; round < 3; ++round) {
    for (const auto& driver : drivers) driver->start(server.url(), key);
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    const test::Ending ending = server.terminate(25);
    for (const auto& driver : drivers) driver->stop();
    CHECK(ending.exited);
    CHECK(ending.code == 0);
    slowest_stop = std::max(slowest_stop, ending.seconds);
    server.start();
    CHECK(server.key("default") == key);
  }
  for (const auto& driver : drivers) driver->start(server.url(), key);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  for (const auto& driver : drivers) driver->stop();
  test::Api api(server.url(), key);
  const Verdict verdict = compare(api, ledger);
  std::cout << "slowest stop " << slowest_stop << " s, acknowledged " << ledger.all_acknowledged().size() << "\n";
  INFO("complaints " << first_few(ledger.complaints()) << "\nlost " << first_few(verdict.lost) << "\ndoubled "
                     << first_few(verdict.doubled) << "\nbroken " << first_few(verdict.broken));
  CHECK(ledger.complaints().empty());
  CHECK(verdict.lost.empty());
  CHECK(verdict.doubled.empty());
  CHECK(verdict.broken.empty());
  CHECK(static_cast<std::int64_t>(verdict.stored) == verdict.counted);
}

TEST_CASE("fault: a second SIGTERM ends the process at once and loses nothing that was acknowledged") {
  Ledger ledger;
  Driver driver(ledger, 0, 1, 11);
  test::ServerProcess server;
  server.start();
  const std::string key = server.key("default");
  driver.start(server.url(), key);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  CHECK(server.terminate_twice(10).exited);
  driver.stop();
  server.start();
  test::Api api(server.url(), key);
  const Verdict verdict = compare(api, ledger);
  INFO("lost " << first_few(verdict.lost) << "\ndoubled " << first_few(verdict.doubled));
  CHECK(verdict.lost.empty());
  CHECK(verdict.doubled.empty());
}

}  // namespace kgrca::fault
