// What the routes under /api/v1/admin share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/answers.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::api {

inline constexpr std::size_t admin_body_bytes_max = 16 << 10;

net::RouteDoc admin_doc(std::string summary, std::string schema, std::vector<std::pair<int, std::string>> responses);

core::Status no_tenant(std::string_view name);  // not_found
// no_tenant() when there is none of that name.
core::StatusOr<tenancy::Tenant> tenant_named(const ApiContext& context, std::string_view name);

}  // namespace kgrca::api
