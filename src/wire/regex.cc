#include "kgrca/wire/regex.h"

#include <re2/re2.h>

#include "kgrca/core/strings.h"

namespace kgrca::wire {

namespace {

constexpr std::size_t pattern_bytes_max = 8 << 10;
constexpr std::int64_t pattern_memory_bytes = 8 << 20;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options options(bool ignore_case) {
  RE2::Options out;
  out.set_log_errors(false);
  out.set_case_sensitive(!ignore_case);
  out.set_max_mem(pattern_memory_bytes);
  return out;
}

core::Status bad_pattern(std::string_view pattern, std::string_view reason) {
  return core::invalid_argument(core::cat("pattern '", core::clip_utf8(pattern, 200), "': ", reason));
}

core::StatusOr<std::unique_ptr<RE2>> make(std::string_view pattern, bool ignore_case) {
  if (pattern.size() > pattern_bytes_max) return bad_pattern(pattern, "longer than 8 KiB");
  auto compiled = std::make_unique<RE2>(piece(pattern), options(ignore_case));
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

int Regex::replace_all(std::string& text, std::string_view replacement) const {
  std::string error;
  if (!impl_->pattern->CheckRewriteString(piece(replacement), &error)) return 0;
  return RE2::GlobalReplace(&text, *impl_->pattern, piece(replacement));
}

}  // namespace kgrca::wire
