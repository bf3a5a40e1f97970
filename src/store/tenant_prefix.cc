#include "store/tenant_prefix.h"

namespace kgrca::store {

std::string tenant_prefix(core::TenantNumber tenant) {
  const auto number = static_cast<std::uint32_t>(tenant);
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((number >> shift) & 0xff));
  return bytes;
}

core::TenantNumber tenant_of(std::string_view stored_key) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < tenant_prefix_bytes; ++i)
    number = (number << 8) | (i < stored_key.size() ? static_cast<unsigned char>(stored_key[i]) : 0u);
  return core::TenantNumber{number};
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
