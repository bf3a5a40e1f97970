#include "tests/unit/net/raw.h"

#include <atomic>
#include <future>

namespace kgrca::net::testing {

TEST_CASE("net: requests are answered and the connection is kept") {
  TestServer server;
  RawSocket socket(server.port());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(socket.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    const std::string response = socket.response();
    CHECK(status_of(response) == 200);
    CHECK(body_of(response) == "hello");
    CHECK_FALSE(has(response, "Connection: close"));
    CHECK(has(response, "Date: "));
  }
}

TEST_CASE("net: a request split at every byte is read the same") {
  TestServer server;
  const std::string request = "POST /echo?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Request-Id: abc\r\n\r\nworld";
  RawSocket socket(server.port());
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    REQUIRE(socket.send(request.substr(0, cut)));
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    REQUIRE(socket.send(request.substr(cut)));
    const std::string response = socket.response();
    REQUIRE(status_of(response) == 200);
    REQUIRE(body_of(response) == "world");
    REQUIRE(has(response, "X-Request-Id: abc\r\n"));
  }
}

TEST_CASE("net: a chunked request split at every byte is read the same") {
  TestServer server;
  const std::string request = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nwor\r\n2\r\nld\r\n0\r\nT: v\r\n\r\n";
  RawSocket socket(server.port());
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    REQUIRE(socket.send(request.substr(0, cut)));
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    REQUIRE(socket.send(request.substr(cut)));
    REQUIRE(body_of(socket.response()) == "world");
  }
}

