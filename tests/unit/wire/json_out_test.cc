#include "kgrca/wire/json_out.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

using namespace kgrca::wire;

TEST_CASE("json out: members keep their order and text is escaped") {
  const JsonOut value = JsonObject{{"z", 1}, {"a", "q\"\n"}, {"l", JsonArray{nullptr, true, 1.5}}};
  CHECK(to_json(value) == R"({"z":1,"a":"q\"\n","l":[null,true,1.5]})");
}

TEST_CASE("json out: the pretty form is indented by two and ends in a newline") {
  const JsonOut value = JsonObject{{"z", 1}, {"e", JsonObject{}}, {"l", JsonArray{1, JsonObject{{"k", "v"}}}}, {"n", JsonArray{}}};
  CHECK(to_pretty_json(value) ==
        "{\n  \"z\": 1,\n  \"e\": {},\n  \"l\": [\n    1,\n    {\n      \"k\": \"v\"\n    }\n  ],\n  \"n\": []\n}\n");
  CHECK(to_pretty_json("x") == "\"x\"\n");
}

TEST_CASE("json out: numbers are plain decimals that read back as they were") {
  const auto text = [](double value) { return to_json(JsonOut(value)); };
  CHECK(text(0.86) == "0.86");
  CHECK(text(-0.05) == "-0.05");
  CHECK(text(0.1 + 0.2) == "0.30000000000000004");
  CHECK(text(100.0) == "100");
  CHECK(text(0.0) == "0");
  CHECK(text(123456789012345.5) == "123456789012345.5");
  CHECK(text(1e-9) == "1e-09");
  CHECK(text(1e300) == "1e+300");
  for (const double value : {1.0 / 3, 5e-324, 1.7976931348623157e308, 1e20, 1e21, 9007199254740993.0}) {
    CHECK(std::strtod(text(value).c_str(), nullptr) == value);
  }
  CHECK(text(std::numeric_limits<double>::infinity()) == "null");
  CHECK(text(std::nan("")) == "null");
  CHECK(to_json(JsonOut(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615");
  CHECK(to_json(JsonOut(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
}

TEST_CASE("json out: bytes that are no UTF-8 are replaced") {
  CHECK(to_json(JsonObject{{"a\xff", "b\xc0\xaf"}}) == "{\"a\xef\xbf\xbd\":\"b\xef\xbf\xbd\xef\xbf\xbd\"}");
}
