#include "kgrca/core/strings.h"
#include "model/taxonomy_data.h"

namespace kgrca::model {

// Greedy with one step back to the last '*': linear in practice, never exponential.
bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || core::to_lower(pattern[p]) == core::to_lower(text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string squeeze_name(std::string_view name, bool keep_wildcards) {
  std::string out;
  out.reserve(name.size());
  for (const char c : name) {
    const char low = core::to_lower(c);
    const bool plain = (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9');
    if (plain || (keep_wildcards && (c == '*' || c == '?'))) out.push_back(low);
  }
  return out;
}

}  // namespace kgrca::model
