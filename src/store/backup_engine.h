// RocksDB's backup engine, one per database, as backup and restore use it.
#pragma once

#include <rocksdb/utilities/backup_engine.h>

#include <memory>
#include <string>

#include "kgrca/core/status.h"
#include "store/database.h"
#include "store/impl.h"

namespace kgrca::store {

// `bytes_per_second` 0: unbounded.
core::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> open_engine(const std::string& directory, int database,
                                                                   std::uint64_t bytes_per_second);
core::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> open_engine_read_only(const std::string& directory, int database);

// Where a backup can be opened without restoring it. data_loss when its files are not all there.
core::StatusOr<DatabasePlace> place_of_backup(const rocksdb::BackupEngineReadOnlyBase& engine, std::uint32_t id);
// Opens it for reading and reads the ends of each family.
core::Status try_database(DatabasePlace place);

// The inside of a store, for the functions of backup.h.
struct BackupAccess {
  static Store::Impl& of(Store& store) { return *store.impl_; }
};

}  // namespace kgrca::store
