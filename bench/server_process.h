// The real server binary as a child process with a store of its own.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "kgrca/core/status.h"
#include "kgrca/net/client.h"
#include "parts.h"

namespace kgrca::bench {

class ServerProcess {
 public:
  // Starts `binary serve` on a free port and waits until it is ready (30 s at most).
  static core::StatusOr<std::unique_ptr<ServerProcess>> start(const std::string& binary);
  ~ServerProcess();  // SIGTERM, then waits

  const std::string& url() const { return url_; }
  double cpu_seconds() const;       // user and system, all threads
  double rss_mib() const { return resident_mib(pid_); }
  core::StatusOr<std::string> metrics() const;
  // A new tenant's key to ingest and read.
  core::StatusOr<std::string> make_tenant(const std::string& name) const;

 private:
  ServerProcess() = default;
  core::Status wait_until_ready();
  core::StatusOr<std::string> admin(const std::string& target, const std::string& body) const;

  TempDir directory_;
  pid_t pid_ = -1;
  std::string url_;
  std::string admin_key_;
};

// Sends a request with a key; any answer but 2xx is an error that holds its text.
core::StatusOr<std::string> call(net::Client& client, net::Method method, const std::string& target, const std::string& key,
                                 std::string_view body, std::string_view content_type = "application/json");

}  // namespace kgrca::bench
