// What RocksDB has written for what it was given, and how long it made writers wait: kept by RocksDB anyway, read now and then.
#pragma once

#include <array>
#include <cstdint>

#include "kgrca/core/metrics.h"
#include "kgrca/store/keys.h"

namespace kgrca::store {

class Database;

// The metrics that all databases of a store share. Look-ups are done once, in the constructor.
struct WriteMetrics {
  explicit WriteMetrics(core::Metrics& metrics);

  core::Counter& given;    // bytes of the batches
  core::Counter& logged;   // bytes into write-ahead logs
  core::Counter& tables;   // bytes of flushes and compactions
  core::Counter& stalled;  // seconds that writers waited
  std::array<core::Gauge*, family_count> families{};  // bytes of each family's tables
};

// Adds to the metrics what one database did since the last look. One thread at a time.
class WriteStats {
 public:
  explicit WriteStats(WriteMetrics& metrics) : metrics_(metrics) {}
  ~WriteStats();  // takes the database's tables out of the gauges
  WriteStats(const WriteStats&) = delete;
  WriteStats& operator=(const WriteStats&) = delete;
  void look(Database& database);

 private:
  WriteMetrics& metrics_;
  double given_ = 0;
  double logged_ = 0;
  double tables_ = 0;
  double stalled_ = 0;
  std::array<double, family_count> families_{};
};

}  // namespace kgrca::store
