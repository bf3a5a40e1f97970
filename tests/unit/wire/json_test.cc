#include "kgrca/wire/json.h"

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

#include "kgrca/core/strings.h"

using namespace kgrca::wire;
using kgrca::core::cat;
using kgrca::core::message_of;
using Kind = JsonValue::Kind;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); }

std::string parse_error(std::string_view text) {
  JsonDocument document;
  const auto value = document.parse(text);
  if (value.ok()) return "parsed";
  CHECK(value.status().code() == absl::StatusCode::kInvalidArgument);
  return message_of(value.status());
}

}  // namespace

TEST_CASE("json: members are found at any place and depth") {
  JsonDocument document;
  const JsonValue root = *document.parse(R"({"a":{"b":[1,2,{"c":"deep"}]},"n":null,"":"empty name","z":9})");
  CHECK(root.is_object());
  CHECK(root.size() == 4);
  CHECK(root["a"]["b"].size() == 3);
  CHECK(root["z"].integer() == 9);
  CHECK(root[""].string() == "empty name");
  CHECK(root["n"].kind() == Kind::null);
  CHECK(root["missing"].kind() == Kind::absent);
  CHECK(root["a"]["x"]["y"].is_null_or_absent());
  std::vector<JsonValue> items;
  root["a"]["b"].each_item([&](JsonValue item) {
    items.push_back(item);
    return true;
  });
  REQUIRE(items.size() == 3);
  CHECK(items[2]["c"].string() == "deep");
}

TEST_CASE("json: iteration keeps the order and stops when told to") {
  JsonDocument document;
  const JsonValue root = *document.parse(R"({"b":1.5,"a":2,"c":[true,{"x":{}},-7],"d":18446744073709551615})");
  std::string names;
  root.each_member([&](std::string_view name, JsonValue) {
    names.append(name);
    return name != "c";
  });
  CHECK(names == "bac");
  int items = 0;
  root["c"].each_item([&](JsonValue) { return ++items < 2; });
  CHECK(items == 2);
}

TEST_CASE("json: of duplicate members the first wins") {
  JsonDocument document;
  CHECK((*document.parse(R"({"k":1,"k":2})"))["k"].integer() == 1);
}

TEST_CASE("json: reads of the wrong type give nothing") {
  JsonDocument document;
  const JsonValue root = *document.parse(R"({"s":"x","o":{},"l":[1],"t":true})");
  CHECK_FALSE(root["s"].integer());
  CHECK_FALSE(root["s"].boolean());
  CHECK_FALSE(root["o"].string());
  CHECK_FALSE(root["l"].number());
  CHECK_FALSE(root["t"].integer());
  CHECK_FALSE(root["t"].string());
  CHECK(root["l"].string_or("other") == "other");
  CHECK(root["s"]["x"].kind() == Kind::absent);
  CHECK(root["s"].size() == 0);
  root["s"].each_item([](JsonValue) -> bool { throw 1; });
  root["l"].each_member([](std::string_view, JsonValue) -> bool { throw 1; });
  const JsonValue nothing;
  CHECK(nothing.kind() == Kind::absent);
  CHECK_FALSE(nothing.string());
  CHECK_FALSE(nothing.number());
  CHECK(nothing["a"].is_null_or_absent());
  CHECK(nothing.to_json().empty());
  CHECK(nothing.scalar_text().empty());
}

