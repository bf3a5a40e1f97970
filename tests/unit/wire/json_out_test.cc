#include "kgrca/wire/json_out.h"

#include <catch2/catch.hpp>

using namespace kgrca::wire;

TEST_CASE("json out: members keep their order and text is escaped") {
  const JsonOut value = JsonObject{{"z", 1}, {"a", "q\"\n"}, {"l", JsonArray{nullptr, true, 1.5}}};
  CHECK(to_json(value) == R"({"z":1,"a":"q\"\n","l":[null,true,1.5E0]})");
}

TEST_CASE("json out: the pretty form is indented by two and ends in a newline") {
  const JsonOut value = JsonObject{{"z", 1}, {"e", JsonObject{}}, {"l", JsonArray{1, JsonObject{{"k", "v"}}}}, {"n", JsonArray{}}};
  CHECK(to_pretty_json(value) ==
        "{\n  \"z\": 1,\n  \"e\": {},\n  \"l\": [\n    1,\n    {\n      \"k\": \"v\"\n    }\n  ],\n  \"n\": []\n}\n");
  CHECK(to_pretty_json("x") == "\"x\"\n");
}
