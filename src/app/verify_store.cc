#include "app/verify_store.h"

#include <algorithm>
#include <filesystem>

#include "kgrca/core/metrics.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/backup.h"
#include "kgrca/store/check.h"
#include "kgrca/tenancy/offline.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::app {
namespace {

namespace fs = std::filesystem;

// Enough for the tables' indexes; a check reads each block once.
constexpr std::size_t store_memory_bytes = 128ull << 20;

core::StatusOr<store::FilesReport> check_files(const VerifyRequest& request) {
  const auto done = [&](std::size_t files, std::size_t of) {
    if (request.progress) request.progress("files", files, of);
  };
  if (request.place.backups) return store::check_backup_files(request.place.directory, request.backup, done);
  return store::check_files(request.place.directory, done);
}

core::StatusOr<std::unique_ptr<store::Store>> open_store(const VerifyRequest& request, core::Metrics& metrics) {
  store::StoreOptions options;
  options.directory = request.place.directory;
  options.memory_bytes = store_memory_bytes;
  options.cache_bytes = store_memory_bytes / 2;
  options.create = false;
  if (request.place.backups) return store::open_backup(request.place.directory, request.backup, options, metrics);
  return store::Store::open_read_only(options, metrics);
}

// Keys whose tenant nobody knows, or that lie in another database than the tenant's record names.
void check_traces(const std::vector<store::TenantTrace>& traces, const tenancy::StoredTenants& tenants, const VerifyRequest& request,
                  graph::VerifyReport& report) {
  for (const store::TenantTrace& trace : traces) {
    const auto number = static_cast<std::uint32_t>(trace.tenant);
    const auto tenant = std::find_if(tenants.all.begin(), tenants.all.end(), [&](const auto& t) { return t.number == trace.tenant; });
    const std::string key = core::cat("database ", trace.database, ", tenant ", number, ", first key: ", trace.first_key);
    if (trace.tenant == core::operator_tenant) {
      if (trace.database != 0) report.add("foreign_tenant", key, "the operator's data belong into database 0", request.limits);
    } else if (tenant == tenants.all.end()) {
      report.add("foreign_tenant", key, "no tenant has this number", request.limits);
    } else if (tenant->database != trace.database) {
      report.add("foreign_tenant", key, core::cat("tenant ", tenant->name, " lies in database ", tenant->database), request.limits);
    } else if (!tenancy::lives(*tenant)) {
      ++report.leftovers["deleted_tenant"];
    }
  }
}

// The graph's own check, with the tenant's name put before the keys.
void check_tenant(const store::TenantView& view, std::string_view name, const VerifyRequest& request, graph::VerifyReport& report) {
  const std::size_t before = report.listed.size();
  graph::verify(view.snapshot(), request.limits, report);
  for (std::size_t i = before; i < report.listed.size(); ++i) report.listed[i].key = core::cat(name, ": ", report.listed[i].key);
}

core::Status check_contents(store::Store& store, const VerifyRequest& request, StoreVerdict& verdict) {
  KGRCA_ASSIGN_OR_RETURN(const tenancy::StoredTenants tenants, tenancy::stored_tenants(store));
  KGRCA_ASSIGN_OR_RETURN(const auto traces, store::tenant_traces(store));
  for (const auto& problem : tenants.problems) verdict.report.add(problem.kind, problem.key, problem.what, request.limits);
  check_traces(traces, tenants, request, verdict.report);
  check_tenant(tenancy::offline_operator_view(store), "operator", request, verdict.report);
  const auto wanted = [&](const tenancy::Tenant& tenant) {
    return tenancy::lives(tenant) && (request.tenant.empty() || tenant.name == request.tenant);
  };
  const auto all = static_cast<std::size_t>(std::count_if(tenants.all.begin(), tenants.all.end(), wanted));
  if (all == 0 && !request.tenant.empty()) return core::not_found(core::cat("there is no tenant ", request.tenant, " in the store"));
  for (const tenancy::Tenant& tenant : tenants.all) {
    if (!wanted(tenant)) continue;
    if (request.progress) request.progress("tenants", verdict.tenants, all);
    check_tenant(tenancy::offline_view(store, tenant), tenant.name, request, verdict.report);
    ++verdict.tenants;
  }
  return core::ok_status();
}

wire::JsonObject sums_json(const std::map<std::string, std::uint64_t, std::less<>>& sums) {
  wire::JsonObject out;
  for (const auto& [kind, count] : sums) out[kind] = count;
  return out;
}

}  // namespace

