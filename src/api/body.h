// JSON bodies of requests as typed members. Errors are invalid_argument and name the member and what is expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kgrca/core/status.h"
#include "kgrca/net/http.h"
#include "kgrca/wire/json.h"

namespace kgrca::api {

// The body as an object that has no other members than the schema of that name (schemas.h); `document` must outlive the value.
// Undoes Content-Encoding up to `bytes_max`. unimplemented: a content type that is not JSON.
core::StatusOr<wire::JsonValue> body_object(wire::JsonDocument& document, const net::Request& request, std::string_view schema,
                                            std::size_t bytes_max);

core::Status bad_member(std::string_view name, std::string_view expected);
core::StatusOr<std::string> text_member(const wire::JsonValue& body, std::string_view name, std::string_view fallback = {});
core::StatusOr<std::int64_t> integer_member(const wire::JsonValue& body, std::string_view name, std::int64_t fallback,
                                            std::int64_t least, std::int64_t most);
core::StatusOr<double> share_member(const wire::JsonValue& body, std::string_view name, double fallback);  // 0 to 1
core::StatusOr<bool> boolean_member(const wire::JsonValue& body, std::string_view name, bool fallback);

}  // namespace kgrca::api
