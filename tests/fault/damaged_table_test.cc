// Damaged tables under the real server: who needs them gets an error, everybody else goes on.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "kgrca/core/strings.h"
#include "tests/fault/load.h"
#include "tests/support/server_process.h"

namespace kgrca::fault {
namespace {

constexpr std::uint64_t events = 60;

std::size_t listed(test::Api& api) {
  std::size_t count = 0;
  return api.each("/api/v1/events", [&](wire::JsonValue) { ++count; }) ? count : 0;
}

// Hurts the first block of every table of one database.
int hurt_tables(const std::string& database) {
  int hurt = 0;
  for (const auto& entry : std::filesystem::directory_iterator(database)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(0);  // a table of range deletions alone begins with a block of few bytes, and its next one keeps the database shut
    file << "noise";
    ++hurt;
  }
  return hurt;
}

}  // namespace

TEST_CASE("fault: damaged tables of one database are errors for its tenants, and nothing to the others") {
  test::ServerProcess server({"--demo", "--storage.databases", "2"});
  server.start();
  for (const char* name : {"default", "demo"}) {
    test::Api api(server.url(), server.key(name));
    std::string body;
    for (std::uint64_t n = 0; n < events; ++n) core::append(body, event_json(n), "\n");
    REQUIRE(api.post("/api/v1/ingest/k8s-events", body).status == 200);
  }
  server.terminate(25);
  server.start();  // what the logs held becomes tables
  server.terminate(25);
  REQUIRE(hurt_tables(server.data_dir() + "/store/1") > 0);
  server.start();
  int whole = 0;
  int hurt = 0;
  for (const char* name : {"default", "demo"}) {
    INFO(name);
    test::Api api(server.url(), server.key(name));
    const auto answer = api.get("/api/v1/events?limit=5");
    INFO(answer.body);
    if (answer.status == 200) {
      ++whole;
      CHECK(listed(api) == events);
      CHECK(api.post("/api/v1/ingest/k8s-events", event_json(events)).status == 200);
      continue;
    }
    ++hurt;
    CHECK(answer.status == 500);
    CHECK(answer.body.find("data_loss") != std::string::npos);
  }
  CHECK(whole == 1);
  CHECK(hurt == 1);
  test::Api api(server.url(), server.key("admin"));
  const std::string metrics = api.get("/metrics").body;
  CHECK(metrics.find("kgrca_store_damaged_total{found_by=\"read\"}") != std::string::npos);
  CHECK(metrics.find("kgrca_store_damaged_total{found_by=\"read\"} 0\n") == std::string::npos);
  CHECK(server.terminate(25).code == 0);
}

}  // namespace kgrca::fault
