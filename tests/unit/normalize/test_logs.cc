#include <catch2/catch.hpp>

#include "normalize/log_hosts.h"
#include "normalize/log_line.h"
#include "tests/unit/normalize/support.h"

using namespace kgrca;
using namespace kgrca::normalize;
using namespace kgrca::normalize::test;

namespace {

const std::string vector_line = R"({"event_id":"log-77","message":"2025-06-13 08:01:02,003 ERROR [cart.db] could not connect to orders-db.data.svc.cluster.local:5432: Connection refused",
  "kubernetes":{"pod_name":"cart-0","pod_namespace":"shop","pod_uid":"p-1","container_name":"cart","pod_node_name":"worker-1"},
  "stream":"stderr","timestamp":"2025-06-13T08:01:02.003456789Z"})";

model::Event line(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped.push_back('\\');
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\t') {
      escaped += "\\t";
    } else {
      escaped.push_back(c);
    }
  }
  return one_event(decode_logs(R"({"message":")" + escaped + R"(","namespace":"shop","pod":"cart-0","timestamp":"2025-06-13T08:00:00Z"})", context()));
}

std::vector<std::string> hosts(const std::string& text) {
  model::Event event;
  event.subject = {"", "pod", "shop", "cart-0", ""};
  add_named_hosts(event, text);
  return related(event);
}

using Hosts = std::vector<std::string>;

}  // namespace

TEST_CASE("normalize: a Vector record becomes a log event of its pod") {
  const auto event = one_event(decode_logs(vector_line, context()));
  CHECK(event.source == model::EventSource::log);
  CHECK(event.source_id == "log-77");
  CHECK(text(event.subject) == "pod/shop/cart-0");
  CHECK(event.subject.uid == "p-1");
  CHECK(event.severity == model::Severity::error);
  CHECK(event.first == at("2025-06-13T08:01:02.003456Z"));
  CHECK(event.last == event.first);
  CHECK(event.component == "cart");
  CHECK(related(event) == Hosts{"node//worker-1", "service/data/orders-db"});
}

TEST_CASE("normalize: Fluent Bit, the original's and plain records are understood") {
  const auto fluent = one_event(decode_logs(
      R"([{"date":1749801662.25,"log":"[error] broken","stream":"stderr","kubernetes":{"pod_name":"cart-0","namespace_name":"shop","container_name":"cart","host":"worker-1","labels":{"app":"cart"}}}])",
      context()));
  CHECK(text(fluent.subject) == "pod/shop/cart-0");
  CHECK(fluent.first == core::from_micros(1749801662250000));
  CHECK(fluent.severity == model::Severity::error);
  CHECK(fluent.source_id.starts_with("x-"));

  const auto original = one_event(decode_logs(
      R"({"event_id":"l-1","event_time":"2025-06-13T08:00:00Z","etype":"k8s.log","severity":"FATAL","message":"out of heap","subject":{"kind":"Pod","uid":"p-1","ns":"shop","name":"cart-0"}})",
      context()));
  CHECK(text(original.subject) == "pod/shop/cart-0");
  CHECK(original.severity == model::Severity::fatal);

  const auto plain = one_event(decode_logs(
      R"({"message":"disk almost full","level":"warn","service":"orders","namespace":"shop","time":"2025-06-13T08:00:00Z"})", context()));
  CHECK(text(plain.subject) == "service/shop/orders");
  CHECK(plain.severity == model::Severity::warning);
}

TEST_CASE("normalize: OTLP lines take resource, severity and time from the request") {
  const std::string body = R"({"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orders"}},
    {"key":"k8s.namespace.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"scope":{"name":"orders.db"},"logRecords":[
    {"timeUnixNano":"1749801600123456789","severityNumber":17,"body":{"stringValue":"pool exhausted"},"traceId":"0af7"},
    {"timeUnixNano":1749801601000000000,"severityText":"WARN","body":{"kvlistValue":{"values":[{"key":"msg","value":{"stringValue":"slow query"}}]}}},
    {"observedTimeUnixNano":"1749801602000000000","body":{"stringValue":""}}]}]}]})";
  const auto decoded = decode_otlp_logs_json(body, context());
  REQUIRE(decoded.items == 3);
  REQUIRE(decoded.records.size() == 2);
  REQUIRE(decoded.rejected.size() == 1);
  CHECK(decoded.rejected[0].index == 2);
  const auto& first = std::get<model::Event>(decoded.records[0]);
  CHECK(text(first.subject) == "service/shop/orders");
  CHECK(first.severity == model::Severity::error);
  CHECK(first.first == core::from_micros(1749801600123456));
  const auto& second = std::get<model::Event>(decoded.records[1]);
  CHECK(second.severity == model::Severity::warning);
  CHECK(second.message == "slow query");
  CHECK(decode_otlp_logs_json("{}", context()).rejected.empty());
  CHECK_FALSE(decode_otlp_logs_json(R"({"resourceLogs":5})", context()).rejected.empty());
  CHECK_FALSE(decode_otlp_logs_json("{", context()).rejected.empty());
}

