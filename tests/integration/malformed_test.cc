// Hostile and broken bodies against the running server: each gets its protocol's answer and leaves the server well.
#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "kgrca/core/strings.h"
#include "kgrca/wire/compression.h"
#include "tests/integration/endpoints.h"
#include "tests/support/api.h"
#include "tests/support/server_process.h"

namespace kgrca::integration {
namespace {

// One server for all cases of this file: what the cases before did must not matter.
test::ServerProcess& server() {
  static test::ServerProcess process;
  static const double started = process.start();
  (void)started;
  return process;
}

test::Api& api() {
  static test::Api made(server().url(), server().key("default"));
  return made;
}

bool well() {
  test::Api fresh(server().url(), "");
  return server().running() && fresh.get("/healthz").status == 200;
}

// The error in the words of the endpoint's protocol.
void check_error(const Endpoint& endpoint, const test::Answer& answer, int status) {
  INFO(endpoint.path << " answered " << answer.status << " " << answer.body.substr(0, 400));
  CHECK(answer.status == status);
  if (endpoint.form == Form::otlp) {
    static const std::map<int, int> rpc_code = {{400, 3}, {401, 16}, {403, 7}, {413, 11}, {415, 12}, {429, 8}, {503, 14}};
    CHECK(answer.content_type == "application/json");
    CHECK(answer.integer("code") == rpc_code.at(status));
    CHECK(answer.json["message"].string_or().size() > 10);
    return;
  }
  CHECK(answer.content_type == "application/problem+json");
  CHECK(answer.integer("status") == status);
  CHECK_FALSE(answer.json["code"].string_or().empty());
  CHECK_FALSE(answer.json["request_id"].string_or().empty());
  CHECK(answer.json["detail"].string_or().size() > 20);
}

struct Broken {
  const char* name;
  std::string body;
};

std::vector<Broken> unreadable() {
  return {
      {"cut in a string", R"({"kind":"Event","metadata":{"uid":"u-)"},
      {"cut after a colon", R"({"kind":)"},
      {"cut in an array", R"([{"kind":"Event"},)"},
      {"a byte that is no UTF-8", "{\"kind\":\"\xff\xfe\"}"},
      {"an overlong UTF-8 sequence", "{\"kind\":\"\xc0\xaf\"}"},
      {"half a surrogate pair", R"({"kind":"\ud800"})"},
      {"a number out of range", R"({"kind":1e999999})"},
      {"a number that is none", R"({"kind":NaN})"},
      {"ten thousand arrays deep", std::string(10'000, '[') + std::string(10'000, ']')},
      {"ten thousand objects deep", [] {
         std::string text;
         for (int i = 0; i < 10'000; ++i) text += R"({"a":)";
         return text + "1" + std::string(10'000, '}');
       }()},
      {"only opened", std::string(100'000, '[')},
      {"a NUL inside", std::string("{\"kind\":\0}", 10)},
      {"not JSON", "hello = world"},
      {"single quotes", "{'kind':'Event'}"},
      {"XML", "<event/>"},
      {"binary", std::string("\x0a\x12\x08\x96\x01\x00\xff", 7)},
      {"things of the wrong kind", R"([null,true,1,"x",[]])"},
      {"empty", ""},
      {"blanks", " \r\n\t "},
  };
}

}  // namespace

TEST_CASE("integration: a body that cannot be read is 400 in the protocol's own form") {
  const pid_t before = server().pid();
  for (const Endpoint& endpoint : endpoints()) {
    for (const Broken& broken : unreadable()) {
      INFO(broken.name);
      check_error(endpoint, api().post(endpoint.path, broken.body), 400);
    }
    CHECK(well());
  }
  CHECK(server().pid() == before);
}

TEST_CASE("integration: an unreadable body is answered with the place of the fault") {
  for (const Endpoint& endpoint : endpoints()) {
    const test::Answer answer = api().post(endpoint.path, R"({"a":1,"b":tru})");
    INFO(endpoint.path << " " << answer.body);
    CHECK(answer.status == 400);
    CHECK(answer.body.find("byte") != std::string::npos);
  }
}

TEST_CASE("integration: values of the wrong type never fail the server") {
  const std::vector<std::string> values = {"null", "true", "0", "-1", "1e308", "9223372036854775807", "9223372036854775808",
                                           "18446744073709551616", "-9223372036854775809", "\"\"", "\"\\u0000\"", "[]", "{}", "[[]]",
                                           "\"2025-13-45T99:99:99Z\"", "\"9999-12-31T23:59:59Z\"", "\"0000-00-00T00:00:00Z\""};
  const std::vector<std::string> names = {"kind", "metadata", "involvedObject", "reason", "count", "firstTimestamp",
                                          "lastTimestamp", "series", "alerts", "labels", "status", "startsAt", "message", "time", "level",
                                          "resourceLogs",
                                          "op", "at", "uid", "name", "spec", "items", "object", "metric", "ts", "value", "version"};
  for (const Endpoint& endpoint : endpoints()) {
    for (const std::string& name : names) {
      for (const std::string& value : values) {
        // In place of the good member's value, which the first of two equal names decides.
        const std::string body = core::cat("{\"", name, "\":", value, ",", endpoint.good.substr(1));
        const test::Answer answer = api().post(endpoint.path, body);
        INFO(endpoint.path << " " << name << "=" << value << " -> " << answer.status << " " << answer.body.substr(0, 200));
        CHECK((answer.status == endpoint.success || answer.status == 400));
      }
    }
    CHECK(well());
  }
}

TEST_CASE("integration: content types and encodings that are not read are 415") {
  for (const Endpoint& endpoint : endpoints()) {
    for (const std::string type : {"application/xml", "application/x-protobuf", "multipart/form-data", "garbage"}) {
      check_error(endpoint, api().post(endpoint.path, endpoint.good, {{"Content-Type", type}}), 415);
    }
    for (const std::string encoding : {"br", "lz4", "gzip, br", "garbage"}) {
      check_error(endpoint, api().post(endpoint.path, endpoint.good, {{"Content-Encoding", encoding}}), 415);
    }
    for (const std::string encoding : {"gzip", "zstd", "snappy", "deflate"}) {
      INFO(encoding);
      check_error(endpoint, api().post(endpoint.path, "this is not packed at all", {{"Content-Encoding", encoding}}), 400);
    }
    const std::string packed = wire::gzip(endpoint.good);
    check_error(endpoint, api().post(endpoint.path, packed.substr(0, packed.size() / 2), {{"Content-Encoding", "gzip"}}), 400);
    CHECK(api().post(endpoint.path, packed, {{"Content-Encoding", "gzip"}}).status == endpoint.success);
    CHECK(well());
  }
}

TEST_CASE("integration: of good and bad lines the good ones are taken and the bad ones named") {
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.form != Form::native) continue;
    const std::string body = core::cat(endpoint.good, "\n{\"cut\":\n", endpoint.good, "\n[1]\n", endpoint.good, "\n");
    const test::Answer answer = api().post(endpoint.path, body, {{"Content-Type", "application/x-ndjson"}});
    INFO(endpoint.path << " " << answer.status << " " << answer.body);
    CHECK(answer.status == endpoint.success);
    CHECK(answer.integer("accepted") == 3);
    CHECK(answer.integer("rejected_total") == 2);
    std::set<std::int64_t> indexes;
    answer.json["rejected"].each_item([&](wire::JsonValue item) {
      indexes.insert(item["index"].integer().value_or(-1));
      CHECK(item["reason"].string_or().size() > 10);
      return true;
    });
    CHECK(indexes == std::set<std::int64_t>{1, 3});
  }
}

TEST_CASE("integration: of good and bad OTLP records the bad ones are counted as partial success") {
  const std::string body =
      R"({"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name",)"
      R"("value":{"stringValue":"p"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1744192800000000001",)"
      R"("body":{"stringValue":"one"}},7,)"
      R"({"timeUnixNano":"1744192800000000002","body":{"stringValue":"two"}}]}]}]})";
  const test::Answer answer = api().post("/v1/logs", body);
  INFO(answer.body);
  CHECK(answer.status == 200);
  CHECK(answer.json["partialSuccess"]["rejectedLogRecords"].integer() == 1);
  CHECK_FALSE(answer.json["partialSuccess"]["errorMessage"].string_or().empty());
}

TEST_CASE("integration: a request with more items than a lane takes is answered for good") {
  for (const std::size_t items : {std::size_t{10'001}, std::size_t{60'001}}) {
    std::string body;
    for (std::size_t i = 0; i < items; ++i) core::append(body, R"({"time":"2025-04-09T10:00:00Z","pod":"p","message":"m)", i, "\"}\n");
    const test::Answer answer = api().post("/api/v1/ingest/logs", body);
    INFO(items << " items: " << answer.status << " " << answer.body.substr(0, 300));
    // Taken whole, or refused as too large; never told to try the same again.
    if (answer.status == 200) {
      CHECK(answer.integer("accepted") == static_cast<std::int64_t>(items));
    } else {
      CHECK(answer.status == 413);
    }
    CHECK(well());
  }
}

TEST_CASE("integration: requests without a good key are 401 and change nothing") {
  test::Api nobody(server().url(), "");
  test::Api stranger(server().url(), "kg_live_aaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb_cccc");
  const auto events = api().get("/api/v1/stats").json["graph"]["events"].integer();
  for (const Endpoint& endpoint : endpoints()) {
    check_error(endpoint, nobody.post(endpoint.path, endpoint.good), 401);
    check_error(endpoint, stranger.post(endpoint.path, endpoint.good), 401);
  }
  CHECK(api().get("/api/v1/stats").json["graph"]["events"].integer() == events);
}

}  // namespace kgrca::integration
