// The bundled incident, streamed into the real program.
#include "process.h"

#include "kgrca/wire/json.h"

using namespace kgrca;
using namespace kgrca::testing;

namespace {

const std::string stream_file = std::string(KGRCA_SOURCE_DIR) + "/config/demo/stream.jsonl.gz";

Result demo(const RunningServer& server, const std::string& seconds) {
  return run({"demo", "--stream", stream_file, "--seconds", seconds, "--url", server.url, "--key", server.key("demo")});
}

Result ask(const RunningServer& server, std::vector<std::string> arguments) {
  for (const std::string& part : {std::string("--url"), server.url, std::string("--key"), server.key("demo")}) arguments.push_back(part);
  return run(arguments);
}

std::vector<std::int64_t> figures(const RunningServer& server) {
  const std::string stats = ask(server, {"stats", "--json"}).output;
  wire::JsonDocument document;
  const auto root = document.parse(stats);
  REQUIRE(root.ok());
  std::vector<std::int64_t> out;
  for (const std::string_view name : {"events", "resources", "edges"}) out.push_back((*root)["graph"][name].integer().value_or(-1));
  out.push_back((*root)["graph"]["links"]["total"].integer().value_or(-1));
  return out;
}

std::string line_of(const std::string& text, std::string_view beginning) {
  for (const std::string_view line : core::split(text, '\n')) {
    if (line.starts_with(beginning)) return std::string(line);
  }
  return {};
}

}  // namespace

TEST_CASE("demo: the rollout of orders is named as the cause, in time and in one screen") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  const Result shown = demo(server, "6");
  INFO(shown.output << shown.errors);
  REQUIRE(shown.code == 0);
  CHECK_THAT(line_of(shown.output, "CAUSE "), Catch::Contains("Deployment shop/orders rolled out v2.3.1"));
  CHECK_THAT(line_of(shown.output, "CAUSE "), Catch::Contains("(DB_POOL_SIZE 50 → 5)"));
  CHECK_THAT(line_of(shown.output, "INCIDENT "), Catch::Contains("services") && Catch::Contains("pods"));
  CHECK_THAT(shown.output, Catch::Contains("+41s  orders") && Catch::Contains("+78s  payments") && Catch::Contains("+119s  gateway"));
  CHECK_THAT(shown.output, Catch::Contains("Node node-3") && Catch::Contains("none of the failing pods run there"));
  CHECK_THAT(line_of(shown.output, "NOISE "), Catch::Contains("→ 1 incident"));
  CHECK_THAT(line_of(shown.output, "TIME "), Catch::Contains("after the first symptom") && Catch::Contains("before the first alert"));
  CHECK_THAT(line_of(shown.output, "FIX "), Catch::Contains("kubectl -n shop rollout undo deploy/orders"));
  const std::string answer = ask(server, {"explain", "latest"}).output;
  CHECK(core::split(answer, '\n').size() <= 41);
  CHECK_THAT(shown.output, Catch::Contains(answer));
}

TEST_CASE("demo: a second run adds nothing and tells the same") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  REQUIRE(demo(server, "2").code == 0);
  const std::vector<std::int64_t> before = figures(server);
  CHECK(before.front() > 500);
  const std::string told = ask(server, {"explain", "latest"}).output;
  const Result again = demo(server, "2");
  INFO(again.output << again.errors);
  CHECK(again.code == 0);
  CHECK(figures(server) == before);
  CHECK(ask(server, {"explain", "latest"}).output == told);
}

TEST_CASE("demo: a missing stream and a server that is not there are told in one line") {
  const TempFolder folder;
  const Result nothing = run({"demo", "--stream", folder.path + "/none.jsonl", "--url", "http://127.0.0.1:1"});
  CHECK(nothing.code == 1);
  CHECK_THAT(nothing.errors, Catch::Contains("none.jsonl"));
  const Result alone = run({"demo", "--stream", stream_file, "--url", "http://127.0.0.1:1", "--key", "k"});
  CHECK(alone.code == 1);
  CHECK_THAT(alone.errors, Catch::Contains("127.0.0.1"));
}
