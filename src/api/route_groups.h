// The routes by topic; each function appends its own.
#pragma once

#include <vector>

#include "api/answers.h"

namespace kgrca::api {

void add_health_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_incident_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_event_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_rca_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_resource_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_graph_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_diff_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_trace_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_stats_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_operator_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_admin_routes(const SharedContext& context, std::vector<net::Route>& out);
void add_backup_routes(const SharedContext& context, std::vector<net::Route>& out);

}  // namespace kgrca::api
