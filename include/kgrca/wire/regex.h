#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/status.h"

namespace kgrca::wire {

// RE2 syntax, linear time. Immutable, thread-safe.
class Regex {
 public:
  static core::StatusOr<Regex> compile(std::string_view pattern, bool ignore_case = false);
  bool matches(std::string_view text) const;  // anywhere in the text
  // Groups of the first match: [0] the whole. Empty when none.
  std::vector<std::string_view> capture(std::string_view text) const;
  // Replaces every match; returns how many. `\1` in the replacement is the first group.
  int replace_all(std::string& text, std::string_view replacement) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// Several patterns tried in one pass. Immutable, thread-safe.
class RegexSet {
 public:
  static core::StatusOr<RegexSet> compile(const std::vector<std::string>& patterns, bool ignore_case = false);
  // Smallest index that matches anywhere; -1 when none.
  int first_match(std::string_view text) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace kgrca::wire
