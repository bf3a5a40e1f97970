// The tenant number as it begins every stored key, and the ends of prefixes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kgrca/core/ids.h"

namespace kgrca::store {

inline constexpr std::size_t tenant_prefix_bytes = 4;
std::string tenant_prefix(core::TenantNumber tenant);
// The tenant of a stored key; bytes that a short key lacks count as zero.
core::TenantNumber tenant_of(std::string_view stored_key);

// The first key after all that begin with `prefix`; empty when there is none.
std::string end_of_prefix(std::string prefix);
// The same where an end must be given: above every key that begins with the prefix.
std::string bound_of_prefix(const std::string& prefix);

}  // namespace kgrca::store
