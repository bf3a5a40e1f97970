// Backups while records come in: what was acknowledged before one began is answered by the server made of it.
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"
#include "tests/integration/process.h"
#include "tests/support/api.h"
#include "tests/support/server_process.h"

namespace kgrca::integration {
namespace {

std::string event_line(int number) {
  const core::Time at = core::SystemClock().now() - std::chrono::minutes(3) + std::chrono::milliseconds(number);
  const std::string time = core::format_rfc3339(at, 3);
  return core::cat(R"({"kind":"Event","metadata":{"name":"a","namespace":"shop","uid":"u-)", number,
                   R"("},"involvedObject":{"kind":"Pod","namespace":"shop","name":"orders-)", number % 7,
                   R"("},"reason":"BackOff","message":"Back-off restarting","type":"Warning","count":1,"firstTimestamp":")", time,
                   R"(","lastTimestamp":")", time, "\"}\n");
}

// Sends events until told to stop; `acknowledged` of them were answered 200.
class Sender {
 public:
  explicit Sender(const test::ServerProcess& server) : thread_([this, url = server.url(), key = server.key("default")] { run(url, key); }) {}
  ~Sender() {
    stop_ = true;
    thread_.join();
  }
  int acknowledged() const { return acknowledged_; }

 private:
  void run(const std::string& url, const std::string& key) {
    test::Api api(url, key);
    for (int i = 0; !stop_; ++i) {
      if (api.post("/api/v1/ingest/k8s-events", event_line(i)).status != 200) return;
      acknowledged_ = i + 1;
    }
  }
  std::atomic<bool> stop_{false};
  std::atomic<int> acknowledged_{0};
  std::thread thread_;
};

std::vector<std::string> source_ids(const test::ServerProcess& server) {
  test::Api api(server.url(), server.key("default"));
  std::vector<std::string> out;
  REQUIRE(api.each("/api/v1/events", [&](wire::JsonValue item) { out.emplace_back(item["source_id"].string_or()); }));
  std::sort(out.begin(), out.end());
  return out;
}

int back_up(const test::ServerProcess& server) {
  return testing::run({"backup", "--url", server.url(), "--key", server.key("admin")}).code;
}

}  // namespace

TEST_CASE("backup: taken while events come, it restores to all that was acknowledged before, and verifies") {
  const test::TempDirectory place;
  test::ServerProcess server({"--storage.backup_dir", place / "backups", "--storage.backup_keep", "2"});
  server.start();
  int before = 0;
  {
    const Sender sender(server);
    for (int round = 1; round <= 3; ++round) {
      while (sender.acknowledged() < 40 * round) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      before = sender.acknowledged();
      REQUIRE(back_up(server) == 0);
    }
  }
  const testing::Result list = testing::run({"backup", "--list", "--url", server.url(), "--key", server.key("admin")});
  CHECK(list.code == 0);
  CHECK(list.output.find("\n3 ") != std::string::npos);
  CHECK(list.output.find("\n1 ") == std::string::npos);  // only two stay
  CHECK(testing::run({"backup", "--url", server.url(), "--key", server.key("default")}).code == 1);
  const std::string default_key = server.key("default");
  CHECK(testing::run({"verify", "--data-dir", server.data_dir()}).code == 1);  // it runs
  REQUIRE(server.terminate(20).exited);

  const testing::Result whole = testing::run({"verify", "--data-dir", place / "backups"});
  INFO(whole.output << whole.errors);
  CHECK(whole.code == 0);
  CHECK(testing::run({"verify", "--json", "--data-dir", server.data_dir()}).output.find("\"clean\":true") != std::string::npos);
  CHECK(testing::run({"restore", "--from", place / "backups", "--data-dir", server.data_dir()}).code == 1);  // not empty
  const testing::Result restored = testing::run({"restore", "--from", place / "backups", "--data-dir", place / "restored"});
  INFO(restored.output << restored.errors);
  REQUIRE(restored.code == 0);
  CHECK(testing::run({"verify", "--data-dir", place / "restored"}).code == 0);

  // The key of before opens the restored server: the pepper came along.
  std::filesystem::copy_file(server.data_dir() + "/default.key", place / "restored/default.key");
  test::ServerProcess again;
  again.use_data_dir(place / "restored");
  again.start();
  CHECK(again.key("default") == default_key);
  const std::vector<std::string> ids = source_ids(again);
  int missing = 0;
  for (int i = 0; i < before; ++i) missing += std::binary_search(ids.begin(), ids.end(), core::cat("u-", i)) ? 0 : 1;
  CHECK(missing == 0);
}

TEST_CASE("export: a tenant moves to another store with all it knew and without its keys") {
  const test::TempDirectory place;
  test::ServerProcess server;
  server.start();
  test::Api api(server.url(), server.key("default"));
  std::string events;
  for (int i = 0; i < 50; ++i) events += event_line(i);
  REQUIRE(api.post("/api/v1/ingest/k8s-events", events).status == 200);
  const std::vector<std::string> ids = source_ids(server);
  REQUIRE(ids.size() >= 50);
  REQUIRE(server.terminate(20).exited);

  const testing::Result exported =
      testing::run({"export", "--data-dir", server.data_dir(), "--tenant", "default", "--out", place / "files"});
  INFO(exported.errors);
  REQUIRE(exported.code == 0);
  test::ServerProcess other;
  other.start();
  REQUIRE(other.terminate(20).exited);
  CHECK(testing::run({"import", "--data-dir", other.data_dir(), "--from", place / "files"}).code == 1);  // the name is taken
  const testing::Result imported =
      testing::run({"import", "--data-dir", other.data_dir(), "--from", place / "files", "--as", "moved"});
  INFO(imported.errors);
  REQUIRE(imported.code == 0);
  CHECK(testing::run({"verify", "--data-dir", other.data_dir()}).code == 0);
  other.start();
  test::Api admin(other.url(), other.key("admin"));
  const test::Answer key = admin.post("/api/v1/admin/tenants/moved/keys", R"({"scopes":["read"]})");
  REQUIRE(key.status == 201);
  test::Api moved(other.url(), std::string(key.json["key"].string_or()));
  std::vector<std::string> there;
  REQUIRE(moved.each("/api/v1/events", [&](wire::JsonValue item) { there.emplace_back(item["source_id"].string_or()); }));
  std::sort(there.begin(), there.end());
  CHECK(there == ids);
}

TEST_CASE("store commands: wrong usage is 2, what is not there is 1") {
  CHECK(testing::run({"verify"}).code == 2);
  CHECK(testing::run({"verify", "--data-dir", "/nonexistent"}).code == 1);
  CHECK(testing::run({"restore", "--from", "/nonexistent"}).code == 2);
  CHECK(testing::run({"restore", "--from", "/nonexistent", "--data-dir", "/tmp/kgrca-never-made"}).code == 1);
  CHECK_FALSE(std::filesystem::exists("/tmp/kgrca-never-made"));
  CHECK(testing::run({"backup", "--data-dir", "/nonexistent"}).code == 2);
  CHECK(testing::run({"export", "--data-dir", "/nonexistent", "--tenant", "a", "--out", "/tmp/kgrca-never-made"}).code == 1);
  CHECK(testing::run({"import", "--data-dir", "/nonexistent", "--from", "/nonexistent"}).code == 1);
}

}  // namespace kgrca::integration
