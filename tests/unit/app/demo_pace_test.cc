#include <catch2/catch.hpp>

#include "app/demo_pace.h"

using namespace kgrca;

namespace {

const core::Time begin = *core::parse_rfc3339("2026-03-10T09:58:00Z");

core::Time after(double seconds) { return begin + core::from_seconds(seconds); }

}  // namespace

TEST_CASE("demo: the pace starts at once, never falls and ends on time") {
  const app::DemoPace pace(begin, 17);
  CHECK(pace.seconds_at(begin) == Approx(0));
  double before = 0;
  for (double at = 0; at < 2000; at += 7) {
    const double now = pace.seconds_at(after(at));
    CHECK(now >= before);
    before = now;
  }
  CHECK(before == Approx(17));
}

TEST_CASE("demo: no part runs slower than it happened, so no record is sent before its time") {
  const app::DemoPace pace(begin, app::demo_seconds_max);
  for (double at = 0; at < 1350; at += 10) {
    CHECK(pace.seconds_at(after(at + 10)) - pace.seconds_at(after(at)) <= 10);
  }
}
