#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kgrca/core/status.h"

namespace kgrca::wire {

// RE2 syntax, linear time. Immutable, thread-safe.
class Regex {
 public:
  static core::StatusOr<Regex> compile(std::string_view pattern, bool ignore_case = false);
  bool matches(std::string_view text) const;  // anywhere in the text
  // Replaces every match; returns how many. `\1` in the replacement is the first group.
  int replace_all(std::string& text, std::string_view replacement) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace kgrca::wire
