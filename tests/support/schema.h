// Compares JSON values with the schemas of /openapi.json, stricter than JSON Schema: a member that a schema does not name is a fault.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kgrca/wire/json.h"

namespace kgrca::test {

// The faults of `value`, each with its place; empty when it is as the schema says. `openapi` resolves references.
std::vector<std::string> schema_faults(wire::JsonValue openapi, wire::JsonValue schema, wire::JsonValue value,
                                       const std::string& place = "$");

// The schema of the JSON answer with this status; absent when the route, the status or the schema is not described.
wire::JsonValue answer_schema(wire::JsonValue openapi, std::string_view path, std::string_view method, int status,
                              std::string_view media_type = "application/json");

}  // namespace kgrca::test
