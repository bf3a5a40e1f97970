#include "kgrca/eval/time_shift.h"

#include <algorithm>
#include <array>

#include "kgrca/core/strings.h"

namespace kgrca::eval {
namespace {

using core::is_digit;

// Length of an RFC 3339 time at the start of the text; 0 when there is none.
std::size_t rfc3339_length(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= form.size()) return 0;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) return 0;
  }
  std::size_t at = form.size();
  if (text[at] == '.') {
    ++at;
    const std::size_t digits = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == digits) return 0;
  }
  if (at < text.size() && text[at] == 'Z') return at + 1;
  const std::string_view offset = text.substr(at, 6);
  const bool numeric = offset.size() == 6 && (offset[0] == '+' || offset[0] == '-') && is_digit(offset[1]) && is_digit(offset[2]) &&
                       offset[3] == ':' && is_digit(offset[4]) && is_digit(offset[5]);
  return numeric ? at + 6 : 0;
}

// The same instant later, written in the same form and offset.
std::string shifted_rfc3339(std::string_view text, std::chrono::seconds shift) {
  const std::string local = core::cat(text.substr(0, 19), "Z");
  const auto time = core::parse_rfc3339(local);
  if (!time) return std::string(text);
  const core::Time moved = *time + shift;
  if (core::to_micros(moved) < 0) return std::string(text);
  return core::cat(core::format_rfc3339(moved, 0).substr(0, 19), text.substr(19));
}

bool names_time(std::string_view member) {
  constexpr std::array names = {std::string_view("ts"), std::string_view("timestamp"), std::string_view("time"),
                                std::string_view("date"), std::string_view("at"), std::string_view("timestamp_ms"),
                                std::string_view("event_time"), std::string_view("eventTime")};
  if (std::find(names.begin(), names.end(), member) != names.end()) return true;
  return member.ends_with("TimeUnixNano") || member.ends_with("timeUnixNano") || member.ends_with("_unix_nano");
}

// Units per second when the number reads as a time of 2001 to 2286; 0 otherwise.
std::int64_t units_per_second(std::string_view digits) {
  switch (digits.size()) {
    case 10: return 1;
    case 13: return 1'000;
    case 16: return 1'000'000;
    case 19: return 1'000'000'000;
    default: return 0;
  }
}

bool begins_time(std::string_view text, std::size_t at) { return is_digit(text[at]) && (at == 0 || !is_digit(text[at - 1])); }

// Reads the text of a payload from left to right and writes it with its times moved.
class Shifter {
 public:
  Shifter(std::string_view text, std::chrono::seconds shift) : text_(text), shift_(shift) { out_.reserve(text.size()); }

  std::string run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        take_string();
      } else if (is_digit(c) && names_time(member_)) {
        take_number();
      } else {
        take_other(c);
      }
    }
    return std::move(out_);
  }

 private:
  void take_other(char c) {
    // A number of another member must pass as a whole: its tail would read as a number of its own.
    if (is_digit(c)) return copy_digits();
    if (c == ',' || c == '{' || c == '}') member_ = {};
    out_.push_back(c);
    ++at_;
  }

  void copy_digits() {
    while (at_ < text_.size() && is_digit(text_[at_])) out_.push_back(text_[at_++]);
  }

  void take_number() {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    append_number(text_.substr(from, at_ - from));
  }

  void append_number(std::string_view digits) {
    const std::int64_t units = units_per_second(digits);
    const auto value = core::parse_int(digits);
    if (units == 0 || !value) {
      out_.append(digits);
      return;
    }
    core::append(out_, *value + shift_.count() * units);
  }

  // End of the string that begins after the quote at `from`; the text's size when it is not closed.
  std::size_t string_end(std::size_t from) const {
    for (std::size_t i = from; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '"') {
        return i;
      }
    }
    return text_.size();
  }

  bool colon_follows(std::size_t from) const {
    const std::size_t next = text_.find_first_not_of(" \t\r\n", from);
    return next != std::string_view::npos && text_[next] == ':';
  }

  void take_string() {
    const std::size_t end = string_end(at_ + 1);
    const std::string_view content = text_.substr(at_ + 1, end - at_ - 1);
    const bool closed = end < text_.size();
    out_.push_back('"');
    if (closed && colon_follows(end + 1)) {
      member_ = content;
      out_.append(content);
    } else if (names_time(member_) && !content.empty() && std::all_of(content.begin(), content.end(), is_digit)) {
      append_number(content);
    } else if (is_identity(member_)) {
      out_.append(content);
    } else {
      out_ += shift_times_in_text(content, shift_);
    }
    if (closed) out_.push_back('"');
    at_ = closed ? end + 1 : end;
  }

  static bool is_identity(std::string_view member) {
    constexpr std::array names = {std::string_view("uid"), std::string_view("event_id"), std::string_view("fingerprint"),
                                  std::string_view("name"), std::string_view("resourceVersion")};
    return std::find(names.begin(), names.end(), member) != names.end();
  }

  std::string_view text_;
  std::chrono::seconds shift_;
  std::size_t at_ = 0;
  std::string_view member_;
  std::string out_;
};

}  // namespace

std::string shift_times_in_text(std::string_view text, std::chrono::seconds shift) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = begins_time(text, i) ? rfc3339_length(text.substr(i)) : 0;
    if (length == 0) {
      out.push_back(text[i++]);
      continue;
    }
    out += shifted_rfc3339(text.substr(i, length), shift);
    i += length;
  }
  return out;
}

std::string shift_times(std::string_view json, std::chrono::seconds shift) {
  if (shift.count() == 0) return std::string(json);
  return Shifter(json, shift).run();
}

}  // namespace kgrca::eval
