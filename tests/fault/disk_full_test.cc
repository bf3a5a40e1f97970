// A disk of 64 MiB that fills up and empties, under the real server: nothing is acknowledged that is not kept, questions are answered
// all the time, and writes resume by themselves or after the restart that a supervisor does.
#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "kgrca/core/strings.h"
#include "tests/fault/load.h"
#include "tests/fault/small_disk.h"
#include "tests/support/environment.h"
#include "tests/support/server_process.h"

namespace kgrca::fault {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t mebibyte = 1ull << 20;
constexpr double resume_within_seconds = 10;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// Sends numbered events and remembers what the server said to each.
class Sender {
 public:
  Sender(test::ServerProcess& server, Ledger& ledger) : server_(server), ledger_(ledger) { connect(); }
  void connect() { api_ = std::make_unique<test::Api>(server_.url(), server_.key("default"), 15'000); }

  // Whether the batch was acknowledged. What was not is sent again the next time.
  bool send() {
    while (batch_.size() < 30) batch_.push_back(next_++);
    std::string body;
    std::vector<std::string> ids;
    for (const std::uint64_t n : batch_) {
      core::append(body, event_json(n), "\n");
      ids.push_back(event_id(n));
    }
    ledger_.sent(ids);
    const auto answer = api_->post("/api/v1/ingest/k8s-events", body);
    if (answer.status == 200 && answer.integer("rejected_total") == 0) {
      ledger_.acknowledged(ids);
      batch_.clear();
      return true;
    }
    if (answer.status != 503 && answer.status != 0) ledger_.complain(core::cat(answer.status, " ", core::clip_utf8(answer.body, 300)));
    return false;
  }
  // Questions of three kinds, all answered?
  bool reads_go_on() {
    for (const char* target : {"/api/v1/events?limit=5", "/api/v1/stats", "/api/v1/incidents"}) {
      const auto answer = api_->get(target);
      if (answer.status == 200) continue;
      if (!server_.running()) return true;  // it ended, to be started again
      ledger_.complain(core::cat("read while the disk is full: ", target, ": ", answer.status, " ", core::clip_utf8(answer.body, 300)));
      return false;
    }
    return true;
  }

 private:
  test::ServerProcess& server_;
  Ledger& ledger_;
  std::unique_ptr<test::Api> api_;
  std::vector<std::uint64_t> batch_;
  std::uint64_t next_ = 0;
};

struct Times {
  double slowest_resume = 0;
  int restarts = 0;
};

// From the moment the space is back until something is acknowledged.
void resume(test::ServerProcess& server, Sender& sender, Times& times) {
  const auto begin = Clock::now();
  while (!sender.send()) {
    if (!server.running()) {
      ++times.restarts;
      server.start();
      sender.connect();
    }
    if (seconds_since(begin) > 3 * resume_within_seconds) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  times.slowest_resume = std::max(times.slowest_resume, seconds_since(begin));
}

}  // namespace

// KGRCA_FILLS sets how often (scripts/soak: 50); KGRCA_SEED the seed.
TEST_CASE("fault: on a disk that fills up and empties again nothing is lost, questions are answered and writes resume") {
  SmallDisk disk(64 * mebibyte);
  if (!disk.why_not().empty()) {
    WARN("not tested: " << disk.why_not() << "; run as root");
    return;
  }
  std::mt19937_64 random(test::number_from("KGRCA_SEED", 17));
  const std::uint64_t fills = test::number_from("KGRCA_FILLS", 4);
  test::ServerProcess server({"--storage.reserve_bytes", "4MiB", "--storage.wal_bytes", "8MiB", "--storage.databases", "2", "--memory.limit",
                              "192MiB"});
  server.use_data_dir(disk.path() + "/data");
  server.start();
  Ledger ledger;
  Sender sender(server, ledger);
  Times times;
  int refusals = 0;
  for (std::uint64_t fill = 0; fill < fills; ++fill) {
    CAPTURE(fill);
    for (int i = 0; i < 10; ++i) sender.send();
    // Below the reserve, so that the server refuses by itself, or to the last byte, so that RocksDB meets the end of the disk.
    disk.fill(fill % 2 == 0 ? 0 : random() % (3 * mebibyte));
    for (int i = 0; i < 10 && server.running(); ++i) {
      if (!sender.send()) ++refusals;
      REQUIRE(sender.reads_go_on());
    }
    disk.release();
    resume(server, sender, times);
    CHECK(times.slowest_resume < resume_within_seconds);
  }
  std::cout << "fills " << fills << ", refusals " << refusals << ", restarts " << times.restarts << ", slowest resume "
            << times.slowest_resume << " s, free " << disk.free_bytes() / mebibyte << " MiB\n";
  CHECK(refusals >= static_cast<int>(fills));
  server.terminate(25);
  server.start();
  test::Api api(server.url(), server.key("default"));
  const Verdict verdict = compare(api, ledger);
  INFO("complaints " << first_few(ledger.complaints()) << "\nlost " << first_few(verdict.lost) << "\ndoubled " << first_few(verdict.doubled)
                     << "\nbroken " << first_few(verdict.broken));
  CHECK(ledger.complaints().empty());
  CHECK(verdict.lost.empty());
  CHECK(verdict.doubled.empty());
  CHECK(verdict.broken.empty());
  CHECK(static_cast<std::int64_t>(verdict.stored) == verdict.counted);
}

}  // namespace kgrca::fault
