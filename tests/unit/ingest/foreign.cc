// Alertmanager and OTLP read statuses and bodies in their own way.
#include "tests/unit/ingest/support.h"

#include "ingest/answers.h"
#include "kgrca/wire/compression.h"

namespace kgrca::ingest {
namespace {

using testing::alert_a;
using testing::Answer;
using testing::otlp_a;
using testing::Server;

const Protocol& protocol(std::string_view name) {
  for (const Protocol& one : protocols()) {
    if (one.name == name) return one;
  }
  FAIL("no protocol");
  return protocols().front();
}

}  // namespace

TEST_CASE("alertmanager: the webhook is taken on both paths, and its repetition is a duplicate") {
  Server server;
  CHECK(server.post("/webhook", alert_a).status() == 200);
  const Answer again = server.post("/api/v1/ingest/alertmanager", alert_a);
  CHECK(again.status() == 200);
  CHECK(again.integer("duplicates") == 1);
}

TEST_CASE("alertmanager: what cannot be decoded is 400") {
  Server server;
  CHECK(server.post("/webhook", "{\"version\":\"4\",").status() == 400);
  CHECK(server.post("/webhook", "[7]").status() == 400);
  CHECK(server.post("/webhook", "{\"alerts\":7}").status() == 400);
}

TEST_CASE("alertmanager: neither overload nor a tenant's limit is ever 429") {
  net::Request request;
  const Protocol& alertmanager = protocol("alertmanager");
  CHECK(failure(alertmanager, core::resource_exhausted("too much"), request).status == 503);
  CHECK(failure(alertmanager, core::unavailable("full"), request).status == 503);
  CHECK(failure(protocol("logs"), core::resource_exhausted("too much"), request).status == 429);
  Server server;
  server.fill_disk(true);
  CHECK(server.post("/webhook", alert_a).status() == 503);
}

TEST_CASE("otlp: everything accepted is an empty object") {
  Server server;
  for (const std::string path : {"/v1/logs", "/otlp/v1/logs"}) {
    const Answer answer = server.post(path, otlp_a);
    CHECK(answer.status() == 200);
    CHECK(answer.response.body == "{}");
    CHECK(answer.response.content_type == "application/json");
  }
  CHECK(server.post("/v1/logs", "{}").response.body == "{}");
  CHECK(server.post("/v1/logs", wire::gzip(otlp_a), {{"content-encoding", "gzip"}}).status() == 200);
}

TEST_CASE("otlp: a part refused is told as partial success") {
  Taken taken;
  taken.items = 5;
  taken.rejections = 4;
  for (std::size_t i = 0; i < 4; ++i) taken.rejected.push_back({i, std::string(10'000, 'x')});
  const net::Response response = success(protocol("otlp-logs"), taken);
  CHECK(response.status == 200);
  CHECK(response.body.find("\"rejectedLogRecords\":\"4\"") != std::string::npos);
  CHECK(response.body.find("errorMessage") != std::string::npos);
  CHECK(response.body.size() < 4096);
}

TEST_CASE("otlp: errors are google.rpc.Status with the code the sender acts on") {
  Server server;
  const Answer bad = server.post("/v1/logs", "{\"resourceLogs\":");
  CHECK(bad.status() == 400);
  CHECK(bad.integer("code") == 3);
  CHECK_FALSE(bad.json["message"].string_or().empty());
  const Answer protobuf = server.post("/v1/logs", "\x0a\x00", {{"content-type", "application/x-protobuf"}});
  CHECK(protobuf.status() == 415);
  CHECK(protobuf.integer("code") == 12);
  CHECK(protobuf.json["message"].string_or().find("json") != std::string_view::npos);
  server.fill_disk(true);
  const Answer full = server.post("/v1/logs", otlp_a);
  CHECK(full.status() == 503);
  CHECK(full.integer("code") == 14);
  CHECK(full.header("Retry-After") == "1");
}

TEST_CASE("otlp: trouble of ours is 503, since senders do not retry a 500; too large is 413") {
  net::Request request;
  const Protocol& otlp = protocol("otlp-logs");
  CHECK(failure(otlp, core::internal_error("x"), request).status == 503);
  CHECK(failure(otlp, core::data_loss("x"), request).status == 503);
  CHECK(failure(otlp, core::out_of_range("x"), request).status == 413);
  CHECK(failure(otlp, core::resource_exhausted("x"), request).status == 429);
  CHECK(failure(otlp, core::permission_denied("x"), request).status == 403);
}

TEST_CASE("otlp: its routes word early errors in its form and take 64 MiB") {
  Server server;
  for (const std::string path : {"/v1/logs", "/otlp/v1/logs"}) {
    CHECK(server.route(path).error_form == net::ErrorForm::google_rpc_status);
    CHECK(server.route(path).body_limit_bytes == 64u << 20);
  }
  CHECK(server.route("/webhook").error_form == net::ErrorForm::problem_json);
}

TEST_CASE("protocols: Kubernetes events wait longest for a place, logs and samples stand behind") {
  for (const Protocol& one : protocols()) {
    INFO(std::string(one.name));
    CHECK(one.wait == (one.name == "k8s-events" ? std::chrono::seconds(30) : std::chrono::seconds(5)));
    const bool bulk = one.name == "logs" || one.name == "otlp-logs" || one.name == "metrics";
    CHECK((one.priority == pipeline::Priority::bulk) == bulk);
  }
}

}  // namespace kgrca::ingest
