#include "kgrca/normalize/mask.h"

#include <algorithm>
#include <utility>

#include "kgrca/core/hex.h"
#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"
#include "kgrca/wire/digest.h"
#include "kgrca/wire/regex.h"
#include "normalize/log_hosts.h"
#include "normalize/secret_hints.h"

namespace kgrca::normalize {

namespace {

using std::string_view;

constexpr std::size_t patterns_max = 64;  // each is tried on every text

struct Rule {
  std::uint8_t hint;
  const char* pattern;
  const char* replacement;
};

// RE2. Values end at blanks, quotes and separators.
constexpr Rule rules[] = {
    {hint_token, R"((?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$))", "***"},
    {hint_token, R"(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?)", "***"},
    {hint_token, R"(\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)", "***"},
    {hint_token, R"(\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}))", "***"},
    {hint_bearer, R"((?i)(authorization\\?["']?\s*[:=]\s*\\?["']?(?:basic|bearer|token|digest)\s+)[^\s"',;\\]{4,})", R"(\1***)"},
    {hint_bearer, R"((?i)(\bbearer\s+)[A-Za-z0-9._~+/-]{12,}=*)", R"(\1***)"},
    {hint_pair,
     R"((?i)((?:password|passwd|pwd|passphrase|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|)"
     R"([a-z0-9][_-](?:token|secret))\\?["']?\s*[=:]\s*\\?["']?)[^\s"',;&)\]}\\]{3,})",
     R"(\1***)"},
    {hint_pair, R"((?i)(\b(?:token|secret|credentials?)\\?["']?\s*=\s*\\?["']?)[^\s"',;&)\]}\\]{3,})", R"(\1***)"},
    {hint_pair, R"((?i)(\\?"(?:token|secret|credentials?)\\?"\s*:\s*\\?")[^"\\]{3,})", R"(\1***)"},
    {hint_at, R"(([A-Za-z][A-Za-z0-9+.-]*://[^\s:/@"']*:)[^\s@/"']+@)", R"(\1***@)"},
    {hint_at, R"([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})", "***@***"},
};

using core::is_digit;
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "50", "-1.5", "512Mi", "80%", "1m30s"; long digit strings may be ids or keys.
bool is_number_with_unit(string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < text.size() && (is_digit(text[digits]) || text[digits] == '.')) ++digits;
  if (digits == 0 || digits > 12 || !is_digit(text[0])) return false;
  const auto unit = text.substr(digits);
  if (unit == "%") return true;
  if (unit.size() <= 3 && std::all_of(unit.begin(), unit.end(), is_letter)) return true;
  return core::parse_duration(text).has_value();
}

bool is_boolean(string_view text) {
  for (const string_view word : {"true", "false", "yes", "no", "on", "off", "enabled", "disabled"}) {
    if (core::equals_ignore_case(text, word)) return true;
  }
  return false;
}

bool names_host(string_view name) {
  for (const string_view word : {"HOST", "ADDR", "URL", "URI", "ENDPOINT", "SERVER", "SERVICE", "BROKER", "UPSTREAM", "BACKEND"}) {
    if (core::contains_ignore_case(name, word)) return true;
  }
  return false;
}

bool is_host(string_view host) { return is_ipv4(host) || is_dns_name(host); }

bool is_host_and_port(string_view text) {
  const auto colon = text.rfind(':');
  return colon != string_view::npos && port_of(text) != 0 && is_host(text.substr(0, colon));
}

// Every piece of a comma-separated list is a host with port, or a host where the name says so.
bool is_host_list(string_view name, string_view value) {
  const bool bare_hosts = names_host(name);
  for (const auto piece : core::split(value, ',')) {
    const auto host = core::trim(piece);
    if (!is_host_and_port(host) && !(bare_hosts && is_host(host))) return false;
  }
  return true;
}

core::StatusOr<std::vector<wire::Regex>> compile_patterns(const std::vector<std::string>& patterns) {
  if (patterns.size() > patterns_max) {
    return core::invalid_argument(core::cat("mask.patterns has ", patterns.size(), " patterns: give at most ", patterns_max));
  }
  std::vector<wire::Regex> compiled;
  for (const auto& pattern : patterns) {
    auto regex = wire::Regex::compile(pattern);
    if (!regex.ok()) return core::with_context(regex.status(), "mask.patterns");
    if (regex->matches("")) {
      return core::invalid_argument(core::cat("mask.patterns: pattern '", core::clip_utf8(pattern, 200),
                                              "' matches the empty text: make it match at least one character"));
    }
    compiled.push_back(*std::move(regex));
  }
  return compiled;
}

}  // namespace

core::Status check_patterns(const std::vector<std::string>& patterns) { return compile_patterns(patterns).status(); }

struct Masker::Patterns {
  std::vector<std::pair<std::uint8_t, wire::Regex>> rules;
  std::vector<wire::Regex> own;
};

core::StatusOr<std::shared_ptr<const Masker>> Masker::make(std::string digest_key, const std::vector<std::string>& patterns) {
  auto compiled = std::make_shared<Patterns>();
  for (const auto& rule : rules) {
    auto regex = wire::Regex::compile(rule.pattern);
    if (!regex.ok()) return core::with_context(regex.status(), "built-in masking pattern");
    compiled->rules.emplace_back(rule.hint, *std::move(regex));
  }
  KGRCA_ASSIGN_OR_RETURN(compiled->own, compile_patterns(patterns));
  return std::shared_ptr<const Masker>(new Masker(std::move(digest_key), std::move(compiled)));
}

std::shared_ptr<const Masker> Masker::with_key(std::string digest_key) const {
  return std::shared_ptr<const Masker>(new Masker(std::move(digest_key), patterns_));
}

int Masker::mask(std::string& text) const {
  int places = 0;
  const auto hints = secret_hints(text);
  if (hints != 0) {
    for (std::size_t i = 0; i < patterns_->rules.size(); ++i) {
      if ((patterns_->rules[i].first & hints) != 0) places += patterns_->rules[i].second.replace_all(text, rules[i].replacement);
    }
    if ((hints & hint_digits) != 0) places += mask_card_numbers(text);
  }
  for (const auto& regex : patterns_->own) places += regex.replace_all(text, "***");
  return places;
}

std::string Masker::digest(string_view value) const {
  return core::cat('#', core::hex(wire::hmac_sha256(digest_key_, value)).substr(0, 12));
}

std::string Masker::keepable(string_view name, string_view value) const {
  const auto text = core::trim(value);
  if (text.empty()) return {};
  if (is_secret_name(name)) return digest(value);
  if (text.size() <= 256) {
    if (is_number_with_unit(text) || is_boolean(text) || is_host_list(name, text)) return std::string(text);
    if (const auto scheme = text.find("://"); scheme != string_view::npos) {
      auto rest = text.substr(scheme + 3);
      const auto authority = rest.substr(0, rest.find_first_of("/?#"));
      auto host = authority.substr(authority.rfind('@') + 1);
      const bool bare = host.size() == rest.size() || rest == core::cat(host, "/");
      if (is_host(host) || is_host_and_port(host)) {
        return bare ? std::string(host) : core::cat(host, ' ', digest(value));
      }
    }
  }
  return digest(value);
}

}  // namespace kgrca::normalize
