#include "store/backup_engine.h"

#include <filesystem>

#include "kgrca/core/strings.h"
#include "store/files.h"
#include "store/rocks_status.h"
#include "store/trial.h"

namespace kgrca::store {
namespace {

rocksdb::BackupEngineOptions engine_options(const std::string& directory, int database) {
  rocksdb::BackupEngineOptions options(database_path(directory, database));
  options.share_table_files = true;
  options.share_files_with_checksum = true;
  options.sync = true;
  return options;
}

core::Status read_ends(Database& database, Family family) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> iterator(database.db().NewIterator(options, database.family(family)));
  iterator->SeekToFirst();
  if (iterator->Valid()) iterator->SeekToLast();
  return to_status(iterator->status(), family_name(family));
}

}  // namespace

core::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> open_engine(const std::string& directory, int database,
                                                                   std::uint64_t bytes_per_second) {
  KGRCA_RETURN_IF_ERROR(make_directory(database_path(directory, database)));
  rocksdb::BackupEngineOptions options = engine_options(directory, database);
  options.backup_rate_limit = bytes_per_second;
  rocksdb::BackupEngine* engine = nullptr;
  const auto status = rocksdb::BackupEngine::Open(options, rocksdb::Env::Default(), &engine);
  std::unique_ptr<rocksdb::BackupEngine> opened(engine);
  KGRCA_RETURN_IF_ERROR(to_status(status, core::cat("opening the backups in ", options.backup_dir)));
  return opened;
}

core::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> open_engine_read_only(const std::string& directory, int database) {
  std::error_code error;
  if (!std::filesystem::is_directory(database_path(directory, database), error))
    return core::data_loss(core::cat("the backups of database ", database, " are missing in ", directory));
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const auto status = rocksdb::BackupEngineReadOnly::Open(engine_options(directory, database), rocksdb::Env::Default(), &engine);
  std::unique_ptr<rocksdb::BackupEngineReadOnly> opened(engine);
  KGRCA_RETURN_IF_ERROR(to_status(status, core::cat("opening the backups of database ", database, " in ", directory)));
  return opened;
}

core::StatusOr<DatabasePlace> place_of_backup(const rocksdb::BackupEngineReadOnlyBase& engine, std::uint32_t id) {
  const auto there = engine.VerifyBackup(id, false);
  if (!there.ok()) return core::data_loss(core::cat("files of the backup are missing or have another size: ", there.ToString()));
  rocksdb::BackupInfo info;
  KGRCA_RETURN_IF_ERROR(to_status(engine.GetBackupInfo(id, &info, true), "looking at the backup"));
  DatabasePlace place;
  place.path = info.name_for_open;
  place.kept_env = info.env_for_open;
  place.env = place.kept_env.get();
  place.read_only = true;
  return place;
}

core::Status try_database(DatabasePlace place) {
  Trial trial;
  place.read_only = true;
  KGRCA_ASSIGN_OR_RETURN(const auto database, Database::open(place, trial.memory, trial.hooks()));
  for (int i = 0; i < family_count; ++i) KGRCA_RETURN_IF_ERROR(read_ends(*database, family_at(i)));
  return core::ok_status();
}

}  // namespace kgrca::store
