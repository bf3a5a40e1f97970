#include "ingest/answers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kgrca/core/strings.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::ingest {
namespace {

constexpr std::size_t rejections_shown = 100;
constexpr std::size_t reasons_told = 3;          // in a message; senders choke on long ones
constexpr std::size_t reason_bytes_max = 300;

wire::JsonArray rejections(const std::vector<normalize::Rejection>& rejected) {
  wire::JsonArray list;
  for (std::size_t i = 0; i < std::min(rejected.size(), rejections_shown); ++i) {
    list.push_back(wire::JsonObject{{"index", rejected[i].index},
                                    {"reason", std::string(core::clip_utf8(rejected[i].reason, reason_bytes_max))}});
  }
  return list;
}

std::string first_reasons(const Taken& taken) {
  const std::vector<normalize::Rejection>& rejected = taken.rejected;
  std::string text;
  for (std::size_t i = 0; i < std::min(rejected.size(), reasons_told); ++i) {
    core::append(text, i == 0 ? "" : "; ", "item ", rejected[i].index, ": ", core::clip_utf8(rejected[i].reason, reason_bytes_max));
  }
  if (taken.rejections > reasons_told) core::append(text, "; and ", taken.rejections - reasons_told, " more");
  return text;
}

net::Response json_response(int status, const wire::JsonObject& body) {
  net::Response response;
  response.status = status;
  response.body = wire::to_json(body);
  return response;
}

// OTLP senders retry 429, 502, 503 and 504 only, so trouble of ours is always 503.
int otlp_status_of(const core::Status& status) {
  const int code = net::http_status_of(status);
  return code == 500 ? 503 : code;
}

net::Response otlp_failure(const core::Status& status) {
  const int code = otlp_status_of(status);
  const auto rpc_code = static_cast<int>(code == 503 ? absl::StatusCode::kUnavailable : status.code());
  net::Response response = json_response(
      code, {{"code", rpc_code}, {"message", core::message_of(status)}, {"details", wire::JsonArray{}}});
  if (code == 503 || code == 429) response.headers.emplace_back("Retry-After", "1");
  return response;
}

net::Response otlp_success(const Taken& taken) {
  if (taken.rejections == 0) return json_response(200, {});
  return json_response(200, {{"partialSuccess", wire::JsonObject{{"rejectedLogRecords", std::to_string(taken.rejections)},
                                                                  {"errorMessage", first_reasons(taken)}}}});
}

}  // namespace

net::Response success(const Protocol& protocol, const Taken& taken) {
  if (protocol.form == AnswerForm::otlp) return otlp_success(taken);
  wire::JsonObject body{{"accepted", taken.items - std::min(taken.items, taken.rejections)},
                        {"rejected", rejections(taken.rejected)},
                        {"rejected_total", taken.rejections},
                        {"duplicates", taken.outcome.duplicates}};
  if (taken.outcome.unused > 0) body["unused"] = taken.outcome.unused;
  if (taken.outcome.ended > 0) body["ended"] = taken.outcome.ended;
  if (taken.outcome.left_to_end > 0) body["left_to_end"] = taken.outcome.left_to_end;
  return json_response(protocol.success, body);
}

net::Response failure(const Protocol& protocol, const core::Status& status, const net::Request& request) {
  if (protocol.form == AnswerForm::otlp) return otlp_failure(status);
  if (protocol.form == AnswerForm::alertmanager && status.code() == absl::StatusCode::kResourceExhausted) {
    return net::problem_response(core::unavailable(core::message_of(status)), request);
  }
  return net::problem_response(status, request);
}

net::Response nothing_valid(const Protocol& protocol, const Taken& taken, const net::Request& request) {
  const std::string detail = core::cat("nothing in the body is valid: ", first_reasons(taken));
  if (protocol.form == AnswerForm::otlp) return otlp_failure(core::invalid_argument(detail));
  net::Problem problem;
  problem.status = 400;
  problem.code = "nothing_valid";
  problem.title = "Nothing in the body is valid";
  problem.detail = detail;
  return net::problem_response(problem, request);
}

}  // namespace kgrca::ingest
