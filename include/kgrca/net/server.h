#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/status.h"
#include "kgrca/net/http.h"

namespace kgrca::net {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  // address:port, "[::1]:8080", port 0 = any free
  std::string tls_listen;                 // empty: none
  std::string tls_certificate_file;       // PEM chain
  std::string tls_key_file;
  int io_threads = 1;
  int work_threads = 2;                   // handlers run here, never on an io thread
  int long_threads = 2;                   // for handlers of Route::long_running
  int max_connections = 4096;
  std::size_t max_header_bytes = 8 << 10;
  std::size_t max_inflight_body_bytes = 256ull << 20;  // over all connections; past it 503
  int header_timeout_seconds = 10;
  int idle_timeout_seconds = 60;
  int body_grace_seconds = 10;                // also the window over which the rate below is measured
  std::size_t min_body_bytes_per_second = 1024;
  int write_timeout_seconds = 30;             // per 256 KiB of an answer
};

// What a running server can take over. The certificate is read again also when its path is the same; without a TLS listener
// it is not looked at.
struct ServerReload {
  std::vector<Route> routes;
  std::string tls_certificate_file;
  std::string tls_key_file;
  int max_connections = 4096;
};

// Decides who asks. Gives a principal or unauthenticated/permission_denied; run on the work pool.
using Authenticate = std::function<core::StatusOr<core::Principal>(const Request&, core::Scope needed)>;

// HTTP/1.1 with keep-alive, pipelining, chunked bodies, TLS. Framing that could be read in two ways is refused with 400 and
// the connection closed (docs/architecture.md names the list).
class Server {
 public:
  static core::StatusOr<std::unique_ptr<Server>> start(const ServerOptions& options, std::vector<Route> routes,
                                                       Authenticate authenticate, core::Metrics& metrics);
  ~Server();
  int port() const;      // 0 when not listening in plain text
  int tls_port() const;  // 0 when none
  // Takes over all of `fresh` or, on error, nothing. Requests under way end with the routes they began with; open connections
  // keep their certificate.
  core::Status reload(ServerReload fresh);
  // Stops accepting, lets running requests finish for at most `grace_ms`, then closes; waits for handlers that still run.
  // Idempotent. Not from a handler. Replies that come later are dropped.
  void stop(int grace_ms);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgrca::net
