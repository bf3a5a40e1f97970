#include "kgrca/core/shown_text.h"

#include "core/utf8.h"

namespace kgrca::core {

std::string without_controls(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t length = utf8_length(s, at);
    const std::string_view character = s.substr(at, length);
    if (length == 0 || is_steering(character)) {
      out.push_back(' ');
    } else {
      out.append(character);
    }
    at += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace kgrca::core
