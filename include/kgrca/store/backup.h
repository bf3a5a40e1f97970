// Copies of a whole store that are taken while it runs, and stores made of them.
//
// A folder of backups belongs to one store. It holds one folder per database, in which backups share the files that did not
// change, and `sets/<id>`: the record that makes one backup of each database a whole. A set without its record is nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/store/store.h"

namespace kgrca::store {

struct BackupSet {
  std::uint32_t id = 0;
  core::Time at{};                       // when it began: all that was acknowledged before is in it
  std::string store;                     // id of the store
  int format = 0;
  std::uint64_t bytes = 0;               // of the files it needs, shared ones included
  std::vector<std::uint32_t> databases;  // number of each database's own backup
  std::vector<std::string> files;        // beside the databases, by name
};

struct BackupOptions {
  std::string directory;
  std::uint64_t bytes_per_second = 0;  // 0: unbounded
  int keep = 0;                        // newest sets that stay; 0: all
  // Small files to keep with the set, as name and path; stored with mode 0600. Absent ones are left out.
  std::vector<std::pair<std::string, std::string>> files;
  // Bytes copied so far; called from the thread that takes the backup, about every 4 MiB. False ends the backup.
  std::function<bool(std::uint64_t)> go_on;
};

// Takes one set and then removes what `keep` leaves out. The store may be written meanwhile. Before it counts, each database
// of the set was opened and read. failed_precondition: the folder belongs to another store, holds a store, lies in one, or is
// in use; unavailable: `go_on` said so, or the disk is full. After an error nothing of the set is left but unnamed files, which
// the next one clears away.
core::StatusOr<BackupSet> back_up(Store& store, const BackupOptions& options, core::Time now);

// The whole sets of a folder, oldest first; empty when the folder does not exist.
core::StatusOr<std::vector<BackupSet>> list_backups(const std::string& directory);

// Reads a set where it lies. `id` 0: the newest. not_found when there is none.
core::StatusOr<std::unique_ptr<Store>> open_backup(const std::string& directory, std::uint32_t id, StoreOptions options,
                                                   core::Metrics& metrics);

struct RestoreOptions {
  std::string from;
  std::uint32_t id = 0;                   // 0: the newest
  std::string to;                         // directory of the new store: absent or empty
  std::function<void(int, int)> restored; // databases done, of how many; may be empty
};
// Makes a store of a set; every file is compared with its checksum. Cut short, it leaves a directory that no kgrca opens.
core::StatusOr<BackupSet> restore_backup(const RestoreOptions& options);
// One of the set's small files. not_found when the set has none of the name.
core::StatusOr<std::string> backup_file(const std::string& directory, const BackupSet& set, const std::string& name);

}  // namespace kgrca::store
