#include "pipeline/queue.h"

#include <catch2/catch.hpp>

namespace kgrca::pipeline {
namespace {

using namespace std::chrono_literals;

const SteadyTime start = SteadyTime{} + 1h;

Item item(std::size_t records, std::size_t bytes, Priority priority = Priority::events, core::Duration wait = 1s) {
  Item made;
  made.submission.records.resize(records, model::Sample{});
  made.submission.bytes = bytes;
  made.submission.priority = priority;
  made.submission.wait = wait;
  return made;
}

bool push(LaneQueue& queue, Item made) { return queue.push(made, start); }

}  // namespace

TEST_CASE("queue: events are taken before bulk, each in order of arrival") {
  ProcessBudget budget{1 << 20};
  LaneQueue queue({1 << 20, 1000}, budget);
  REQUIRE(push(queue, item(1, 1000, Priority::bulk)));
  REQUIRE(push(queue, item(2, 1000)));
  REQUIRE(push(queue, item(3, 1000)));
  const auto taken = queue.take(100);
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].submission.records.size() == 2);
  CHECK(taken[1].submission.records.size() == 3);
  CHECK(taken[2].submission.records.size() == 1);
}

TEST_CASE("queue: a take stops at the record bound but gives at least one") {
  ProcessBudget budget{1 << 20};
  LaneQueue queue({1 << 20, 1000}, budget);
  REQUIRE(push(queue, item(50, 1000)));
  REQUIRE(push(queue, item(5, 1000)));
  REQUIRE(push(queue, item(6, 1000)));
  CHECK(queue.take(10).size() == 1);
  CHECK(queue.take(10).size() == 1);
  CHECK(queue.take(10).size() == 1);
  CHECK(queue.take(10).empty());
}

TEST_CASE("queue: what has no place and may not wait is refused untouched") {
  ProcessBudget budget{1 << 20};
  LaneQueue queue({10'000, 1000}, budget);
  REQUIRE(push(queue, item(1, 9000)));
  Item refused = item(2, 2000, Priority::events, 0s);
  CHECK_FALSE(queue.push(refused, start));
  CHECK(refused.submission.records.size() == 2);
  CHECK(queue.bytes() == 9000);
}

TEST_CASE("queue: a waiting item moves up when places are released") {
  ProcessBudget budget{1 << 20};
  LaneQueue queue({10'000, 1000}, budget);
  REQUIRE(push(queue, item(1, 9000)));
  REQUIRE(push(queue, item(2, 2000)));
  CHECK_FALSE(queue.nobody_waits());
  REQUIRE(queue.take(10).size() == 1);
  CHECK(queue.empty());
  queue.release(1, 9000);
  CHECK(queue.nobody_waits());
  CHECK(queue.bytes() == 2000);
  CHECK(budget.used == 2000);
}

TEST_CASE("queue: nobody overtakes a waiting item of the same or a higher priority") {
  ProcessBudget budget{1 << 20};
  LaneQueue queue({10'000, 1000}, budget);
  REQUIRE(push(queue, item(1, 9000)));
  REQUIRE(push(queue, item(2, 5000, Priority::bulk)));  // waits
  REQUIRE(push(queue, item(3, 2000, Priority::bulk)));
  CHECK(queue.records() == 1);
  REQUIRE(push(queue, item(1, 640)));  // an event goes past waiting bulk
  CHECK(queue.records() == 2);
}

TEST_CASE("queue: waiting ends with its time") {
  ProcessBudget budget{1 << 20};
  LaneQueue queue({10'000, 1000}, budget);
  REQUIRE(push(queue, item(1, 9000)));
  REQUIRE(push(queue, item(2, 5000, Priority::events, 1s)));
  REQUIRE(push(queue, item(3, 3000, Priority::events, 5s)));
  CHECK(queue.expire(start + 500ms).empty());
  const auto expired = queue.expire(start + 1s);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].submission.records.size() == 2);
  CHECK(queue.expire(start, true).size() == 1);
  CHECK(queue.nobody_waits());
}

TEST_CASE("queue: an item larger than the bounds has a place in an empty queue only") {
  ProcessBudget budget{100'000};
  LaneQueue queue({10'000, 10}, budget);
  REQUIRE(push(queue, item(100, 200'000)));
  CHECK(queue.records() == 100);
  CHECK_FALSE(push(queue, item(1, 1, Priority::events, 0s)));
  LaneQueue other({10'000, 10}, budget);
  CHECK_FALSE(push(other, item(1, 1, Priority::events, 0s)));  // the process is full
}

TEST_CASE("queue: waiting items are bounded too") {
  ProcessBudget budget{1 << 20};
  LaneQueue queue({10'000, 1000, 2}, budget);
  REQUIRE(push(queue, item(1, 10'000)));
  CHECK(push(queue, item(1, 1000)));
  CHECK(push(queue, item(1, 1000)));
  CHECK_FALSE(push(queue, item(1, 1000)));
  LaneQueue heavy({10'000, 1000, 100}, budget);
  REQUIRE(push(heavy, item(1, 10'000)));
  CHECK(push(heavy, item(1, 8000)));
  CHECK_FALSE(push(heavy, item(1, 8000)));
}

TEST_CASE("queue: bodies of many small records are charged by the records") {
  ProcessBudget budget{1 << 20};
  LaneQueue queue({10'000, 1000}, budget);
  REQUIRE(push(queue, item(10, 0)));
  CHECK(queue.bytes() == 5120);
}

TEST_CASE("queue: a destroyed queue gives its bytes back to the process, those of waiting items too") {
  ProcessBudget budget{1 << 20};
  {
    LaneQueue queue({10'000, 1000}, budget);
    REQUIRE(push(queue, item(1, 5000)));
    REQUIRE(push(queue, item(1, 6000)));
    CHECK_FALSE(queue.nobody_waits());
    CHECK(budget.used == 11000);
  }
  CHECK(budget.used == 0);
}

TEST_CASE("queue: what waits counts for the process, and a full process lets nobody wait") {
  ProcessBudget budget{20'000};
  LaneQueue queue({10'000, 1000}, budget);
  LaneQueue other({10'000, 1000}, budget);
  REQUIRE(push(queue, item(1, 9000)));
  REQUIRE(push(queue, item(1, 8000, Priority::events, 1s)));
  REQUIRE(push(queue, item(1, 1000, Priority::events, 5s)));
  CHECK(budget.used == 18000);
  REQUIRE(push(other, item(1, 1500)));
  CHECK_FALSE(push(other, item(1, 1000)));
  CHECK_FALSE(push(queue, item(1, 1000)));
  CHECK(queue.expire(start + 1s).size() == 1);
  CHECK(budget.used == 11500);
  CHECK(push(other, item(1, 1000)));
}

TEST_CASE("queue: a full process does not hold up a barrier") {
  ProcessBudget budget{1000};
  LaneQueue queue({10'000, 1000}, budget);
  REQUIRE(push(queue, item(1, 5000)));
  Item barrier = item(0, 0);
  barrier.barrier = true;
  CHECK(queue.push(barrier, start));
}

}  // namespace kgrca::pipeline
