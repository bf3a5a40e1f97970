// Databases 1 to n-1 go first and database 0, which names the tenants, last: a set may then name a tenant of which it holds
// nothing yet, but never holds bytes of a tenant without a name, whose number would be given to somebody else.
#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>
#include <filesystem>

#include "kgrca/core/strings.h"
#include "store/backup_engine.h"
#include "store/backup_sets.h"
#include "store/files.h"
#include "store/identity.h"
#include "store/impl.h"
#include "store/rocks_status.h"

namespace kgrca::store {
namespace {

constexpr std::uint64_t progress_bytes = 4ull << 20;  // RocksDB calls back when it has copied so much

// One set in the making. What it made is taken back unless it was recorded.
class Maker {
 public:
  Maker(Store::Impl& store, const BackupOptions& options) : store_(store), options_(options) {}
  ~Maker() {
    if (recorded_) return;
    for (std::size_t i = 0; i < engines_.size(); ++i)
      if (i < set_.databases.size() && set_.databases[i] != 0) (void)engines_[i]->DeleteBackup(set_.databases[i]).ok();
  }
  Maker(const Maker&) = delete;
  Maker& operator=(const Maker&) = delete;

  core::StatusOr<BackupSet> make(core::Time now);

 private:
  core::Status prepare(core::Time now);
  core::Status copy(std::size_t database);
  core::Status try_out(std::size_t database);
  core::Status record();
  core::Status prune();

