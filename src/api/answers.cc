#include "api/answers.h"

#include <algorithm>

#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr core::Duration question_time_max = std::chrono::seconds(10);

// Which of two values was meant nobody can say, so neither is taken.
bool given_twice(const net::Request& request, std::string_view name) {
  return std::count_if(request.query.begin(), request.query.end(), [&](const auto& entry) { return entry.first == name; }) > 1;
}

core::Status check_query_names(const net::RouteDoc& doc, const net::Request& request) {
  for (const auto& [name, value] : request.query) {
    if (given_twice(request, name)) {
      return core::invalid_argument(core::cat("query parameter '", core::clip_utf8(name, 64), "' is given more than once"));
    }
    const bool known = std::any_of(doc.parameters.begin(), doc.parameters.end(),
                                   [&](const auto& p) { return p.in == "query" && p.name == name; });
    if (known) continue;
    std::vector<std::string> names;
    for (const auto& p : doc.parameters) {
      if (p.in == "query") names.push_back(p.name);
    }
    return core::invalid_argument(core::cat("unknown query parameter '", core::clip_utf8(name, 64), "'; this endpoint takes ",
                                            names.empty() ? "none" : core::join(names, ", ")));
  }
  return core::ok_status();
}

}  // namespace

net::Route make_route(const SharedContext& context, net::Method method, std::string path, core::Scope scope,
                      net::RouteDoc doc, Compute compute) {
  net::Route route;
  route.method = method;
  route.path = std::move(path);
  route.scope = scope;
  route.long_running = scope == core::Scope::read;  // a question may walk much of the graph
  route.doc = doc;
  route.handler = net::answer([context, doc = std::move(doc), compute = std::move(compute)](const net::Request& request) {
    if (const core::Status known = check_query_names(doc, request); !known.ok()) {
      return net::problem_response(known, request);
    }
    core::StatusOr<net::Response> response = compute(*context, request);
    return response.ok() ? *std::move(response) : net::problem_response(response.status(), request);
  });
  return route;
}

core::StatusOr<graph::GraphReader> reader_of(const ApiContext& context, const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const store::TenantView view, context.tenancy->view(request.principal));
  return graph::GraphReader(view.snapshot(question_time_max));
}

net::Response json_response(const wire::JsonOut& value, int status) {
  net::Response response;
  response.status = status;
  response.body = wire::to_json(value);
  response.body.push_back('\n');
  return response;
}

net::Response text_response(std::string text, std::string content_type) {
  net::Response response;
  response.content_type = std::move(content_type);
  response.body = std::move(text);
  return response;
}

net::RouteDoc::Parameter query_parameter(std::string name, std::string type, std::string help) {
  return {std::move(name), "query", std::move(type), std::move(help), false};
}

net::RouteDoc::Parameter path_parameter(std::string name, std::string help) {
  return {std::move(name), "path", "string", std::move(help), true};
}

}  // namespace kgrca::api