TEST_CASE("json: integers come from integral numbers and decimal strings") {
  JsonDocument document;
  const auto integer = [&](std::string_view text) { return (*document.parse(text)).integer(); };
  CHECK(integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(integer("5.0") == 5);
  CHECK(integer("1.7442054e9") == 1'744'205'400);
  CHECK(integer("\"42\"") == 42);
  CHECK(integer("\"-42.0\"") == -42);
  for (const char* text : {"5.5", "18446744073709551615", "1e300", "9223372036854775808.0", "\"\"", "\"4x\"", "\"1e300\"",
                           "true", "null", "[]"}) {
    INFO(text);
    CHECK_FALSE(integer(text).has_value());
  }
}

TEST_CASE("json: numbers come from any finite number or numeric string") {
  JsonDocument document;
  const auto number = [&](std::string_view text) { return (*document.parse(text)).number(); };
  CHECK(number("-1.5") == -1.5);
  CHECK(number("7") == 7.0);
  CHECK(number("18446744073709551615") == 18446744073709551615.0);
  CHECK(number("\"0.25\"") == 0.25);
  CHECK_FALSE(number("\"NaN\""));
  CHECK_FALSE(number("\"inf\""));
  CHECK_FALSE(number("{}"));
}

TEST_CASE("json: what is written reads back as the same text") {
  JsonDocument document;
  JsonDocument second;
  for (const std::string text : {"[-0.0,-0.1e-400,-0]", "[1e22,1e-7,0.1,-2.5]", "[9223372036854775808,-9223372036854775808]",
                                 "[18446744073709551616.1,-1e18,123456789012345.5,1e15,999999999999999.0]"}) {
    INFO(text);
    const std::string once = document.parse(text)->to_json();
    CHECK(second.parse(once)->to_json() == once);
  }
}

TEST_CASE("json: scalars and whole values turn back into text") {
  JsonDocument document;
  const JsonValue root = *document.parse(
      " { \"s\" : \"a\\n\\u00e4\\ud83d\\ude00\" , \"n\" : -3 , \"f\" : 0.1 , \"u\" : 18446744073709551615, \"b\" : false ,\n"
      " \"z\" : null , \"l\" : [ [ ] , { } ] } ");
  CHECK(root["s"].scalar_text() == "a\nä😀");
  CHECK(root["n"].scalar_text() == "-3");
  CHECK(root["f"].scalar_text() == "0.1");
  CHECK(root["b"].scalar_text() == "false");
  CHECK(root["z"].scalar_text().empty());
  CHECK(root["l"].scalar_text().empty());
  CHECK(root.to_json() == R"({"s":"a\nä😀","n":-3,"f":0.1,"u":18446744073709551615,"b":false,"z":null,"l":[[],{}]})");
  CHECK((*document.parse(std::string(document.parse("[\"\\u0000\"]")->to_json())))
            .size() == 1);
}

TEST_CASE("json: depth 64 is read and depth 65 refused") {
  JsonDocument document;
  CHECK(document.parse(nested(64)).ok());
  CHECK(parse_error(nested(65)) == "at byte 64: depth over 64");
  CHECK(parse_error(nested(10'000)) == "at byte 64: depth over 64");
  std::string objects;
  for (int i = 0; i < 65; ++i) objects += R"({"a":)";
  CHECK(parse_error(objects + "1" + std::string(65, '}')) == "at byte 320: depth over 64");
  CHECK(document.parse(objects.substr(5) + "1" + std::string(64, '}')).ok());
}

TEST_CASE("json: damaged text is refused with the byte where it breaks") {
  CHECK(parse_error("") == "at byte 0: empty text, a JSON value is expected");
  CHECK(parse_error("   ") == "at byte 3: the text ends where a value is expected");
  CHECK(parse_error(R"({"a":1)") == "at byte 6: unclosed object");
  CHECK(parse_error(R"([1,2)") == "at byte 4: unclosed array");
  CHECK(parse_error(R"({"a":"bcd)") == "at byte 5: unclosed string");
  CHECK(parse_error(R"({"a":1} x)") == "at byte 8: text after the value");
  CHECK(parse_error("{}{}") == "at byte 2: text after the value");
  CHECK(parse_error(R"({"a":NaN})") == "at byte 5: a value is expected");
  CHECK(parse_error("[-Infinity]") == "at byte 1: a value is expected");
  CHECK(parse_error(R"({a:1})") == "at byte 1: a member name in quotes is expected");
  CHECK(parse_error(R"({"a" 1})") == "at byte 5: ':' is expected after the member name");
  CHECK(parse_error("[1,]") == "at byte 3: a value is expected");
  CHECK(parse_error("[1 2]") == "at byte 3: ',' or ']' is expected");
  CHECK(parse_error("[01]") == "at byte 2: a number cannot start with 0");
  CHECK(parse_error("[1.]") == "at byte 3: a digit is expected after the point");
  CHECK(parse_error("[1e999]") == "at byte 1: number out of range");
  CHECK(parse_error("[18446744073709551616]") == "at byte 1: number out of range");
  CHECK(parse_error("[\"a\nb\"]") == "at byte 3: control character in a string");
  CHECK(parse_error(R"(["\x"])") == "at byte 2: unknown escape in a string");
  CHECK(parse_error(R"(["\u12g4"])") == "at byte 2: four hexadecimal digits are expected after \\u");
  CHECK(parse_error(R"(["\ud800"])") == "at byte 2: half of a surrogate pair");
  CHECK(parse_error("[\"a\xff\"]") == "at byte 3: invalid UTF-8");
  CHECK(parse_error("[\"\xed\xa0\x80\"]") == "at byte 2: invalid UTF-8");
  CHECK(parse_error(std::string_view("[\0]", 3)) == "at byte 1: a value is expected");
  CHECK(parse_error("nul") == "at byte 0: a value is expected");
}

TEST_CASE("json: no prefix of a document is a document") {
  const std::string text = R"({"a":[1,"x\n",{"b":null}],"c":{"d":true}})";
  JsonDocument document;
  for (std::size_t length = 0; length < text.size(); ++length) {
    INFO(length);
    CHECK_FALSE(document.parse(std::string_view(text).substr(0, length)).ok());
  }
  CHECK(document.parse(text).ok());
}

TEST_CASE("json: text over 64 MiB is refused unread and a parser shrinks again") {
  JsonDocument document;
  CHECK_FALSE(document.parse(std::string((std::size_t{64} << 20) + 1, ' ')).ok());
  const std::string large = cat('"', std::string(std::size_t{10} << 20, 'x'), '"');
  CHECK(document.parse(large)->string()->size() == large.size() - 2);
  CHECK(document.parse(nested(64)).ok());
  CHECK_FALSE(document.parse(nested(65)).ok());
}

TEST_CASE("json: a parser is good again after an error and values survive a move of their document") {
  JsonDocument document;
  CHECK_FALSE(document.parse("{").ok());
  const JsonValue value = *document.parse(R"({"a":[1,2,3]})");
  const JsonDocument moved = std::move(document);
  CHECK(value["a"].size() == 3);
}
