#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/net/http.h"

namespace kgrca::net {

struct ClientOptions {
  std::string url;  // "http://127.0.0.1:8080", "https://…"
  int timeout_ms = 30'000;
  bool verify_tls = true;
  std::string ca_file;
};

// Blocking, one keep-alive connection, reconnects when the server closed it between requests. Not thread-safe.
class Client {
 public:
  static core::StatusOr<Client> make(const ClientOptions& options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();
  // unavailable: no connection (message says host and port); any HTTP status is a Response.
  core::StatusOr<Response> send(Method method, const std::string& target,
                                const std::vector<std::pair<std::string, std::string>>& headers, std::string_view body);

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgrca::net
