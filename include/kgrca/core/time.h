// Time inside the process is a chrono type in microseconds since the Unix epoch, UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgrca::core {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using namespace std::chrono_literals;

constexpr std::int64_t to_micros(Time t) { return t.time_since_epoch().count(); }
constexpr Time from_micros(std::int64_t us) { return Time(Duration(us)); }
constexpr double to_seconds(Duration d) { return static_cast<double>(d.count()) * 1e-6; }
constexpr Duration from_seconds(double s) { return Duration(static_cast<std::int64_t>(s * 1e6)); }

// "2025-04-09T13:30:04.067Z", any number of fraction digits (cut to microseconds), "Z" or a numeric offset.
// Nothing for anything else, for years before 1970 and after 9999.
std::optional<Time> parse_rfc3339(std::string_view text);

// UTC with exactly `fraction_digits` digits (0..6), cut, not rounded.
std::string format_rfc3339(Time t, int fraction_digits = 3);

// "90s", "15m", "1h30m", "250ms", "7d"; units us ms s m h d. Nothing for anything else or a negative value.
std::optional<Duration> parse_duration(std::string_view text);

// Where the present comes from. The server uses SystemClock, eval and tests ManualClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;  // thread-safe
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

}  // namespace kgrca::core
