// Talks to a server's API on behalf of a command.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/connection.h"
#include "kgrca/net/client.h"
#include "kgrca/wire/json.h"

namespace kgrca::app {

// A JSON answer and the document that owns it.
struct JsonAnswer {
  std::string text;
  std::unique_ptr<wire::JsonDocument> document;
  wire::JsonValue root;
};

class ApiClient {
 public:
  static core::StatusOr<ApiClient> connect(const ConnectionFlags& flags);
  static core::StatusOr<ApiClient> connect(const Connection& connection);

  const Connection& connection() const { return connection_; }

  // Any answer below 400; others become errors that hold the server's own explanation.
  core::StatusOr<net::Response> send(net::Method method, const std::string& target, std::string_view content_type = {},
                                     std::string_view body = {});
  // The same with the body gzipped.
  core::StatusOr<net::Response> send_compressed(const std::string& target, std::string_view content_type, std::string_view body);
  core::StatusOr<JsonAnswer> json(net::Method method, const std::string& target, std::string_view body = {});

 private:
  ApiClient(Connection connection, net::Client client) : connection_(std::move(connection)), client_(std::move(client)) {}
  core::StatusOr<net::Response> exchange(net::Method method, const std::string& target,
                                         std::vector<std::pair<std::string, std::string>> headers, std::string_view body);
  Connection connection_;
  net::Client client_;
};

core::StatusOr<JsonAnswer> parse_answer(std::string body);
// One part of a path or a query value, percent-encoded.
std::string url_encode(std::string_view text);

}  // namespace kgrca::app
