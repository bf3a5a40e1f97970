#include "server_process.h"

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "kgrca/core/strings.h"
#include "kgrca/wire/json.h"

namespace kgrca::bench {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The value of `name` in a file of `name: value` lines.
std::string value_in(const std::string& text, const std::string& name) {
  for (const std::string_view line : core::split(text, '\n'))
    if (line.starts_with(name + ":")) return std::string(core::trim(line.substr(name.size() + 1)));
  return {};
}

[[noreturn]] void become_server(const std::string& binary, const std::string& data_dir) {
  const int log = ::open(core::cat(data_dir, "/server.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (log >= 0) {
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
  }
  ::setenv("KGRCA_DATA_DIR", data_dir.c_str(), 1);
  ::setenv("KGRCA_SERVER_LISTEN", "127.0.0.1:0", 1);
  ::execl(binary.c_str(), binary.c_str(), "serve", "--demo", static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace

core::StatusOr<std::string> call(net::Client& client, net::Method method, const std::string& target, const std::string& key,
                                 std::string_view body, std::string_view content_type) {
  std::vector<std::pair<std::string, std::string>> headers = {{"Authorization", core::cat("Bearer ", key)}};
  if (!body.empty()) headers.emplace_back("Content-Type", content_type);
  KGRCA_ASSIGN_OR_RETURN(net::Response response, client.send(method, target, headers, body));
  if (response.status / 100 == 2) return std::move(response.body);
  const std::string text = core::cat(target, " answered ", response.status, ": ", core::clip_utf8(response.body, 500));
  return response.status == 503 ? core::unavailable(text) : core::internal_error(text);
}

core::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::start(const std::string& binary) {
  std::unique_ptr<ServerProcess> server(new ServerProcess);
  if (::access(binary.c_str(), X_OK) != 0) return core::not_found(core::cat("no server binary at ", binary, ": give it with --server"));
  server->pid_ = ::fork();
  if (server->pid_ < 0) return core::internal_error("cannot fork");
  if (server->pid_ == 0) become_server(binary, server->directory_.path());
  if (core::Status status = server->wait_until_ready(); !status.ok()) return status;
  return server;
}

core::Status ServerProcess::wait_until_ready() {
  for (int i = 0; i < 600; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      break;
    }
    url_ = value_in(read_text(core::cat(directory_.path(), "/client.yaml")), "url");
    admin_key_ = std::string(core::trim(read_text(core::cat(directory_.path(), "/admin.key"))));
    if (!url_.empty() && !admin_key_.empty()) return core::ok_status();
  }
  return core::internal_error(core::cat("the server did not start: ", read_text(core::cat(directory_.path(), "/server.log"))));
}

ServerProcess::~ServerProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

double ServerProcess::cpu_seconds() const {
  const std::string text = read_text(core::cat("/proc/", pid_, "/stat"));
  // The name may hold blanks: fields count from the last parenthesis on. utime and stime are the 12th and 13th after it.
  std::istringstream in(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) in >> skipped;
  double user = 0;
  double system = 0;
  in >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

core::StatusOr<std::string> ServerProcess::metrics() const {
  KGRCA_ASSIGN_OR_RETURN(net::Client client, net::Client::make({.url = url_, .ca_file = {}}));
  return call(client, net::Method::get, "/metrics", admin_key_, {});
}

core::StatusOr<std::string> ServerProcess::admin(const std::string& target, const std::string& body) const {
  KGRCA_ASSIGN_OR_RETURN(net::Client client, net::Client::make({.url = url_, .ca_file = {}}));
  return call(client, net::Method::post, target, admin_key_, body);
}

core::StatusOr<std::string> ServerProcess::make_tenant(const std::string& name) const {
  KGRCA_RETURN_IF_ERROR(admin("/api/v1/admin/tenants", core::cat(R"({"name":")", name, R"("})")).status());
  KGRCA_ASSIGN_OR_RETURN(const std::string answer,
                         admin(core::cat("/api/v1/admin/tenants/", name, "/keys"), R"({"scopes":["ingest","read"],"label":"bench"})"));
  wire::JsonDocument document;
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonValue value, document.parse(answer));
  return std::string(value["key"].string_or());
}

}  // namespace kgrca::bench
