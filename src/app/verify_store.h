// All checks of a store or of a backup, put together.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "kgrca/core/status.h"
#include "kgrca/graph/verify.h"

namespace kgrca::app {

// Where a command finds a store: a data directory, the store in it, or a folder of backups.
struct StorePlace {
  std::string directory;
  bool backups = false;
};
core::StatusOr<StorePlace> find_store(const std::string& path);

struct VerifyRequest {
  StorePlace place;
  std::uint32_t backup = 0;  // of a folder of backups; 0: the newest
  std::string tenant;        // empty: all
  graph::VerifyLimits limits;
  std::function<void(std::string_view, std::size_t, std::size_t)> progress;  // what, done, of how many
};
struct StoreVerdict {
  graph::VerifyReport report;
  std::size_t tenants = 0;
  std::uint64_t files = 0;
  std::uint64_t file_bytes = 0;
};
// Reads only. An error means that it could not look; what it found broken is in the report. Findings of a tenant name it
// before the key.
core::StatusOr<StoreVerdict> verify_store(const VerifyRequest& request);

std::string verdict_text(const StoreVerdict& verdict);
std::string verdict_json(const StoreVerdict& verdict);

}  // namespace kgrca::app
