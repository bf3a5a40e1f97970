#include <catch2/catch.hpp>

#include "kgrca/eval/time_shift.h"

using kgrca::eval::shift_times;
using namespace std::chrono_literals;

TEST_CASE("time shift: RFC 3339 times keep their form") {
  CHECK(shift_times(R"({"at":"2025-04-09T13:30:04.067Z"})", 3600s) == R"({"at":"2025-04-09T14:30:04.067Z"})");
  CHECK(shift_times(R"({"at":"2025-04-09T23:59:59.123456789+02:00"})", 1s) == R"({"at":"2025-04-10T00:00:00.123456789+02:00"})");
  CHECK(shift_times(R"({"at":"2025-04-09T13:30:04Z"})", -10s) == R"({"at":"2025-04-09T13:29:54Z"})");
}

TEST_CASE("time shift: the zero time of a firing alert stays") {
  const std::string alert = R"({"endsAt":"0001-01-01T00:00:00Z"})";
  CHECK(shift_times(alert, 3600s) == alert);
}

TEST_CASE("time shift: numbers under names of time move by their unit") {
  CHECK(shift_times(R"({"ts": 1744205407000, "value": 1744205407000})", 2s) == R"({"ts": 1744205409000, "value": 1744205407000})");
  CHECK(shift_times(R"({"timeUnixNano":"1744205407000000001"})", 2s) == R"({"timeUnixNano":"1744205409000000001"})");
  CHECK(shift_times(R"({"date":1744205407.25})", 2s) == R"({"date":1744205409.25})");
  CHECK(shift_times(R"({"time":15})", 2s) == R"({"time":15})");
}

TEST_CASE("time shift: times inside log text move, identities do not") {
  CHECK(shift_times(R"({"message":"at 2025-04-09T13:30:04Z \"x\" failed"})", 60s) == R"({"message":"at 2025-04-09T13:31:04Z \"x\" failed"})");
  const std::string ids = R"({"uid":"2025-04-09T13:30:04Z","event_id":"log-1744205407000","fingerprint":"1744205407"})";
  CHECK(shift_times(ids, 60s) == ids);
}

TEST_CASE("time shift: a date without a time and other digits stay") {
  const std::string text = R"({"message":"2025-04-09 13:30:04,019 INFO 12025-04-09T13:30:04Z","n":1744205407})";
  CHECK(shift_times(text, 60s) == text);
}

TEST_CASE("time shift: text that is no JSON passes through") {
  CHECK(shift_times("\"unclosed 2025", 60s) == "\"unclosed 2025");
  CHECK(shift_times("", 60s).empty());
  CHECK(shift_times("\\\"{{{", 60s) == "\\\"{{{");
}

TEST_CASE("time shift: there and back gives the same bytes") {
  const std::string text = R"({"a":"2025-12-31T23:59:59.9Z","ts":1744205407000,"b":["2024-02-29T00:00:00Z"]})";
  CHECK(shift_times(shift_times(text, 98765s), -98765s) == text);
}
