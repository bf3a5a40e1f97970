// One cheap pass that tells which masking patterns can match at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kgrca::normalize {

enum Hint : std::uint8_t {
  hint_pair = 1,      // a secret's name before '=' or ':'
  hint_bearer = 2,    // "Bearer", "Authorization"
  hint_token = 4,     // tokens of well-known shape: JWT, AWS, GitHub, Slack, PEM
  hint_at = 8,        // '@': e-mail or user info of a URL
  hint_digits = 16,   // 13 or more digits with at most single separators
};

// Set of Hint. About 1 ns per byte, no allocation.
std::uint8_t secret_hints(std::string_view text);

// The name of a setting says that its value is a secret (PASSWORD, API_KEY, …).
bool is_secret_name(std::string_view name);

// Masks payment card numbers: 13 to 19 digits with a card issuer's prefix and a valid Luhn sum. Returns how many.
int mask_card_numbers(std::string& text);

}  // namespace kgrca::normalize
