#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "kgrca/core/strings.h"
#include "net/framing.h"

namespace kgrca::net {
namespace {

Fault check(const std::string& head) {
  Framing framing;
  return check_framing(head, framing);
}

// A head with these lines after a good request line and Host.
std::string with(const std::string& lines) { return "POST /echo HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n"; }

}  // namespace

TEST_CASE("net: a plain head is read as it stands") {
  Framing framing;
  REQUIRE_FALSE(check_framing("POST /a?b=c HTTP/1.1\r\nhOST: example:80\r\nContent-Length:  12\t\r\nExpect: 100-Continue\r\n\r\n", framing));
  CHECK(framing.method == "POST");
  CHECK(framing.target == "/a?b=c");
  CHECK(framing.host == "example:80");
  CHECK(framing.content_length == 12u);
  CHECK(framing.keep_alive);
  CHECK(framing.expect_continue);
  CHECK_FALSE(framing.chunked);
}

TEST_CASE("net: keep-alive follows version and Connection") {
  Framing framing;
  REQUIRE_FALSE(check_framing("GET / HTTP/1.0\r\n\r\n", framing));
  CHECK_FALSE(framing.keep_alive);
  REQUIRE_FALSE(check_framing("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", framing));
  CHECK(framing.keep_alive);
  REQUIRE_FALSE(check_framing("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", framing));
  CHECK_FALSE(framing.keep_alive);
}

TEST_CASE("net: ambiguous framing is refused") {
  const std::vector<std::string> bad = {
      with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
      with("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
      with("Transfer-Encoding: gzip\r\n"), with("Transfer-Encoding: gzip, chunked\r\n"), with("Transfer-Encoding: chunked, gzip\r\n"),
      with("Transfer-Encoding: chunked, chunked\r\n"), with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), with("Transfer-Encoding: identity\r\n"),
      with("Transfer-Encoding: xchunked\r\n"), with("Transfer-Encoding: chunked;a=b\r\n"), with("Transfer-Encoding:\r\n"),
      with("Transfer-Encoding: Chunked\r\n"), with("Transfer-Encoding: \"chunked\"\r\n"), with("Transfer-Encoding: \x0b" "chunked\r\n"),
      with("Transfer-Encoding : chunked\r\n"), with("Transfer-Encoding\t: chunked\r\n"), with(" Transfer-Encoding: chunked\r\n"),
      with("X: y\r\n Transfer-Encoding: chunked\r\n"), with("X: y\r\n\tz\r\n"), with("Transfer-Encoding:\r\n chunked\r\n"),
      with("Content-Length: 4\r\nContent-Length: 4\r\n"), with("Content-Length: 4\r\nContent-Length: 5\r\n"),
      with("Content-Length: 4, 4\r\n"), with("Content-Length: +4\r\n"), with("Content-Length: -4\r\n"), with("Content-Length: 4 4\r\n"),
      with("Content-Length: 0x4\r\n"), with("Content-Length: 4.0\r\n"), with("Content-Length:\r\n"), with("Content-Length: a\r\n"),
      with("Content-Length: 99999999999999999999\r\n"), with("Content-Length: 9223372036854775808\r\n"), with("Content-Length : 4\r\n"),
      with("Host: a\r\n"), with("Host: b\r\n"), with("no colon\r\n"), with(": no name\r\n"), with("a b: c\r\n"), with("X\x01Y: c\r\n"),
      with(std::string("X: a\0b\r\n", 8)), with("X: a\rb\r\n"), with("X: a\x7f\r\n"), with("X: a\x1b[0m\r\n"), with("X(: a\r\n"),
      with("Authorization: a\r\nAuthorization: b\r\n"), with("X-API-Key: a\r\nX-API-Key: a\r\n"),
      with("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"),
      "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
      "GET /\r\nHost: a\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n", "GET / a HTTP/1.1\r\nHost: a\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
      " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
      "GET / http/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "GET / HTTP/x.1\r\nHost: a\r\n\r\n",
      "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"};
  CHECK(bad.size() >= 70);
  for (const std::string& head : bad) {
    CAPTURE(head);
    CHECK(check(head).status == 400);
  }
}

TEST_CASE("net: unusual but unambiguous heads are accepted") {
  for (const std::string& head : {with(""), with("Content-Length: 0\r\n"), with("Content-Length: 007\r\n"), with("Transfer-Encoding: chunked\r\n"),
                                  with("Transfer-Encoding:\tchunked \r\n"), with("X:\r\n"), with("X: \xc3\xa4\r\n"), with("X: a: b\r\nX: c\r\n"),
                                  with("TE: trailers\r\n"), std::string("GET / HTTP/1.0\r\n\r\n"), std::string("BREW /pot HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")}) {
    CAPTURE(head);
    CHECK(check(head).status == 0);
  }
}

TEST_CASE("net: other refusals have their own status") {
  CHECK(check(with("Expect: tea\r\n")).status == 417);
  CHECK(check("GET / HTTP/2.0\r\nHost: a\r\n\r\n").status == 505);
  CHECK(check("GET / HTTP/1.2\r\nHost: a\r\n\r\n").status == 505);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X: y\r\n";
  CHECK(check(with(many)).status == 431);
}

TEST_CASE("net: the end of a head is found across every split") {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string input = head + "next\n";
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    HeadScanner scanner;
    const HeadScan first = scanner.scan(std::string_view(input).substr(0, cut), 8192);
    CHECK(first == (cut >= head.size() ? HeadScan::complete : HeadScan::more));
    CHECK(scanner.scan(input, 8192) == (cut >= head.size() ? HeadScan::bare_line_feed : HeadScan::complete));
    CHECK(scanner.end() == head.size());
  }
}

TEST_CASE("net: bare line feeds and long heads end the search") {
  CHECK(HeadScanner().scan("GET / HTTP/1.1\nHost: a\n\n", 8192) == HeadScan::bare_line_feed);
  CHECK(HeadScanner().scan("\n", 8192) == HeadScan::bare_line_feed);
  CHECK(HeadScanner().scan(std::string(100, 'a'), 100) == HeadScan::too_long);
  CHECK(HeadScanner().scan(std::string(99, 'a'), 100) == HeadScan::more);
  CHECK(HeadScanner().scan(std::string(120, 'a') + "\r\n\r\n", 100) == HeadScan::too_long);
}

}  // namespace kgrca::net
