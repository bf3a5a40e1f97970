#include <rocksdb/sst_file_writer.h>

#include <filesystem>

#include "kgrca/core/strings.h"
#include "kgrca/store/transfer.h"
#include "store/files.h"
#include "store/impl.h"
#include "store/rocks_status.h"
#include "store/tenant_manifest.h"

namespace kgrca::store {
namespace {

constexpr std::uint64_t keys_between_reports = 10'000;
constexpr std::size_t manifest_bytes_max = 1 << 20;

bool stays_behind(Family family, std::string_view key) {
  return family == Family::meta && key.starts_with(keys::source_positions().bytes());
}

core::StatusOr<TenantFile> export_family(const Snapshot& snapshot, Family family, const std::string& directory,
                                         const std::function<void()>& wrote) {
  TenantFile file;
  file.family = family;
  file.name = core::cat(family_name(family), ".sst");
  const std::string path = core::cat(directory, '/', file.name);
  rocksdb::Options options;
  options.compression = rocksdb::kZSTD;
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options);
  Scan scan = snapshot.scan(keys::whole(family));
  for (; scan.valid(); scan.next()) {
    if (stays_behind(family, scan.key())) continue;
    if (file.keys == 0) KGRCA_RETURN_IF_ERROR(to_status(writer.Open(path), path));
    const rocksdb::Slice key(scan.key().data(), scan.key().size());
    const rocksdb::Slice value(scan.value().data(), scan.value().size());
    KGRCA_RETURN_IF_ERROR(to_status(writer.Put(key, value), path));
    ++file.keys;
    wrote();
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  if (file.keys == 0) return file;
  rocksdb::ExternalSstFileInfo info;
  KGRCA_RETURN_IF_ERROR(to_status(writer.Finish(&info), path));
  file.bytes = info.file_size;
  KGRCA_ASSIGN_OR_RETURN(file.digest, digest_of_file(path));
  return file;
}

}  // namespace

core::StatusOr<TenantExport> export_tenant(const Snapshot& snapshot, const std::string& directory, std::string record, core::Time at,
                                           const std::function<void(std::uint64_t)>& done) {
  const core::Status empty = check_empty_directory(directory);
  if (!empty.ok() && !absl::IsNotFound(empty)) return empty;
  KGRCA_RETURN_IF_ERROR(make_directory(directory));
  TenantExport out;
  out.format = format_version;
  out.at = at;
  out.record = std::move(record);
  std::uint64_t keys = 0;
  const auto wrote = [&] {
    if (++keys % keys_between_reports == 0 && done) done(keys);
  };
  for (int i = 0; i < family_count; ++i) {
    KGRCA_ASSIGN_OR_RETURN(TenantFile file, export_family(snapshot, family_at(i), directory, wrote));
    if (file.keys > 0) out.files.push_back(std::move(file));
  }
  KGRCA_RETURN_IF_ERROR(sync_tree(directory));
  KGRCA_RETURN_IF_ERROR(write_file(core::cat(directory, '/', manifest_name), encode_manifest(out), 0600));
  return out;
}

core::StatusOr<TenantExport> read_export(const std::string& directory) {
  const auto text = read_file(core::cat(directory, '/', manifest_name), manifest_bytes_max);
  if (absl::IsNotFound(text.status())) return core::not_found(core::cat("there is no finished export in ", directory));
  if (!text.ok()) return text.status();
  KGRCA_ASSIGN_OR_RETURN(TenantExport out, decode_manifest(*text));
  if (out.format > format_version || out.format < oldest_format)
    return core::failed_precondition(core::cat("the export has format ", out.format, ", this kgrca reads ", oldest_format, " to ",
                                               format_version, ": import it with the kgrca that wrote it"));
  for (const TenantFile& file : out.files) {
    KGRCA_ASSIGN_OR_RETURN(const std::uint64_t digest, digest_of_file(core::cat(directory, '/', file.name)));
    if (digest != file.digest) return core::data_loss(core::cat(file.name, " of the export is damaged: export the tenant again"));
  }
  return out;
}

}  // namespace kgrca::store
