#include "normalize/log_line.h"

#include <array>

#include "kgrca/core/strings.h"

namespace kgrca::normalize {

namespace {

using model::Severity;
using std::string_view;

constexpr std::size_t prefix_bytes = 160;
constexpr int prefix_words = 9;

struct LevelWord {
  string_view word;
  Severity severity;
};
constexpr LevelWord level_words[] = {
    {"TRACE", Severity::debug},    {"DEBUG", Severity::debug},     {"VERBOSE", Severity::debug}, {"INFO", Severity::info},
    {"INFORMATION", Severity::info}, {"NOTICE", Severity::info},   {"NOTE", Severity::info},     {"LOG", Severity::info},
    {"WARN", Severity::warning},   {"WARNING", Severity::warning}, {"ERROR", Severity::error},   {"ERR", Severity::error},
    {"SEVERE", Severity::error},   {"CRITICAL", Severity::fatal},  {"CRIT", Severity::fatal},    {"FATAL", Severity::fatal},
    {"PANIC", Severity::fatal},    {"EMERG", Severity::fatal},     {"EMERGENCY", Severity::fatal}, {"ALERT", Severity::fatal}};

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
using core::is_digit;

std::optional<Severity> level_of_word(string_view word, bool any_case) {
  for (const auto& level : level_words) {
    if (word.size() != level.word.size()) continue;
    if (any_case ? core::equals_ignore_case(word, level.word) : word == level.word) return level.severity;
  }
  return std::nullopt;
}

// "E0613 08:01:02.123456       1 server.go:12] text"
std::optional<Severity> klog_level(string_view line) {
  if (line.size() < 12 || line[5] != ' ') return std::nullopt;
  for (std::size_t i = 1; i < 5; ++i) {
    if (!is_digit(line[i])) return std::nullopt;
  }
  if (!is_digit(line[6]) || line[8] != ':') return std::nullopt;
  switch (line[0]) {
    case 'I': return Severity::info;
    case 'W': return Severity::warning;
    case 'E': return Severity::error;
    case 'F': return Severity::fatal;
    default: return std::nullopt;
  }
}

// "[error]" and "[Warning]" in any case, "ERROR" as a capital word of its own among the first words.
std::optional<Severity> prefix_level(string_view line) {
  const auto head = line.substr(0, prefix_bytes);
  int words = 0;
  std::size_t at = 0;
  while (at < head.size() && words < prefix_words) {
    while (at < head.size() && (head[at] == ' ' || head[at] == '\t' || head[at] == '|')) ++at;
    std::size_t begin = at;
    while (at < head.size() && head[at] != ' ' && head[at] != '\t' && head[at] != '|') ++at;
    auto word = head.substr(begin, at - begin);
    ++words;
    const bool bracketed = word.starts_with('[') || word.starts_with('(') || word.starts_with('<');
    if (bracketed) word.remove_prefix(1);
    std::size_t letters = 0;
    while (letters < word.size() && is_letter(word[letters])) ++letters;
    const bool closed = letters == word.size() || string_view("]:)>,/").find(word[letters]) != string_view::npos;
    if (letters < 3 || !closed) continue;
    if (auto level = level_of_word(word.substr(0, letters), bracketed)) return level;
  }
  return std::nullopt;
}

// "error: no such file" at the very start, in any case.
std::optional<Severity> leading_word_level(string_view line) {
  std::size_t letters = 0;
  while (letters < line.size() && letters < 12 && is_letter(line[letters])) ++letters;
  if (letters < 3 || letters >= line.size() || line[letters] != ':') return std::nullopt;
  return level_of_word(line.substr(0, letters), true);
}

// level=error, lvl="warn", severity=ERROR
std::optional<Severity> logfmt_level(string_view line) {
  const auto head = line.substr(0, 400);
  for (const string_view key : {"level=", "lvl=", "severity="}) {
    const auto at = head.find(key);
    if (at == string_view::npos || (at > 0 && is_letter(head[at - 1]))) continue;
    auto value = head.substr(at + key.size());
    if (value.starts_with('"')) value.remove_prefix(1);
    std::size_t letters = 0;
    while (letters < value.size() && is_letter(value[letters])) ++letters;
    if (auto level = model::parse_severity(value.substr(0, letters))) return level;
  }
  return std::nullopt;
}

// "java.net.ConnectException: refused", "ScannerError: while scanning"
bool names_exception(string_view line) {
  for (const string_view ending : {"Exception:", "Error:", "Exception in thread"}) {
    if (line.find(ending) != string_view::npos) return true;
  }
  return core::contains_ignore_case(line, "exception") || core::contains_ignore_case(line, "traceback") ||
         core::contains_ignore_case(line, "stack trace");
}

bool is_frame(string_view line) {
  const bool indented = line.starts_with('\t') || line.starts_with("    ");
  const auto text = core::trim(line);
  if (text.starts_with("at ") && text.find_first_of("(:") != string_view::npos) return true;
  if (text.starts_with("File \"") && text.find("line ") != string_view::npos) return true;
  if (text.starts_with("... ") && (text.ends_with(" more") || text.ends_with("omitted"))) return true;
  if (text.starts_with("Caused by:") || text.starts_with("Suppressed:")) return true;
  if (text == "Traceback (most recent call last):") return true;
  if (text.starts_with("goroutine ") && text.ends_with("]:")) return true;
  return indented && !stated_level(text);
}

}  // namespace

std::optional<Severity> stated_level(string_view line) {
  if (auto level = klog_level(line)) return level;
  if (auto level = leading_word_level(line)) return level;
  if (auto level = prefix_level(line)) return level;
  return logfmt_level(line);
}

Severity guessed_level(string_view line) {
  const auto head = line.substr(0, 2048);
  if (core::contains_ignore_case(head, "fatal error") || core::contains_ignore_case(head, "panic:") ||
      core::contains_ignore_case(head, "segfault") || core::contains_ignore_case(head, "segmentation fault")) {
    return Severity::fatal;
  }
  if (names_exception(head)) return Severity::error;
  for (const string_view word : {"failed", "failure", "cannot"}) {
    if (core::contains_ignore_case(head, word)) return Severity::warning;
  }
  return Severity::info;
}

std::optional<Severity> level_of_number(std::int64_t number) {
  if (number < 0 || number > 100) return std::nullopt;
  if (number >= 60) return Severity::fatal;
  if (number >= 50) return Severity::error;
  if (number >= 40) return Severity::warning;
  if (number >= 30) return Severity::info;
  if (number >= 10) return Severity::debug;
  if (number <= 2) return Severity::fatal;
  if (number == 3) return Severity::error;
  if (number == 4) return Severity::warning;
  return number <= 6 ? Severity::info : Severity::debug;
}

bool is_stack_part(string_view text) {
  bool any = false;
  for (int lines = 0; !text.empty() && lines < 200; ++lines) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == string_view::npos ? string_view{} : text.substr(end + 1);
    if (core::trim(line).empty()) continue;
    if (!is_frame(line)) return false;
    any = true;
  }
  return any;
}

}  // namespace kgrca::normalize
