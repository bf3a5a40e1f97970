// What every handler of this room shares: routes made of a computation, readers of the asking tenant, JSON answers.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kgrca/api/routes.h"
#include "kgrca/core/status.h"
#include "kgrca/graph/records.h"
#include "kgrca/net/http.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::api {

using SharedContext = std::shared_ptr<const ApiContext>;
using Compute = std::function<core::StatusOr<net::Response>(const ApiContext&, const net::Request&)>;

// A route whose handler computes its answer at once. Query parameters that `doc` does not name are refused with 400.
net::Route make_route(const SharedContext& context, net::Method method, std::string path, core::Scope scope,
                      net::RouteDoc doc, Compute compute);

// A reader of the asking tenant's data and of no other's.
core::StatusOr<graph::GraphReader> reader_of(const ApiContext& context, const net::Request& request);

net::Response json_response(const wire::JsonOut& value, int status = 200);
net::Response text_response(std::string text, std::string content_type = "text/plain; charset=utf-8");

// Shorthands for route docs.
net::RouteDoc::Parameter query_parameter(std::string name, std::string type, std::string help);
net::RouteDoc::Parameter path_parameter(std::string name, std::string help);

}  // namespace kgrca::api
