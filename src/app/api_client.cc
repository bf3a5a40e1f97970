#include "app/api_client.h"

#include "kgrca/core/strings.h"
#include "kgrca/wire/compression.h"

namespace kgrca::app {
namespace {

std::string problem_text(const net::Response& response) {
  wire::JsonDocument document;
  const auto body = document.parse(response.body);
  if (!body.ok()) return std::string(core::clip_utf8(core::trim(response.body), 300));
  for (const std::string_view member : {"detail", "message", "title"}) {
    const std::string_view text = (*body)[member].string_or();
    if (!text.empty()) return std::string(text);
  }
  return {};
}

core::Status status_of(const net::Response& response, const Connection& connection, const std::string& target) {
  const std::string detail = problem_text(response);
  if (response.status == 401) {
    const std::string found = connection.key.empty() ? std::string(" wants an API key and none is set: ")
                                                     : core::cat(" does not accept the key (from ", connection.key_origin, "): ");
    return core::unauthenticated(core::cat(connection.url, found, detail, "\nGive one with --key, KGRCA_KEY or the client file (",
                                           client_file(process_environment()), ")"));
  }
  const std::string message = core::cat(connection.url, target.substr(0, target.find('?')), " answered ", response.status,
                                        detail.empty() ? "" : ": ", detail);
  if (response.status == 403) return core::permission_denied(message);
  if (response.status == 404) return core::not_found(detail.empty() ? message : detail);
  if (response.status == 409) return core::already_exists(message);
  if (response.status == 429 || response.status == 503) return core::unavailable(message);
  return response.status >= 500 ? core::internal_error(message) : core::invalid_argument(message);
}

}  // namespace

core::StatusOr<ApiClient> ApiClient::connect(const ConnectionFlags& flags) {
  KGRCA_ASSIGN_OR_RETURN(const Connection connection, resolve_connection(flags, process_environment()));
  return connect(connection);
}

core::StatusOr<ApiClient> ApiClient::connect(const Connection& connection) {
  net::ClientOptions options;
  options.url = connection.url;
  options.ca_file = connection.ca_file;
  KGRCA_ASSIGN_OR_RETURN(net::Client client, net::Client::make(options));
  return ApiClient(connection, std::move(client));
}

core::StatusOr<net::Response> ApiClient::exchange(net::Method method, const std::string& target,
                                                  std::vector<std::pair<std::string, std::string>> headers, std::string_view body) {
  if (!connection_.key.empty()) headers.emplace_back("Authorization", core::cat("Bearer ", connection_.key));
  KGRCA_ASSIGN_OR_RETURN(net::Response response, client_.send(method, target, headers, body));
  if (response.status >= 400) return status_of(response, connection_, target);
  return response;
}

core::StatusOr<net::Response> ApiClient::send(net::Method method, const std::string& target, std::string_view content_type,
                                              std::string_view body) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (!content_type.empty()) headers.emplace_back("Content-Type", std::string(content_type));
  return exchange(method, target, std::move(headers), body);
}

core::StatusOr<net::Response> ApiClient::send_compressed(const std::string& target, std::string_view content_type,
                                                         std::string_view body) {
  std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", std::string(content_type)}, {"Content-Encoding", "gzip"}};
  const std::string packed = wire::gzip(body);
  return exchange(net::Method::post, target, std::move(headers), packed);
}

core::StatusOr<JsonAnswer> ApiClient::json(net::Method method, const std::string& target, std::string_view body) {
  KGRCA_ASSIGN_OR_RETURN(net::Response response, send(method, target, body.empty() ? "" : "application/json", body));
  return parse_answer(std::move(response.body));
}

core::StatusOr<JsonAnswer> parse_answer(std::string body) {
  JsonAnswer answer;
  answer.text = std::move(body);
  answer.document = std::make_unique<wire::JsonDocument>();
  core::StatusOr<wire::JsonValue> root = answer.document->parse(answer.text);
  if (!root.ok()) return core::with_context(root.status(), "the server's answer is no JSON (is this a kgrca server?)");
  answer.root = *root;
  return answer;
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                       c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(hex[byte >> 4U]);
    out.push_back(hex[byte & 15U]);
  }
  return out;
}

}  // namespace kgrca::app
