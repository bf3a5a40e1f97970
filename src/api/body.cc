#include "api/body.h"

#include <algorithm>
#include <vector>

#include "api/schemas.h"
#include "kgrca/core/strings.h"
#include "kgrca/wire/compression.h"

namespace kgrca::api {
namespace {

using Kind = wire::JsonValue::Kind;

core::Status check_content_type(const net::Request& request) {
  const std::string_view header = request.header("content-type");
  const std::string_view type = core::trim(header.substr(0, header.find(';')));
  if (type.empty() || core::equals_ignore_case(type, "application/json")) return core::ok_status();
  return core::unimplemented(core::cat("Content-Type '", core::clip_utf8(type, 100), "' is not read here: send application/json"));
}

core::Status check_names(const wire::JsonValue& body, std::string_view schema) {
  const std::vector<std::string> known = member_names(schema);
  std::vector<std::string_view> given;
  core::Status status;
  body.each_member([&](std::string_view name, wire::JsonValue) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      status = core::invalid_argument(core::cat("unknown member '", core::clip_utf8(name, 64), "' of the body; this endpoint takes ",
                                                core::join(known, ", ")));
    } else if (std::find(given.begin(), given.end(), name) != given.end()) {
      status = core::invalid_argument(core::cat("member '", name, "' is given twice"));
    }
    given.push_back(name);
    return status.ok();
  });
  return status;
}

}  // namespace

core::StatusOr<wire::JsonValue> body_object(wire::JsonDocument& document, const net::Request& request, std::string_view schema,
                                            std::size_t bytes_max) {
  KGRCA_RETURN_IF_ERROR(check_content_type(request));
  KGRCA_ASSIGN_OR_RETURN(const std::string text, wire::decode_content(request.header("content-encoding"), request.body, bytes_max));
  if (core::trim(text).empty()) return core::invalid_argument("the body is empty: send a JSON object");
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonValue body, document.parse(text));
  if (!body.is_object()) return core::invalid_argument("the body must be a JSON object");
  KGRCA_RETURN_IF_ERROR(check_names(body, schema));
  return body;
}

core::Status bad_member(std::string_view name, std::string_view expected) {
  return core::invalid_argument(core::cat("member '", name, "' of the body: expected ", expected));
}

core::StatusOr<std::string> text_member(const wire::JsonValue& body, std::string_view name, std::string_view fallback) {
  const wire::JsonValue value = body[name];
  if (value.is_null_or_absent()) return std::string(fallback);
  if (value.kind() != Kind::string) return bad_member(name, "a string");
  return std::string(value.string_or());
}

core::StatusOr<std::int64_t> integer_member(const wire::JsonValue& body, std::string_view name, std::int64_t fallback,
                                            std::int64_t least, std::int64_t most) {
  const wire::JsonValue value = body[name];
  if (value.is_null_or_absent()) return fallback;
  const auto number = value.kind() == Kind::integer ? value.integer() : std::nullopt;
  if (!number || *number < least || *number > most) return bad_member(name, core::cat("a whole number from ", least, " to ", most));
  return *number;
}

core::StatusOr<double> share_member(const wire::JsonValue& body, std::string_view name, double fallback) {
  const wire::JsonValue value = body[name];
  if (value.is_null_or_absent()) return fallback;
  const bool numeric = value.kind() == Kind::integer || value.kind() == Kind::number;
  const auto number = numeric ? value.number() : std::nullopt;
  if (!number || *number < 0 || *number > 1) return bad_member(name, "a number from 0 to 1");
  return *number;
}

core::StatusOr<bool> boolean_member(const wire::JsonValue& body, std::string_view name, bool fallback) {
  const wire::JsonValue value = body[name];
  if (value.is_null_or_absent()) return fallback;
  if (value.kind() != Kind::boolean) return bad_member(name, "true or false");
  return value.boolean().value_or(fallback);
}

}  // namespace kgrca::api
