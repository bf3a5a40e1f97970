// Plain walks over JSON text: where a damaged text breaks, and where a value ends.
#pragma once

#include <cstddef>
#include <string_view>

#include "kgrca/wire/json.h"

namespace kgrca::wire {

inline constexpr std::size_t json_depth_max = 64;

// The first place where `text` stops being one valid JSON value. The reason is empty when nothing is found.
// Slow beside the parser: called only after it has refused the text.
JsonError locate_json_error(std::string_view text);

// The extent of the value that starts at `begin`: brackets, strings and what may stand before an opening bracket are
// checked, nothing else. `reason` is empty when the value ends at `end`; otherwise `end` is where it broke.
struct JsonExtent {
  std::size_t end = 0;
  std::string_view reason;
};
JsonExtent find_json_extent(std::string_view text, std::size_t begin);

inline bool is_json_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace kgrca::wire
