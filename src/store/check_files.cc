#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <filesystem>

#include "kgrca/core/strings.h"
#include "kgrca/store/check.h"
#include "store/backup_engine.h"
#include "store/backup_sets.h"
#include "store/identity.h"
#include "store/rocks_status.h"
#include "store/tenant_prefix.h"
#include "store/trial.h"

namespace kgrca::store {
namespace {

using Done = std::function<void(std::size_t, std::size_t)>;

core::Status check_table(rocksdb::Env* env, const std::string& path) {
  rocksdb::Options options;
  if (env != nullptr) options.env = env;
  rocksdb::SstFileReader reader(options);
  auto status = reader.Open(path);
  if (status.ok()) status = reader.VerifyChecksum();
  return to_status(status, "reading it");
}

// A log that ends in a torn record is what a crash leaves; damage before its end is not.
core::StatusOr<std::unique_ptr<Database>> open_for_check(Trial& trial, DatabasePlace place, FilesReport& report) {
  place.read_only = true;
  place.strict_log = true;
  auto strict = Database::open(place, trial.memory, trial.hooks());
  if (strict.ok()) return strict;
  place.strict_log = false;
  place.accept_loss = true;
  auto lenient = Database::open(place, trial.memory, trial.hooks());
  const std::string_view more = lenient.ok() ? "; what the log holds after the damage is lost" : "";
  report.damage.push_back({place.number, "", core::cat(core::message_of(strict.status()), more)});
  return lenient;
}

// Of a database that cannot be opened: every table that lies in its directory.
std::vector<std::string> tables_in(const std::string& directory) {
  std::vector<std::string> out;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error))
    if (entry->path().extension() == ".sst") out.push_back(entry->path().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> tables_of(Database& database, FilesReport& report) {
  std::vector<rocksdb::LiveFileMetaData> live;
  database.db().GetLiveFilesMetaData(&live);
  std::vector<std::string> out;
  for (const rocksdb::LiveFileMetaData& table : live) {
    report.bytes += table.size;
    out.push_back(core::cat(table.db_path, table.name));
  }
  return out;
}

void check_database(const DatabasePlace& place, const Done& done, FilesReport& report) {
  Trial trial;
  const auto database = open_for_check(trial, place, report);
  const std::vector<std::string> tables = database.ok() ? tables_of(**database, report) : tables_in(place.path);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const core::Status status = check_table(place.env, tables[i]);
    if (!status.ok()) report.damage.push_back({place.number, tables[i], core::message_of(status)});
    ++report.files;
    if (done) done(i + 1, tables.size());
  }
}

TenantTrace trace_of(int database, Family family, std::string_view key) {
  const std::string_view own = key.substr(std::min(tenant_prefix_bytes, key.size()));
  return {database, tenant_of(key), family, keys::shown(family, own)};
}

core::Status trace_family(Database& database, int number, Family family, std::vector<TenantTrace>& out) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> keys(database.db().NewIterator(options, database.family(family)));
  for (keys->SeekToFirst(); keys->Valid();) {
    const std::string_view key(keys->key().data(), keys->key().size());
    out.push_back(trace_of(number, family, key));
    const std::string next = end_of_prefix(tenant_prefix(out.back().tenant));
    if (next.empty()) break;
    keys->Seek(next);
  }
  return to_status(keys->status(), core::cat("looking for tenants in database ", number, ", ", family_name(family)));
}

}  // namespace

core::StatusOr<FilesReport> check_files(const std::string& directory, const Done& done) {
  KGRCA_RETURN_IF_ERROR(check_finished(directory));
  std::error_code error;
  if (!std::filesystem::is_directory(database_path(directory, 0), error))
    return core::not_found(core::cat("there is no store in ", directory));
  KGRCA_ASSIGN_OR_RETURN(const DirectoryLock held, DirectoryLock::take(directory));
  FilesReport report;
  for (int i = 0; std::filesystem::is_directory(database_path(directory, i), error); ++i) {
    DatabasePlace place;
    place.path = database_path(directory, i);
    place.number = i;
    check_database(place, done, report);
  }
  return report;
}

core::StatusOr<FilesReport> check_backup_files(const std::string& directory, std::uint32_t id, const Done& done) {
  KGRCA_ASSIGN_OR_RETURN(const BackupSet set, chosen_set(directory, id));
  FilesReport report;
  for (std::size_t i = 0; i < set.databases.size(); ++i) {
    KGRCA_ASSIGN_OR_RETURN(const auto engine, open_engine_read_only(directory, static_cast<int>(i)));
    auto place = place_of_backup(*engine, set.databases[i]);
    if (!place.ok()) {
      report.damage.push_back({static_cast<int>(i), "", core::message_of(place.status())});
      continue;
    }
    place->number = static_cast<int>(i);
    check_database(*place, done, report);
  }
  return report;
}

core::StatusOr<std::vector<TenantTrace>> tenant_traces(Store& store) {
  std::vector<TenantTrace> out;
  const Store::Impl& impl = BackupAccess::of(store);
  for (std::size_t i = 0; i < impl.databases.size(); ++i) {
    for (int family = 0; family < family_count; ++family)
      KGRCA_RETURN_IF_ERROR(trace_family(*impl.databases[i], static_cast<int>(i), family_at(family), out));
  }
  return out;
}

}  // namespace kgrca::store
