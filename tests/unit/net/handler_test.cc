#include "tests/unit/net/raw.h"

#include <atomic>
#include <future>

#include "kgrca/net/client.h"

namespace kgrca::net::testing {
namespace {

const std::string get_x = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("net: a reply may come later from any thread and only the first counts") {
  std::vector<std::thread> threads;
  const Handler handler = [&](const std::shared_ptr<Request>&, const Reply& reply) {
    threads.emplace_back([reply] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      reply({200, "text/plain", {}, "first"});
      reply({500, "text/plain", {}, "second"});
    });
  };
  {
    TestServer server({}, {TestServer::route(Method::get, "/x", handler)});
    RawSocket socket(server.port());
    for (int i = 0; i < 5; ++i) {
      socket.send(get_x);
      CHECK(body_of(socket.response()) == "first");
    }
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("net: a dropped reply and an exception are answered with 500") {
  const Handler drop = [](const std::shared_ptr<Request>&, const Reply&) {};
  const Handler fail = [](const std::shared_ptr<Request>&, const Reply&) { throw std::runtime_error("secret text"); };
  TestServer server({}, {TestServer::route(Method::get, "/x", drop), TestServer::route(Method::get, "/y", fail)});
  RawSocket socket(server.port());
  socket.send(get_x);
  CHECK(status_of(socket.response()) == 500);
  socket.send("GET /y HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string response = socket.response();
  CHECK(status_of(response) == 500);
  CHECK_FALSE(has(response, "secret"));
  socket.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(socket.response()) == 200);
}

TEST_CASE("net: stop waits for a running request and answers it") {
  std::promise<void> running;
  const Handler slow = [&](const std::shared_ptr<Request>&, const Reply& reply) {
    running.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    reply({200, "text/plain", {}, "done"});
  };
  TestServer server({}, {TestServer::route(Method::get, "/x", slow)});
  RawSocket idle(server.port());
  RawSocket socket(server.port());
  socket.send(get_x);
  running.get_future().wait();
  server.server->stop(5000);
  server.server->stop(5000);
  const std::string response = socket.rest();
  CHECK(body_of(response) == "done");
  CHECK(has(response, "Connection: close"));
  CHECK(idle.closed_by_peer());
  CHECK_FALSE(RawSocket(server.port()).connected());
}

TEST_CASE("net: stop closes connections whose handler never answers, and a late reply is dropped") {
  Reply kept;
  std::promise<void> stored;
  const Handler keep = [&](const std::shared_ptr<Request>&, const Reply& reply) {
    kept = reply;
    stored.set_value();
  };
  {
    TestServer server({}, {TestServer::route(Method::get, "/x", keep)});
    RawSocket socket(server.port());
    socket.send(get_x);
    stored.get_future().wait();
    server.server->stop(10);
    CHECK(socket.closed_by_peer());
  }
  kept({200, "text/plain", {}, "too late"});
}

TEST_CASE("net: long-running handlers do not hold up the others") {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Route route = TestServer::route(Method::get, "/x", [released](const std::shared_ptr<Request>&, const Reply& reply) {
    released.wait();
    reply({});
  });
  route.long_running = true;
  TestServer server([](ServerOptions& options) { options.work_threads = 1; }, {route});
  RawSocket slow(server.port());
  slow.send(get_x);
  RawSocket quick(server.port());
  quick.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(quick.response()) == 200);
  release.set_value();
  CHECK(status_of(slow.response()) == 200);
}

TEST_CASE("net: routes open to all answer while every worker is busy") {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Route route = TestServer::route(Method::get, "/x", [released](const std::shared_ptr<Request>&, const Reply& reply) {
    released.wait();
    reply({});
  });
  route.scope = core::Scope::read;
  TestServer server([](ServerOptions& options) { options.work_threads = 1; }, {route});
  RawSocket busy(server.port());
  RawSocket waiting(server.port());
  for (RawSocket* socket : {&busy, &waiting}) socket->send("GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n\r\n");
  RawSocket probe(server.port());
  probe.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(probe.response()) == 200);
  release.set_value();
  for (RawSocket* socket : {&busy, &waiting}) CHECK(status_of(socket->response()) == 200);
}

TEST_CASE("net: a question past those that may wait is refused with 503, the others are answered") {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> begun = 0;
  Route route = TestServer::route(Method::get, "/x", [released, &begun](const std::shared_ptr<Request>&, const Reply& reply) {
    ++begun;
    released.wait();
    reply({});
  });
  route.long_running = true;
  TestServer server([](ServerOptions& options) { options.long_threads = 1; }, {route});
  const auto soon = [](const std::function<bool()>& holds) {
    for (int i = 0; i < 1000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return holds();
  };
  RawSocket first(server.port());
  first.send(get_x);
  REQUIRE(soon([&] { return begun == 1; }));
  std::vector<std::unique_ptr<RawSocket>> others;
  for (int i = 0; i < 257; ++i) {
    others.push_back(std::make_unique<RawSocket>(server.port()));
    others.back()->send(get_x);
  }
  const std::string counted = "kgrca_http_rejected_total{reason=\"queries_waiting\"} 1";
  CHECK(soon([&] { return has(server.metrics.expose(), counted); }));
  release.set_value();
  CHECK(status_of(first.response()) == 200);
  int refused = 0;
  for (const auto& socket : others) {
    const std::string response = socket->response();
    if (status_of(response) == 200) continue;
    ++refused;
    CHECK(status_of(response) == 503);
    CHECK(has(response, "Retry-After"));
  }
  CHECK(refused == 1);
}

TEST_CASE("net: handlers see address, trace and decoded query, and requests are counted by route") {
  const Handler show = answer([](const Request& request) {
    return Response{200, "text/plain", {}, core::cat(request.remote_address, ' ', request.request_id, ' ', request.query_value("q").value_or("-"))};
  });
  TestServer server({}, {TestServer::route(Method::get, "/x", show)});
  RawSocket socket(server.port());
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  socket.send(core::cat("GET /x?q=a+b HTTP/1.1\r\nHost: a\r\nTraceParent: ", trace, "\r\n\r\n"));
  CHECK(body_of(socket.response()) == "127.0.0.1 0af7651916cd43dd8448eb211c80319c a b");
  socket.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
  socket.response();
  const std::string text = server.metrics.expose();
  CHECK(has(text, "route=\"/x\""));
  CHECK(has(text, "route=\"unmatched\""));
  CHECK_FALSE(has(text, "nowhere"));
  CHECK(has(text, "kgrca_http_connections 1"));
}

TEST_CASE("net: a server that cannot listen says why") {
  TestServer server;
  core::Metrics metrics;
  ServerOptions options;
  options.listen = core::cat("127.0.0.1:", server.port());
  const auto busy = Server::start(options, {}, TestServer::check_key, metrics);
  CHECK(busy.status().code() == absl::StatusCode::kUnavailable);
  CHECK(has(core::message_of(busy.status()), options.listen));
  for (const std::string_view listen : {"nonsense", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x"}) {
    options.listen = std::string(listen);
    CHECK(Server::start(options, {}, TestServer::check_key, metrics).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace kgrca::net::testing
