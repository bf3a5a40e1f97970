#include "tenancy/names.h"

#include <algorithm>

#include "kgrca/core/hash.h"
#include "kgrca/core/principal.h"
#include "kgrca/core/strings.h"

namespace kgrca::tenancy {
namespace {

constexpr std::size_t name_max = 63;
constexpr std::uint16_t shards = 64;

bool is_name(std::string_view name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  if (name.empty() || name.size() > name_max || letters.find(name.front()) == std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return c == '-' || letters.find(c) != std::string_view::npos; });
}

}  // namespace

std::string shown(std::string_view text) {
  std::string out(core::clip_utf8(text, 40));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  return out;
}

core::Status check_name(std::string_view what, std::string_view name) {
  if (is_name(name)) return core::ok_status();
  return core::invalid_argument(core::cat(what, " \"", shown(name), "\" is not allowed: use 1 to ", name_max,
                                          " of a-z, 0-9 and '-', beginning with a letter or digit, for example \"acme-prod\""));
}

std::string scopes_text(std::uint8_t scopes) {
  constexpr std::pair<core::Scope, std::string_view> names[] = {{core::Scope::ingest, "ingest"},
                                                                {core::Scope::read, "read"},
                                                                {core::Scope::admin, "admin"},
                                                                {core::Scope::platform, "platform"}};
  std::string out;
  for (const auto& [scope, name] : names)
    if (core::has_scope(scopes, scope)) core::append(out, out.empty() ? "" : ",", name);
  return out;
}

std::uint16_t shard_of(std::string_view tenant_name) { return static_cast<std::uint16_t>(core::stable_hash64(tenant_name) % shards); }

}  // namespace kgrca::tenancy
