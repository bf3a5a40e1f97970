#include "kgrca/wire/regex.h"

#include <catch2/catch.hpp>

using namespace kgrca::wire;

TEST_CASE("regex: a pattern matches anywhere") {
  const Regex pattern = *Regex::compile("back-?off (\\w+)( twice)?");
  CHECK(pattern.matches("sees Back no, back-off restarting container"));
  CHECK_FALSE(pattern.matches("BACKOFF x"));
  CHECK(Regex::compile("backoff", true)->matches("BackOff"));
}

TEST_CASE("regex: replacing counts and refers to groups") {
  std::string text = "a=1 b=2";
  CHECK(Regex::compile("(\\w)=\\d")->replace_all(text, "\\1=*") == 2);
  CHECK(text == "a=* b=*");
  CHECK(Regex::compile("x")->replace_all(text, "y") == 0);
  CHECK(Regex::compile("a")->replace_all(text, "\\7") == 0);
  CHECK(text == "a=* b=*");
}

TEST_CASE("regex: bad patterns are errors and not crashes") {
  for (const char* pattern : {"(", "[a", "a**", "\\", "(?=look)", "(a)\\1", "a{2000}", "\xff"}) {
    INFO(pattern);
    CHECK(Regex::compile(pattern).status().code() == absl::StatusCode::kInvalidArgument);
  }
  CHECK_FALSE(Regex::compile(std::string(10'000, 'a')).ok());
  CHECK_FALSE(Regex::compile("((((a{100}){100}){100}){100})").ok());
}

TEST_CASE("regex: hostile text takes linear time and invalid UTF-8 does no harm") {
  const Regex pattern = *Regex::compile("(a*)*b");
  CHECK_FALSE(pattern.matches(std::string(200'000, 'a')));
  CHECK_FALSE(Regex::compile("^é.$")->matches("\xff\xfe"));
}
