#include "api/schemas.h"

#include <algorithm>
#include <cstdlib>

#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::string_view plain_types[] = {"string", "integer", "number", "boolean"};

wire::JsonObject typed(std::string_view type) {
  wire::JsonObject out;
  out["type"] = std::string(type);
  return out;
}

wire::JsonObject words(std::string_view choices) {
  wire::JsonArray list;
  for (const std::string_view word : core::split(choices, '|')) list.emplace_back(std::string(word));
  wire::JsonObject out = typed("string");
  out["enum"] = std::move(list);
  return out;
}

wire::JsonObject nullable(wire::JsonObject schema) {
  if (auto* type = schema.if_contains("type"); type != nullptr && type->is_string()) {
    *type = wire::JsonArray{*type, "null"};
    return schema;
  }
  return wire::JsonObject{{"anyOf", wire::JsonArray{schema, typed("null")}}};
}

const SchemaRow& row_of(std::string_view name) {
  const std::span<const SchemaRow> table = schema_table();
  const auto found = std::find_if(table.begin(), table.end(), [&](const SchemaRow& row) { return row.name == name; });
  if (found == table.end()) std::abort();
  return *found;
}

void add_members(const SchemaRow& row, wire::JsonObject& properties, wire::JsonArray& required) {
  if (!row.base.empty()) add_members(row_of(row.base), properties, required);
  for (const std::string_view piece : core::split(row.members, ',')) {
    const std::size_t colon = piece.find(':');
    if (core::trim(piece).empty()) continue;
    if (colon == std::string_view::npos) std::abort();
    std::string_view name = core::trim(piece.substr(0, colon));
    const bool optional = name.ends_with('?');
    if (optional) name.remove_suffix(1);
    properties[name] = schema_of_type(core::trim(piece.substr(colon + 1)));
    if (!optional) required.emplace_back(std::string(name));
  }
}

}  // namespace

wire::JsonObject schema_of_type(std::string_view type) {
  if (type.ends_with('?')) return nullable(schema_of_type(type.substr(0, type.size() - 1)));
  if (type == "any") return {};
  if (type.find('|') != std::string_view::npos) return words(type);
  if (type == "time") return wire::JsonObject{{"type", "string"}, {"format", "date-time"}};
  if (std::find(std::begin(plain_types), std::end(plain_types), type) != std::end(plain_types)) return typed(type);
  if (type.size() > 2 && (type.front() == '[' || type.front() == '{')) {
    const bool list = type.front() == '[';
    wire::JsonObject out = typed(list ? "array" : "object");
    out[list ? "items" : "additionalProperties"] = schema_of_type(type.substr(1, type.size() - 2));
    return out;
  }
  wire::JsonObject out;
  out["$ref"] = core::cat("#/components/schemas/", row_of(type).name);
  return out;
}

std::vector<std::string> member_names(std::string_view schema) {
  wire::JsonObject properties;
  wire::JsonArray required;
  add_members(row_of(schema), properties, required);
  std::vector<std::string> names;
  for (const auto& entry : properties) names.emplace_back(entry.key().data(), entry.key().size());
  return names;
}

wire::JsonObject component_schemas() {
  wire::JsonObject out;
  for (const SchemaRow& row : schema_table()) {
    wire::JsonObject properties;
    wire::JsonArray required;
    add_members(row, properties, required);
    wire::JsonObject schema = typed("object");
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    out[row.name] = std::move(schema);
  }
  return out;
}

}  // namespace kgrca::api
