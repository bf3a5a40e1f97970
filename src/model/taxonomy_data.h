// The taxonomy file as tables. Filled by load_taxonomy, read by Taxonomy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"
#include "kgrca/model/taxonomy.h"
#include "model/substring_matcher.h"

namespace kgrca::model {

struct KubernetesRow {
  std::string kind;                           // canonical; empty: any
  std::optional<bool> warning;                // the event's type must (not) be Warning
  std::vector<std::string> any;               // lower case
  std::vector<std::vector<std::string>> all;  // one of each group, lower case
  std::size_t type = 0;
  std::optional<Severity> severity;
};

struct AlertRow {
  std::size_t type = 0;
  std::optional<Severity> severity;
  std::string kind;
  std::optional<core::Duration> longest;                             // `for`, the longest of all severities
  std::vector<std::pair<Severity, core::Duration>> by_severity;
};

struct AlertFamily {
  std::string pattern;  // glob over the squeezed name
  AlertRow row;
};

struct LogRow {
  PatternBits any;               // empty: no such condition
  std::vector<PatternBits> all;
  PatternBits none;              // empty: no such condition
  Severity least = Severity::debug;
  std::size_t type = 0;
  std::optional<Severity> severity;
};

struct ChangeRow {
  std::vector<std::string> paths;
  std::optional<std::vector<std::string>> before;
  std::optional<std::vector<std::string>> after;
  std::vector<std::string> not_after;
  std::size_t type = 0;
  std::optional<Severity> severity;
};

struct TaxonomyData {
  std::vector<std::string> groups;
  std::vector<EventType> types;
  core::StringMap<std::size_t> type_index;  // ids and aliases
  core::StringMap<std::vector<KubernetesRow>> kubernetes;
  core::StringMap<AlertRow> alerts;
  std::vector<AlertFamily> families;
  SubstringMatcher log_patterns;
  std::vector<LogRow> logs;
  std::vector<PatternBits> log_rows_of;             // by pattern: rows that cannot fit without one like it
  core::StringMap<std::vector<ChangeRow>> changes;  // by kind, file order
  std::size_t log_fallback[5] = {};                 // by severity
  std::uint64_t version = 0;
};

// Errors name the line of the file and what is allowed there.
core::StatusOr<TaxonomyData> load_taxonomy(std::string_view yaml);

// `*`: any run of characters, `?`: one. Letter case is ignored.
bool glob_match(std::string_view pattern, std::string_view text);
// Lower case, letters and digits only (and '*', '?' when `keep_wildcards`).
std::string squeeze_name(std::string_view name, bool keep_wildcards);

}  // namespace kgrca::model
