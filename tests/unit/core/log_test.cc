#include "kgrca/core/log.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <functional>
#include <limits>

#include <unistd.h>

#include "core/mask.h"
#include "kgrca/core/strings.h"

using namespace kgrca::core;

namespace {

// What `body` writes to stderr.
std::string captured(const std::function<void()>& body) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fflush(stderr);
  const int kept = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  body();
  std::fflush(stderr);
  dup2(kept, STDERR_FILENO);
  close(kept);
  std::string text(1 << 20, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

bool contains(const std::string& text, std::string_view piece) { return text.find(piece) != std::string::npos; }

}  // namespace

TEST_CASE("log: a line is one JSON object with its fields in order") {
  const std::string line = captured([] {
    log(LogLevel::info, "log_test_line",
        {{"text", "a\"b\nc"}, {"count", std::int64_t{-3}}, {"ratio", 0.5}, {"good", true},
         {"odd", std::numeric_limits<double>::quiet_NaN()}});
  });
  CHECK(line.starts_with("{\"ts\":\"20"));
  CHECK(contains(line, "\",\"level\":\"info\",\"event\":\"log_test_line\",\"text\":\"a\\\"b\\nc\",\"count\":-3,\"ratio\":0.500000,"
                       "\"good\":true,\"odd\":null}\n"));
  CHECK(split(line, '\n').size() == 2);
}

TEST_CASE("log: nothing below the level is written") {
  set_log_level(LogLevel::warning);
  CHECK(captured([] { log(LogLevel::info, "log_test_quiet"); }).empty());
  CHECK_FALSE(captured([] { log(LogLevel::error, "log_test_loud"); }).empty());
  set_log_level(LogLevel::info);
}

TEST_CASE("log: logfmt quotes only what needs it") {
  set_log_format(LogFormat::logfmt);
  const std::string line = captured([] { log(LogLevel::warning, "log_test_logfmt", {{"a", "x"}, {"b", "y z"}, {"c", ""}}); });
  set_log_format(LogFormat::json);
  CHECK(contains(line, " level=warning event=log_test_logfmt a=x b=\"y z\" c=\"\"\n"));
}

TEST_CASE("log: what could steer a terminal is escaped in both formats") {
  for (const LogFormat format : {LogFormat::logfmt, LogFormat::json}) {
    set_log_format(format);
    const std::string line = captured([] { log(LogLevel::warning, "log_test_steering", {{"a", "\x1b[31mred"}, {"b", "\xc2\x9b" "31m"}}); });
    CHECK(contains(line, "\"\\u001b[31mred\""));
    CHECK(contains(line, "\"\\u009b31m\""));
  }
  set_log_format(LogFormat::json);
}

TEST_CASE("log: a storm of one event is cut and leaves others alone") {
  const std::string lines = captured([] {
    for (int i = 0; i < 500; ++i) log(LogLevel::info, "log_test_storm");
    log(LogLevel::info, "log_test_other");
  });
  // The loop may cross one border between seconds.
  CHECK(split(lines, '\n').size() <= 2 * 20 + 4);
  CHECK(contains(lines, "log_test_other"));
}

TEST_CASE("log: secrets and long values never reach a line") {
  const std::string line = captured([] {
    log(LogLevel::error, "log_test_secret",
        {{"detail", "used kg_abcdefgh12345678 as key"}, {"api_token", "visible?"}, {"long", std::string(100'000, 'x')}});
  });
  CHECK_FALSE(contains(line, "abcdefgh"));
  CHECK_FALSE(contains(line, "visible?"));
  CHECK(line.size() < 3000);
}

TEST_CASE("mask: keys, credentials, passwords and URL passwords are hidden") {
  CHECK(mask_secrets("Authorization: Bearer abc.def-123 next") == "Authorization: Bearer *** next");
  CHECK(mask_secrets("authorization: basic dXNlcjpwYXNz") == "authorization: basic ***");
  CHECK(mask_secrets("kg_live_0123456789") == "kg_***");
  CHECK(mask_secrets("x (kg_0123456789), y") == "x (kg_***), y");
  CHECK(mask_secrets("host=db password=hunter2 user=u") == "host=db password=*** user=u");
  CHECK(mask_secrets("{\"Password\": \"hunter2\"}") == "{\"Password\": \"***\"}");
  CHECK(mask_secrets("DB_PASSWORD:s3cret;") == "DB_PASSWORD:***;");
  CHECK(mask_secrets("postgres://app:pw@db:5432/x") == "postgres://app:***@db:5432/x");
  CHECK(mask_secrets("a?token=abc&b=1") == "a?token=***&b=1");
  CHECK(mask_secrets("password=one password=two") == "password=*** password=***");
}

TEST_CASE("mask: plain text stays as it is") {
  for (const char* text : {"", "k", "kg_", "kg_x", "the pkg_config_path is fine", "basic idea", "bearer", "http://db:5432/x",
                           "token", "password reset requested", "https://user@host/"}) {
    INFO(text);
    CHECK(mask_secrets(text) == text);
  }
}
