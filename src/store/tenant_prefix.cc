#include "store/tenant_prefix.h"

#include "kgrca/core/bytes.h"

namespace kgrca::store {

std::string tenant_prefix(core::TenantNumber tenant) {
  std::string bytes;
  core::append_big_endian(bytes, static_cast<std::uint32_t>(tenant));
  return bytes;
}

core::TenantNumber tenant_of(std::string_view stored_key) {
  std::string whole(stored_key.substr(0, tenant_prefix_bytes));
  whole.resize(tenant_prefix_bytes, '\0');
  return core::TenantNumber{core::big_endian<std::uint32_t>(whole)};
}

std::string end_of_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string bound_of_prefix(const std::string& prefix) {
  std::string end = end_of_prefix(prefix);
  if (end.empty()) end.assign(128, '\xff');  // only the last tenant number gets here, and no key begins with so many
  return end;
}

}  // namespace kgrca::store
