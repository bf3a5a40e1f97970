#include "tests/support/schema.h"

#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"

namespace kgrca::test {
namespace {

using Kind = wire::JsonValue::Kind;

class Checker {
 public:
  explicit Checker(wire::JsonValue openapi) : openapi_(openapi) {}

  void check(wire::JsonValue schema, wire::JsonValue value, const std::string& place) {
    if (const auto reference = schema["$ref"].string()) return check(referred(*reference, place), value, place);
    if (schema["anyOf"].is_array()) return check_any(schema["anyOf"], value, place);
    if (schema["type"].is_null_or_absent()) return;
    if (!type_fits(schema["type"], value)) {
      faults_.push_back(core::cat(place, ": ", value.to_json().substr(0, 60), " is not of type ", schema["type"].to_json()));
      return;
    }
    if (schema["enum"].is_array() && !names(schema["enum"], value.string_or())) {
      faults_.push_back(core::cat(place, ": ", value.string_or(), " is none of ", schema["enum"].to_json()));
    }
    if (value.kind() == Kind::object) check_object(schema, value, place);
    if (value.kind() == Kind::array) check_items(schema["items"], value, place);
    if (schema["format"].string_or() == "date-time" && value.kind() == Kind::string && !core::parse_rfc3339(value.string_or())) {
      faults_.push_back(core::cat(place, ": ", value.string_or(), " is no RFC 3339 time"));
    }
  }

  std::vector<std::string> take() { return std::move(faults_); }

 private:
  wire::JsonValue referred(std::string_view reference, const std::string& place) {
    const std::string_view name = reference.substr(reference.rfind('/') + 1);
    const wire::JsonValue found = openapi_["components"]["schemas"][name];
    if (!found.is_object()) faults_.push_back(core::cat(place, ": there is no schema ", name));
    return found;
  }

  void check_any(wire::JsonValue choices, wire::JsonValue value, const std::string& place) {
    bool fits = false;
    std::vector<std::string> why;
    choices.each_item([&](wire::JsonValue choice) {
      Checker alone(openapi_);
      alone.check(choice, value, place);
      fits = alone.faults_.empty();
      if (why.empty()) why = alone.take();
      return !fits;
    });
    if (!fits) faults_.insert(faults_.end(), why.begin(), why.end());
  }

  static bool is(std::string_view type, wire::JsonValue value) {
    switch (value.kind()) {
      case Kind::null: return type == "null";
      case Kind::boolean: return type == "boolean";
      case Kind::integer: return type == "integer" || type == "number";
      case Kind::number: return type == "number";
      case Kind::string: return type == "string";
      case Kind::array: return type == "array";
      case Kind::object: return type == "object";
      case Kind::absent: break;
    }
    return false;
  }

  static bool names(wire::JsonValue list, std::string_view wanted) {
    bool found = false;
    list.each_item([&](wire::JsonValue item) {
      found = item.string_or() == wanted;
      return !found;
    });
    return found;
  }

  static bool type_fits(wire::JsonValue type, wire::JsonValue value) {
    if (const auto one = type.string()) return is(*one, value);
    bool fits = false;
    type.each_item([&](wire::JsonValue choice) {
      fits = is(choice.string_or(), value);
      return !fits;
    });
    return fits;
  }

  void check_object(wire::JsonValue schema, wire::JsonValue value, const std::string& place) {
    const wire::JsonValue properties = schema["properties"];
    const wire::JsonValue others = schema["additionalProperties"];
    value.each_member([&](std::string_view name, wire::JsonValue member) {
      const wire::JsonValue known = properties[name];
      const std::string there = core::cat(place, ".", name);
      if (known.is_object()) {
        check(known, member, there);
      } else if (others.is_object()) {
        check(others, member, there);
      } else {
        faults_.push_back(there + ": the schema does not name it");
      }
      return true;
    });
    schema["required"].each_item([&](wire::JsonValue name) {
      if (value[name.string_or()].kind() == Kind::absent) faults_.push_back(core::cat(place, ".", name.string_or(), ": is missing"));
      return true;
    });
  }

  void check_items(wire::JsonValue schema, wire::JsonValue value, const std::string& place) {
    std::size_t index = 0;
    value.each_item([&](wire::JsonValue item) {
      check(schema, item, core::cat(place, "[", index++, "]"));
      return true;
    });
  }

  wire::JsonValue openapi_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> schema_faults(wire::JsonValue openapi, wire::JsonValue schema, wire::JsonValue value, const std::string& place) {
  Checker checker(openapi);
  checker.check(schema, value, place);
  return checker.take();
}

wire::JsonValue answer_schema(wire::JsonValue openapi, std::string_view path, std::string_view method, int status,
                              std::string_view media_type) {
  return openapi["paths"][path][method]["responses"][core::cat(status)]["content"][media_type]["schema"];
}

}  // namespace kgrca::test
