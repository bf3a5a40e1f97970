#include "store/identity.h"

#include <filesystem>
#include <random>

#include "kgrca/core/bytes.h"
#include "kgrca/core/hex.h"
#include "kgrca/core/strings.h"
#include "store/impl.h"
#include "store/rocks_status.h"

namespace kgrca::store {
namespace {

std::string operator_key(const Key& key) { return tenant_prefix(core::operator_tenant) + key.bytes(); }

core::StatusOr<std::string> identity_text(Database& database, std::string_view item) {
  std::string text;
  const auto status =
      database.db().Get(rocksdb::ReadOptions(), database.family(Family::meta), operator_key(keys::identity(item)), &text);
  if (status.IsNotFound()) return std::string();
  KGRCA_RETURN_IF_ERROR(to_status(status, "reading the store's identity"));
  return text;
}

// 0 when there is none.
core::StatusOr<std::int64_t> identity_number(Database& database, std::string_view item) {
  KGRCA_ASSIGN_OR_RETURN(const std::string text, identity_text(database, item));
  if (text.empty()) return std::int64_t{0};
  const auto number = core::parse_int(text);
  if (!number || *number < 1) return core::data_loss(core::cat("the store's identity item ", item, " is damaged: restore a backup"));
  return *number;
}

std::string random_id() {
  std::random_device random;
  std::string bytes;
  for (int i = 0; i < 4; ++i) core::BytesWriter(bytes).fixed32(random());
  return core::hex(bytes);
}

core::Status write_synced(Database& database, rocksdb::WriteBatch& batch, std::string_view context) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  return to_status(database.db().Write(synced, &batch), context);
}

}  // namespace

core::Status check_format(Database& database) {
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t format, identity_number(database, "format"));
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t databases, identity_number(database, "databases"));
  if ((format == 0) != (databases == 0))
    return core::data_loss(core::cat("the store's identity is damaged: its ", format == 0 ? "format" : "number of databases",
                                     " is missing: restore a backup"));
  if (format > format_version)
    return core::failed_precondition(core::cat("the store has format ", format, ", this kgrca reads up to ", format_version,
                                               ": start the newer kgrca that wrote it, or restore a backup"));
  if (format != 0 && format < oldest_format)
    return core::failed_precondition(core::cat("the store has format ", format, ", this kgrca reads formats from ", oldest_format,
                                               " on: keep the kgrca that wrote it for its questions, or start this one with an "
                                               "empty data directory and let the sources send again"));
  if (database.has_unknown_families())
    return core::failed_precondition(core::cat("the store of format ", format, " holds families unknown to this kgrca (format ",
                                               format_version, "): start the kgrca that wrote it"));
  return core::ok_status();
}

core::StatusOr<int> recorded_databases(Database& database) {
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t recorded, identity_number(database, "databases"));
  if (recorded > databases_max) return core::data_loss(core::cat("the store claims ", recorded, " databases: restore a backup"));
  return static_cast<int>(recorded);
}

core::Status write_identity(Database& database, int databases) {
  auto* meta = database.family(Family::meta);
  rocksdb::WriteBatch batch;
  batch.Put(meta, operator_key(keys::identity("format")), core::cat(format_version));
  batch.Put(meta, operator_key(keys::identity("databases")), core::cat(databases));
  return write_synced(database, batch, "recording the new store");
}

core::StatusOr<std::string> store_id(Database& database) {
  KGRCA_ASSIGN_OR_RETURN(std::string known, identity_text(database, "store"));
  if (!known.empty()) return known;
  const std::string made = random_id();
  rocksdb::WriteBatch batch;
  batch.Put(database.family(Family::meta), operator_key(keys::identity("store")), made);
  KGRCA_RETURN_IF_ERROR(write_synced(database, batch, "recording the store's id"));
  return made;
}

core::Status check_finished(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(core::cat(directory, '/', unfinished_name), error)) return core::ok_status();
  return core::failed_precondition(core::cat("a restore into ", directory, " was not finished: remove the directory and restore again"));
}

}  // namespace kgrca::store
