// What the table becomes for readers: printed settings, the file's JSON schema, the table of docs/configuration.md.
#include <utility>

#include "core/settings_value.h"
#include "kgrca/core/strings.h"

namespace kgrca::core {

namespace {

std::string_view section_of(const SettingSpec& spec) { return spec.name.substr(0, spec.name.find('.')); }
std::string_view name_in_section(const SettingSpec& spec) { return spec.name.substr(spec.name.find('.') + 1); }

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string yaml_value(const SettingSpec& spec, std::string_view text) {
  if (spec.secret) return text.empty() ? "\"\"" : "\"***\"";
  switch (spec.kind) {
    case SettingKind::text:
    case SettingKind::path: return json_text(text);
    case SettingKind::list: break;
    default: return std::string(text);
  }
  std::vector<std::string> items;
  for (const std::string& item : list_value(text)) items.push_back(json_text(item));
  return cat('[', join(items, ", "), ']');
}

std::string schema_of_range(const SettingSpec& spec, std::string_view type) {
  const auto [low, high] = range_of(spec.choices);
  std::string out = cat("\"type\": \"", type, "\"");
  if (!low.empty()) append(out, ", \"minimum\": ", low, ", \"maximum\": ", high);
  return out;
}

std::string schema_of_choice(const SettingSpec& spec) {
  std::vector<std::string> words;
  for (std::string_view word : split(spec.choices, '|')) words.push_back(json_text(word));
  return cat("\"enum\": [", join(words, ", "), ']');
}

std::string schema_type(const SettingSpec& spec) {
  switch (spec.kind) {
    case SettingKind::integer: return schema_of_range(spec, "integer");
    case SettingKind::number: return schema_of_range(spec, "number");
    case SettingKind::boolean: return "\"type\": \"boolean\"";
    case SettingKind::choice: return schema_of_choice(spec);
    case SettingKind::duration: return "\"type\": \"string\", \"pattern\": \"^([0-9]+(d|h|m|s|ms|us))+$\"";
    case SettingKind::bytes: return "\"type\": [\"string\", \"integer\"], \"pattern\": \"^[0-9]+(B|KiB|MiB|GiB|TiB)?$\"";
    case SettingKind::list: return "\"type\": [\"array\", \"string\"], \"items\": {\"type\": \"string\"}";
    default: return "\"type\": \"string\"";
  }
}

std::string schema_default(const SettingSpec& spec) {
  switch (spec.kind) {
    case SettingKind::integer:
    case SettingKind::number:
    case SettingKind::boolean: return std::string(spec.default_value);
    case SettingKind::list: return spec.default_value.empty() ? "[]" : json_text(spec.default_value);
    default: return json_text(spec.default_value);
  }
}

void append_property(std::string& out, const SettingSpec& spec) {
  append(out, "        ", json_text(name_in_section(spec)), ": {", schema_type(spec), ", \"default\": ", schema_default(spec),
         ", \"description\": ", json_text(spec.help), "}");
  if (!spec.secret) return;
  append(out, ",\n        ", json_text(cat(name_in_section(spec), "_file")),
         ": {\"type\": \"string\", \"description\": ", json_text(cat("File that holds ", spec.name, ".")), "}");
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (char c : text) append(out, c == '|' ? "\\" : "", c);
  return out;
}

std::string markdown_code(std::string_view text) { return text.empty() ? "" : cat('`', markdown_cell(text), '`'); }

}  // namespace

std::string Settings::to_yaml() const {
  std::string out;
  std::string_view section;
  for (const SettingSpec& spec : setting_table()) {
    if (std::exchange(section, section_of(spec)) != section_of(spec)) append(out, section, ":\n");
    append(out, "  ", name_in_section(spec), ": ", yaml_value(spec, text(spec.name)), "  # ", origin(spec.name), '\n');
  }
  return out;
}

std::string settings_json_schema() {
  std::string out =
      "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"KG-RCA settings\",\n"
      "  \"type\": \"object\",\n  \"additionalProperties\": false,\n  \"properties\": {\n";
  std::string_view section;
  for (const SettingSpec& spec : setting_table()) {
    const bool first = section.empty();
    if (std::exchange(section, section_of(spec)) == section_of(spec)) {
      out.append(",\n");
    } else {
      append(out, first ? "" : "\n      }\n    },\n", "    ", json_text(section),
             ": {\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n      \"properties\": {\n");
    }
    append_property(out, spec);
  }
  out.append("\n      }\n    }\n  }\n}\n");
  return out;
}

std::string settings_markdown_table() {
  std::string out =
      "| Setting | Environment | Default | Allowed | On reload | Meaning |\n"
      "| --- | --- | --- | --- | --- | --- |\n";
  for (const SettingSpec& spec : setting_table()) {
    append(out, "| ", markdown_code(spec.name), " | ", markdown_code(environment_name(spec.name)), " | ",
           markdown_code(spec.default_value), " | ", markdown_cell(allowed_values(spec)), " | ", spec.reloadable ? "yes" : "no",
           " | ", markdown_cell(spec.help));
    if (spec.secret) append(out, " Secret; also as ", markdown_code(cat(spec.name, "_file")), '.');
    out.append(" |\n");
  }
  return out;
}

}  // namespace kgrca::core