  Store::Impl& store_;
  const BackupOptions& options_;
  BackupSet set_;
  std::vector<std::unique_ptr<rocksdb::BackupEngine>> engines_;
  std::uint64_t copied_ = 0;
  bool stopped_ = false;
  bool recorded_ = false;
};

core::StatusOr<BackupSet> Maker::make(core::Time now) {
  KGRCA_RETURN_IF_ERROR(prepare(now));
  for (std::size_t i = engines_.size(); i-- > 0;) {
    KGRCA_RETURN_IF_ERROR(core::with_context(copy(i), core::cat("backup of database ", i)));
    KGRCA_RETURN_IF_ERROR(core::with_context(try_out(i), core::cat("opening the backup of database ", i)));
  }
  KGRCA_RETURN_IF_ERROR(record());
  KGRCA_RETURN_IF_ERROR(core::with_context(prune(), "the backup is whole, but old ones could not be removed"));
  return set_;
}

core::Status Maker::prepare(core::Time now) {
  KGRCA_ASSIGN_OR_RETURN(const FoundSets found, find_sets(options_.directory));
  KGRCA_ASSIGN_OR_RETURN(set_.store, store_id(*store_.databases.front()));
  for (const BackupSet& known : found.whole) {
    if (known.store == set_.store && known.databases.size() == store_.databases.size()) continue;
    return core::failed_precondition(core::cat(options_.directory, " holds backups of another store: choose another directory"));
  }
  set_.id = found.last_id + 1;
  set_.at = now;
  set_.format = format_version;
  set_.databases.resize(store_.databases.size());
  for (std::size_t i = 0; i < set_.databases.size(); ++i) {
    KGRCA_ASSIGN_OR_RETURN(auto engine, open_engine(options_.directory, static_cast<int>(i), options_.bytes_per_second));
    engines_.push_back(std::move(engine));
  }
  return core::ok_status();
}

core::Status Maker::copy(std::size_t database) {
  rocksdb::BackupEngine& engine = *engines_[database];
  rocksdb::CreateBackupOptions how;
  how.flush_before_backup = true;  // logs are copied anew each time, tables only once
  how.progress_callback = [&] {
    copied_ += progress_bytes;
    if (stopped_ || !options_.go_on || options_.go_on(copied_)) return;
    stopped_ = true;
    engine.StopBackup();
  };
  if (options_.go_on && !options_.go_on(copied_)) return core::unavailable("the backup was stopped");
  rocksdb::BackupID made = 0;
  const auto status = engine.CreateNewBackupWithMetadata(how, &store_.databases[database]->db(), core::cat("set ", set_.id), &made);
  if (stopped_) return core::unavailable("the backup was stopped");
  KGRCA_RETURN_IF_ERROR(to_status(status, "copying"));
  set_.databases[database] = made;
  return core::ok_status();
}

// Opened as it lies and read a little: that it can be used is what a backup is for.
core::Status Maker::try_out(std::size_t database) {
  KGRCA_ASSIGN_OR_RETURN(DatabasePlace place, place_of_backup(*engines_[database], set_.databases[database]));
  place.number = static_cast<int>(database);
  KGRCA_RETURN_IF_ERROR(try_database(place));
  rocksdb::BackupInfo info;
  KGRCA_RETURN_IF_ERROR(to_status(engines_[database]->GetBackupInfo(set_.databases[database], &info), "looking at the backup"));
  set_.bytes += info.size;
  return core::ok_status();
}

core::Status Maker::record() {
  std::vector<std::pair<std::string, std::string>> contents;
  for (const auto& [name, path] : options_.files) {
    core::StatusOr<std::string> bytes = read_file(path, set_file_bytes_max);
    if (absl::IsNotFound(bytes.status())) continue;
    if (!bytes.ok()) return bytes.status();
    set_.files.push_back(name);
    contents.emplace_back(name, *std::move(bytes));
  }
  KGRCA_RETURN_IF_ERROR(write_set(options_.directory, set_, contents));
  recorded_ = true;
  return core::ok_status();
}

// Sets first, then the backups of databases that no set names: also those that a crash left.
core::Status Maker::prune() {
  KGRCA_ASSIGN_OR_RETURN(FoundSets found, find_sets(options_.directory));
  const std::size_t keep = options_.keep > 0 ? static_cast<std::size_t>(options_.keep) : found.whole.size();
  while (found.whole.size() > keep) {
    KGRCA_RETURN_IF_ERROR(remove_set(options_.directory, found.whole.front().id));
    found.whole.erase(found.whole.begin());
  }
  if (!found.unreadable.empty()) return core::ok_status();  // what they name is not known
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    std::vector<rocksdb::BackupInfo> all;
    engines_[i]->GetBackupInfo(&all);
    for (const rocksdb::BackupInfo& backup : all) {
      const bool named = std::any_of(found.whole.begin(), found.whole.end(),
                                     [&](const BackupSet& set) { return set.databases[i] == backup.backup_id; });
      if (!named) KGRCA_RETURN_IF_ERROR(to_status(engines_[i]->DeleteBackup(backup.backup_id), "removing an old backup"));
    }
    KGRCA_RETURN_IF_ERROR(to_status(engines_[i]->GarbageCollect(), "removing unfinished backups"));
  }
  return core::ok_status();
}

// In a data directory, or among the files of a database, backups and store would be taken for each other.
core::Status check_apart_from_stores(const std::string& directory) {
  std::error_code ignored;
  const std::filesystem::path place = std::filesystem::weakly_canonical(directory, ignored);
  bool apart = !std::filesystem::exists(place / "store" / "0" / "CURRENT", ignored);
  for (std::filesystem::path at = place; apart && at.has_relative_path(); at = at.parent_path()) {
    apart = !std::filesystem::exists(at / "CURRENT", ignored) && !std::filesystem::exists(at / "0" / "CURRENT", ignored);
  }
  if (apart) return core::ok_status();
  return core::failed_precondition(core::cat(directory, " holds a store or lies in one: choose another directory, on another volume"));
}

}  // namespace

core::StatusOr<BackupSet> back_up(Store& store, const BackupOptions& options, core::Time now) {
  if (options.directory.empty()) return core::failed_precondition("no directory for backups is set: set storage.backup_dir");
  KGRCA_RETURN_IF_ERROR(check_apart_from_stores(options.directory));
  KGRCA_RETURN_IF_ERROR(make_directory(options.directory));
  KGRCA_ASSIGN_OR_RETURN(const DirectoryLock held, DirectoryLock::take(options.directory));
  return Maker(BackupAccess::of(store), options).make(now);
}

}  // namespace kgrca::store
