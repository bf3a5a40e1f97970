#include "kgrca/core/shown_text.h"
#include "kgrca/core/strings.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace kgrca::core;

namespace {

std::string quoted(std::string_view s) {
  std::string out;
  append_json_string(out, s);
  return out;
}

}  // namespace

TEST_CASE("strings: cat joins texts, characters and integers") {
  CHECK(cat("a", std::string("b"), std::string_view("c"), 'd', 5, -6L, std::uint64_t{7}) == "abcd5-67");
  std::string out = "x";
  append(out, 1, '/', 2);
  CHECK(out == "x1/2");
}

TEST_CASE("strings: what steers a terminal or the order of text becomes a blank") {
  CHECK(without_controls("a\x1b[31mb\r\n\tc\x7f") == "a [31mb   c ");
  CHECK(without_controls("a\xc2\x9b" "31m\xc2\x80\xc2\x9f") == "a 31m  ");
  CHECK(without_controls("x\xe2\x80\xaegnp.exe\xe2\x80\xac \xe2\x80\xa8\xe2\x80\xa9\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c") == "x gnp.exe       ");
  CHECK(without_controls("\x9b" "31m\xff") == " 31m ");
  CHECK(without_controls("größe → 5 №\xc2\xa0😀") == "größe → 5 №\xc2\xa0😀");
  CHECK(without_controls("").empty());
}

TEST_CASE("strings: JSON escapes what steers a terminal or the order of text") {
  CHECK(quoted("\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8") == "\"\\u007f\\u009b\\u202e\\u2028\"");
  CHECK(quoted("größe → 😀") == "\"größe → 😀\"");
}

TEST_CASE("strings: a string map is searched by view") {
  StringMap<int> map;
  map["one"] = 1;
  CHECK(map.find(std::string_view("one"))->second == 1);
  CHECK_FALSE(map.contains(std::string_view("two")));
}

TEST_CASE("strings: numbers for people") {
  CHECK(format_fixed(0.125, 2) == "0.12");
  CHECK(format_fixed(-3, 0) == "-3");
  CHECK(format_fixed(std::numeric_limits<double>::max(), 17).size() == 327);
  CHECK(format_thousands(0) == "0");
  CHECK(format_thousands(999) == "999");
  CHECK(format_thousands(1243) == "1,243");
  CHECK(format_thousands(-999) == "-999");
  CHECK(format_thousands(-1234567) == "-1,234,567");
  CHECK(format_thousands(std::numeric_limits<std::int64_t>::min()) == "-9,223,372,036,854,775,808");
}

TEST_CASE("strings: case, trim, split, join") {
  CHECK(to_lower("ÄbC-9") == "Äbc-9");
  CHECK(equals_ignore_case("Content-Type", "content-TYPE"));
  CHECK_FALSE(equals_ignore_case("a", "ab"));
  CHECK(contains_ignore_case("OOMKilled now", "oomkilled"));
  CHECK(contains_ignore_case("abc", ""));
  CHECK_FALSE(contains_ignore_case("abc", "abcd"));
  CHECK(trim(" \t\r\n a b \n") == "a b");
  CHECK(trim(" \n ").empty());
  CHECK(split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(join({"a", "", "b"}, ", ") == "a, , b");
  CHECK(join({}, ",").empty());
}

TEST_CASE("strings: numbers are read whole or not at all") {
  CHECK(parse_int("-42") == -42);
  CHECK(parse_int("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", " 1", "1 ", "1.0", "+1", "0x10", "9223372036854775808", "-"}) {
    INFO(text);
    CHECK_FALSE(parse_int(text).has_value());
  }
  CHECK(parse_double("1.5e3") == 1500.0);
  CHECK(parse_double("-0.25") == -0.25);
  for (const char* text : {"", "nan", "inf", "-infinity", "1e999", "1.5x", " 1", "0x1p3"}) {
    INFO(text);
    CHECK_FALSE(parse_double(text).has_value());
  }
}

TEST_CASE("strings: clipping never cuts a character") {
  CHECK(clip_utf8("abc", 3) == "abc");
  CHECK(clip_utf8("abc", 2) == "ab");
  CHECK(clip_utf8("aä", 2) == "a");
  CHECK(clip_utf8("a😀", 4) == "a");
  CHECK(clip_utf8("a😀b", 5) == "a😀");
  CHECK(clip_utf8("😀", 0).empty());
  CHECK(clip_utf8("\x80\x80\x80\x80\x80\x80\x80", 5).size() == 5);
}

TEST_CASE("strings: UTF-8 is checked as RFC 3629 has it") {
  CHECK(is_valid_utf8(""));
  CHECK(is_valid_utf8("plain text of more than eight bytes, käse, 漢字, 😀 \xF4\x8F\xBF\xBF"));
  for (const char* text : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "12345678\xC3", "12345678\xE2\x82", "\xC3("}) {
    INFO(text);
    CHECK_FALSE(is_valid_utf8(text));
  }
}

TEST_CASE("strings: JSON strings are escaped and always valid UTF-8") {
  CHECK(quoted("plain") == "\"plain\"");
  CHECK(quoted("a\"b\\c/\n\r\t\b\f") == R"("a\"b\\c/\n\r\t\b\f")");
  CHECK(quoted(std::string_view("\x00\x1f\x7f", 3)) == "\"\\u0000\\u001f\\u007f\"");
  CHECK(quoted("käse") == "\"käse\"");
  CHECK(quoted("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
  CHECK(quoted("\xC3") == "\"\xEF\xBF\xBD\"");
}