core::StatusOr<StorePlace> find_store(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(core::cat(path, "/sets"), error)) return StorePlace{path, true};
  if (fs::is_directory(core::cat(path, "/store"), error)) return StorePlace{core::cat(path, "/store"), false};
  if (fs::is_directory(core::cat(path, "/0"), error)) return StorePlace{path, false};
  return core::not_found(core::cat("there is no store in ", path, ": give the data directory of a stopped server, or a folder of backups"));
}

core::StatusOr<StoreVerdict> verify_store(const VerifyRequest& request) {
  StoreVerdict verdict;
  KGRCA_ASSIGN_OR_RETURN(const store::FilesReport files, check_files(request));
  verdict.files = files.files;
  verdict.file_bytes = files.bytes;
  for (const store::FileDamage& damage : files.damage) {
    const std::string key = core::cat("database ", damage.database, damage.file.empty() ? "" : ", ", damage.file);
    verdict.report.add("file", key, damage.what, request.limits);
  }
  core::Metrics metrics;
  const auto store = open_store(request, metrics);
  if (!store.ok()) {
    if (verdict.report.clean()) return store.status();
    verdict.report.add("file", request.place.directory, core::cat("it cannot be opened: ", core::message_of(store.status())),
                       request.limits);
    return verdict;
  }
  const core::Status looked = check_contents(**store, request, verdict);
  if (absl::IsNotFound(looked)) return looked;
  if (!looked.ok()) verdict.report.add("unreadable", request.place.directory, core::message_of(looked), request.limits);
  return verdict;
}

std::string verdict_text(const StoreVerdict& verdict) {
  const graph::VerifyReport& report = verdict.report;
  const auto number = [](std::uint64_t value) { return core::format_thousands(static_cast<std::int64_t>(value)); };
  std::string out = core::cat(report.clean() ? "The store is whole" : "The store is BROKEN", ": ", number(verdict.files), " tables, ",
                              number(verdict.tenants), " tenants, ", number(report.resources), " resources, ", number(report.edges),
                              " edges, ", number(report.events), " events, ", number(report.links), " links, ",
                              number(report.incidents), " incidents.\n");
  for (const auto& [kind, count] : report.totals) {
    core::append(out, "\n", kind, ": ", number(count), "\n");
    std::uint64_t shown = 0;
    for (const graph::Finding& finding : report.listed) {
      if (finding.kind != kind) continue;
      core::append(out, "  ", finding.key, "\n    ", finding.what, "\n");
      ++shown;
    }
    if (shown < count) core::append(out, "  and ", number(count - shown), " more\n");
  }
  for (const auto& [kind, count] : report.leftovers) core::append(out, "\nleft over, harmless: ", kind, ": ", number(count), "\n");
  return out;
}

std::string verdict_json(const StoreVerdict& verdict) {
  const graph::VerifyReport& report = verdict.report;
  wire::JsonArray findings;
  for (const graph::Finding& finding : report.listed) {
    wire::JsonObject item;
    item["kind"] = finding.kind;
    item["key"] = finding.key;
    item["what"] = finding.what;
    findings.push_back(std::move(item));
  }
  wire::JsonObject looked;
  looked["tables"] = verdict.files;
  looked["table_bytes"] = verdict.file_bytes;
  looked["tenants"] = static_cast<std::uint64_t>(verdict.tenants);
  looked["resources"] = report.resources;
  looked["edges"] = report.edges;
  looked["events"] = report.events;
  looked["links"] = report.links;
  looked["incidents"] = report.incidents;
  wire::JsonObject out;
  out["clean"] = report.clean();
  out["looked_at"] = std::move(looked);
  out["totals"] = sums_json(report.totals);
  out["leftovers"] = sums_json(report.leftovers);
  out["findings"] = std::move(findings);
  return core::cat(wire::to_json(out), "\n");
}

}  // namespace kgrca::app
