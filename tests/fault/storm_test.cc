// The same events many times, shuffled, over two connections: each is kept once and each repeat is counted as one.
#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

#include "kgrca/core/strings.h"
#include "tests/fault/load.h"
#include "tests/support/server_process.h"

namespace kgrca::fault {
namespace {

constexpr std::uint64_t events_count = 5'000;
constexpr std::uint64_t copies = 4;
constexpr std::size_t batch_size = 100;

struct Sums {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::string complaint;
};

Sums send_all(const std::string& url, const std::string& key, const std::vector<std::uint64_t>& numbers) {
  test::Api api(url, key);
  Sums sums;
  for (std::size_t begin = 0; begin < numbers.size(); begin += batch_size) {
    std::string body;
    for (std::size_t i = begin; i < std::min(numbers.size(), begin + batch_size); ++i) core::append(body, event_json(numbers[i]), "\n");
    const test::Answer answer = api.post("/api/v1/ingest/k8s-events", body, {{"Content-Type", "application/x-ndjson"}});
    if (answer.status != 200) sums.complaint = answer.body;
    sums.accepted += answer.integer("accepted");
    sums.duplicates += answer.integer("duplicates");
  }
  return sums;
}

}  // namespace

TEST_CASE("fault: a storm of repeats leaves each event once") {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t copy = 0; copy < copies; ++copy) {
    for (std::uint64_t n = 0; n < events_count; ++n) numbers.push_back(n);
  }
  std::mt19937_64 random(3);
  std::shuffle(numbers.begin(), numbers.end(), random);
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  const std::vector<std::uint64_t> first(numbers.begin(), middle);
  const std::vector<std::uint64_t> second(middle, numbers.end());
  test::ServerProcess server;
  server.start();
  const std::string key = server.key("default");
  Sums one;
  std::thread other([&] { one = send_all(server.url(), key, first); });
  const Sums two = send_all(server.url(), key, second);
  other.join();
  CHECK(one.complaint.empty());
  CHECK(two.complaint.empty());
  CHECK(one.accepted + two.accepted == static_cast<std::int64_t>(events_count * copies));
  CHECK(one.duplicates + two.duplicates == static_cast<std::int64_t>(events_count * (copies - 1)));
  test::Api api(server.url(), key);
  CHECK(api.get("/api/v1/stats").json["graph"]["events"].integer() == static_cast<std::int64_t>(events_count));
  std::set<std::string> listed;
  std::size_t items = 0;
  CHECK(api.each("/api/v1/events", [&](wire::JsonValue item) {
    ++items;
    listed.emplace(item["source_id"].string_or());
  }));
  CHECK(items == events_count);
  CHECK(listed.size() == events_count);
}

}  // namespace kgrca::fault
