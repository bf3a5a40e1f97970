#include "net/problem.h"

#include <algorithm>
#include <array>

#include "kgrca/core/strings.h"

namespace kgrca::net {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};
constexpr std::array phrases = {
    Phrase{200, "OK"}, Phrase{201, "Created"}, Phrase{202, "Accepted"}, Phrase{204, "No Content"}, Phrase{206, "Partial Content"},
    Phrase{207, "Multi-Status"}, Phrase{301, "Moved Permanently"}, Phrase{302, "Found"}, Phrase{303, "See Other"},
    Phrase{304, "Not Modified"}, Phrase{307, "Temporary Redirect"}, Phrase{308, "Permanent Redirect"}, Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"}, Phrase{402, "Payment Required"}, Phrase{403, "Forbidden"}, Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"}, Phrase{406, "Not Acceptable"}, Phrase{408, "Request Timeout"}, Phrase{409, "Conflict"},
    Phrase{410, "Gone"}, Phrase{411, "Length Required"}, Phrase{412, "Precondition Failed"}, Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"}, Phrase{415, "Unsupported Media Type"}, Phrase{417, "Expectation Failed"},
    Phrase{422, "Unprocessable Content"}, Phrase{429, "Too Many Requests"}, Phrase{431, "Request Header Fields Too Large"},
    Phrase{499, "Client Closed Request"}, Phrase{500, "Internal Server Error"}, Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"}, Phrase{503, "Service Unavailable"}, Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"}, Phrase{507, "Insufficient Storage"}};

std::string_view code_word(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument: return "invalid_argument";
    case absl::StatusCode::kUnauthenticated: return "unauthenticated";
    case absl::StatusCode::kPermissionDenied: return "permission_denied";
    case absl::StatusCode::kNotFound: return "not_found";
    case absl::StatusCode::kAlreadyExists: return "already_exists";
    case absl::StatusCode::kFailedPrecondition: return "failed_precondition";
    case absl::StatusCode::kAborted: return "aborted";
    case absl::StatusCode::kOutOfRange: return "too_large";
    case absl::StatusCode::kUnimplemented: return "unsupported";
    case absl::StatusCode::kResourceExhausted: return "limit_reached";
    case absl::StatusCode::kUnavailable: return "unavailable";
    case absl::StatusCode::kDeadlineExceeded: return "deadline_exceeded";
    case absl::StatusCode::kDataLoss: return "data_loss";
    default: return "internal";
  }
}

// google.rpc.Code of an HTTP status, after the mapping in google/rpc/code.proto.
int rpc_code_of(int http_status) {
  switch (http_status) {
    case 401: return 16;
    case 403: return 7;
    case 404: return 5;
    case 409: return 6;
    case 429: return 8;
    case 501: return 12;
    case 503: return 14;
    case 408:
    case 504: return 4;
    default: return http_status >= 500 ? 13 : 3;
  }
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out.push_back(',');
  core::append_json_string(out, name);
  out.push_back(':');
  core::append_json_string(out, value);
}

void add_protocol_headers(Response& response) {
  if (response.status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    // A browser asks its user for the key.
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"kgrca: any user, an API key as password\"");
  }
  if (response.status == 429) response.headers.emplace_back("Retry-After", "1");
  if (response.status == 503) response.headers.emplace_back("Retry-After", "2");
}

Problem problem_of(const core::Status& status) {
  Problem problem;
  problem.status = http_status_of(status);
  problem.code = std::string(code_word(status.code()));
  problem.detail = core::message_of(status);
  return problem;
}

std::string rpc_status_body(const Problem& problem) {
  std::string body = core::cat("{\"code\":", rpc_code_of(problem.status), ",\"message\":");
  core::append_json_string(body, problem.detail);
  return body + "}";
}

}  // namespace

std::string_view reason_phrase(int http_status) {
  const auto found = std::find_if(phrases.begin(), phrases.end(), [&](const Phrase& p) { return p.status == http_status; });
  return found == phrases.end() ? std::string_view("Unknown") : found->text;
}

int http_status_of(const core::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk: return 200;
    case absl::StatusCode::kInvalidArgument: return 400;
    case absl::StatusCode::kUnauthenticated: return 401;
    case absl::StatusCode::kPermissionDenied: return 403;
    case absl::StatusCode::kNotFound: return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted: return 409;
    case absl::StatusCode::kOutOfRange: return 413;
    case absl::StatusCode::kUnimplemented: return 415;
    case absl::StatusCode::kResourceExhausted: return 429;
    case absl::StatusCode::kUnavailable: return 503;
    case absl::StatusCode::kDeadlineExceeded: return 504;
    default: return 500;
  }
}

Response problem_response(const Problem& problem, const Request& request) {
  Response response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  std::string& body = response.body;
  body = "{\"type\":";
  core::append_json_string(body, core::cat("urn:kgrca:problem:", problem.code));
  append_member(body, "title", problem.title.empty() ? reason_phrase(problem.status) : std::string_view(problem.title));
  core::append(body, ",\"status\":", problem.status);
  append_member(body, "detail", problem.detail);
  if (!request.path.empty()) append_member(body, "instance", request.path);
  append_member(body, "code", problem.code);
  append_member(body, "request_id", request.request_id);
  for (const auto& [name, value] : problem.extra) append_member(body, name, value);
  body.push_back('}');
  add_protocol_headers(response);
  return response;
}

Response problem_response(const core::Status& status, const Request& request) {
  return problem_response(problem_of(status), request);
}

Response error_response(ErrorForm form, const Problem& problem, const Request& request) {
  if (form == ErrorForm::problem_json) return problem_response(problem, request);
  Response response;
  response.status = problem.status;
  if (form == ErrorForm::google_rpc_status) {
    response.body = rpc_status_body(problem);
  } else {
    response.content_type = "text/plain; charset=utf-8";
    response.body = problem.detail + "\n";
  }
  add_protocol_headers(response);
  return response;
}

Response error_response(ErrorForm form, const core::Status& status, const Request& request) {
  return error_response(form, problem_of(status), request);
}

}  // namespace kgrca::net
