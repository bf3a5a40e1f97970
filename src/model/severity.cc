#include "kgrca/model/severity.h"

#include <array>
#include <utility>

#include "kgrca/core/strings.h"

namespace kgrca::model {
namespace {

using Word = std::pair<std::string_view, Severity>;
constexpr std::array<Word, 31> words{{
    {"debug", Severity::debug},       {"trace", Severity::debug},       {"verbose", Severity::debug},
    {"fine", Severity::debug},        {"finest", Severity::debug},      {"dbg", Severity::debug},
    {"info", Severity::info},         {"information", Severity::info},  {"informational", Severity::info},
    {"notice", Severity::info},       {"normal", Severity::info},       {"log", Severity::info},
    {"none", Severity::info},         {"ok", Severity::info},           {"inf", Severity::info},
    {"warning", Severity::warning},   {"warn", Severity::warning},      {"wrn", Severity::warning},
    {"error", Severity::error},       {"err", Severity::error},         {"severe", Severity::error},
    {"major", Severity::error},       {"high", Severity::error},        {"fatal", Severity::fatal},
    {"critical", Severity::fatal},    {"crit", Severity::fatal},        {"panic", Severity::fatal},
    {"emergency", Severity::fatal},   {"emerg", Severity::fatal},       {"alert", Severity::fatal},
    {"page", Severity::fatal},
}};

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::debug: return "DEBUG";
    case Severity::info: return "INFO";
    case Severity::warning: return "WARNING";
    case Severity::error: return "ERROR";
    case Severity::fatal: return "FATAL";
  }
  return "INFO";
}

std::optional<Severity> parse_severity(std::string_view text) {
  const std::string_view word = core::trim(text);
  for (const auto& [name, severity] : words) {
    if (core::equals_ignore_case(word, name)) return severity;
  }
  return std::nullopt;
}

}  // namespace kgrca::model
