// How the text of one setting is read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/settings.h"

namespace kgrca::core {

// Null when the name is not in the table.
const SettingSpec* find_setting(std::string_view name);
// The table's name most like `name`.
std::string_view nearest_setting(std::string_view name);
std::string environment_name(std::string_view setting);  // KGRCA_SERVER_LISTEN

// integer, bytes ("5MiB", "64KiB", "1000"), and duration in microseconds. Nothing for other kinds or bad text.
std::optional<std::int64_t> whole_value(SettingKind kind, std::string_view text);
std::optional<bool> boolean_value(std::string_view text);
// Items are separated by commas; `\,` is a comma inside an item.
std::vector<std::string> list_value(std::string_view text);
std::string list_text(const std::vector<std::string>& items);

// The two ends of "min..max"; empty when `choices` is none.
std::pair<std::string_view, std::string_view> range_of(std::string_view choices);

// "a whole number from 1 to 64", for messages and docs.
std::string allowed_values(const SettingSpec& spec);
// Says what is wrong with `text` and what is allowed. Values of secrets are not repeated.
Status check_setting(const SettingSpec& spec, std::string_view text);

}  // namespace kgrca::core
