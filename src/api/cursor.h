// Cursors of listings: a store position that the client carries and cannot change or take to another tenant or listing.
#pragma once

#include <string>
#include <string_view>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"

namespace kgrca::api {

// `listing` names the endpoint and its filters: a cursor fits the listing that gave it and no other.
// Empty position: empty cursor.
std::string sign_cursor(std::string_view key, core::TenantNumber tenant, std::string_view listing, std::string_view position);
// invalid_argument for anything that sign_cursor did not make with the same key, tenant and listing. Empty cursor: empty position.
core::StatusOr<std::string> open_cursor(std::string_view key, core::TenantNumber tenant, std::string_view listing,
                                        std::string_view cursor);

}  // namespace kgrca::api
