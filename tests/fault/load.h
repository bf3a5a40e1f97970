// Traffic whose every record is known, and the oracle that compares what the server keeps with what it acknowledged.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/api.h"

namespace kgrca::fault {

// What was sent and what the server said it keeps, by the source's own ids. Lives in the test, so it survives every kill.
class Ledger {
 public:
  void sent(const std::vector<std::string>& ids);
  void acknowledged(const std::vector<std::string>& ids);
  void stated(const std::string& uid);          // a resource whose state was acknowledged
  void complain(const std::string& complaint);  // an answer that no sender should see

  std::set<std::string> all_sent() const;
  std::set<std::string> all_acknowledged() const;
  std::set<std::string> all_stated() const;
  std::vector<std::string> complaints() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> sent_;
  std::set<std::string> acknowledged_;
  std::set<std::string> stated_;
  std::vector<std::string> complaints_;
};

// The n-th Kubernetes event: always the same bytes, so that it can be sent again.
std::string event_id(std::uint64_t n);
std::string event_json(std::uint64_t n);

// One sender with one keep-alive connection on a thread of its own. It sends batches of events, one in twenty again, with
// state records and alerts between them; what was not acknowledged it sends again after the next start.
class Driver {
 public:
  // Drivers of one ledger have different `lane`s below `lanes`, so that their numbers differ.
  Driver(Ledger& ledger, std::uint64_t lane, std::uint64_t lanes, std::uint64_t seed);
  ~Driver() { stop(); }
  void start(const std::string& url, const std::string& key);
  void stop();  // after the request that runs
  std::uint64_t requests() const { return requests_; }

 private:
  struct Batch {
    std::string path;
    std::string body;
    std::vector<std::string> ids;  // of events
    std::string uid;               // of a resource
  };
  void run(const std::string& url, const std::string& key);
  Batch next();
  Batch events();
  Batch alert();
  Batch state();
  bool deliver(test::Api& api, const Batch& batch);

  Ledger& ledger_;
  std::uint64_t lane_;
  std::uint64_t lanes_;
  std::uint64_t turn_ = 0;
  std::mt19937_64 random_;
  std::vector<Batch> pending_;  // sent at least once, not acknowledged
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> requests_{0};
  std::thread thread_;
};

// What the comparison found; all lists are empty when the server kept its promises.
struct Verdict {
  std::vector<std::string> lost;      // acknowledged and not there
  std::vector<std::string> doubled;   // there more than once
  std::vector<std::string> invented;  // there and never sent
  std::vector<std::string> broken;    // incidents, members or resources that cannot be read
  std::size_t stored = 0;             // events listed
  std::int64_t counted = 0;           // events that /api/v1/stats counts
  std::size_t incidents = 0;
};
Verdict compare(test::Api& api, const Ledger& ledger);

std::string first_few(const std::vector<std::string>& list);

}  // namespace kgrca::fault
