#include "kgrca/core/log.h"

#include <atomic>
#include <cmath>
#include <memory>
#include <mutex>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "core/mask.h"
#include "kgrca/core/shown_text.h"
#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"

namespace kgrca::core {

namespace {

constexpr std::int64_t lines_per_second = 20;
constexpr std::size_t events_known_max = 512;   // names are fixed words of our code; beyond it nothing is limited
constexpr std::size_t value_bytes_max = 2048;

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: break;
  }
  return "error";
}

void append_text(std::string& out, LogFormat format, std::string_view text) {
  const auto plain = [&] {
    return !text.empty() && text.find_first_of(" =\"\\") == std::string_view::npos && without_controls(text) == text;
  };
  if (format == LogFormat::logfmt && plain()) {
    out.append(text);
  } else {
    append_json_string(out, text);
  }
}

std::string masked(const LogField& field, std::string_view text) {
  if (is_secret_name(field.name)) return "***";
  return mask_secrets(clip_utf8(text, value_bytes_max));
}

void append_value(std::string& out, LogFormat format, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_text(out, format, masked(field, *text));
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    append(out, *integer);
  } else if (const auto* flag = std::get_if<bool>(&field.value)) {
    append(out, *flag ? "true" : "false");
  } else {
    const double number = std::get<double>(field.value);
    append(out, std::isfinite(number) ? format_fixed(number, 6) : std::string("null"));
  }
}

void append_field(std::string& out, LogFormat format, const LogField& field) {
  if (out.size() > 1) out.push_back(format == LogFormat::json ? ',' : ' ');
  append_text(out, format, field.name);
  out.push_back(format == LogFormat::json ? ':' : '=');
  append_value(out, format, field);
}

std::string make_line(LogFormat format, Time now, LogLevel level, std::string_view event,
                      std::initializer_list<LogField> fields) {
  std::string out;
  if (format == LogFormat::json) out.push_back('{');
  append_field(out, format, {"ts", format_rfc3339(now)});
  append_field(out, format, {"level", name_of(level)});
  append_field(out, format, {"event", event});
  for (const LogField& field : fields) append_field(out, format, field);
  if (format == LogFormat::json) out.push_back('}');
  return out;
}

struct Suppressed {
  std::string event;
  std::int64_t count;
};

// Counts the lines of each event in the running second.
class RateLimit {
 public:
  // Whether a line of `event` may be written. Moves what earlier seconds held back into `due`.
  bool admit(Time now, std::string_view event, std::vector<Suppressed>& due) {
    const std::lock_guard lock(mutex_);
    const std::int64_t second = to_micros(now) / 1'000'000;
    if (second != second_) start_second(second, due);
    auto found = counts_.find(event);
    if (found == counts_.end()) {
      if (counts_.size() >= events_known_max) return true;
      found = counts_.emplace(std::string(event), 0).first;
    }
    return ++found->second <= lines_per_second;
  }

 private:
  void start_second(std::int64_t second, std::vector<Suppressed>& due) {
    second_ = second;
    for (auto& [event, count] : counts_) {
      if (count > lines_per_second) due.push_back({event, count - lines_per_second});
      count = 0;
    }
  }

  std::mutex mutex_;
  std::int64_t second_ = 0;
  StringMap<std::int64_t> counts_;
};

struct State {
  State() : logger("kgrca", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);
  }

  spdlog::logger logger;
  RateLimit limit;
  std::atomic<LogLevel> level{LogLevel::info};
  std::atomic<LogFormat> format{LogFormat::json};
};

// Never destroyed: other static objects may log while they end.
State& state() {
  static State* const instance = new State;
  return *instance;
}

void write(std::string_view line) { state().logger.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size())); }

}  // namespace

void set_log_level(LogLevel level) { state().level = level; }
void set_log_format(LogFormat format) { state().format = format; }

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < state().level.load(std::memory_order_relaxed)) return;
  const LogFormat format = state().format;
  const Time now = SystemClock().now();
  std::vector<Suppressed> due;
  const bool admitted = state().limit.admit(now, event, due);
  for (const Suppressed& held : due) {
    write(make_line(format, now, LogLevel::warning, "log_lines_held_back", {{"of", held.event}, {"count", held.count}}));
  }
  if (admitted) write(make_line(format, now, level, event, fields));
}

}  // namespace kgrca::core
