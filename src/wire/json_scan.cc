#include "wire/json_scan.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "kgrca/core/strings.h"

namespace kgrca::wire {

namespace {

using core::is_digit;
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// A strict recursive reader that remembers only the first fault. Recursion is bounded by json_depth_max.
class Locator {
 public:
  explicit Locator(std::string_view text) : text_(text) {}

  JsonError run() {
    skip_blanks();
    if (!value()) return {at_, reason_};
    skip_blanks();
    if (at_ < text_.size()) return {at_, "text after the value"};
    return {};
  }

 private:
  bool fail(const char* reason) {
    reason_ = reason;
    return false;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_json_blank(text_[at_])) ++at_;
  }

  bool value() {
    if (at_ >= text_.size()) return fail("the text ends where a value is expected");
    switch (text_[at_]) {
      case '{': return nested(&Locator::object);
      case '[': return nested(&Locator::array);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  bool nested(bool (Locator::*body)()) {
    if (depth_ == json_depth_max) return fail("depth over 64");
    ++depth_;
    ++at_;
    const bool good = (this->*body)();
    --depth_;
    return good;
  }

  bool object() {
    skip_blanks();
    if (take('}')) return true;
    while (true) {
      skip_blanks();
      if (peek() != '"') return fail(at_ == text_.size() ? "unclosed object" : "a member name in quotes is expected");
      if (!string()) return false;
      skip_blanks();
      if (!take(':')) return fail(at_ == text_.size() ? "unclosed object" : "':' is expected after the member name");
      skip_blanks();
      if (!value()) return false;
      skip_blanks();
      if (take('}')) return true;
      if (!take(',')) return fail(at_ == text_.size() ? "unclosed object" : "',' or '}' is expected");
    }
  }

  bool array() {
    skip_blanks();
    if (take(']')) return true;
    while (true) {
      skip_blanks();
      if (!value()) return false;
      skip_blanks();
      if (take(']')) return true;
      if (!take(',')) return fail(at_ == text_.size() ? "unclosed array" : "',' or ']' is expected");
    }
  }

  bool string() {
    const std::size_t begin = at_++;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') return take('"');
      if (static_cast<unsigned char>(c) < 0x20) return fail("control character in a string");
      if (c == '\\' && !escape()) return false;
      if (c != '\\') ++at_;
    }
    at_ = begin;
    return fail("unclosed string");
  }

  bool escape() {
    if (at_ + 1 < text_.size() && text_[at_ + 1] == 'u') return unicode_escape();
    if (at_ + 1 < text_.size() && std::string_view("\"\\/bfnrt").find(text_[at_ + 1]) == std::string_view::npos) {
      return fail("unknown escape in a string");
    }
    at_ += 2;
    return true;
  }

  // -1 when four hexadecimal digits do not follow "\u" at `at`.
  int code_unit(std::size_t at) const {
    if (text_.size() - at < 6 || text_.substr(at, 2) != "\\u") return -1;
    int unit = 0;
    for (char c : text_.substr(at + 2, 4)) {
      if (!is_hex(c)) return -1;
      unit = unit * 16 + (is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return unit;
  }

  bool unicode_escape() {
    const int first = code_unit(at_);
    if (first < 0) return fail("four hexadecimal digits are expected after \\u");
    if (first < 0xd800 || first > 0xdfff) {
      at_ += 6;
      return true;
    }
    const int second = text_.size() - at_ > 6 ? code_unit(at_ + 6) : -1;
    if (first > 0xdbff || second < 0xdc00 || second > 0xdfff) return fail("half of a surrogate pair");
    at_ += 12;
    return true;
  }

  bool word(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return fail("a value is expected");
    at_ += wanted.size();
    return true;
  }

  bool digits() {
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ > begin;
  }

  bool number() {
    const std::size_t begin = at_;
    take('-');
    if (!is_digit(peek())) {
      at_ = begin;
      return fail("a value is expected");
    }
    const bool leading_zero = take('0');
    if (leading_zero && is_digit(peek())) return fail("a number cannot start with 0");
    digits();
    bool integral = true;
    if (take('.')) {
      integral = false;
      if (!digits()) return fail("a digit is expected after the point");
    }
    if (take('e') || take('E')) {
      integral = false;
      if (!take('+')) take('-');
      if (!digits()) return fail("a digit is expected in the exponent");
    }
    const std::string_view all = text_.substr(begin, at_ - begin);
    if (integral ? fits_integer(all) : core::parse_double(all).has_value()) return true;
    at_ = begin;
    return fail("number out of range");
  }

  static bool fits_integer(std::string_view digits) {
    if (core::parse_int(digits)) return true;
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && stop == digits.data() + digits.size();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  const char* reason_ = "";
};

// Bytes of `word` that equal `c` have their highest bit set in the result, up to the first of them exactly.
constexpr std::uint64_t equal_bytes(std::uint64_t word, char c) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  const std::uint64_t different = word ^ (ones * static_cast<unsigned char>(c));
  return (different - ones) & ~different & (ones << 7);
}

// The next '"', '\\' or line end at or after `at`; text.size() when none. Eight bytes at a time: most of a body is strings.
std::size_t next_in_string(std::string_view text, std::size_t at) {
  static_assert(std::endian::native == std::endian::little);
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t found = equal_bytes(word, '"') | equal_bytes(word, '\\') | equal_bytes(word, '\n');
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && text[at] != '"' && text[at] != '\\' && text[at] != '\n') ++at;
  return at;
}

// Index of the closing quote of the string that opens at `begin`; npos when a line end or the text's end comes first.
std::size_t closing_quote(std::string_view text, std::size_t begin) {
  for (std::size_t at = next_in_string(text, begin + 1); at < text.size(); at = next_in_string(text, at + 2)) {
    if (text[at] == '"') return at;
    if (text[at] == '\n') return std::string_view::npos;
  }
  return std::string_view::npos;
}

bool may_open_after(char previous) { return previous == '[' || previous == ',' || previous == ':'; }

std::size_t token_end(std::string_view text, std::size_t begin) {
  std::size_t at = begin;
  while (at < text.size() && !is_json_blank(text[at]) && std::string_view(",]}[{\":").find(text[at]) == std::string_view::npos) {
    ++at;
  }
  return at;
}

JsonExtent container_extent(std::string_view text, std::size_t begin) {
  std::array<char, json_depth_max> closers{};
  std::size_t depth = 0;
  char previous = '[';  // the last character that is not blank; the first bracket may open
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t close = closing_quote(text, at);
      if (close == std::string_view::npos) return {at, "unclosed string"};
      at = close;
    } else if (c == '{' || c == '[') {
      if (!may_open_after(previous)) return {at, "a value starts inside an unfinished one"};
      if (depth == closers.size()) return {at, "depth over 64"};
      closers[depth++] = c == '{' ? '}' : ']';
    } else if (c == '}' || c == ']') {
      if (closers[--depth] != c) return {at, "wrong closing bracket"};
      if (depth == 0) return {at + 1, {}};
    }
    if (!is_json_blank(c)) previous = c;
  }
  return {text.size(), closers[0] == '}' ? "unclosed object" : "unclosed array"};
}

}  // namespace

JsonError locate_json_error(std::string_view text) {
  const JsonError syntax = Locator(text).run();
  const std::size_t invalid = core::find_invalid_utf8(text);
  if (invalid < text.size() && (syntax.reason.empty() || invalid <= syntax.offset)) return {invalid, "invalid UTF-8"};
  return syntax;
}

JsonExtent find_json_extent(std::string_view text, std::size_t begin) {
  const char first = text[begin];
  if (first == '{' || first == '[') return container_extent(text, begin);
  if (first == '"') {
    const std::size_t close = closing_quote(text, begin);
    if (close == std::string_view::npos) return {begin, "unclosed string"};
    return {close + 1, {}};
  }
  const std::size_t end = token_end(text, begin);
  const bool starts_value = first == '-' || is_digit(first) || first == 't' || first == 'f' || first == 'n';
  if (!starts_value || end == begin) return {begin, "a value is expected"};
  return {end, {}};
}

}  // namespace kgrca::wire
