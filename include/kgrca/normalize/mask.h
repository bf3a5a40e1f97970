#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/status.h"

namespace kgrca::normalize {

// Masks tokens, passwords, e-mail addresses and card numbers in event and log text, and digests values that must not be
// kept. Immutable, thread-safe.
class Masker {
 public:
  // `digest_key` keys the digests of config values, so that they cannot be guessed from outside. `patterns`: further RE2
  // patterns, at most 64; errors as of check_patterns().
  static core::StatusOr<std::shared_ptr<const Masker>> make(std::string digest_key, const std::vector<std::string>& patterns = {});
  // The same patterns with another key. They are compiled once and shared: they and their automata take many times what a
  // tenant at rest may take. Cost: the key.
  std::shared_ptr<const Masker> with_key(std::string digest_key) const;
  // Masks in place; returns how many places.
  int mask(std::string& text) const;
  // "#" + 12 hex digits: equal values give equal digests under one key.
  std::string digest(std::string_view value) const;
  // A config or env value as it may be kept: numbers (with unit), booleans and host:port verbatim, anything else a digest.
  std::string keepable(std::string_view name, std::string_view value) const;

 private:
  struct Patterns;
  Masker(std::string digest_key, std::shared_ptr<const Patterns> patterns)
      : digest_key_(std::move(digest_key)), patterns_(std::move(patterns)) {}
  std::string digest_key_;
  std::shared_ptr<const Patterns> patterns_;
};

// invalid_argument names the setting, the pattern that is none, and why: not RE2, over 8 KiB, or it matches the empty text.
core::Status check_patterns(const std::vector<std::string>& patterns);

}  // namespace kgrca::normalize
