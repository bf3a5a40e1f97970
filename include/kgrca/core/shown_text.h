// Text from outside on its way to people.
#pragma once

#include <string>
#include <string_view>

namespace kgrca::core {

// Each character that steers a terminal or the order of text (controls of ASCII and Latin-1, line and paragraph separators,
// marks, embeddings and isolates of direction) becomes one blank, as invalid bytes do. JSON text has them escaped.
std::string without_controls(std::string_view s);

}  // namespace kgrca::core