TEST_CASE("net: pipelined requests are answered in order") {
  TestServer server;
  RawSocket socket(server.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    const std::string body = core::cat("body ", i);
    core::append(all, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ", body.size(), "\r\n\r\n", body, "\r\n");
    all += "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
  }
  REQUIRE(socket.send(all));
  for (int i = 0; i < 50; ++i) {
    REQUIRE(body_of(socket.response()) == core::cat("body ", i));
    REQUIRE(body_of(socket.response()) == "x");
  }
}

TEST_CASE("net: ambiguous framing is answered 400 and the connection closed") {
  using namespace std::string_literals;
  TestServer server;
  const std::string smuggled = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::vector<std::string> bad = {
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\nabcd",
      "POST /echo HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "GET /hello HTTP/1.1\nHost: a\n\n", "GET /hello HTTP/1.1\r\nHost: a\n\r\n",
      "GET /hello HTTP/1.1\r\n\r\n", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"s, "GET http://b/hello HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET hello HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n"};
  for (const std::string& request : bad) {
    CAPTURE(request);
    RawSocket socket(server.port());
    REQUIRE(socket.send(request + smuggled));
    const std::string response = socket.rest();
    CHECK(status_of(response) == 400);
    CHECK(has(response, "Connection: close"));
    CHECK(has(response, "application/problem+json"));
    CHECK(has(response, "\"request_id\":\""));
    CHECK_FALSE(has(response, "HTTP/1.1 200"));  // the smuggled request has no answer
  }
}

TEST_CASE("net: heads that are too long are refused") {
  TestServer server;
  RawSocket fields(server.port());
  fields.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'x'));
  CHECK(status_of(fields.rest()) == 431);
  RawSocket target(server.port());
  target.send("GET /" + std::string(9000, 'x'));
  CHECK(status_of(target.rest()) == 414);
  RawSocket method(server.port());
  method.send("BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(method.rest()) == 501);
}

TEST_CASE("net: unknown paths name the nearest route and wrong methods the allowed ones") {
  TestServer server;
  RawSocket socket(server.port());
  socket.send("GET /helo HTTP/1.1\r\nHost: a\r\n\r\n");
  std::string response = socket.response();
  CHECK(status_of(response) == 404);
  CHECK(has(response, "\"nearest\":\"/hello\""));
  socket.send("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  response = socket.response();
  CHECK(status_of(response) == 405);
  CHECK(has(response, "Allow: GET, HEAD\r\n"));
  socket.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /things/all HTTP/1.1\r\nHost: a\r\n\r\n");
  response = socket.response(true);
  CHECK(has(response, "Content-Length: 5\r\n"));
  CHECK(body_of(response).empty());
  CHECK(body_of(socket.response()) == "every thing");
  socket.send("GET /things/pod%3Ashop%2Fa HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(body_of(socket.response()) == "pod:shop/a");
}

TEST_CASE("net: large bodies arrive whole") {
  TestServer server;
  std::string body(5 << 20, ' ');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  RawSocket socket(server.port());
  for (int round = 0; round < 2; ++round) {
    std::thread sender([&] { socket.send(core::cat("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ", body.size(), "\r\n\r\n") + body); });
    const std::string response = socket.response();
    sender.join();
    CHECK(body_of(response) == body);
  }
}

TEST_CASE("net: a body over the route's limit is refused before it is read") {
  TestServer server;
  RawSocket socket(server.port());
  socket.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n");
  std::string response = socket.response();
  CHECK(status_of(response) == 413);
  CHECK(has(response, "\"limit_bytes\":\"100\""));
  CHECK(has(response, "\"content_length\":\"104857600\""));
  CHECK(has(response, "Connection: close"));
  RawSocket chunked(server.port());
  chunked.send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n60\r\n" + std::string(96, 'a') + "\r\n60\r\n");
  CHECK(status_of(chunked.response()) == 413);
  RawSocket sending(server.port());
  sending.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n");
  sending.send(std::string(2'000'000, 'x'));  // the answer survives a client that sends everything first
  CHECK(status_of(sending.response()) == 413);
}

TEST_CASE("net: a body is asked for only when it is wanted") {
  TestServer server;
  RawSocket good(server.port());
  good.send("POST /private HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(good.response(true) == "HTTP/1.1 100 Continue\r\n\r\n");
  good.send("hi");
  CHECK(body_of(good.response()) == "hi");
  RawSocket unknown(server.port());
  unknown.send("POST /private HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  const std::string response = unknown.response();
  CHECK(status_of(response) == 401);
  CHECK(has(response, "WWW-Authenticate: Bearer\r\n"));
  CHECK(has(response, "WWW-Authenticate: Basic realm=\"kgrca: any user, an API key as password\"\r\n"));
  CHECK(has(response, "~/.kgrca"));
  RawSocket large(server.port());
  large.send("POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 200\r\n\r\n");
  CHECK(status_of(large.response()) == 413);
}

TEST_CASE("net: scopes are checked for small bodies too and the connection stays") {
  TestServer server;
  RawSocket socket(server.port());
  const auto post = [&](std::string_view key) {
    socket.send(core::cat("POST /private HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nAuthorization: ", key, "\r\n\r\nhi"));
    return status_of(socket.response());
  };
  CHECK(post("Bearer reader") == 403);
  CHECK(post("Bearer bad") == 401);
  CHECK(post("Bearer throw") == 500);
  CHECK(post("Bearer good") == 200);
}

TEST_CASE("net: bodies past the process limit are refused with 503") {
  TestServer server([](ServerOptions& options) { options.max_inflight_body_bytes = 1000; });
  RawSocket first(server.port());
  first.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
  RawSocket second(server.port());
  std::string response;
  do {  // until the first head has been read
    second.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n" + std::string(200, 'b'));
    response = second.response();
  } while (status_of(response) == 200);
  CHECK(status_of(response) == 503);
  CHECK(has(response, "Retry-After: "));
  first.send(std::string(900, 'a'));
  CHECK(status_of(first.response()) == 200);
}

TEST_CASE("net: connections past the limit get a quick 503") {
  TestServer server([](ServerOptions& options) { options.max_connections = 1; });
  RawSocket first(server.port());
  first.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(first.response()) == 200);
  RawSocket second(server.port());
  CHECK(status_of(second.response()) == 503);
}

TEST_CASE("net: connections that only wait give way when others find no place") {
  TestServer server([](ServerOptions& options) { options.max_connections = 2; });
  RawSocket silent(server.port());
  RawSocket half(server.port());
  half.send("GET /hello HTTP/1.1\r\nHos");
  int status = 0;
  for (int i = 0; i < 60 && status != 200; ++i) {  // 6 s: less than the 10 s of a head and the 60 s of an idle connection
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    RawSocket other(server.port());
    other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    status = status_of(other.response());
  }
  CHECK(status == 200);
  CHECK(has(server.metrics.expose(), "kgrca_http_rejected_total{reason=\"gave_way\"}"));
}

TEST_CASE("net: slow heads, slow bodies and idle connections are cut off") {
  TestServer server([](ServerOptions& options) {
    options.header_timeout_seconds = options.idle_timeout_seconds = options.body_grace_seconds = 1;
  });
  RawSocket head(server.port());
  head.send("GET /hello HTTP/1.1\r\nHos");
  RawSocket body(server.port());
  body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nabc");
  RawSocket idle(server.port());
  CHECK(status_of(head.rest()) == 408);
  CHECK(status_of(body.rest()) == 408);
  CHECK(idle.closed_by_peer());
}

TEST_CASE("net: a request id that is not safe is replaced") {
  TestServer server;
  RawSocket socket(server.port());
  for (const std::string& id : {std::string("a b"), std::string("\"x\""), std::string(129, 'a'), std::string("<x>")}) {
    socket.send(core::cat("GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: ", id, "\r\n\r\n"));
    CHECK_FALSE(has(socket.response(), id));
  }
  socket.send(core::cat("GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: ", std::string(128, 'a'), "\r\n\r\n"));
  CHECK(has(socket.response(), std::string(128, 'a')));
}

}  // namespace kgrca::net::testing
