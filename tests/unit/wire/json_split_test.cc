#include <catch2/catch.hpp>

#include <vector>

#include "kgrca/core/strings.h"
#include "kgrca/wire/json.h"

using namespace kgrca::wire;
using kgrca::core::cat;

namespace {

// One line per piece: "0 text" for a value, "1!offset reason" for a bad one.
std::vector<std::string> pieces_of(std::string_view body, bool open_arrays, bool take_lines) {
  std::vector<std::string> out;
  JsonDocument document;
  const auto add = [&](std::size_t index, std::string_view text) { out.push_back(cat(index, ' ', text)); };
  split_json(
      body, open_arrays,
      [&](std::size_t index, std::string_view text) {
        if (!take_lines || !document.try_parse(text)) return false;
        add(index, text);
        return true;
      },
      add,
      [&](std::size_t index, std::size_t offset, std::string_view reason) { out.push_back(cat(index, '!', offset, ' ', reason)); });
  return out;
}

// The same whether or not the lines that are one value are taken as such.
std::vector<std::string> pieces(std::string_view body, bool open_arrays = true) {
  const auto out = pieces_of(body, open_arrays, false);
  CHECK(pieces_of(body, open_arrays, true) == out);
  return out;
}

using Pieces = std::vector<std::string>;

}  // namespace

TEST_CASE("split: one document, NDJSON and values one after the other") {
  CHECK(pieces("").empty());
  CHECK(pieces(" \r\n\t").empty());
  CHECK(pieces(R"({"a":1})") == Pieces{R"(0 {"a":1})"});
  CHECK(pieces("{\"a\":1}\n{\"b\":\"}{\"}\r\n\n{}") == Pieces{R"(0 {"a":1})", R"(1 {"b":"}{"})", "2 {}"});
  CHECK(pieces("{\n  \"a\": [\n    1\n  ]\n}\n{\n}\n") == Pieces{"0 {\n  \"a\": [\n    1\n  ]\n}", "1 {\n}"});
  CHECK(pieces("{}{}[1]", false) == Pieces{"0 {}", "1 {}", "2 [1]"});
  CHECK(pieces("1 \"two\" true") == Pieces{"0 1", "1 \"two\"", "2 true"});
  CHECK(pieces("\xEF\xBB\xBF{}") == Pieces{"0 {}"});
}

TEST_CASE("split: strings hide brackets and quotes") {
  CHECK(pieces(R"({"a":"\"}\\"}{"b":"[\\\""})") == Pieces{R"(0 {"a":"\"}\\"})", R"(1 {"b":"[\\\""})"});
}

TEST_CASE("split: arrays are opened when asked") {
  CHECK(pieces("[]").empty());
  CHECK(pieces("[ ]\n[]").empty());
  CHECK(pieces(R"([{"a":1}, {"b":[2]} ,3])") == Pieces{R"(0 {"a":1})", R"(1 {"b":[2]})", "2 3"});
  CHECK(pieces("[1]\n[2,3]\n{}") == Pieces{"0 1", "1 2", "2 3", "3 {}"});
  CHECK(pieces("[[1],[2]]") == Pieces{"0 [1]", "1 [2]"});
  CHECK(pieces("[1,2]", false) == Pieces{"0 [1,2]"});
  CHECK(pieces("[\n{\"a\":1},\n{\"b\":2}\n]") == Pieces{R"(0 {"a":1})", R"(1 {"b":2})"});
}

TEST_CASE("split: a broken line costs that line only") {
  CHECK(pieces("{\"a\":1}\n{\"b\":\n{\"c\":3}\n{\"d\":4}\n") ==
        Pieces{R"(0 {"a":1})", "1!22 a value starts inside an unfinished one", R"(2 {"c":3})", R"(3 {"d":4})"});
  CHECK(pieces("{\"a\": \"cut\n{\"b\":2}\n") == Pieces{"0!6 unclosed string", R"(1 {"b":2})"});
  CHECK(pieces("plain text\n{\"b\":2}\n") == Pieces{"0!0 a value is expected", R"(1 {"b":2})"});
  CHECK(pieces("{\"a\":[1}\n{\"b\":2}\n") == Pieces{"0!7 wrong closing bracket", R"(1 {"b":2})"});
  CHECK(pieces("}{\n{}") == Pieces{"0!0 a value is expected", "1 {}"});
  CHECK(pieces("{\"a\":1") == Pieces{"0!6 unclosed object"});
}

TEST_CASE("split: inner lines of a broken piece are no pieces of their own") {
  CHECK(pieces("{\n  \"a\": {\n    \"x\": [\n      {\"y\": 1}\n") == Pieces{"0!37 unclosed object"});
  CHECK(pieces("{\n  \"a\":\n    {\n{\"b\":2}") ==
        Pieces{"0!15 a value starts inside an unfinished one", R"(1 {"b":2})"});
}

TEST_CASE("split: broken arrays say so and keep what is good") {
  CHECK(pieces("[1,2") == Pieces{"0 1", "1 2", "2!0 unclosed array"});
  CHECK(pieces("[") == Pieces{"0!0 unclosed array"});
  CHECK(pieces("[1,]") == Pieces{"0 1", "1!3 a value is expected", "2!0 unclosed array"});
  CHECK(pieces("[{} {}]")[1] == "1!4 ',' or ']' is expected");
  CHECK(pieces("[{\"a\":,\n{\"b\":1},\n{\"c\":2}]") ==
        Pieces{"0!24 wrong closing bracket", R"(1 {"b":1})", R"(2 {"c":2})"});
}

TEST_CASE("split: depth is bounded and hostile nesting costs little") {
  CHECK(pieces(std::string(64, '{'))[0] == "0!1 a value starts inside an unfinished one");
  CHECK(pieces(std::string(100'000, '[')).at(0) == "0!65 depth over 64");
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += "[\n";
  CHECK(pieces(lines, false).size() == 20'000);
  std::string plateau;
  for (int i = 0; i < 20'000; ++i) plateau += "[1,\n";
  CHECK(pieces(plateau, false).size() == 20'000);
}

TEST_CASE("split: every prefix of a body ends without loss of the pieces before") {
  const std::string body = "{\"a\":\"x\\\"y\"}\n[1,{\"b\":[]}]\n{\"c\":null}";
  for (std::size_t length = 13; length <= body.size(); ++length) {
    const Pieces out = pieces(std::string_view(body).substr(0, length));
    REQUIRE_FALSE(out.empty());
    CHECK(out[0] == R"(0 {"a":"x\"y"})");
  }
}

TEST_CASE("split: a line is offered whole once, however many values it holds") {
  std::vector<std::string> offered;
  std::size_t values = 0;
  split_json(
      "{\"a\":1}{\"b\":2} {}\r\n  {\"c\":3} \n[{\"d\":4},\n{\"e\":5}\n]{\n}", true,
      [&](std::size_t, std::string_view text) {
        offered.emplace_back(text);
        return false;
      },
      [&](std::size_t, std::string_view) { ++values; }, [](std::size_t, std::size_t, std::string_view) { FAIL(); });
  CHECK(offered == std::vector<std::string>{R"({"a":1}{"b":2} {})", R"({"c":3})", R"({"e":5})"});
  CHECK(values == 7);
}
