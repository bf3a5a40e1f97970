// Where answers go out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kgrca/api/advice.h"
#include "kgrca/core/metrics.h"
#include "kgrca/core/time.h"
#include "kgrca/model/taxonomy.h"
#include "kgrca/net/http.h"
#include "kgrca/pipeline/pipeline.h"
#include "kgrca/store/backup.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::api {

// One thing that must be in order for the server to take traffic; `detail` is shown by /readyz?verbose, stats and doctor.
struct Check {
  std::string name;
  core::Status status;
  std::string detail;
};

// What a reload took over.
struct ReloadReport {
  std::vector<std::string> changed;         // settings and data files that are others now
  std::vector<std::string> restart_needed;  // settings whose new value waits for a restart
};

// Backups there are, and the one that runs or ran last.
struct BackupState {
  std::vector<store::BackupSet> sets;  // oldest first
  bool running = false;
  core::Time begun{};                  // zero: none since the start
  std::uint64_t copied_bytes = 0;
  std::string error;                   // of the last one; empty: it went well
};

struct ApiContext {
  tenancy::Tenancy* tenancy = nullptr;
  pipeline::Pipeline* pipeline = nullptr;
  const core::Clock* clock = nullptr;
  core::Metrics* metrics = nullptr;
  std::shared_ptr<const model::Taxonomy> taxonomy;
  std::shared_ptr<const Advice> advice;             // the embedded one when null
  std::function<core::Status()> ready;              // OK when the server may take traffic
  std::function<std::vector<Check>()> checks;       // the parts of `ready`; may be empty
  // Begins to delete the tenant of that name; `by`: the key's id.
  std::function<core::StatusOr<tenancy::Tenant>(std::string_view name, std::string_view by)> delete_tenant;
  std::function<core::StatusOr<ReloadReport>()> reload;  // POST /-/reload; an error: nothing was taken over
  std::function<core::StatusOr<BackupState>()> backups;  // GET and POST /api/v1/admin/backups; without both there are none
  std::function<core::Status()> begin_backup;
  std::string version;
};

// Routes of the answering endpoints; the context's pointers must outlive them.
std::vector<net::Route> routes(const ApiContext& context);
// OpenAPI 3.1 of a list of routes, as served at /openapi.json.
std::string openapi_json(const std::vector<net::Route>& routes, const std::string& version);
// Appends GET /openapi.json, which describes every route of the list and itself. Call it last.
void add_openapi_route(std::vector<net::Route>& routes, const std::string& version);

}  // namespace kgrca::api
