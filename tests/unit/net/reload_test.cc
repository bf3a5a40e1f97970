#include "tests/unit/net/raw.h"

#include <future>

namespace kgrca::net::testing {
namespace {

ServerReload with_routes(std::vector<Route> routes, int max_connections = 100) {
  ServerReload fresh;
  fresh.routes = std::move(routes);
  fresh.max_connections = max_connections;
  return fresh;
}

Route says(std::string path, std::string text) {
  return TestServer::route(Method::get, std::move(path), answer([text = std::move(text)](const Request&) {
                             return Response{200, "text/plain", {}, text};
                           }));
}

std::string get(RawSocket& socket, std::string_view path) {
  REQUIRE(socket.send(core::cat("GET ", path, " HTTP/1.1\r\nHost: a\r\n\r\n")));
  return socket.response();
}

}  // namespace

TEST_CASE("net: a reload replaces routes and their limits, also on open connections") {
  TestServer server({}, {says("/word", "old")});
  RawSocket socket(server.port());
  CHECK(body_of(get(socket, "/word")) == "old");
  std::vector<Route> fresh{says("/word", "new")};
  fresh.push_back(TestServer::standard_routes()[3]);
  fresh.back().body_limit_bytes = 4;
  REQUIRE(server.server->reload(with_routes(std::move(fresh))).ok());
  CHECK(body_of(get(socket, "/word")) == "new");
  CHECK(status_of(get(socket, "/hello")) == 404);
  REQUIRE(socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nworld"));
  CHECK(status_of(socket.response()) == 413);
}

TEST_CASE("net: a request under way ends with the route it began with") {
  auto entered = std::make_shared<std::promise<void>>();
  auto go_on = std::make_shared<std::promise<void>>();
  std::shared_future<void> released = go_on->get_future().share();
  Route slow = TestServer::route(Method::get, "/slow", answer([entered, released](const Request&) {
                                   entered->set_value();
                                   released.wait();
                                   return Response{200, "text/plain", {}, "the old one"};
                                 }));
  TestServer server({}, {std::move(slow)});
  RawSocket socket(server.port());
  REQUIRE(socket.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
  entered->get_future().wait();
  REQUIRE(server.server->reload(with_routes({says("/slow", "the new one")})).ok());
  go_on->set_value();
  CHECK(body_of(socket.response()) == "the old one");
  CHECK(body_of(get(socket, "/slow")) == "the new one");
}

TEST_CASE("net: a reload that cannot be taken over changes nothing") {
  TestServer server;
  RawSocket socket(server.port());
  const core::Status twice = server.server->reload(with_routes({says("/a", "1"), says("/a", "2")}));
  CHECK(twice.code() == absl::StatusCode::kInvalidArgument);
  CHECK(body_of(get(socket, "/hello")) == "hello");
}

TEST_CASE("net: a reload moves the limit of open connections") {
  TestServer server;
  RawSocket first(server.port());
  CHECK(body_of(get(first, "/hello")) == "hello");
  REQUIRE(server.server->reload(with_routes(TestServer::standard_routes(), 1)).ok());
  RawSocket second(server.port());
  CHECK(has(second.rest(), "503"));
  CHECK(body_of(get(first, "/hello")) == "hello");
}

}  // namespace kgrca::net::testing
