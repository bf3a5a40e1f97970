// Text in columns: widths are counted in code points.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kgrca::api {

std::size_t display_width(std::string_view text);
// At most `width` columns; what is cut ends in "…". Control characters become blanks, so that stored text cannot move
// the reader's cursor.
std::string clip_columns(std::string_view text, std::size_t width);
// `head` + `text`, broken at blanks so that no line is wider than `width`; further lines begin with `indent` blanks. At most
// `lines_max` lines, the last one clipped. Every line ends in '\n'.
std::string wrap_columns(std::string_view head, std::string_view text, std::size_t width, std::size_t indent, int lines_max);

}  // namespace kgrca::api
