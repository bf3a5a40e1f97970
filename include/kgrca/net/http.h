// Plain HTTP values: handlers see these and no socket, so their tests need none.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/principal.h"
#include "kgrca/core/status.h"

namespace kgrca::net {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options };
std::string_view name_of(Method method);

struct Request {
  Method method = Method::get;
  std::string path;                                            // decoded but for %2F, without the query
  std::vector<std::pair<std::string, std::string>> query;      // decoded
  std::map<std::string, std::string, std::less<>> parameters;  // from the route's {names}
  std::vector<std::pair<std::string, std::string>> headers;    // names in lower case
  std::string body;                                            // as sent; Content-Encoding not undone
  std::string request_id;                                      // X-Request-Id, else the trace id of traceparent, else made here
  std::string remote_address;
  core::Principal principal;                                   // filled when the route needs a scope

  std::string_view header(std::string_view lower_case_name) const;  // empty when absent
  std::optional<std::string_view> query_value(std::string_view name) const;
  std::string_view parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// RFC 9457. `code` is a stable snake_case word; `detail` says what, where and how to mend it.
struct Problem {
  int status = 400;
  std::string code;
  std::string title;
  std::string detail;
  std::vector<std::pair<std::string, std::string>> extra;  // further string members
};
Response problem_response(const Problem& problem, const Request& request);
// The one table from status codes to HTTP: invalid_argument 400, unauthenticated 401, permission_denied 403, not_found 404,
// already_exists 409, failed_precondition 409, out_of_range 413, unimplemented 415, resource_exhausted 429,
// unavailable 503 (both with Retry-After), deadline_exceeded 504, data_loss and internal 500.
int http_status_of(const core::Status& status);
Response problem_response(const core::Status& status, const Request& request);

// Call exactly once, from any thread.
using Reply = std::function<void(Response)>;
using Handler = std::function<void(std::shared_ptr<Request>, Reply)>;

// What a route documents of itself; OpenAPI is made of it.
struct RouteDoc {
  std::string summary;
  std::string tag;
  struct Parameter {
    std::string name;
    std::string in;       // "query" or "path"
    std::string type;     // "string", "integer", "boolean", or as the room of the route notes types
    std::string help;
    bool required = false;
  };
  std::vector<Parameter> parameters;
  std::string request_body;                      // content types, comma-separated; empty: none
  std::string request_schema;                    // what a JSON body holds, as the room of the route notes it; empty: not described
  std::string response_body = "application/json";  // content types of successes
  std::string response_schema;                   // what a JSON answer holds; empty: not described
  std::vector<std::pair<int, std::string>> responses;  // status, meaning
};

// How errors that arise before the handler runs (401, 403, 413, 503) are worded.
enum class ErrorForm : std::uint8_t { problem_json, google_rpc_status, plain_text };

struct Route {
  Method method = Method::get;
  std::string path;                    // "/api/v1/incidents/{id}"
  core::Scope scope = core::Scope::none;  // none: open to all
  std::size_t body_limit_bytes = 1 << 20;
  bool long_running = false;           // may take more than some 10 ms: runs on threads of its own, so that it cannot hold up ingest
  ErrorForm error_form = ErrorForm::problem_json;
  RouteDoc doc;
  Handler handler;
};

// A handler that computes its answer at once.
Handler answer(std::function<Response(const Request&)> compute);

}  // namespace kgrca::net
