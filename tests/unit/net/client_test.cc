#include "tests/unit/net/raw.h"

#include "kgrca/net/client.h"

namespace kgrca::net::testing {
namespace {

Client client_of(int port, int timeout_ms = 5000, const std::string& prefix = "") {
  ClientOptions options;
  options.url = core::cat("http://127.0.0.1:", port, prefix);
  options.timeout_ms = timeout_ms;
  auto client = Client::make(options);
  REQUIRE(client.ok());
  return std::move(client).value();
}

// Answers every connection with fixed bytes and closes it.
class FixedPeer {
 public:
  FixedPeer(std::string answer, int connections) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    ::listen(descriptor_, 8);
    sockaddr generic{};
    socklen_t size = sizeof generic;
    ::getsockname(descriptor_, &generic, &size);
    sockaddr_in address{};
    std::copy_n(reinterpret_cast<const char*>(&generic), sizeof address, reinterpret_cast<char*>(&address));
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer), connections] {
      for (int i = 0; i < connections; ++i) serve(answer);
    });
  }
  ~FixedPeer() {
    thread_.join();
    ::close(descriptor_);
  }
  FixedPeer(const FixedPeer&) = delete;
  FixedPeer& operator=(const FixedPeer&) = delete;
  int port() const { return port_; }

 private:
  void serve(const std::string& answer) const {
    const int peer = ::accept(descriptor_, nullptr, nullptr);
    char request[65536];
    if (::recv(peer, request, sizeof request, 0) > 0) ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::shutdown(peer, SHUT_WR);
    while (::recv(peer, request, sizeof request, 0) > 0) {
    }
    ::close(peer);
  }

  int descriptor_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace

TEST_CASE("net: the client sends headers and bodies and keeps its connection") {
  TestServer server;
  Client client = client_of(server.port());
  for (int i = 0; i < 3; ++i) {
    const auto response = client.send(Method::post, "/private", {{"Authorization", "Bearer good"}, {"X-Request-Id", "mine"}}, "text");
    REQUIRE(response.ok());
    CHECK(response->status == 200);
    CHECK(response->body == "text");
    CHECK(response->content_type == "text/plain");
  }
  CHECK(has(server.metrics.expose(), "kgrca_http_connections 1"));
  const auto head = client.send(Method::head, "/hello", {}, "");
  REQUIRE(head.ok());
  CHECK(head->body.empty());
  const auto missing = client.send(Method::get, "/nowhere", {}, "");
  REQUIRE(missing.ok());
  CHECK(missing->status == 404);
  CHECK(client.send(Method::post, "/echo", {}, "").value().status == 200);
}

TEST_CASE("net: the client connects again when the server closed the idle connection") {
  TestServer server([](ServerOptions& options) { options.idle_timeout_seconds = 1; });
  Client client = client_of(server.port());
  REQUIRE(client.send(Method::get, "/hello", {}, "").ok());
  while (!has(server.metrics.expose(), "kgrca_http_connections 0")) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(client.send(Method::get, "/hello", {}, "").ok());
}

TEST_CASE("net: the client reads a refusal that comes while it still sends") {
  TestServer server;
  Client client = client_of(server.port());
  const auto response = client.send(Method::post, "/small", {}, std::string(12 << 20, 'x'));
  INFO(core::message_of(response.status()));
  REQUIRE(response.ok());
  CHECK(response->status == 413);
  CHECK(client.send(Method::get, "/hello", {}, "").value().status == 200);
}

TEST_CASE("net: the client says what it could not reach") {
  int port = 0;
  {
    const TestServer gone;
    port = gone.port();
  }
  Client client = client_of(port);
  const auto response = client.send(Method::get, "/hello", {}, "");
  CHECK(response.status().code() == absl::StatusCode::kUnavailable);
  CHECK(has(core::message_of(response.status()), core::cat("127.0.0.1:", port)));
}

TEST_CASE("net: the client gives up after its timeout") {
  Reply kept;
  TestServer server({}, {TestServer::route(Method::get, "/x", [&](const std::shared_ptr<Request>&, const Reply& reply) { kept = reply; })});
  Client client = client_of(server.port(), 100);
  CHECK(client.send(Method::get, "/x", {}, "").status().code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(client.send(Method::get, "/hello", {}, "").ok());
  server.server->stop(0);
}

TEST_CASE("net: the client refuses what would break the request's framing") {
  TestServer server;
  Client client = client_of(server.port());
  CHECK(client.send(Method::get, "hello", {}, "").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(client.send(Method::get, "/a b", {}, "").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(client.send(Method::get, "/a\r\nX: y", {}, "").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(client.send(Method::get, "/hello", {{"X", "a\r\nY: b"}}, "").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(client.send(Method::get, "/hello", {{"X Y", "a"}}, "").status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("net: broken answers are errors, answers without a length end with the connection") {
  const FixedPeer garbage("not http at all\r\n\r\n", 1);
  CHECK_FALSE(client_of(garbage.port()).send(Method::get, "/", {}, "").ok());
  const FixedPeer cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 1);
  CHECK_FALSE(client_of(cut.port()).send(Method::get, "/", {}, "").ok());
  const FixedPeer open_end("HTTP/1.1 200 OK\r\n\r\nabc", 2);
  Client client = client_of(open_end.port(), 5000, "/prefix");
  CHECK(client.send(Method::get, "/", {}, "").value().body == "abc");
  CHECK(client.send(Method::get, "/", {}, "").value().body == "abc");
}

}  // namespace kgrca::net::testing
