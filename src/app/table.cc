#include "app/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "kgrca/core/shown_text.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string cut(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (starts && ++seen > columns - 1) break;
  }
  return core::cat(text.substr(0, end), "…");
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, std::size_t width) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = core::without_controls(cells[i]);
    if (i + 1 == cells.size()) {
      const bool narrow = width > used + 8;
      out += narrow ? cut(cell, width - used) : cell;
      break;
    }
    core::append(out, cell, std::string(widths[i] - columns_of(cell) + 2, ' '));
    used += widths[i] + 2;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

}  // namespace

std::string Table::text(std::size_t width) const {
  std::vector<std::size_t> widths(headings_.size(), 0);
  const auto widen = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], columns_of(core::without_controls(cells[i])));
    }
  };
  widen(headings_);
  for (const auto& row : rows_) widen(row);
  std::string out = line_of(headings_, widths, width);
  for (const auto& row : rows_) out += line_of(row, widths, width);
  return out;
}

std::string clip_line(std::string_view text, std::size_t width) {
  const std::string line = core::without_controls(text);
  return width == 0 ? line : cut(line, width);
}

std::size_t terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace kgrca::app
