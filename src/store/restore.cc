#include <filesystem>

#include "kgrca/core/strings.h"
#include "kgrca/store/backup.h"
#include "store/backup_engine.h"
#include "store/backup_sets.h"
#include "store/files.h"
#include "store/identity.h"
#include "store/impl.h"
#include "store/rocks_status.h"

namespace kgrca::store {
namespace {

core::Status restore_database(const RestoreOptions& options, int number, std::uint32_t backup) {
  KGRCA_ASSIGN_OR_RETURN(const auto engine, open_engine_read_only(options.from, number));
  const std::string to = database_path(options.to, number);
  const auto status = engine->RestoreDBFromBackup(backup, to, to);
  if (status.IsNoSpace()) return to_status(status, "restoring");
  if (!status.ok()) return core::data_loss(core::cat("the backup of database ", number, " cannot be restored: ", status.ToString()));
  DatabasePlace place;
  place.path = to;
  place.number = number;
  return core::with_context(try_database(place), core::cat("opening the restored database ", number));
}

}  // namespace

core::StatusOr<BackupSet> restore_backup(const RestoreOptions& options) {
  KGRCA_ASSIGN_OR_RETURN(BackupSet set, chosen_set(options.from, options.id));
  if (set.format > format_version || set.format < oldest_format)
    return core::failed_precondition(core::cat("backup ", set.id, " has format ", set.format, ", this kgrca reads ", oldest_format, " to ",
                                               format_version, ": restore it with the kgrca that made it"));
  const core::Status empty = check_empty_directory(options.to);
  if (!empty.ok() && !absl::IsNotFound(empty)) return empty;
  KGRCA_RETURN_IF_ERROR(make_directory(options.to));
  const std::string unfinished = core::cat(options.to, '/', unfinished_name);
  KGRCA_RETURN_IF_ERROR(write_file(unfinished, "a restore that was not finished\n", 0644));
  KGRCA_ASSIGN_OR_RETURN(const DirectoryLock held, DirectoryLock::take(options.to));
  const int count = static_cast<int>(set.databases.size());
  for (int i = 0; i < count; ++i) {
    KGRCA_RETURN_IF_ERROR(restore_database(options, i, set.databases[static_cast<std::size_t>(i)]));
    if (options.restored) options.restored(i + 1, count);
  }
  KGRCA_RETURN_IF_ERROR(sync_tree(options.to));
  std::error_code error;
  std::filesystem::remove(unfinished, error);
  if (error) return core::unavailable(core::cat("cannot remove ", unfinished, ": ", error.message()));
  KGRCA_RETURN_IF_ERROR(sync_directory(options.to));
  return set;
}

core::StatusOr<std::unique_ptr<Store>> open_backup(const std::string& directory, std::uint32_t id, StoreOptions options,
                                                   core::Metrics& metrics) {
  KGRCA_ASSIGN_OR_RETURN(const BackupSet set, chosen_set(directory, id));
  std::vector<DatabasePlace> places;
  for (std::size_t i = 0; i < set.databases.size(); ++i) {
    KGRCA_ASSIGN_OR_RETURN(const auto engine, open_engine_read_only(directory, static_cast<int>(i)));
    KGRCA_ASSIGN_OR_RETURN(DatabasePlace place, place_of_backup(*engine, set.databases[i]));
    place.number = static_cast<int>(i);
    places.push_back(std::move(place));
  }
  options.directory = directory;
  return Store::Impl::open_places(options, metrics, std::move(places), std::nullopt);
}

}  // namespace kgrca::store
