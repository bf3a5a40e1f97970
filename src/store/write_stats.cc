#include "store/write_stats.h"

#include <map>
#include <string>

#include "kgrca/core/strings.h"
#include "store/database.h"
#include "store/rocks_options.h"

namespace kgrca::store {
namespace {

constexpr double gibibyte = 1024.0 * 1024 * 1024;

double number(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto it = values.find(name);
  return it == values.end() ? 0 : core::parse_double(it->second).value_or(0);
}

void advance(core::Counter& counter, double& seen, double value) {
  if (value <= seen) return;
  counter.add(value - seen);
  seen = value;
}

}  // namespace

WriteMetrics::WriteMetrics(core::Metrics& metrics)
    : given(metrics.counter("kgrca_store_written_bytes_total", "Bytes given to the store, and what it wrote for them.",
                            {{"stage", "given"}})),
      logged(metrics.counter("kgrca_store_written_bytes_total", "Bytes given to the store, and what it wrote for them.",
                             {{"stage", "log"}})),
      tables(metrics.counter("kgrca_store_written_bytes_total", "Bytes given to the store, and what it wrote for them.",
                             {{"stage", "tables"}})),
      stalled(metrics.counter("kgrca_store_stall_seconds_total", "Time that writers waited for flushes or compactions.")) {
  for (int i = 0; i < family_count; ++i)
    families[static_cast<std::size_t>(i)] =
        &metrics.gauge("kgrca_store_table_bytes", "Bytes of a family's tables.", {{"family", family_name(family_at(i))}});
}

WriteStats::~WriteStats() {
  for (std::size_t i = 0; i < families_.size(); ++i) metrics_.families[i]->add(-families_[i]);
}

void WriteStats::look(Database& database) {
  std::map<std::string, std::string> whole;
  if (database.db().GetMapProperty(rocksdb::DB::Properties::kDBStats, &whole)) {
    advance(metrics_.given, given_, number(whole, "db.user_bytes_written"));
    advance(metrics_.logged, logged_, number(whole, "db.wal_bytes_written"));
    advance(metrics_.stalled, stalled_, number(whole, "db.user_write_stall_micros") * 1e-6);
  }
  double written = 0;
  for (int i = 0; i < family_count; ++i) {
    auto* family = database.family(family_at(i));
    std::map<std::string, std::string> part;
    if (database.db().GetMapProperty(family, rocksdb::DB::Properties::kCFStats, &part))
      written += number(part, "compaction.Sum.WriteGB") * gibibyte;
    std::uint64_t bytes = 0;
    if (!database.db().GetIntProperty(family, rocksdb::DB::Properties::kTotalSstFilesSize, &bytes)) continue;
    double& seen = families_[static_cast<std::size_t>(i)];
    metrics_.families[static_cast<std::size_t>(i)]->add(static_cast<double>(bytes) - seen);
    seen = static_cast<double>(bytes);
  }
  advance(metrics_.tables, tables_, written);
}

}  // namespace kgrca::store
