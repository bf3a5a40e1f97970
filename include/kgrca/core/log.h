// One JSON object per line on stderr: ts, level, event, then the fields. No payloads, no secrets: values that look like
// keys or passwords are masked here as the last line of defence.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace kgrca::core {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { json, logfmt };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

void set_log_level(LogLevel level);
void set_log_format(LogFormat format);
// `event` is a fixed snake_case word; details go into fields. Thread-safe. Equal events beyond 20 per second are
// counted and reported in one line. Cost: nothing below the level.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace kgrca::core
