#include "api/columns.h"

#include <vector>

#include "kgrca/core/shown_text.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += continues_code_point(c) ? 0 : 1;
  return width;
}

std::string clip_columns(std::string_view text, std::size_t width) {
  std::string clean = core::without_controls(text);
  if (display_width(clean) <= width) return clean;
  if (width == 0) return {};
  std::size_t columns = 0;
  std::size_t end = 0;
  for (; end < clean.size(); ++end) {
    if (continues_code_point(clean[end])) continue;
    if (columns == width - 1) break;
    ++columns;
  }
  clean.resize(end);
  return core::cat(clean, "…");
}

std::string wrap_columns(std::string_view head, std::string_view text, std::size_t width, std::size_t indent, int lines_max) {
  std::vector<std::string> lines{std::string(head)};
  bool fresh = true;  // nothing of `text` on the last line yet
  const std::string clean = core::without_controls(text);
  for (const std::string_view word : core::split(clean, ' ')) {
    const bool fits = display_width(lines.back()) + (fresh ? 0 : 1) + display_width(word) <= width;
    const bool last = static_cast<int>(lines.size()) >= lines_max;
    if (!fits && !fresh && !last) {
      lines.emplace_back(indent, ' ');
      fresh = true;
    }
    core::append(lines.back(), fresh ? "" : " ", word);
    fresh = false;
  }
  std::string out;
  for (const std::string& line : lines) core::append(out, clip_columns(line, width), "\n");
  return out;
}

}  // namespace kgrca::api
