// Tables for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kgrca::app {

class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  // REQUIRES: as many cells as headings.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // Columns as wide as their widest cell, two blanks between them; the last column is cut so that no line is wider than
  // `width` (0: never cut).
  std::string text(std::size_t width = 0) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

// Text from outside as one line of at most `width` columns (0: never cut): control characters become blanks.
std::string clip_line(std::string_view text, std::size_t width);

// Columns of the terminal behind stdout; 0 when it is none.
std::size_t terminal_width();

}  // namespace kgrca::app
