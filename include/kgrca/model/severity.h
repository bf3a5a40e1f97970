#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kgrca::model {

// Stored as its number; never renumber.
enum class Severity : std::uint8_t { debug = 0, info = 1, warning = 2, error = 3, fatal = 4 };

std::string_view name_of(Severity severity);  // "DEBUG" … "FATAL"
// Any usual spelling in any case: trace, information, normal, warn, err, critical (FATAL), panic, emergency, …
std::optional<Severity> parse_severity(std::string_view text);

}  // namespace kgrca::model
