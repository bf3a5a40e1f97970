// A small store whose whole content is known, ways to hurt its files, and a look at what it still says.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "kgrca/store/store.h"

namespace kgrca::store::testing {

inline constexpr int damage_databases = 2;

// What the store must say, known without it: by tenant and prefix, the keys in order with their values.
struct Expected {
  std::map<std::tuple<std::uint32_t, Key>, std::vector<std::pair<std::string, std::string>>> scans;
  std::map<std::tuple<std::uint32_t, Key>, std::string> values;
  std::map<std::tuple<std::uint32_t, Key>, std::int64_t> counters;
};

// Writes the store: tables of several ages in every family, and a log with what was written last. All of it acknowledged.
Expected make_known_store(const std::string& directory);

// Hurts one file of the store: flips, zeroes, overwrites or cuts. Says what it did. The same seed does the same.
std::string hurt(const std::string& directory, std::uint64_t seed);

enum class Findings { untouched, partly_unreadable, refused, wrong };
struct Look {
  Findings findings = Findings::untouched;
  std::string text;  // the first error or the wrong answer
};
// Opens the store and asks for everything. Each answer has to be right or an error.
Look look_at(const std::string& directory, const Expected& expected);

}  // namespace kgrca::store::testing