TEST_CASE("normalize: Kubernetes objects inside OTLP logs become events") {
  const std::string body = R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"kvlistValue":{"values":[
    {"key":"type","value":{"stringValue":"ADDED"}},{"key":"object","value":{"kvlistValue":{"values":[
    {"key":"kind","value":{"stringValue":"Event"}},{"key":"reason","value":{"stringValue":"Killing"}},
    {"key":"metadata","value":{"kvlistValue":{"values":[{"key":"uid","value":{"stringValue":"e-5"}}]}}},
    {"key":"involvedObject","value":{"kvlistValue":{"values":[{"key":"kind","value":{"stringValue":"Pod"}},{"key":"name","value":{"stringValue":"cart-0"}}]}}}]}}}]}}}]}]}]})";
  const auto event = one_event(decode_otlp_logs_json(body, context()));
  CHECK(event.source == model::EventSource::kubernetes);
  CHECK(event.source_id == "e-5");
}

TEST_CASE("normalize: an OTLP wrapper in the log stream keeps its event id") {
  const auto event = one_event(decode_logs(
      R"({"event_id":"log-9","resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"cart-0"}},{"key":"k8s.namespace.name","value":{"stringValue":"shop"}}]},
      "scopeLogs":[{"logRecords":[{"timeUnixNano":"1749801600000000000","severityNumber":9,"body":{"stringValue":"ready"}}]}]}]})", context()));
  CHECK(event.source_id == "log-9");
  CHECK(text(event.subject) == "pod/shop/cart-0");
}

TEST_CASE("normalize: levels are read from the line in every usual form") {
  using model::Severity;
  CHECK(stated_level("E0613 08:01:02.123456       1 server.go:12] boom") == Severity::error);
  CHECK(stated_level("2025/06/13 08:01:02 [error] 51#23: *7 connect() failed") == Severity::error);
  CHECK(stated_level("2025-06-13 08:01:02.284  WARN 1 --- [nio-8080-exec-9] c.s.Cart : slow") == Severity::warning);
  CHECK(stated_level("2025-06-13T08:01:02.660388Z 516 [Note] [MY-010115] [Server] started") == Severity::info);
  CHECK(stated_level("2025-06-13 08:01:02.763 UTC [779] FATAL:  sorry, too many clients already") == Severity::fatal);
  CHECK(stated_level("time=2025-06-13T08:01:02Z level=error msg=\"no\"") == Severity::error);
  CHECK(stated_level("panic: runtime error: index out of range") == Severity::fatal);
  CHECK(stated_level("1:M 13 Jun 2025 08:01:02.457 # PANIC: could not write") == Severity::fatal);
  CHECK(stated_level("handled request path=/errors status=200") == std::nullopt);
  CHECK(stated_level("the ERRORS of last night") == std::nullopt);
  CHECK(stated_level("") == std::nullopt);
  CHECK(guessed_level("java.lang.IllegalStateException: closed") == Severity::error);
  CHECK(guessed_level("failed to refresh") == Severity::warning);
  CHECK(guessed_level("all fine") == Severity::info);
  CHECK(line(R"({"level":"error","ts":1749801600.1,"msg":"write failed","error":"broken pipe"})").message == "write failed: broken pipe");
  CHECK(line(R"({"level":50,"time":1749801600000,"msg":"odd"})").severity == Severity::error);
  CHECK(line(R"({"level":30,"msg":"fine"})").severity == Severity::info);
  CHECK(line("{broken json").severity == Severity::info);
}

TEST_CASE("normalize: a line without a level is as severe as what it speaks of") {
  CHECK(line("1:M 13 Jun 2025 08:01:02.457 # MISCONF writing the snapshot: No space left on device").severity >= model::Severity::error);
  CHECK(line("INFO cleaned up after: No space left on device").severity == model::Severity::info);
}

