// Finds which of many fixed texts occur in a line, in one pass over it (Aho–Corasick over letter classes).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kgrca::model {

// Bit set over the pattern numbers of a matcher.
using PatternBits = std::vector<std::uint64_t>;

inline void set_bit(PatternBits& bits, std::size_t i) { bits[i / 64] |= std::uint64_t{1} << (i % 64); }
inline bool intersects(const PatternBits& a, const PatternBits& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if ((a[i] & b[i]) != 0) return true;
  }
  return false;
}
// Calls `visit(number)` for every set bit in rising order until it returns false.
template <typename Visit>
void for_each_bit(const PatternBits& bits, Visit visit) {
  for (std::size_t word = 0; word < bits.size(); ++word) {
    for (std::uint64_t left = bits[word]; left != 0; left &= left - 1) {
      if (!visit(word * 64 + static_cast<std::size_t>(std::countr_zero(left)))) return;
    }
  }
}

// Patterns are plain texts; a leading '<' or trailing '>' asks that no letter or digit touches that end ("<503>" is not
// in "1503" nor in the fraction of "12.503"). ASCII letter case is ignored. Immutable after build(); scan() is thread-safe.
class SubstringMatcher {
 public:
  // Number of the pattern; the same for the same text. REQUIRES: not built yet, text not empty without its marks.
  std::size_t add(std::string_view pattern);
  // False when the patterns are too many (65,534 letters in all are always fine).
  bool build();
  std::size_t size() const { return patterns_.size(); }
  // Sets the bits of the patterns that occur; false when none does. Cost: about 1 ns per byte.
  bool scan(std::string_view line, PatternBits& found) const;

 private:
  using State = std::uint16_t;  // half the table: it stays in the cache
  struct Pattern {
    std::string key;   // as added, lower case
    std::string text;  // without the marks
    bool word_start = false;
    bool word_end = false;
  };

  void build_classes();
  bool insert(std::size_t pattern);
  void link_failures();
  State new_state();
  void report(State state, std::string_view line, std::size_t end, PatternBits& found, bool& any) const;

  std::vector<Pattern> patterns_;
  std::uint8_t class_of_[256] = {};
  std::size_t classes_ = 1;                         // class 0: bytes that no pattern holds
  std::vector<State> next_;                         // state * classes_ + class -> state
  std::vector<std::vector<std::uint32_t>> output_;  // patterns that end in a state
  std::vector<std::uint8_t> has_output_;
};

}  // namespace kgrca::model
