// Secrets and personal data planted wherever they may arrive: none of them is kept, logged or shown.
#include <catch2/catch.hpp>

#include <filesystem>

#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"
#include "tests/support/api.h"
#include "tests/support/every_answer.h"
#include "tests/support/server_process.h"

namespace kgrca::integration {
namespace {

struct Canary {
  const char* where;
  std::string text;  // must be found nowhere
};

// One value of its own for each place, so that a hit names the place.
const std::vector<Canary>& canaries() {
  static const std::vector<Canary> list = {
      {"Secret data", "Y2FuYXJ5LXNlY3JldC1kYXRh"},
      {"Secret data, decoded", "canary-secret-data"},
      {"Secret stringData", "canary-string-data-1"},
      {"Secret in last-applied-configuration", "canary-last-applied-2"},
      {"ConfigMap value", "canary configmap words 3"},
      {"ConfigMap binaryData", "Y2FuYXJ5LWJpbmFyeQ"},
      {"ConfigMap in last-applied-configuration", "canary applied words 4"},
      {"env of a pod template", "canary env words 5"},
      {"password in an env URL", "canaryUrlPass6"},
      {"env of a state record", "canary state env 7"},
      {"Secret as a state record", "canary-state-secret-8"},
      {"token in an event message", "canarytoken9abcdef"},
      {"e-mail in an event message", "canary.person@"},
      {"card number in an event message", "4539148803436467"},
      {"bearer token in an event message", "canarybearer10abcdefgh"},
      {"password in a log line", "canaryLogPass11"},
      {"e-mail in a log line", "canary.logger@"},
      {"JWT in a log line", "eyJjYW5hcnkiOiIxMiJ9"},
      {"password in an OTLP line", "canaryOtlpPass13"},
      {"OTLP attribute", "canaryOtlpAttribute14"},
      {"token in an alert annotation", "canaryAlertToken15"},
      {"e-mail in an alert annotation", "canary.oncall@"},
      {"password in an alert label", "canaryLabelPass16"},
      {"a key that is not ours", "canaryforeignkey17"},
      {"password among a container's arguments", "canaryArgPass18"},
      {"a pattern of our own in an event message", "PN-000019"},
      {"a pattern of our own in a log line", "PN-000020"},
      {"a pattern of our own in an alert annotation", "PN-000021"},
  };
  return list;
}

std::string now() { return core::format_rfc3339(core::SystemClock().now(), 3); }

std::string secret_object() {
  return R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"db","namespace":"shop","uid":"sec-1","annotations":{)"
         R"("kubectl.kubernetes.io/last-applied-configuration":"{\"stringData\":{\"p\":\"canary-last-applied-2\"}}"}},)"
         R"("data":{"password":"Y2FuYXJ5LXNlY3JldC1kYXRh"},"stringData":{"other":"canary-string-data-1"}})";
}

std::string config_map_object() {
  return R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"cfg","namespace":"shop","uid":"cm-1","annotations":{)"
         R"("kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"p\":\"canary applied words 4\"}}"}},)"
         R"("data":{"motto":"canary configmap words 3","pool":"50"},"binaryData":{"b":"Y2FuYXJ5LWJpbmFyeQ=="}})";
}

std::string deployment_object() {
  return R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"orders","namespace":"shop","uid":"dep-1"},)"
      R"("spec":{"replicas":1,)"
         R"("selector":{"matchLabels":{"app":"orders"}},"template":{"spec":{"containers":[{"name":"orders","image":"orders:v1",)"
         R"("args":["--password=canaryArgPass18"],"env":[{"name":"MODE","value":"canary env words 5"},)"
         R"({"name":"DATABASE_URL","value":"postgres://app:canaryUrlPass6@orders-db:5432/x"}]}]}}}})";
}

std::string state_records() {
  return core::cat(R"({"op":"UPSERT","at":")", now(), R"(","kind":"Deployment","uid":"dep-2","name":"cart","namespace":"shop",)",
                   R"("spec":{"env":{"MODE":"canary state env 7"}}})", "\n", R"({"op":"UPSERT","at":")", now(),
                   R"(","kind":"Secret","uid":"sec-2","name":"db2","namespace":"shop","spec":{"data":{"p":"canary-state-secret-8"}}})");
}

std::string event() {
  return core::cat(R"({"kind":"Event","metadata":{"name":"a","namespace":"shop","uid":"u-a"},"involvedObject":{"kind":"Pod",)"
      R"("namespace":"shop",)",
                   R"("name":"orders-1"},"reason":"Unhealthy",)"
                   R"("message":"visible-marker: token=canarytoken9abcdef for canary.person@example.org )",
                   R"(PN-000019 card 4539148803436467 Authorization: Bearer canarybearer10abcdefgh","type":"Warning","count":1,)"
                   R"("firstTimestamp":")", now(),
                   R"(","lastTimestamp":")", now(), R"("})");
}

