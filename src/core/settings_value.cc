#include "core/settings_value.h"

#include <algorithm>
#include <array>

#include "kgrca/core/strings.h"

namespace kgrca::core {

namespace {

constexpr std::size_t value_bytes_max = 64 << 10;

struct ByteUnit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<ByteUnit, 6> byte_units{{{"KiB", std::int64_t{1} << 10},
                                              {"MiB", std::int64_t{1} << 20},
                                              {"GiB", std::int64_t{1} << 30},
                                              {"TiB", std::int64_t{1} << 40},
                                              {"B", 1},
                                              {"", 1}}};

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto amount = parse_int(text.substr(0, digits));
  if (!amount) return std::nullopt;
  for (const ByteUnit& unit : byte_units) {
    if (text.substr(digits) != unit.name) continue;
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(*amount, unit.bytes, &bytes)) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

// Single-character edits between two texts.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

bool in_range(const SettingSpec& spec, std::string_view text) {
  const auto [low, high] = range_of(spec.choices);
  if (spec.kind == SettingKind::number) {
    const auto value = parse_double(text);
    return value && (low.empty() || (*value >= *parse_double(low) && *value <= *parse_double(high)));
  }
  const auto value = whole_value(spec.kind, text);
  return value && (low.empty() || (*value >= *whole_value(spec.kind, low) && *value <= *whole_value(spec.kind, high)));
}

bool is_allowed(const SettingSpec& spec, std::string_view text) {
  switch (spec.kind) {
    case SettingKind::integer:
    case SettingKind::number:
    case SettingKind::duration:
    case SettingKind::bytes: return in_range(spec, text);
    case SettingKind::boolean: return boolean_value(text).has_value();
    case SettingKind::choice: {
      const auto words = split(spec.choices, '|');
      return std::find(words.begin(), words.end(), text) != words.end();
    }
    default: return text.size() <= value_bytes_max && is_valid_utf8(text);
  }
}

std::string kind_phrase(const SettingSpec& spec) {
  switch (spec.kind) {
    case SettingKind::text: return "a text";
    case SettingKind::integer: return "a whole number";
    case SettingKind::number: return "a number";
    case SettingKind::boolean: return "true or false";
    case SettingKind::duration: return "a duration such as 90s, 15m or 1h30m";
    case SettingKind::bytes: return "a size such as 64KiB, 5MiB or 1GiB";
    case SettingKind::path: return "a path";
    case SettingKind::choice: return "one of";
    case SettingKind::list: break;
  }
  return "texts separated by commas";
}

}  // namespace

const SettingSpec* find_setting(std::string_view name) {
  const auto& table = setting_table();
  const auto found = std::find_if(table.begin(), table.end(), [name](const SettingSpec& spec) { return spec.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view nearest_setting(std::string_view name) {
  const std::string wanted = to_lower(name.substr(0, 100));
  std::string_view nearest;
  std::size_t least = SIZE_MAX;
  for (const SettingSpec& spec : setting_table()) {
    const std::size_t distance = edit_distance(wanted, spec.name);
    if (distance >= least) continue;
    least = distance;
    nearest = spec.name;
  }
  return nearest;
}

std::string environment_name(std::string_view setting) {
  std::string out = cat("KGRCA_", setting);
  for (char& c : out) {
    if (c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::optional<std::int64_t> whole_value(SettingKind kind, std::string_view text) {
  if (kind == SettingKind::integer) return parse_int(text);
  if (kind == SettingKind::bytes) return parse_bytes(text);
  if (kind != SettingKind::duration) return std::nullopt;
  const auto duration = parse_duration(text);
  if (!duration) return std::nullopt;
  return duration->count();
}

std::optional<bool> boolean_value(std::string_view text) {
  for (std::string_view word : {"true", "yes", "on", "1"}) {
    if (equals_ignore_case(text, word)) return true;
  }
  for (std::string_view word : {"false", "no", "off", "0"}) {
    if (equals_ignore_case(text, word)) return false;
  }
  return std::nullopt;
}

std::vector<std::string> list_value(std::string_view text) {
  std::vector<std::string> items;
  std::string item;
  const auto finish = [&] {
    if (!trim(item).empty()) items.emplace_back(trim(item));
    item.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) == "\\,") {
      item.push_back(text[++at]);
    } else if (text[at] == ',') {
      finish();
    } else {
      item.push_back(text[at]);
    }
  }
  finish();
  return items;
}

std::string list_text(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    if (!out.empty()) out.push_back(',');
    for (char c : item) append(out, c == ',' ? "\\" : "", c);
  }
  return out;
}

std::pair<std::string_view, std::string_view> range_of(std::string_view choices) {
  const std::size_t dots = choices.find("..");
  if (dots == std::string_view::npos) return {};
  return {choices.substr(0, dots), choices.substr(dots + 2)};
}

std::string allowed_values(const SettingSpec& spec) {
  const auto [low, high] = range_of(spec.choices);
  std::string out = kind_phrase(spec);
  if (spec.kind == SettingKind::choice) {
    for (std::string_view word : split(spec.choices, '|')) append(out, out == "one of" ? " " : ", ", word);
  } else if (!low.empty()) {
    append(out, ", from ", low, " to ", high);
  }
  return out;
}

Status check_setting(const SettingSpec& spec, std::string_view text) {
  if (is_allowed(spec, text)) return ok_status();
  const std::string shown = spec.secret ? "***" : std::string(clip_utf8(text, 100));
  return invalid_argument(cat("setting '", spec.name, "': '", shown, "' is not allowed; give ", allowed_values(spec)));
}

}  // namespace kgrca::core
