// A store with the tenants of a region, in this process.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/memory_shares.h"
#include "kgrca/core/metrics.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"
#include "parts.h"
#include "region_tenant.h"

namespace kgrca::bench {

// A program that measures ends at the first error.
[[noreturn]] inline void die(const core::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}
inline void must(const core::Status& status) {
  if (!status.ok()) die(status);
}
template <typename T>
T must(core::StatusOr<T> value) {
  if (!value.ok()) die(value.status());
  return std::move(value).value();
}

// Hands over each `--name value`; the program ends at a name that `take` does not know, and at one without a value. `head`: the
// file whose head names them.
template <typename Take>
void each_option(int argc, char** argv, std::string_view head, Take take) {
  if (argc % 2 == 0) die(core::invalid_argument("every option takes a value"));
  for (int i = 1; i < argc; i += 2)
    if (!take(std::string_view(argv[i]), argv[i + 1]))
      die(core::invalid_argument(core::cat("unknown option ", argv[i], "; the head of ", head, " names them")));
}

class RegionHome {
 public:
  static constexpr int databases = 2;

  // In a new folder under `directory`, or under the system's for temporary files when that is empty; removed at the end.
  // `memory_mib` is divided as the server divides memory.limit.
  RegionHome(RegionOptions options, std::size_t memory_mib, const std::string& directory);

  // Closes the store and opens it again, which writes what memory holds into tables. No lane may be open.
  void reopen();
  void close() { store_->close(); }
  // Waits until RocksDB has nothing left to rearrange, at most two minutes.
  void settle() const;

  std::string exposition() const { return metrics_.expose(); }
  double metric(std::string_view name) const { return bench::metric(metrics_.expose(), name); }
  double table_bytes(const char* family) { return metrics_.gauge("kgrca_store_table_bytes", "", {{"family", family}}).value(); }
  double written(const char* stage) { return metrics_.counter("kgrca_store_written_bytes_total", "", {{"stage", stage}}).value(); }
  std::uint64_t disk_bytes() const { return store_->disk_bytes(); }
  const std::vector<std::unique_ptr<RegionTenant>>& tenants() const { return tenants_; }
  std::vector<RegionTenant*> of_database(int database) const;

 private:
  void open();
  store::TenantView view(std::size_t index) const;

  RegionOptions options_;
  app::MemoryShares memory_;
  TempDir directory_;
  core::Metrics metrics_;
  core::SystemClock clock_;
  normalize::Context context_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tenancy::Tenancy> tenancy_;
  std::vector<std::pair<core::TenantNumber, int>> numbers_;  // with their databases
  std::vector<std::unique_ptr<RegionTenant>> tenants_;
};

}  // namespace kgrca::bench
