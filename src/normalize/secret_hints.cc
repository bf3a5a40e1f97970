#include "normalize/secret_hints.h"

#include <array>

#include "kgrca/core/strings.h"

namespace kgrca::normalize {

namespace {

using std::string_view;

constexpr string_view secret_words[] = {"password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "api_key", "api-key",
                                        "access_key", "access-key", "accesskey", "private_key", "private-key", "secret_key",
                                        "secret-key", "secretkey", "credential", "credentials"};

using core::is_digit;

bool ends_with_ignore_case(string_view text, string_view ending) {
  if (text.size() < ending.size()) return false;
  return core::equals_ignore_case(text.substr(text.size() - ending.size()), ending);
}

// The word left of `at`, over quotes and blanks, ends in a secret's name.
bool secret_word_before(string_view text, std::size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '"' || text[at - 1] == '\'' || text[at - 1] == '\\')) --at;
  if (at < 3) return false;
  const char last = core::to_lower(text[at - 1]);
  if (last != 'd' && last != 'e' && last != 't' && last != 'n' && last != 'y' && last != 'l' && last != 's') return false;
  const auto head = text.substr(at > 24 ? at - 24 : 0, at > 24 ? 24 : at);
  for (const auto word : secret_words) {
    if (core::to_lower(word.back()) == last && ends_with_ignore_case(head, word)) return true;
  }
  return false;
}

// A word that gives a secret away, and one of its letters that is rare in other text.
struct Telltale {
  string_view word;
  std::size_t rare;  // its place in the word
  std::uint8_t hint;
};
constexpr Telltale telltales[] = {
    {"eyJ", 2, hint_token},
    {"AKIA", 1, hint_token},
    {"ASIA", 2, hint_token},
    {"ghp_", 3, hint_token},
    {"gho_", 3, hint_token},
    {"ghu_", 3, hint_token},
    {"ghs_", 3, hint_token},
    {"ghr_", 3, hint_token},
    {"github_pat_", 6, hint_token},
    {"xox", 0, hint_token},
    {"-----BEGIN", 7, hint_token},
    {"bearer ", 0, hint_bearer},
    {"authorization", 8, hint_bearer},
};

// Those of the words whose rare letter stands at `at`.
std::uint8_t word_hints(string_view text, std::size_t at) {
  std::uint8_t hints = 0;
  for (const Telltale& telltale : telltales) {
    if (at < telltale.rare || core::to_lower(text[at]) != core::to_lower(telltale.word[telltale.rare])) continue;
    const string_view found = text.substr(at - telltale.rare, telltale.word.size());
    const bool is_token = telltale.hint == hint_token;
    if (is_token ? found == telltale.word : core::equals_ignore_case(found, telltale.word)) hints |= telltale.hint;
  }
  return hints;
}

enum Class : std::uint8_t { plain, pair_mark, at_mark, digit, rare_letter };
constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> table{};
  table[static_cast<unsigned char>('=')] = pair_mark;
  table[static_cast<unsigned char>(':')] = pair_mark;
  table[static_cast<unsigned char>('@')] = at_mark;
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = digit;
  for (const Telltale& telltale : telltales) {
    const char letter = telltale.word[telltale.rare];
    table[static_cast<unsigned char>(letter)] = rare_letter;
    const bool any_case = telltale.hint == hint_bearer;
    if (any_case) table[static_cast<unsigned char>(letter - 'a' + 'A')] = rare_letter;
  }
  return table;
}
constexpr auto classes = make_classes();

}  // namespace

std::uint8_t secret_hints(string_view text) {
  std::uint8_t hints = 0;
  int digits = 0;
  std::size_t last_digit = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (classes[static_cast<unsigned char>(text[i])]) {
      case plain: break;
      case pair_mark:
        if ((hints & hint_pair) == 0 && secret_word_before(text, i)) hints |= hint_pair;
        break;
      case at_mark: hints |= hint_at; break;
      case digit:
        digits = i - last_digit <= 2 ? digits + 1 : 1;
        last_digit = i;
        if (digits >= 13) hints |= hint_digits;
        break;
      default: hints |= word_hints(text, i); break;
    }
  }
  return hints;
}

bool is_secret_name(string_view name) {
  constexpr string_view words[] = {"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "API_KEY", "ACCESS_KEY",
                                   "PRIVATE_KEY", "CREDENTIAL", "_PWD", "_PIN", "SALT"};
  for (const auto word : words) {
    if (core::contains_ignore_case(name, word)) return true;
  }
  return core::equals_ignore_case(name, "pwd") || core::equals_ignore_case(name, "pin");
}

namespace {

bool luhn(string_view digits) {
  int sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i-- > 0; twice = !twice) {
    int value = digits[i] - '0';
    if (twice) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return sum % 10 == 0;
}

bool is_card(string_view digits) {
  const auto size = digits.size();
  const auto two = digits.substr(0, 2);
  bool issuer = false;
  if (digits[0] == '4') issuer = size == 13 || size == 16 || size == 19;
  if (two >= "51" && two <= "55") issuer = size == 16;
  if (digits.substr(0, 4) >= "2221" && digits.substr(0, 4) <= "2720") issuer = size == 16;
  if (two == "34" || two == "37") issuer = size == 15;
  if (two == "65" || digits.substr(0, 4) == "6011") issuer = size == 16;
  return issuer && luhn(digits);
}

bool is_word_char(char c) { return is_digit(c) || (core::to_lower(c) >= 'a' && core::to_lower(c) <= 'z') || c == '_'; }

}  // namespace

int mask_card_numbers(std::string& text) {
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) continue;
    const bool joined = i > 0 && (is_word_char(text[i - 1]) || text[i - 1] == '.');
    std::string digits;
    std::size_t end = i;
    while (end < text.size() && digits.size() < 20) {
      if (is_digit(text[end])) {
        digits.push_back(text[end++]);
      } else if ((text[end] == ' ' || text[end] == '-') && end + 1 < text.size() && is_digit(text[end + 1])) {
        ++end;
      } else {
        break;
      }
    }
    const bool open_end = end < text.size() && is_word_char(text[end]);
    if (!joined && !open_end && digits.size() >= 13 && digits.size() <= 19 && is_card(digits)) {
      text.replace(i, end - i, "***");
      ++count;
      continue;
    }
    // Go on behind this group of digits, so that a date before a card number does not hide it.
    while (i + 1 < text.size() && is_digit(text[i + 1])) ++i;
  }
  return count;
}

}  // namespace kgrca::normalize
