// What a reload takes over, what it refuses and what it says.
#include "process.h"

#include <fstream>

#include "tests/support/api.h"

using namespace kgrca;
using namespace kgrca::testing;

namespace {

constexpr std::string_view event_body =
    R"({"metadata":{"name":"web.1","namespace":"shop","uid":"uid-1"},"involvedObject":{"kind":"Pod","namespace":"shop","name":"web-1"},)"
    R"("reason":"OOMKilled","message":"out of memory","type":"Warning",)"
    R"("firstTimestamp":"2025-04-09T10:00:00Z","lastTimestamp":"2025-04-09T10:00:00Z","count":1})";

void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::trunc) << text; }

std::string shipped(const std::string& name) { return read_file(std::string(KGRCA_SOURCE_DIR "/config/") + name); }

std::vector<std::string> texts(wire::JsonValue list) {
  std::vector<std::string> out;
  list.each_item([&](wire::JsonValue item) {
    out.emplace_back(item.string_or());
    return true;
  });
  return out;
}

// A server with a settings file and a folder of data files that a test changes.
struct Reloading {
  Reloading() : data_files(folder.path + "/config"), file(folder.path + "/kgrca.yaml") {
    std::filesystem::create_directories(data_files);
    write(file, settings(""));
    server = std::make_unique<RunningServer>(folder.path, std::vector<std::string>{"--config", file});
    admin = std::make_unique<test::Api>(server->url, server->key("admin"));
    user = std::make_unique<test::Api>(server->url, server->key("default"));
  }
  std::string settings(std::string_view more) const { return core::cat("config:\n  dir: ", data_files, "\n", more); }
  test::Answer reload() { return admin->post("/-/reload", ""); }

  TempFolder folder;
  std::string data_files;
  std::string file;
  std::unique_ptr<RunningServer> server;
  std::unique_ptr<test::Api> admin;
  std::unique_ptr<test::Api> user;
};

}  // namespace

TEST_CASE("reload: limits and data files are taken over and named, what needs a restart is named too") {
  Reloading it;
  REQUIRE(it.user->post("/api/v1/ingest/k8s-events", event_body).status == 200);
  std::string taxonomy = shipped("taxonomy.yaml");
  const std::string_view title = "title: out of memory,";
  REQUIRE(taxonomy.find(title) != std::string::npos);
  write(it.data_files + "/taxonomy.yaml", taxonomy.replace(taxonomy.find(title), title.size(), "title: ran out of its memory,"));
  write(it.data_files + "/rules.yaml", shipped("rules.yaml") + "\n# a version of our own\n");
  write(it.file, it.settings("ingest:\n  native_body_bytes: 64KiB\nserver:\n  io_threads: 3\n  max_connections: 100\n"));
  const test::Answer answer = it.reload();
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  CHECK(texts(answer.json["changed"]) ==
        std::vector<std::string>{"server.max_connections", "ingest.native_body_bytes", "rules.yaml", "taxonomy.yaml"});
  CHECK(texts(answer.json["restart_needed"]) == std::vector<std::string>{"server.io_threads"});
  CHECK(it.user->get("/api/v1/events/uid-1").json["title"].string_or() == "ran out of its memory");
  CHECK(it.user->post("/api/v1/ingest/k8s-events", std::string(100'000, ' ')).status == 413);
  CHECK(it.user->post("/api/v1/ingest/k8s-events", event_body).integer("duplicates") == 1);

  const test::Answer again = it.reload();
  CHECK(texts(again.json["changed"]).empty());
  CHECK(texts(again.json["restart_needed"]) == std::vector<std::string>{"server.io_threads"});
  CHECK(it.server->stop() == 0);
}

TEST_CASE("reload: one bad file refuses the whole and names its place") {
  Reloading it;
  write(it.file, it.settings("ingest:\n  native_body_bytes: 64KiB\n"));
  for (const std::string name : {"taxonomy.yaml", "rules.yaml", "advice.yaml"}) {
    write(it.data_files + "/" + name, "version: 1\n  nonsense: [");
    const test::Answer refused = it.reload();
    INFO(refused.body);
    CHECK(refused.status == 400);
    CHECK(refused.body.find(name) != std::string::npos);
    CHECK(refused.body.find("the old settings stay") != std::string::npos);
    std::filesystem::remove(it.data_files + "/" + name);
    CHECK(it.user->post("/api/v1/ingest/k8s-events", std::string(100'000, ' ')).status == 400);  // read, so the old limit
  }
  std::filesystem::remove_all(it.data_files);
  const test::Answer vanished = it.reload();
  CHECK(vanished.status == 400);
  CHECK(vanished.body.find("config.dir") != std::string::npos);
  std::filesystem::create_directories(it.data_files);
  CHECK(it.user->get("/metrics").body.find("kgrca_reload_success 0") != std::string::npos);
  CHECK(it.reload().status == 200);
  CHECK(it.user->post("/api/v1/ingest/k8s-events", std::string(100'000, ' ')).status == 413);
  const std::string metrics = it.user->get("/metrics").body;
  CHECK(metrics.find("kgrca_reload_success 1") != std::string::npos);
  CHECK(metrics.find("kgrca_reload_success_timestamp_seconds 1") != std::string::npos);
}

TEST_CASE("reload: masking patterns hold for what comes after it, and a bad one refuses the whole") {
  Reloading it;
  std::string body(event_body);
  write(it.file, it.settings("mask:\n  patterns: ['of mem[a-z]+', '(']\nlog:\n  level: error\n"));
  const test::Answer refused = it.reload();
  CHECK(refused.status == 400);
  CHECK(refused.body.find("mask.patterns") != std::string::npos);
  write(it.file, it.settings("mask:\n  patterns: ['of mem[a-z]+']\n"));
  const test::Answer taken = it.reload();
  INFO(taken.body);
  CHECK(texts(taken.json["changed"]) == std::vector<std::string>{"mask.patterns"});
  REQUIRE(it.user->post("/api/v1/ingest/k8s-events", body).status == 200);
  CHECK(it.user->get("/api/v1/events/uid-1").json["message"].string_or() == "out ***");
}

TEST_CASE("reload: SIGHUP does the same and says so in the log") {
  Reloading it;
  write(it.file, it.settings("log:\n  format: logfmt\nserver:\n  listen: 127.0.0.1:1\n  work_threads: 9\n"));
  it.server->process->signal(SIGHUP);
  std::string log;
  for (int i = 0; i < 200 && log.find("restart_needed") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    log = it.server->process->errors();
  }
  CHECK_THAT(log, Catch::Contains("log.format") && Catch::Contains("server.work_threads"));
  CHECK(it.user->get("/healthz").status == 200);
}
