#include "kgrca/api/routes.h"

#include "api/route_groups.h"

namespace kgrca::api {

std::vector<net::Route> routes(const ApiContext& context) {
  auto completed = std::make_shared<ApiContext>(context);
  if (!completed->advice) completed->advice = Advice::embedded();
  const SharedContext shared = std::move(completed);
  std::vector<net::Route> out;
  add_health_routes(shared, out);
  add_incident_routes(shared, out);
  add_event_routes(shared, out);
  add_rca_routes(shared, out);
  add_resource_routes(shared, out);
  add_graph_routes(shared, out);
  add_diff_routes(shared, out);
  add_trace_routes(shared, out);
  add_stats_routes(shared, out);
  add_admin_routes(shared, out);
  if (shared->backups && shared->begin_backup) add_backup_routes(shared, out);
  add_operator_routes(shared, out);
  return out;
}

}  // namespace kgrca::api
