// Checks that what a tenant's graph keeps in several places agrees, and names the keys that do not. Reads only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/store/keys.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

// One broken invariant.
struct Finding {
  std::string kind;  // one of the words of docs/store.md, Verify: "edge_one_sided"
  std::string key;   // for people: store::keys::shown()
  std::string what;
};

struct VerifyLimits {
  std::size_t listed_per_kind = 20;         // findings kept per kind; all are counted
  std::size_t memory_bytes = 64ull << 20;   // beside the fixed 4 MiB
};

// Several tenants may be added up in one report.
struct VerifyReport {
  std::vector<Finding> listed;
  std::map<std::string, std::uint64_t, std::less<>> totals;     // by kind
  std::map<std::string, std::uint64_t, std::less<>> leftovers;  // what readers skip and nothing is wrong with, by kind
  std::uint64_t resources = 0;  // looked at
  std::uint64_t edges = 0;      // intervals
  std::uint64_t events = 0;
  std::uint64_t links = 0;
  std::uint64_t incidents = 0;

  bool clean() const { return totals.empty(); }
  void add(std::string_view kind, std::string key, std::string what, const VerifyLimits& limits);
};

// Checks one tenant and adds to the report; damage is a finding, so the report is what tells. Reads every key of the tenant
// once or twice, in order, events and what they are listed under once more for each part that fits the memory: about 3 s per
// million keys.
void verify(const store::Snapshot& snapshot, const VerifyLimits& limits, VerifyReport& report);

}  // namespace kgrca::graph
