#include "model/substring_matcher.h"

#include <limits>

#include "kgrca/core/strings.h"

namespace kgrca::model {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

using core::is_digit;

// A letter, a digit, or the point of a fraction ("12.503", "12,503") stands before `start`.
bool touched_before(std::string_view line, std::size_t start) {
  if (start == 0) return false;
  const char c = line[start - 1];
  if (is_word(c)) return true;
  return (c == '.' || c == ',') && start > 1 && is_digit(line[start - 2]) && is_digit(line[start]);
}

}  // namespace

std::size_t SubstringMatcher::add(std::string_view pattern) {
  Pattern added;
  added.key = core::to_lower(pattern);
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (patterns_[i].key == added.key) return i;
  }
  std::string_view text = added.key;
  added.word_start = text.starts_with('<');
  if (added.word_start) text.remove_prefix(1);
  added.word_end = text.ends_with('>');
  if (added.word_end) text.remove_suffix(1);
  added.text = text;
  patterns_.push_back(std::move(added));
  return patterns_.size() - 1;
}

bool SubstringMatcher::build() {
  build_classes();
  new_state();
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (!insert(i)) return false;
  }
  link_failures();
  has_output_.reserve(output_.size());
  for (const auto& list : output_) has_output_.push_back(list.empty() ? 0 : 1);
  return true;
}

// Few letters occur in the patterns: a table over their classes is small enough for the cache.
void SubstringMatcher::build_classes() {
  for (const Pattern& pattern : patterns_) {
    for (const char c : pattern.text) {
      auto& number = class_of_[static_cast<unsigned char>(c)];
      if (number == 0) number = static_cast<std::uint8_t>(classes_++);
    }
  }
  for (unsigned c = 'A'; c <= 'Z'; ++c) class_of_[c] = class_of_[static_cast<unsigned char>(core::to_lower(static_cast<char>(c)))];
}

SubstringMatcher::State SubstringMatcher::new_state() {
  next_.resize(next_.size() + classes_, std::numeric_limits<State>::max());
  output_.emplace_back();
  return static_cast<State>(output_.size() - 1);
}

bool SubstringMatcher::insert(std::size_t pattern) {
  State state = 0;
  for (const char c : patterns_[pattern].text) {
    const std::size_t slot = state * classes_ + class_of_[static_cast<unsigned char>(c)];
    if (next_[slot] == std::numeric_limits<State>::max()) {
      if (output_.size() >= std::numeric_limits<State>::max()) return false;
      const State added = new_state();
      next_[slot] = added;
    }
    state = next_[slot];
  }
  output_[state].push_back(static_cast<std::uint32_t>(pattern));
  return true;
}

// Breadth first: fills every missing transition from the state of the longest proper suffix.
void SubstringMatcher::link_failures() {
  constexpr State absent = std::numeric_limits<State>::max();
  std::vector<State> failure(output_.size(), 0);
  std::vector<State> queue;
  for (std::size_t c = 0; c < classes_; ++c) {
    if (next_[c] == absent) next_[c] = 0;
    else queue.push_back(next_[c]);
  }
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const State state = queue[head];
    const auto& inherited = output_[failure[state]];
    output_[state].insert(output_[state].end(), inherited.begin(), inherited.end());
    for (std::size_t c = 0; c < classes_; ++c) {
      State& target = next_[state * classes_ + c];
      const State fallback = next_[failure[state] * classes_ + c];
      if (target == absent) {
        target = fallback;
      } else {
        failure[target] = fallback;
        queue.push_back(target);
      }
    }
  }
}

void SubstringMatcher::report(State state, std::string_view line, std::size_t end, PatternBits& found, bool& any) const {
  for (const std::uint32_t number : output_[state]) {
    const Pattern& pattern = patterns_[number];
    const std::size_t start = end - pattern.text.size();
    if (pattern.word_start && touched_before(line, start)) continue;
    if (pattern.word_end && end < line.size() && is_word(line[end])) continue;
    set_bit(found, number);
    any = true;
  }
}

bool SubstringMatcher::scan(std::string_view line, PatternBits& found) const {
  found.assign((patterns_.size() + 63) / 64, 0);
  bool any = false;
  State state = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    state = next_[state * classes_ + class_of_[static_cast<unsigned char>(line[i])]];
    if (has_output_[state] != 0) report(state, line, i + 1, found, any);
  }
  return any;
}

}  // namespace kgrca::model
