#include "kgrca/wire/regex.h"

#include <catch2/catch.hpp>

using namespace kgrca::wire;

TEST_CASE("regex: a pattern matches anywhere and captures its first match") {
  const Regex pattern = *Regex::compile("back-?off (\\w+)( twice)?");
  CHECK(pattern.matches("sees Back no, back-off restarting container"));
  CHECK_FALSE(pattern.matches("BACKOFF x"));
  CHECK(Regex::compile("backoff", true)->matches("BackOff"));
  const auto groups = pattern.capture("a backoff b, back-off c");
  REQUIRE(groups.size() == 3);
  CHECK(groups[0] == "backoff b");
  CHECK(groups[1] == "b");
  CHECK(groups[2].empty());
  CHECK(pattern.capture("nothing").empty());
  CHECK(pattern.capture("").empty());
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

TEST_CASE("regex set: the smallest matching index wins") {
  const RegexSet set = *RegexSet::compile({"oom", "kill", "oomkill"});
  CHECK(set.first_match("was oomkilled") == 0);
  CHECK(set.first_match("killed") == 1);
  CHECK(set.first_match("fine") == -1);
  CHECK(RegexSet::compile({"A"}, true)->first_match("xa") == 0);
  CHECK(RegexSet::compile({})->first_match("x") == -1);
  CHECK(RegexSet::compile({"ok", "("}).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK_FALSE(RegexSet::compile(std::vector<std::string>(1001, "a")).ok());
}
