// A blocking socket and a server on port 0, for tests that must control every byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "kgrca/net/server.h"

namespace kgrca::net::testing {

class RawSocket {
 public:
  explicit RawSocket(int port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    static_assert(sizeof generic == sizeof address);
    std::copy_n(reinterpret_cast<const char*>(&address), sizeof address, reinterpret_cast<char*>(&generic));
    connected_ = ::connect(descriptor_, &generic, sizeof generic) == 0;
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~RawSocket() { ::close(descriptor_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  bool connected() const { return connected_; }

  // False when the peer has closed meanwhile.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // One response by its Content-Length; what arrived of a failed one when the peer closes or 10 s pass.
  std::string response(bool bodiless = false) {
    while (true) {
      const std::size_t end = pending_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t at = pending_.find("Content-Length: ");
        const std::size_t length = bodiless || at > end ? 0 : std::stoul(pending_.substr(at + 16));
        if (pending_.size() >= end + 4 + length) return take(end + 4 + length);
      }
      if (!receive(10'000)) return take(pending_.size());
    }
  }

  // Everything until the peer closes.
  std::string rest() {
    while (receive(10'000)) {
    }
    return take(pending_.size());
  }

  bool closed_by_peer() { return rest().empty() && ended_; }

 private:
  bool receive(int timeout_ms) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, timeout_ms) <= 0) return false;
    char bytes[16384];
    const auto count = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    pending_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }
  std::string take(std::size_t size) {
    std::string taken = pending_.substr(0, size);
    pending_.erase(0, size);
    return taken;
  }

  int descriptor_;
  bool connected_ = false;
  bool ended_ = false;
  std::string pending_;
};

inline int status_of(std::string_view response) {
  const auto status = response.size() < 12 ? std::nullopt : core::parse_int(response.substr(9, 3));
  return static_cast<int>(status.value_or(0));
}

inline std::string body_of(std::string_view response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(response.substr(end + 4));
}

inline bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

// Knows the key "good" for everything, "reader" without the scope; echoes bodies.
struct TestServer {
  explicit TestServer(const std::function<void(ServerOptions&)>& change = {}, std::vector<Route> more = {}) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    if (change) change(options);
    std::vector<Route> routes = standard_routes();
    for (Route& route : more) routes.push_back(std::move(route));
    auto started = Server::start(options, std::move(routes), check_key, metrics);
    INFO(core::message_of(started.status()));
    REQUIRE(started.ok());
    server = std::move(started).value();
  }

  static core::StatusOr<core::Principal> check_key(const Request& request, core::Scope) {
    const std::string_view key = request.header("authorization");
    if (key == "Bearer throw") throw std::runtime_error("the key store broke");
    if (key == "Bearer reader") return core::permission_denied("the key lacks the scope");
    if (key != "Bearer good") return core::unauthenticated("no valid key; it lies in ~/.kgrca");
    core::Principal principal;
    principal.tenant_name = "demo";
    return principal;
  }

  static Route route(Method method, std::string path, Handler handler) {
    Route made;
    made.method = method;
    made.path = std::move(path);
    made.handler = std::move(handler);
    return made;
  }

  static std::vector<Route> standard_routes() {
    const Handler echo = answer([](const Request& request) {
      Response response;
      response.content_type = "text/plain";
      response.body = request.body;
      return response;
    });
    std::vector<Route> routes;
    routes.push_back(route(Method::get, "/hello", answer([](const Request&) { return Response{200, "text/plain", {}, "hello"}; })));
    routes.push_back(route(Method::get, "/things/{id}", answer([](const Request& request) {
      return Response{200, "text/plain", {}, std::string(request.parameter("id"))};
    })));
    routes.push_back(route(Method::get, "/things/all", answer([](const Request&) { return Response{200, "text/plain", {}, "every thing"}; })));
    routes.push_back(route(Method::post, "/echo", echo));
    routes.back().body_limit_bytes = 8 << 20;
    routes.push_back(route(Method::post, "/small", echo));
    routes.back().body_limit_bytes = 100;
    routes.push_back(route(Method::post, "/private", echo));
    routes.back().scope = core::Scope::ingest;
    return routes;
  }

  int port() const { return server->port(); }

  core::Metrics metrics;
  std::unique_ptr<Server> server;
};

}  // namespace kgrca::net::testing
