#include "api/schemas.h"

#include <catch2/catch.hpp>

#include "kgrca/wire/json_out.h"

using namespace kgrca;

TEST_CASE("schemas: the notation becomes JSON Schema") {
  const auto text = [](std::string_view type) { return wire::to_json(api::schema_of_type(type)); };
  CHECK(text("string") == R"({"type":"string"})");
  CHECK(text("time") == R"({"type":"string","format":"date-time"})");
  CHECK(text("integer?") == R"({"type":["integer","null"]})");
  CHECK(text("[string]") == R"({"type":"array","items":{"type":"string"}})");
  CHECK(text("{integer}") == R"({"type":"object","additionalProperties":{"type":"integer"}})");
  CHECK(text("Link") == R"({"$ref":"#/components/schemas/Link"})");
  CHECK(text("Link?") == R"({"anyOf":[{"$ref":"#/components/schemas/Link"},{"type":"null"}]})");
  CHECK(text("[Link?]") == R"({"type":"array","items":{"anyOf":[{"$ref":"#/components/schemas/Link"},{"type":"null"}]}})");
  CHECK(text("a|b") == R"({"type":"string","enum":["a","b"]})");
  CHECK(text("any") == "{}");
}

TEST_CASE("schemas: every row is made, with the members it inherits") {
  const wire::JsonObject all = api::component_schemas();
  CHECK(all.size() == api::schema_table().size());
  const auto& detail = all.at("ResourceDetail").as_object();
  for (const char* name : {"id", "labels", "recent_events"}) CHECK(detail.at("properties").as_object().contains(name));
  const std::string required = wire::to_json(all.at("ResourceRef").as_object().at("required"));
  CHECK(required.find("\"id\"") != std::string::npos);
  CHECK(required.find("\"uid\"") == std::string::npos);
}
