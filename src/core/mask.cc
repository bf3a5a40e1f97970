#include "core/mask.h"

#include <array>
#include <cstddef>

#include "kgrca/core/strings.h"

namespace kgrca::core {

namespace {

constexpr std::string_view hidden = "***";
constexpr std::size_t key_bytes_min = 8;  // shorter words after kg_ are names, not keys
constexpr std::size_t credential_bytes_min = 6;  // "basic idea" is no credential

constexpr std::array<std::string_view, 2> schemes{"bearer", "basic"};
constexpr std::array<std::string_view, 7> names{"password", "passwd", "pwd", "secret", "token", "api_key", "apikey"};

bool is_word(char c) { return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }
bool ends_value(char c) { return std::string_view(" \t\r\n,;&\"'<>(){}[]").find(c) != std::string_view::npos; }

bool word_at(std::string_view text, std::size_t at, std::string_view word) {
  return at <= text.size() && equals_ignore_case(text.substr(at, word.size()), word);
}

std::size_t skip(std::string_view text, std::size_t at, std::string_view any_of) {
  while (at < text.size() && any_of.find(text[at]) != std::string_view::npos) ++at;
  return at;
}

std::size_t value_end(std::string_view text, std::size_t at) {
  while (at < text.size() && !ends_value(text[at])) ++at;
  return at;
}

// Each finder: the extent of a secret that a marker at `at` announces; empty when there is none.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Extent key_at(std::string_view text, std::size_t at) {
  if (!word_at(text, at, "kg_") || (at > 0 && is_word(text[at - 1]))) return {};
  std::size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  return end - at >= key_bytes_min ? Extent{at + 3, end} : Extent{};
}

Extent credential_at(std::string_view text, std::size_t at) {
  for (std::string_view scheme : schemes) {
    if (!word_at(text, at, scheme)) continue;
    const std::size_t begin = skip(text, at + scheme.size(), " \t");
    const std::size_t end = value_end(text, begin);
    if (begin > at + scheme.size() && end - begin >= credential_bytes_min) return {begin, end};
  }
  return {};
}

Extent named_value_at(std::string_view text, std::size_t at) {
  for (std::string_view name : names) {
    if (!word_at(text, at, name)) continue;
    const std::size_t separator = skip(text, at + name.size(), "\"' ");
    if (separator >= text.size() || (text[separator] != '=' && text[separator] != ':')) continue;
    const std::size_t begin = skip(text, separator + 1, "\"' ");
    return {begin, value_end(text, begin)};
  }
  return {};
}

// scheme://user:password@host
Extent url_password_at(std::string_view text, std::size_t at) {
  if (!word_at(text, at, "://")) return {};
  const std::size_t begin = at + 3;
  const std::string_view authority = text.substr(begin, text.find_first_of("/?# \t\r\n\"'", begin) - begin);
  const std::size_t host = authority.rfind('@');
  const std::size_t colon = authority.find(':');
  if (host == std::string_view::npos || colon >= host) return {};
  return {begin + colon + 1, begin + host};
}

Extent secret_at(std::string_view text, std::size_t at) {
  switch (to_lower(text[at])) {
    case 'k': return key_at(text, at);
    case 'b': return credential_at(text, at);
    case ':': return url_password_at(text, at);
    case 'p':
    case 's':
    case 't':
    case 'a': return named_value_at(text, at);
    default: return {};
  }
}

}  // namespace

std::string mask_secrets(std::string_view text) {
  std::string out;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const Extent secret = secret_at(text, at);
    if (secret.end <= secret.begin) continue;
    append(out, text.substr(kept, secret.begin - kept), hidden);
    kept = secret.end;
    at = secret.end - 1;
  }
  out.append(text.substr(kept));
  return out;
}

bool is_secret_name(std::string_view name) {
  for (std::string_view secret : names) {
    if (contains_ignore_case(name, secret)) return true;
  }
  return equals_ignore_case(name, "authorization");
}

}  // namespace kgrca::core