std::string log_lines() {
  return core::cat(R"({"time":")", now(), R"(","level":"error","namespace":"shop","pod":"orders-1",)"
      R"("message":"login password=canaryLogPass11 of )",
                   R"(canary.logger@example.org PN-000020 with eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOiIxMiJ9.c2lnbmF0dXJl failed"})");
}

std::string otlp_lines() {
  return core::cat(R"({"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"orders-1"}}]},)"
      R"("scopeLogs":)",
                   R"([{"logRecords":[{"timeUnixNano":"1744192800000000000","severityText":"ERROR","body":{"stringValue":"password=)",
                   R"(canaryOtlpPass13 refused"},"attributes":[{"key":"password",)"
                   R"("value":{"stringValue":"canaryOtlpAttribute14"}}]}]}]}]})");
}

std::string webhook() {
  return core::cat(R"({"version":"4","status":"firing","receiver":"r","groupKey":"g","alerts":[{"status":"firing","labels":{"alertname":)",
                   R"("KubePodCrashLooping","severity":"critical","namespace":"shop","pod":"orders-1",)"
                   R"("note":"password=canaryLabelPass16"},)",
                   R"("annotations":{"summary":"api_key=canaryAlertToken15 ask canary.oncall@example.org",)"
                   R"("description":"PN-000021 token=canaryAlertToken15"},)",
                   R"("startsAt":")", now(), R"(","fingerprint":"f1"}]})");
}

void plant(test::ServerProcess& server) {
  test::Api api(server.url(), server.key("default"));
  const auto accepted = [&](const std::string& path, const std::string& body) {
    const test::Answer answer = api.post(path, body);
    INFO(path << ": " << answer.status << " " << answer.body);
    CHECK(answer.status == 200);
    return answer;
  };
  accepted("/api/v1/ingest/k8s-objects", core::cat(secret_object(), "\n", config_map_object(), "\n", deployment_object()));
  accepted("/api/v1/ingest/state", state_records());
  accepted("/api/v1/ingest/k8s-events", event());
  accepted("/api/v1/ingest/logs", log_lines());
  accepted("/v1/logs", otlp_lines());
  accepted("/api/v1/ingest/alertmanager", webhook());
  // Broken records with secrets in them: the complaint must not repeat them.
  CHECK(api.post("/api/v1/ingest/k8s-events", R"({"password":"canaryLogPass11")").status == 400);
  test::Api stranger(server.url(), "kg_live_canaryforeignkey17");
  CHECK(stranger.get("/api/v1/events").status == 401);
  CHECK(api.get("/api/v1/events?token=canarytoken9abcdef").status == 400);
}

// Places whose text is found in `haystack`.
std::vector<std::string> leaks(const std::string& haystack, const std::string& key) {
  std::vector<std::string> found;
  for (const Canary& canary : canaries()) {
    if (haystack.find(canary.text) != std::string::npos) found.emplace_back(canary.where);
  }
  if (haystack.find(key) != std::string::npos) found.emplace_back("our own API key");
  return found;
}

// Every file of the store; the key files beside it hold the keys on purpose.
std::string store_bytes(const test::ServerProcess& server) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server.data_dir() + "/store")) {
    if (entry.is_regular_file()) all += test::read_file(entry.path().string());
  }
  return all;
}

std::string joined(const std::vector<std::string>& list) { return core::join(list, ", "); }

}  // namespace

TEST_CASE("integration: planted secrets and personal data are in no file, log, metric or answer") {
  test::ServerProcess server({"--log.level", "debug", "--mask.patterns", "PN-[0-9]{6}"});
  server.start();
  const std::string key = server.key("default");
  plant(server);
  std::string answers;
  test::each_get_answer(server, key, [&](const std::string& target, const test::Answer& answer) {
    INFO(target << " -> " << answer.status);
    CHECK(joined(leaks(answer.body, key)) == "");
    answers += answer.body;
  });
  CHECK(answers.find("visible-marker") != std::string::npos);
  const std::string while_running = store_bytes(server);
  // The write-ahead log is not packed: what was stored stands there in the clear.
  CHECK(while_running.find("visible-marker") != std::string::npos);
  CHECK(joined(leaks(while_running, key)) == "");
  CHECK(server.terminate(25).code == 0);
  CHECK(joined(leaks(store_bytes(server), key)) == "");
  server.start();
  CHECK(server.terminate(25).code == 0);
  CHECK(joined(leaks(store_bytes(server), key)) == "");
  const std::string log = test::read_file(server.log_file());
  CHECK(log.find("\"event\":\"started\"") != std::string::npos);
  CHECK(joined(leaks(log, key)) == "");
}

}  // namespace kgrca::integration
