#include "api/cursor.h"

#include "kgrca/core/bytes.h"
#include "kgrca/wire/digest.h"

namespace kgrca::api {
namespace {

// Half of an HMAC-SHA-256: far beyond guessing, and keeps the cursor short.
constexpr std::size_t signature_bytes = 16;
constexpr std::size_t cursor_bytes_max = 4096;

std::string signature(std::string_view key, core::TenantNumber tenant, std::string_view listing, std::string_view position) {
  std::string signed_bytes;
  core::BytesWriter writer(signed_bytes);
  writer.fixed32(static_cast<std::uint32_t>(tenant));
  writer.text(listing);
  writer.text(position);
  return wire::hmac_sha256(key, signed_bytes).substr(0, signature_bytes);
}

core::Status unfit() {
  return core::invalid_argument("query parameter 'cursor': not a cursor of this listing; start again without it and keep "
                                "the other parameters the same from page to page");
}

}  // namespace

std::string sign_cursor(std::string_view key, core::TenantNumber tenant, std::string_view listing, std::string_view position) {
  if (position.empty()) return {};
  std::string bytes = signature(key, tenant, listing, position);
  bytes.append(position);
  return wire::base64url(bytes);
}

core::StatusOr<std::string> open_cursor(std::string_view key, core::TenantNumber tenant, std::string_view listing,
                                        std::string_view cursor) {
  if (cursor.empty()) return std::string{};
  if (cursor.size() > cursor_bytes_max) return unfit();
  const std::string bytes = wire::base64_decode(cursor);
  if (bytes.size() <= signature_bytes) return unfit();
  std::string position = bytes.substr(signature_bytes);
  const std::string_view given = std::string_view(bytes).substr(0, signature_bytes);
  if (!wire::equal_constant_time(signature(key, tenant, listing, position), given)) return unfit();
  return position;
}

}  // namespace kgrca::api
