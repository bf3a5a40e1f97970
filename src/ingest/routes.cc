#include "kgrca/ingest/routes.h"

#include <string>
#include <utility>

#include "ingest/handler.h"
#include "ingest/protocol.h"
#include "kgrca/core/strings.h"

namespace kgrca::ingest {
namespace {

std::vector<std::pair<int, std::string>> documented_answers(const Protocol& protocol) {
  const bool otlp = protocol.form == AnswerForm::otlp;
  std::vector<std::pair<int, std::string>> answers;
  answers.emplace_back(protocol.success, otlp ? "Everything accepted is durable; partialSuccess counts what was not."
                                              : "Everything accepted is durable; `rejected` names what was not, with reasons.");
  answers.emplace_back(400, "Empty or unreadable body, or nothing in it is valid.");
  answers.emplace_back(401, "No key, or an unknown, expired or revoked one.");
  answers.emplace_back(403, "The key lacks the scope `ingest`, or X-Scope-OrgID names another tenant.");
  answers.emplace_back(413, "The body is over the limit, after decompression too.");
  answers.emplace_back(415, "Content-Type or Content-Encoding is not read here.");
  if (protocol.form != AnswerForm::alertmanager) answers.emplace_back(429, "A limit of the tenant; send again after Retry-After.");
  if (!otlp) answers.emplace_back(500, "Stored data of the tenant cannot be read.");
  answers.emplace_back(503, "Overloaded or stopping; send again after Retry-After.");
  return answers;
}

net::RouteDoc document(const Protocol& protocol) {
  net::RouteDoc doc;
  doc.summary = std::string(protocol.summary);
  doc.tag = "ingest";
  if (protocol.lists) {
    doc.parameters.push_back({std::string(listed_at_parameter), "query", "string",
                              "When the full list was made that these objects stand in: those taken for gone live again from then on."});
  }
  for (const std::string_view type : protocol.content_types) {
    core::append(doc.request_body, doc.request_body.empty() ? "" : ", ", type);
  }
  doc.response_schema = protocol.form == AnswerForm::otlp ? "OtlpAnswer" : "IngestAnswer";
  doc.responses = documented_answers(protocol);
  return doc;
}

}  // namespace

std::vector<net::Route> routes(const IngestContext& context) {
  std::vector<net::Route> list;
  for (const Protocol& protocol : protocols()) {
    for (const std::string_view path : protocol.paths) {
      net::Route route;
      route.method = net::Method::post;
      route.path = std::string(path);
      route.scope = core::Scope::ingest;
      route.body_limit_bytes = body_limit(protocol, context);
      route.error_form =
          protocol.form == AnswerForm::otlp ? net::ErrorForm::google_rpc_status : net::ErrorForm::problem_json;
      route.doc = document(protocol);
      route.handler = make_handler(protocol, context);
      list.push_back(std::move(route));
    }
  }
  return list;
}

}  // namespace kgrca::ingest