TEST_CASE("normalize: parts of stack traces neither cause nor count") {
  for (const std::string part : {"\tat com.shop.Cart.load(Cart.java:57)", "  File \"/app/cart.py\", line 12, in load", "\t... 12 more",
                                 "Caused by: java.io.IOException: closed", "    return self.backend.call(request)",
                                 "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()"}) {
    CAPTURE(part);
    const auto event = line(part);
    CHECK(event.type == "log.stack");
    CHECK(event.severity == model::Severity::debug);
  }
  CHECK_FALSE(is_stack_part("java.net.ConnectException: Connection refused\n\tat a.b(C.java:1)"));
  CHECK_FALSE(is_stack_part("at noon everything was fine"));
  CHECK_FALSE(is_stack_part(""));
}

TEST_CASE("normalize: hosts in text become services and addresses") {
  CHECK(hosts("dial tcp: lookup orders-db.data.svc.cluster.local on 10.96.0.10:53: no such host") ==
        Hosts{"service/data/orders-db", "address//10.96.0.10"});
  CHECK(hosts("Connection to orders-db:5432 refused") == Hosts{"service/shop/orders-db"});
  CHECK(hosts("upstream http://billing.pay.svc.cluster.local:3000 failed: 503 Service Unavailable") == Hosts{"service/pay/billing"});
  CHECK(hosts("GET https://user:pw@api.example.com/v1 timed out") == Hosts{"address//api.example.com"});
  CHECK(hosts("java.net.UnknownHostException: orders-db") == Hosts{"service/shop/orders-db"});
  CHECK(hosts("getaddrinfo ENOTFOUND orders") == Hosts{"service/shop/orders"});
  CHECK(hosts("could not translate host name \"orders-db\" to address") == Hosts{"service/shop/orders-db"});
  CHECK(hosts("connect to db-0.orders-db.data.svc:5432 failed") == Hosts{"service/data/orders-db"});
  CHECK(hosts("read udp 10.244.2.7:41234->10.96.0.10:53: i/o timeout") == Hosts{"address//10.96.0.10"});
}

TEST_CASE("normalize: times, versions, files and plain words are no hosts") {
  for (const std::string text : {"at Main.java:57", "cart/handler.go:1093 done", "started 2025-06-13 08:01:02.100", "version 1.27.4 of k8s", "nginx:1.25.3 pulled",
                                 "status:503 code:5000", "line:1042 pid:77123", "http://localhost:8080/x", "127.0.0.1:6379", "redis:7", "10.0.0.0/16",
                                 "host is down", "app.yaml:1001: bad", "ratio 3:2000", "::1", "a:b:c:9000", "Foo.Bar:8080"}) {
    CAPTURE(text);
    CHECK(hosts(text).empty());
  }
  std::string many;
  for (int i = 0; i < 40; ++i) many += " svc-" + std::to_string(i) + ":8080";
  CHECK(hosts(many).size() == 8);
}

TEST_CASE("normalize: hosts are not looked for in quiet lines") {
  CHECK(line("INFO connected to orders-db:5432").related.empty());
}

TEST_CASE("normalize: a log line delivered twice is one observation, two lines of one instant are two") {
  const auto one = line("ERROR a");
  CHECK(one.observation == line("ERROR a").observation);
  CHECK(one.source_id != line("ERROR b").source_id);
}

TEST_CASE("normalize: bad log records are rejected with a way to mend") {
  const auto decoded = decode_logs("{\"message\":\"x\"}\nplain text\n{\"pod\":\"a\"}\n" + vector_line.substr(0, 40) + "\n5", context());
  CHECK(decoded.records.empty());
  CHECK(decoded.rejected.size() >= 4);
  CHECK(decoded.rejected[0].reason.find("pod_name") != std::string::npos);
  for (const std::string& body : {std::string(), std::string("[{]"), std::string("{\"message\":\"\xc3\x28\",\"pod\":\"a\"}")}) {
    CHECK_FALSE(decode_logs(body, context()).rejected.empty());
  }
  const auto huge = one_event(decode_logs(R"({"pod":"a","namespace":"b","message":")" + std::string(100'000, 'x') + "\"}", context()));
  CHECK(huge.message.size() <= 4096);
}
