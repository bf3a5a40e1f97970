// What answers and bodies look like, in short notation, and as the component schemas of OpenAPI.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/wire/json_out.h"

namespace kgrca::api {

// Members as "name: type" with commas between; `name?` may be absent. A type is string, integer, number, boolean, time, any, the
// name of another schema, words with | between them (one of them), [T] for a list, {T} for a map by name; `T?` may be null, but
// for words. `base` lends its members first.
struct SchemaRow {
  std::string_view name;
  std::string_view base;
  std::string_view members;
};

std::span<const SchemaRow> schema_table();

// All rows as "components/schemas". Aborts on a row that is written wrongly: it is our own text, and a test makes it.
wire::JsonObject component_schemas();
// Names of a row's members, inherited ones first. REQUIRES: there is such a row.
std::vector<std::string> member_names(std::string_view schema);
// The schema of a type in the notation above.
wire::JsonObject schema_of_type(std::string_view type);

}  // namespace kgrca::api
