#include <CLI/CLI.hpp>

#include <memory>

#include "app/commands.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/verify_store.h"
#include "kgrca/core/metrics.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/backup.h"
#include "kgrca/store/transfer.h"
#include "kgrca/tenancy/offline.h"

namespace kgrca::app {
namespace {

struct ExportFlags {
  std::string data_dir;
  std::string tenant;
  std::string out;
  std::uint32_t backup = 0;
};

struct ImportFlags {
  std::string data_dir;
  std::string from;
  std::string as;
};

std::string counted(const store::TenantExport& exported) {
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;
  for (const store::TenantFile& file : exported.files) {
    keys += file.keys;
    bytes += file.bytes;
  }
  return core::cat(core::format_thousands(static_cast<std::int64_t>(keys)), " keys, ", size_text(bytes));
}

core::StatusOr<std::unique_ptr<store::Store>> open_for_reading(const ExportFlags& flags, core::Metrics& metrics) {
  KGRCA_ASSIGN_OR_RETURN(const StorePlace place, find_store(flags.data_dir));
  store::StoreOptions options;
  options.directory = place.directory;
  options.create = false;
  if (place.backups) return store::open_backup(place.directory, flags.backup, options, metrics);
  return store::Store::open_read_only(options, metrics);
}

core::StatusOr<tenancy::Tenant> tenant_named(store::Store& store, std::string_view name) {
  KGRCA_ASSIGN_OR_RETURN(const tenancy::StoredTenants tenants, tenancy::stored_tenants(store));
  for (const tenancy::Tenant& tenant : tenants.all)
    if (tenancy::lives(tenant) && tenant.name == name) return tenant;
  return core::not_found(core::cat("there is no tenant ", name, " in the store"));
}

int export_now(const ExportFlags& flags) {
  core::Metrics metrics;
  const auto store = open_for_reading(flags, metrics);
  if (!store.ok()) return fail(store.status());
  const auto tenant = tenant_named(**store, flags.tenant);
  if (!tenant.ok()) return fail(tenant.status());
  Progress progress("export", 0);
  const auto exported = store::export_tenant(tenancy::offline_view(**store, *tenant).snapshot(), flags.out,
                                             tenancy::encode_for_export(*tenant), core::SystemClock().now(),
                                             [&](std::uint64_t keys) { progress.set(static_cast<std::size_t>(keys), "keys"); });
  progress.clear();
  if (!exported.ok()) return fail(exported.status());
  print(core::cat("Tenant ", flags.tenant, " exported to ", flags.out, ": ", counted(*exported), ". Its API keys stay here.\n"));
  return exit_good;
}

// The number is taken first, the keys come in at once, the name last: cut short, nothing of it is seen.
core::StatusOr<tenancy::Tenant> import_into(store::Store& store, const ImportFlags& flags, const store::TenantExport& exported) {
  const core::Time now = core::SystemClock().now();
  KGRCA_ASSIGN_OR_RETURN(const tenancy::Tenant tenant, tenancy::reserve_tenant(store, exported.record, flags.as, now));
  KGRCA_RETURN_IF_ERROR(store::import_tenant(store, {tenant.number, tenant.database}, flags.from, exported));
  KGRCA_RETURN_IF_ERROR(tenancy::admit_tenant(store, tenant, now));
  return tenant;
}

int import_now(const ImportFlags& flags) {
  const auto place = find_store(flags.data_dir);
  if (absl::IsNotFound(place.status()))
    return fail(core::not_found(core::cat("there is no store in ", flags.data_dir,
                                          ": give the data directory of a stopped server; starting `kgrca serve` once makes one")));
  if (!place.ok()) return fail(place.status());
  if (place->backups) return fail(core::failed_precondition(core::cat(flags.data_dir, " is a folder of backups: restore one first")));
  const auto exported = store::read_export(flags.from);
  if (!exported.ok()) return fail(exported.status());
  store::StoreOptions options;
  options.directory = place->directory;
  options.create = false;
  core::Metrics metrics;
  const auto store = store::Store::open(options, metrics);
  if (!store.ok()) return fail(store.status());
  const auto tenant = import_into(**store, flags, *exported);
  if (!tenant.ok()) return fail(tenant.status());
  print(core::cat("Tenant ", tenant->name, " imported: ", counted(*exported), ". Give it keys: kgrca admin key create --tenant ",
                  tenant->name, "\n"));
  return exit_good;
}

}  // namespace

void add_export(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<ExportFlags>();
  CLI::App* command = app.add_subcommand("export", "Write one tenant of a stopped store, or of a backup, as files");
  command->add_option("--data-dir", options->data_dir, "data directory of a stopped server, or a folder of backups")
      ->envname("KGRCA_DATA_DIR")
      ->required();
  command->add_option("--backup", options->backup, "of a folder of backups: which one (default: the newest)");
  command->add_option("--tenant", options->tenant, "the tenant")->required();
  command->add_option("--out", options->out, "new or empty directory for the files")->required();
  command->callback([options, &run_later] { run_later = [options] { return export_now(*options); }; });
}

void add_import(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<ImportFlags>();
  CLI::App* command = app.add_subcommand("import", "Add an exported tenant to a stopped store");
  command->add_option("--data-dir", options->data_dir, "data directory of a stopped server")->envname("KGRCA_DATA_DIR")->required();
  command->add_option("--from", options->from, "directory that export wrote")->required();
  command->add_option("--as", options->as, "another name for the tenant");
  command->callback([options, &run_later] { run_later = [options] { return import_now(*options); }; });
}

}  // namespace kgrca::app
