#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "net/problem.h"
#include "net/response_text.h"
#include "net/route_table.h"
#include "net/target.h"
#include "net/url.h"

namespace kgrca::net {
namespace {

Route made(Method method, std::string path) {
  Route route;
  route.method = method;
  route.path = std::move(path);
  route.handler = answer([](const Request&) { return Response{}; });
  return route;
}

}  // namespace

TEST_CASE("net: a target is split and decoded by segment") {
  Target target;
  REQUIRE_FALSE(parse_target("/a%2Fb/c%20d?x=1%262&y=+z&empty&a=b=c", "h", target));
  CHECK(target.path == "/a%2Fb/c d");
  CHECK(target.segments == std::vector<std::string>{"a/b", "c d"});
  CHECK(target.query == std::vector<std::pair<std::string, std::string>>{{"x", "1&2"}, {"y", " z"}, {"empty", ""}, {"a", "b=c"}});
  REQUIRE_FALSE(parse_target("http://H:80/a?b", "h:80", target));
  CHECK(target.path == "/a");
  REQUIRE_FALSE(parse_target("https://h?x=1", "h", target));
  CHECK(target.path == "/");
}

TEST_CASE("net: nonsense targets are refused") {
  for (const std::string_view text : {"a", "", "?x", "h:80", "ftp://h/", "http://other/", "http:///a", "http://u@h/", "/a#b", "/%", "/%2", "/%zz",
                                      "/%00", "/%0a", "/%ff", "/a?%", "/a?b=%g0", "/a?%00=b", "/a?b=%ff", "/<a>", "/a|b", "/a\\b", "/{id}", "**"}) {
    Target target;
    CAPTURE(text);
    CHECK(parse_target(text, "h", target).status == 400);
  }
}

TEST_CASE("net: the route with the most literal segments wins") {
  core::Metrics metrics;
  auto table = RouteTable::make({made(Method::get, "/a/{x}"), made(Method::get, "/a/b"), made(Method::get, "/{x}/{y}"),
                                 made(Method::post, "/a/{x}"), made(Method::get, "/{x}/c/{z}"), made(Method::get, "/a/{y}/{z}")}, metrics);
  REQUIRE(table.ok());
  CHECK(table->find(Method::get, {"a", "b"}).entry->route.path == "/a/b");
  const RouteMatch match = table->find(Method::get, {"a", "x:y"});
  CHECK(match.entry->route.path == "/a/{x}");
  CHECK(match.parameters.find("x")->second == "x:y");
  CHECK(table->find(Method::get, {"a", "c", "d"}).entry->route.path == "/a/{y}/{z}");
  CHECK(table->find(Method::get, {"z", "c", "d"}).entry->route.path == "/{x}/c/{z}");
  CHECK(table->find(Method::get, {"z", "q"}).entry->route.path == "/{x}/{y}");
  CHECK(table->find(Method::head, {"a", "b"}).entry->route.path == "/a/b");
  CHECK(table->find(Method::post, {"a", "b"}).entry->route.method == Method::post);
  CHECK(table->find(Method::get, {"a", ""}).entry == nullptr);
  CHECK(table->find(Method::get, {"a"}).entry == nullptr);
  const RouteMatch wrong = table->find(Method::put, {"a", "q"});
  CHECK(wrong.entry == nullptr);
  CHECK(core::contains_ignore_case(wrong.allow, "GET"));
  CHECK(core::contains_ignore_case(wrong.allow, "POST"));
  CHECK(table->nearest("/a/b/z") == "/a/b");
}

TEST_CASE("net: broken route tables are refused") {
  core::Metrics metrics;
  CHECK_FALSE(RouteTable::make({made(Method::get, "/a/{x}"), made(Method::get, "/a/{y}")}, metrics).ok());
  CHECK_FALSE(RouteTable::make({made(Method::get, "a")}, metrics).ok());
  Route empty;
  empty.path = "/x";
  CHECK_FALSE(RouteTable::make({empty}, metrics).ok());
}

TEST_CASE("net: problems carry status, code, detail, instance and request id") {
  Request request;
  request.path = "/a\"b";
  request.request_id = "r1";
  const Response response = problem_response(core::resource_exhausted("too many events"), request);
  CHECK(response.status == 429);
  CHECK(response.content_type == "application/problem+json");
  CHECK(response.body == "{\"type\":\"urn:kgrca:problem:limit_reached\",\"title\":\"Too Many Requests\",\"status\":429,"
                         "\"detail\":\"too many events\",\"instance\":\"/a\\\"b\",\"code\":\"limit_reached\",\"request_id\":\"r1\"}");
  CHECK(response.headers == std::vector<std::pair<std::string, std::string>>{{"Retry-After", "1"}});
  CHECK(error_response(ErrorForm::google_rpc_status, core::unauthenticated("no key"), request).body == "{\"code\":16,\"message\":\"no key\"}");
  CHECK(error_response(ErrorForm::plain_text, core::unavailable("full"), request).body == "full\n");
}

TEST_CASE("net: every status code has its HTTP status") {
  const std::vector<std::pair<core::Status, int>> table = {
      {core::ok_status(), 200}, {core::invalid_argument(""), 400}, {core::unauthenticated(""), 401}, {core::permission_denied(""), 403},
      {core::not_found(""), 404}, {core::already_exists(""), 409}, {core::failed_precondition(""), 409}, {core::out_of_range(""), 413},
      {core::unimplemented(""), 415}, {core::resource_exhausted(""), 429}, {core::unavailable(""), 503}, {core::deadline_exceeded(""), 504},
      {core::data_loss(""), 500}, {core::internal_error(""), 500}};
  for (const auto& [status, http] : table) CHECK(http_status_of(status) == http);
}

TEST_CASE("net: a response head cannot be split by a handler's values") {
  Response response{200, "text/plain\r\nX: y", {{"A", "b\r\nC: d"}, {"E\r\nF", "g"}, {"Content-Length", "9"}, {"connection", "x"}}, "body"};
  const std::string head = response_head(response, {"id", http_date(784111777), false});
  CHECK(head == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain  X: y\r\nContent-Length: 4\r\n"
                "X-Request-Id: id\r\nA: b  C: d\r\nConnection: close\r\n\r\n");
  response.status = 204;
  CHECK_FALSE(core::contains_ignore_case(response_head(response, {"id", "d", true}), "content-length"));
}

TEST_CASE("net: base URLs are taken apart") {
  const auto url = parse_base_url("https://example.com/kg/");
  REQUIRE(url.ok());
  CHECK(url->tls);
  CHECK(url->port == "443");
  CHECK(url->prefix == "/kg");
  CHECK(url->host_header() == "example.com");
  const auto v6 = parse_base_url("http://[::1]:8080");
  REQUIRE(v6.ok());
  CHECK(v6->host == "::1");
  CHECK(v6->host_header() == "[::1]:8080");
  for (const std::string_view bad : {"", "ftp://a", "http://", "http://a:0", "http://a:99999", "http://a:x", "http://u@a", "http://[::1", "http://a b", "http://a?x", "http://[]:1"}) {
    CAPTURE(bad);
    CHECK(parse_base_url(bad).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace kgrca::net
