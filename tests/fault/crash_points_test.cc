// Power cuts and process deaths at chosen calls of the file system, in the middle of a life of the store.
#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

#include "kgrca/core/strings.h"
#include "tests/fault/crash_run.h"
#include "tests/support/environment.h"
#include "tests/support/temp_directory.h"

namespace kgrca::fault {
TEST_CASE("fault: the scripted life of a store, not broken off, holds every step") {
  test::TempDirectory directory(test::fast_directory());
  CrashRun run;
  live(directory.path(), 0, Crash::power, run);
  CHECK(run.acknowledged[0] == run.attempted[0]);
  CHECK(run.attempted[0] > 40);
  CHECK(run.calls > 300);
  for (const std::string& complaint : complaints_after(directory.path(), run)) FAIL_CHECK(complaint);
}

// KGRCA_CRASHES sets how many points (scripts/soak: 1000); KGRCA_SEED moves them.
TEST_CASE("fault: broken off at any call of the file system, the store keeps what it acknowledged and agrees with itself") {
  std::uint64_t calls = 0;
  {
    test::TempDirectory directory(test::fast_directory());
    CrashRun whole;
    live(directory.path(), 0, Crash::power, whole);
    calls = whole.calls;
  }
  const std::uint64_t points = test::number_from("KGRCA_CRASHES", 100);
  const std::uint64_t seed = test::number_from("KGRCA_SEED", 7);
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> acknowledged{0};
  std::mutex mutex;
  std::vector<std::string> complaints;
  const auto work = [&] {
    for (std::uint64_t i = next++; i < points; i = next++) {
      // Evenly over the whole life, each call once as far as there are calls, both ways of dying in turn.
      const std::uint64_t cut_at = 1 + (i * calls / points + seed * 13) % calls;
      const Crash crash = (i + seed) % 2 == 0 ? Crash::power : Crash::process;
      test::TempDirectory directory(test::fast_directory());
      CrashRun run;
      live(directory.path(), cut_at, crash, run);
      for (const auto& steps : run.acknowledged) acknowledged += steps;
      for (const std::string& complaint : complaints_after(directory.path(), run)) {
        const std::lock_guard lock(mutex);
        complaints.push_back(core::cat(crash == Crash::power ? "power cut" : "process death", " at call ", cut_at, ": ", complaint));
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);  // a life that was broken off mostly waits for RocksDB to give up
  for (std::thread& thread : threads) thread.join();
  std::cout << "crash points " << points << " of " << calls << " calls, acknowledged steps " << acknowledged << "\n";
  for (const std::string& complaint : complaints) FAIL_CHECK(complaint);
  CHECK(acknowledged > points);
}

}  // namespace kgrca::fault
