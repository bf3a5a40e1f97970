#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>

#include <filesystem>

#include "kgrca/core/strings.h"
#include "kgrca/store/transfer.h"
#include "store/backup_engine.h"
#include "store/files.h"
#include "store/impl.h"
#include "store/rocks_status.h"

namespace kgrca::store {
namespace {

constexpr std::uint64_t table_bytes = 256ull << 20;  // a family of more becomes several tables

// Rewrites one table of an export under the tenant's number.
class Rewriter {
 public:
  Rewriter(Database& database, const SharedMemory& memory, Family family, std::string prefix, std::string place)
      : handle_(database.family(family)), prefix_(std::move(prefix)), place_(std::move(place)) {
    options_ = rocksdb::Options(database.db().GetDBOptions(), family_options(family, memory));
  }

  core::Status rewrite(const std::string& from, std::uint64_t keys);
  std::vector<std::string> tables() && { return std::move(tables_); }

 private:
  core::Status put(const rocksdb::Slice& key, const rocksdb::Slice& value);
  core::Status finish();

  rocksdb::ColumnFamilyHandle* handle_;
  std::string prefix_;
  std::string place_;
  rocksdb::Options options_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::vector<std::string> tables_;
};

core::Status Rewriter::put(const rocksdb::Slice& key, const rocksdb::Slice& value) {
  if (writer_ && writer_->FileSize() >= table_bytes) KGRCA_RETURN_IF_ERROR(finish());
  if (!writer_) {
    tables_.push_back(core::cat(place_, '-', tables_.size(), ".sst"));
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), options_, handle_);
    KGRCA_RETURN_IF_ERROR(to_status(writer_->Open(tables_.back()), tables_.back()));
  }
  return to_status(writer_->Put(core::cat(prefix_, std::string_view(key.data(), key.size())), value), tables_.back());
}

core::Status Rewriter::finish() {
  if (!writer_) return core::ok_status();
  const auto status = to_status(writer_->Finish(), tables_.back());
  writer_.reset();
  return status;
}

core::Status Rewriter::rewrite(const std::string& from, std::uint64_t keys) {
  rocksdb::SstFileReader reader((rocksdb::Options()));
  const auto opened = reader.Open(from);
  if (!opened.ok()) return core::data_loss(core::cat(from, " cannot be read: ", opened.ToString()));
  const std::unique_ptr<rocksdb::Iterator> all(reader.NewIterator(rocksdb::ReadOptions()));
  std::uint64_t seen = 0;
  for (all->SeekToFirst(); all->Valid(); all->Next(), ++seen) KGRCA_RETURN_IF_ERROR(put(all->key(), all->value()));
  if (!all->status().ok() || seen != keys)
    return core::data_loss(core::cat(from, " holds ", seen, " readable keys of ", keys, ": export the tenant again"));
  return finish();
}

bool has_keys(Database& database, const std::string& prefix) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  for (int i = 0; i < family_count; ++i) {
    const std::unique_ptr<rocksdb::Iterator> keys(database.db().NewIterator(options, database.family(family_at(i))));
    keys->Seek(prefix);
    if (keys->Valid() && keys->key().starts_with(prefix)) return true;
  }
  return false;
}

// Removed again when it goes.
struct Workplace {
  explicit Workplace(std::string at) : path(std::move(at)) {}
  ~Workplace() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  const std::string path;
};

}  // namespace

core::Status import_tenant(Store& store, ImportPlace into, const std::string& directory, const TenantExport& from) {
  const Store::Impl& impl = BackupAccess::of(store);
  if (into.database < 0 || into.database >= store.databases())
    return core::invalid_argument(core::cat("the store has no database ", into.database));
  Database& database = *impl.databases[static_cast<std::size_t>(into.database)];
  const std::string prefix = tenant_prefix(into.tenant);
  if (has_keys(database, prefix)) return core::failed_precondition("the tenant to import into has keys already");
  const Workplace work(core::cat(impl.options.directory, "/import"));
  std::error_code error;
  std::filesystem::remove_all(work.path, error);
  KGRCA_RETURN_IF_ERROR(make_directory(work.path));
  std::vector<rocksdb::IngestExternalFileArg> all;
  for (const TenantFile& file : from.files) {
    Rewriter rewriter(database, impl.memory, file.family, prefix, core::cat(work.path, '/', family_name(file.family)));
    KGRCA_RETURN_IF_ERROR(rewriter.rewrite(core::cat(directory, '/', file.name), file.keys));
    rocksdb::IngestExternalFileArg arg;
    arg.column_family = database.family(file.family);
    arg.external_files = std::move(rewriter).tables();
    arg.options.move_files = true;
    if (!arg.external_files.empty()) all.push_back(std::move(arg));
  }
  if (all.empty()) return core::ok_status();
  return to_status(database.db().IngestExternalFiles(all), "taking the tenant's tables in");
}

}  // namespace kgrca::store
