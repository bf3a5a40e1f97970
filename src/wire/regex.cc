#include "kgrca/wire/regex.h"

#include <algorithm>

#include <re2/re2.h>
#include <re2/set.h>

#include "kgrca/core/strings.h"

namespace kgrca::wire {

namespace {

constexpr std::size_t pattern_bytes_max = 8 << 10;
constexpr std::size_t patterns_max = 1000;
constexpr std::int64_t pattern_memory_bytes = 8 << 20;
constexpr std::int64_t set_memory_bytes = 64 << 20;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options options(bool ignore_case, std::int64_t memory_bytes) {
  RE2::Options out;
  out.set_log_errors(false);
  out.set_case_sensitive(!ignore_case);
  out.set_max_mem(memory_bytes);
  return out;
}

core::Status bad_pattern(std::string_view pattern, std::string_view reason) {
  return core::invalid_argument(core::cat("pattern '", core::clip_utf8(pattern, 200), "': ", reason));
}

core::StatusOr<std::unique_ptr<RE2>> make(std::string_view pattern, bool ignore_case) {
  if (pattern.size() > pattern_bytes_max) return bad_pattern(pattern, "longer than 8 KiB");
  auto compiled = std::make_unique<RE2>(piece(pattern), options(ignore_case, pattern_memory_bytes));
  if (!compiled->ok()) return bad_pattern(pattern, compiled->error());
  return compiled;
}

bool found(const RE2& pattern, std::string_view text) { return RE2::PartialMatch(piece(text), pattern); }

}  // namespace

struct Regex::Impl {
  std::unique_ptr<RE2> pattern;
};

core::StatusOr<Regex> Regex::compile(std::string_view pattern, bool ignore_case) {
  KGRCA_ASSIGN_OR_RETURN(auto compiled, make(pattern, ignore_case));
  Regex out;
  out.impl_ = std::make_shared<const Impl>(Impl{std::move(compiled)});
  return out;
}

bool Regex::matches(std::string_view text) const { return found(*impl_->pattern, text); }

std::vector<std::string_view> Regex::capture(std::string_view text) const {
  const RE2& pattern = *impl_->pattern;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) + 1);
  if (!pattern.Match(piece(text), 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
    return {};
  }
  std::vector<std::string_view> out;
  out.reserve(groups.size());
  for (const re2::StringPiece& group : groups) out.emplace_back(group.data(), group.size());
  return out;
}

int Regex::replace_all(std::string& text, std::string_view replacement) const {
  std::string error;
  if (!impl_->pattern->CheckRewriteString(piece(replacement), &error)) return 0;
  return RE2::GlobalReplace(&text, *impl_->pattern, piece(replacement));
}

struct RegexSet::Impl {
  explicit Impl(bool ignore_case) : set(options(ignore_case, set_memory_bytes), RE2::UNANCHORED) {}

  // A set that runs out of memory on a text gives no answer; then the patterns are tried one by one.
  int first_by_one(std::string_view text) const {
    const auto hit = std::find_if(patterns.begin(), patterns.end(),
                                  [text](const std::unique_ptr<RE2>& pattern) { return found(*pattern, text); });
    return hit == patterns.end() ? -1 : static_cast<int>(hit - patterns.begin());
  }

  RE2::Set set;
  std::vector<std::unique_ptr<RE2>> patterns;
};

core::StatusOr<RegexSet> RegexSet::compile(const std::vector<std::string>& patterns, bool ignore_case) {
  if (patterns.size() > patterns_max) return core::invalid_argument("more than 1,000 patterns in one set");
  auto impl = std::make_shared<Impl>(ignore_case);
  for (const std::string& pattern : patterns) {
    KGRCA_ASSIGN_OR_RETURN(auto compiled, make(pattern, ignore_case));
    impl->patterns.push_back(std::move(compiled));
    std::string error;
    if (impl->set.Add(piece(pattern), &error) < 0) return bad_pattern(pattern, error);
  }
  if (!impl->set.Compile()) return core::invalid_argument("the patterns of one set are too large together");
  RegexSet out;
  out.impl_ = std::move(impl);
  return out;
}

int RegexSet::first_match(std::string_view text) const {
  if (impl_->patterns.empty()) return -1;
  std::vector<int> hits;
  RE2::Set::ErrorInfo error{RE2::Set::kNoError};
  if (impl_->set.Match(piece(text), &hits, &error)) return *std::min_element(hits.begin(), hits.end());
  return error.kind == RE2::Set::kNoError ? -1 : impl_->first_by_one(text);
}

}  // namespace kgrca::wire
