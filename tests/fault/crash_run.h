// A scripted life of a store: three tenants in two databases, written by their lanes, closed and opened again on the way. Broken off
// at a chosen call of the file system, then looked at with nothing but the script's own record of what was acknowledged.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace kgrca::fault {

inline constexpr std::size_t crash_tenants = 3;

enum class Crash { power, process };  // power: what was not synced may be lost; process: what was written stays

struct CrashRun {
  std::uint64_t calls = 0;  // of the file system, that changed it
  std::array<std::atomic<std::uint64_t>, crash_tenants> acknowledged{};  // steps, each acknowledged after all before it
  std::array<std::uint64_t, crash_tenants> attempted{};
};

// Both below may run on several threads, in folders of their own, once live() has run on the test's own thread.
// Lives the script in `directory` until it ends or the call number `cut_at` (0: never).
void live(const std::string& directory, std::uint64_t cut_at, Crash crash, CrashRun& run);

// Opens the store again and compares: acknowledged steps are there, each step whole or not at all and in order, each event once,
// counts exact, every graph in agreement with itself. Then sends everything again and compares anew. What is wrong, in words.
std::vector<std::string> complaints_after(const std::string& directory, const CrashRun& run);

}  // namespace kgrca::fault
