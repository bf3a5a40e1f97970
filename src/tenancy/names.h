// Names of tenants and plans.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kgrca/core/status.h"

namespace kgrca::tenancy {

inline constexpr std::string_view operator_name = "operator";

// The name may be hostile: only a short, printable part of it is repeated.
std::string shown(std::string_view text);
// invalid_argument, with an example, unless it is [a-z0-9][a-z0-9-]{0,62}. `what` begins the message.
core::Status check_name(std::string_view what, std::string_view name);
// "ingest,read"
std::string scopes_text(std::uint8_t scopes);
std::uint16_t shard_of(std::string_view tenant_name);

}  // namespace kgrca::tenancy
