#include "kgrca/core/yaml.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "kgrca/core/strings.h"

using namespace kgrca::core;

namespace {

std::string error_of(std::string_view text) {
  const auto parsed = Yaml::parse(text);
  if (parsed.ok()) return "parsed";
  CHECK(parsed.status().code() == absl::StatusCode::kInvalidArgument);
  return message_of(parsed.status());
}

}  // namespace

TEST_CASE("yaml: maps keep their order, values their text and line") {
  const Yaml root = *Yaml::parse("z: 1\na:\n  - x\n  - {k: 'true', e: }\nm: \"5\"\n");
  REQUIRE(root.kind() == Yaml::Kind::map);
  REQUIRE(root.entries().size() == 3);
  CHECK(root.entries()[0].first == "z");
  CHECK(root.entries()[1].first == "a");
  CHECK(root.find("m")->line() == 5);
  const Yaml* list = root.find("a");
  REQUIRE(list->kind() == Yaml::Kind::list);
  CHECK(list->items()[0].text() == "x");
  CHECK(list->items()[0].line() == 3);
  CHECK(list->items()[1].find("k")->boolean() == true);
  CHECK(list->items()[1].find("e")->is_null());
  CHECK(root.find("none") == nullptr);
  CHECK(list->find("x") == nullptr);
}

TEST_CASE("yaml: typed reads convert on demand and fall back") {
  const Yaml root = *Yaml::parse("i: -7\nf: 0.5\nb: Yes\ns: word\nn: null\nl: [1]\n");
  CHECK(root.find("i")->integer() == -7);
  CHECK(root.find("i")->number() == -7.0);
  CHECK_FALSE(root.find("f")->integer());
  CHECK_FALSE(root.find("s")->number());
  CHECK_FALSE(root.find("s")->boolean());
  CHECK(root.integer_or("i", 1) == -7);
  CHECK(root.integer_or("s", 1) == 1);
  CHECK(root.number_or("f", 1) == 0.5);
  CHECK(root.number_or("none", 2) == 2);
  CHECK(root.boolean_or("b", false));
  CHECK(root.boolean_or("none", true));
  CHECK(root.text_or("s", "x") == "word");
  CHECK(root.text_or("n", "x") == "x");
  CHECK(root.text_or("l", "x") == "x");
}

TEST_CASE("yaml: empty texts are null") {
  CHECK(Yaml::parse("")->is_null());
  CHECK(Yaml::parse("# only a comment\n")->is_null());
  CHECK(Yaml::parse("~")->is_null());
  CHECK(Yaml::parse("plain")->text() == "plain");
  CHECK(Yaml::parse("---\na: 1\n...\n")->integer_or("a", 0) == 1);
}

TEST_CASE("yaml: block texts keep their line breaks") {
  const Yaml root = *Yaml::parse("a: |\n  x\n  y\nb: >-\n  x\n  y\nc: |\n  end\n");
  CHECK(root.text_or("a", "") == "x\ny\n");
  CHECK(root.text_or("b", "") == "x y");
  CHECK(root.text_or("c", "") == "end\n");
}

TEST_CASE("yaml: damaged texts are errors with line and column") {
  CHECK(error_of("a: 1\nb: 2\na: 3\n") == "line 3, column 1: 'a' stands twice in this map");
  CHECK(error_of("a: {b: 1, b: 2}") == "line 1, column 11: 'b' stands twice in this map");
  CHECK(error_of("a: [1, 2\n").starts_with("line "));
  CHECK(error_of("a: \"open\n").starts_with("line "));
  CHECK(error_of("a: 'open\nb: 2\n").starts_with("line "));
  CHECK(error_of("a: 1\n\tb: 2\n").starts_with("line "));
  CHECK(error_of("[a, b]: 1").starts_with("line 1"));
  CHECK(error_of("~: 1").starts_with("line 1"));
  CHECK(error_of("a: 1\n---\nb: 2\n") == "line 1, column 1: more than one document");
  CHECK(error_of("a: x\nb: \xff\n") == "line 2, column 4: invalid UTF-8");
}

TEST_CASE("yaml: aliases, deep nesting and large texts are refused") {
  CHECK(error_of("a: &x [1]\nb: *x\n").starts_with("line 2, column 4: aliases"));
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) bomb += cat("a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, "]\n");
  CHECK(error_of(bomb).starts_with("line 2"));
  CHECK(Yaml::parse(std::string(64, '[') + std::string(64, ']')).ok());
  CHECK(error_of(std::string(65, '[') + std::string(65, ']')) == "line 1, column 65: nested deeper than 64 levels");
  CHECK(error_of(std::string(100'000, '[')).starts_with("line 1"));
  CHECK(error_of(std::string((4 << 20) + 1, ' ')) == "line 1, column 1: text over 4 MiB");
}

TEST_CASE("yaml: files name themselves in errors") {
  const auto path = std::filesystem::temp_directory_path() / cat("kgrca-yaml-", getpid(), ".yaml");
  CHECK(Yaml::parse_file(path.string()).status().code() == absl::StatusCode::kNotFound);
  CHECK_FALSE(Yaml::parse_file(std::filesystem::temp_directory_path().string()).ok());
  std::ofstream(path) << "a: 1\na: 2\n";
  CHECK(message_of(Yaml::parse_file(path.string()).status()).starts_with(path.string() + ": line 2"));
  std::ofstream(path) << "a: 1\n";
  CHECK(Yaml::parse_file(path.string())->integer_or("a", 0) == 1);
  std::filesystem::remove(path);
}
