#include "kgrca/core/time.h"

#include <catch2/catch.hpp>

#include "kgrca/core/manual_clock.h"

using namespace kgrca::core;

TEST_CASE("time: RFC 3339 texts are read to the microsecond") {
  const Time t = from_micros(1'744'205'404'067'000);
  CHECK(parse_rfc3339("2025-04-09T13:30:04.067Z") == t);
  CHECK(parse_rfc3339("2025-04-09t13:30:04.067z") == t);
  CHECK(parse_rfc3339("2025-04-09T15:30:04.067+02:00") == t);
  CHECK(parse_rfc3339("2025-04-09T08:00:04.067-05:30") == t);
  CHECK(parse_rfc3339("2025-04-09T13:30:04.067000999Z") == t);
  CHECK(parse_rfc3339("2025-04-09T13:30:04Z") == t - 67ms);
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == Time{});
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z").has_value());
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
  CHECK(format_rfc3339(*parse_rfc3339("9999-12-31T23:59:59.999999Z"), 6) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("time: what is not a time of our range gives nothing") {
  for (const char* text :
       {"", "2025", "2025-04-09", "2025-04-09T13:30:04", "2025-04-09T13:30:04.Z", "2025-04-09 13:30:04Z",
        "2025-13-09T13:30:04Z", "2025-02-29T13:30:04Z", "2025-04-00T13:30:04Z", "2025-04-09T24:00:00Z",
        "2025-04-09T13:60:04Z", "2025-04-09T13:30:61Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00",
        "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "2025-04-09T13:30:04Zx", "2025-04-09T13:30:04+2:00",
        "2025-04-09T13:30:04+24:00", "2025-04-09T13:30:04+02:60", "+025-04-09T13:30:04Z", "2025-04-09T13:30:-4Z"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}

TEST_CASE("time: formatting cuts and never rounds") {
  const Time t = from_micros(1'744'205'404'999'999);
  CHECK(format_rfc3339(t) == "2025-04-09T13:30:04.999Z");
  CHECK(format_rfc3339(t, 0) == "2025-04-09T13:30:04Z");
  CHECK(format_rfc3339(t, 1) == "2025-04-09T13:30:04.9Z");
  CHECK(format_rfc3339(t, 6) == "2025-04-09T13:30:04.999999Z");
  CHECK(format_rfc3339(t, 99) == "2025-04-09T13:30:04.999999Z");
  CHECK(format_rfc3339(from_micros(-1), 6) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("time: durations read in their units") {
  CHECK(parse_duration("90s") == Duration(90s));
  CHECK(parse_duration("1h30m") == Duration(90min));
  CHECK(parse_duration("250ms") == Duration(250ms));
  CHECK(parse_duration("7d") == Duration(168h));
  CHECK(parse_duration("3us") == Duration(3));
  CHECK(parse_duration("0s") == Duration(0));
  for (const char* text : {"", "5", "s", "-5s", "5 s", "1.5h", "5x", "5m5m", "5s1h", "5mS", "9223372036854775807d",
                           "99999999999999999999s", "106751991d106751991h"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("time: a manual clock moves only when told to") {
  ManualClock clock(from_micros(5));
  CHECK(clock.now() == from_micros(5));
  clock.set(from_micros(9));
  CHECK(clock.now() == from_micros(9));
  CHECK(SystemClock().now() > *parse_rfc3339("2024-01-01T00:00:00Z"));
}
