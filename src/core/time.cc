#include "kgrca/core/time.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "kgrca/core/strings.h"

namespace kgrca::core {

namespace {

// Reads a text from its front. Every reader says whether it found what it wants, and moves only then.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool digits(std::size_t count, int& value) {
    if (rest_.size() < count) return false;
    int sum = 0;
    for (char c : rest_.substr(0, count)) {
      if (!is_digit(c)) return false;
      sum = sum * 10 + (c - '0');
    }
    value = sum;
    rest_.remove_prefix(count);
    return true;
  }

  bool one_of(std::string_view wanted) {
    if (rest_.empty() || wanted.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  char last() const { return last_; }
  bool at_end() const { return rest_.empty(); }
  bool at_digit() const { return !rest_.empty() && is_digit(rest_.front()); }

 private:
  std::string_view rest_;
  char last_ = 0;
};

bool read_date(Cursor& in, std::chrono::sys_days& days) {
  int year = 0;
  int month = 0;
  int day = 0;
  const bool read = in.digits(4, year) && in.one_of("-") && in.digits(2, month) && in.one_of("-") && in.digits(2, day);
  if (!read || year < 1970) return false;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return false;
  days = std::chrono::sys_days{date};
  return true;
}

// Second 60 is a leap second; it becomes the first second of the next minute.
bool read_clock(Cursor& in, Duration& since_midnight) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  const bool read =
      in.digits(2, hour) && in.one_of(":") && in.digits(2, minute) && in.one_of(":") && in.digits(2, second);
  if (!read || hour > 23 || minute > 59 || second > 60) return false;
  since_midnight = std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  return true;
}

bool read_fraction(Cursor& in, Duration& fraction) {
  if (!in.one_of(".")) return true;
  if (!in.at_digit()) return false;
  std::int64_t micros = 0;
  std::int64_t unit = 100'000;
  int digit = 0;
  while (in.digits(1, digit)) {
    micros += digit * unit;
    unit /= 10;
  }
  fraction = Duration{micros};
  return true;
}

bool read_offset(Cursor& in, Duration& offset) {
  if (in.one_of("Zz")) return true;
  if (!in.one_of("+-")) return false;
  const bool negative = in.last() == '-';
  int hour = 0;
  int minute = 0;
  if (!in.digits(2, hour)) return false;
  in.one_of(":");
  if (!in.digits(2, minute) || hour > 23 || minute > 59) return false;
  offset = std::chrono::hours{hour} + std::chrono::minutes{minute};
  if (negative) offset = -offset;
  return true;
}

struct Unit {
  std::string_view name;
  std::int64_t micros;
};
// Largest first.
constexpr std::array<Unit, 6> units{{{"d", 86'400'000'000},
                                     {"h", 3'600'000'000},
                                     {"m", 60'000'000},
                                     {"s", 1'000'000},
                                     {"ms", 1'000},
                                     {"us", 1}}};

// Splits "30m…" at the front of `text`; moves `text` behind it.
bool take_amount(std::string_view& text, std::int64_t& amount, std::string_view& unit) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  std::size_t end = digits;
  while (end < text.size() && !is_digit(text[end])) ++end;
  const auto number = parse_int(text.substr(0, digits));
  if (!number) return false;
  amount = *number;
  unit = text.substr(digits, end - digits);
  text.remove_prefix(end);
  return true;
}

// Index into `units` at or after `from`; units.size() when absent.
std::size_t find_unit(std::string_view name, std::size_t from) {
  while (from < units.size() && units[from].name != name) ++from;
  return from;
}

}  // namespace

std::optional<Time> parse_rfc3339(std::string_view text) {
  Cursor in(text);
  std::chrono::sys_days days{};
  Duration clock{};
  Duration fraction{};
  Duration offset{};
  const bool read = read_date(in, days) && in.one_of("Tt") && read_clock(in, clock) && read_fraction(in, fraction) &&
                    read_offset(in, offset) && in.at_end();
  if (!read) return std::nullopt;
  const Time time = Time{days} + clock + fraction - offset;
  constexpr Time end = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
  if (time < Time{} || time >= end) return std::nullopt;
  return time;
}

std::string format_rfc3339(Time t, int fraction_digits) {
  const auto days = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{t - days};
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06d",
                                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                   static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                                   static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                                   static_cast<int>(clock.subseconds().count()));
  const int digits = std::clamp(fraction_digits, 0, 6);
  const int unwanted = digits == 0 ? 7 : 6 - digits;
  std::string out(buffer.data(), static_cast<std::size_t>(length - unwanted));
  out.push_back('Z');
  return out;
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    std::int64_t amount = 0;
    std::string_view name;
    if (!take_amount(text, amount, name)) return std::nullopt;
    const std::size_t unit = find_unit(name, next_unit);
    if (unit == units.size()) return std::nullopt;
    next_unit = unit + 1;  // each unit once, larger before smaller: "5m5m" is a slip
    std::int64_t part = 0;
    if (__builtin_mul_overflow(amount, units[unit].micros, &part)) return std::nullopt;
    if (__builtin_add_overflow(total, part, &total)) return std::nullopt;
  }
  return Duration{total};
}

Time SystemClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace kgrca::core
