#pragma once

#include <cstdint>
#include <string>

#include "kgrca/core/ids.h"

namespace kgrca::core {

// What a key may do. A key holds a set of them.
enum class Scope : std::uint8_t { none = 0, ingest = 1, read = 2, admin = 4, platform = 8 };
constexpr bool has_scope(std::uint8_t scopes, Scope scope) {
  return (scopes & static_cast<std::uint8_t>(scope)) == static_cast<std::uint8_t>(scope);
}

// Who is asking: made by tenancy from a key, never from anything else a request says.
struct Principal {
  TenantNumber tenant = operator_tenant;
  std::string tenant_name;
  std::string key_id;
  std::uint8_t scopes = 0;   // bit set of Scope
  std::string cluster;       // bound cluster, empty when the key names none
};

}  // namespace kgrca::core
