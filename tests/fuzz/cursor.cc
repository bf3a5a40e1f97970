#include "api/cursor.h"
#include "tests/fuzz/fuzz.h"

// As a cursor from outside, and as a position that goes out and comes back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgrca;
  const std::string_view text = fuzz::text_of(data, size);
  constexpr core::TenantNumber tenant{7};
  constexpr core::TenantNumber other{8};
  const auto forged = api::open_cursor("key", tenant, "/api/v1/events", text);
  fuzz::require(text.empty() || !forged.ok(), "nobody but the server makes cursors");
  const std::string cursor = api::sign_cursor("key", tenant, "/api/v1/events", text);
  const auto position = api::open_cursor("key", tenant, "/api/v1/events", cursor);
  fuzz::require(position.ok() && *position == text, "a cursor gives its position back");
  if (text.empty()) return 0;
  fuzz::require(!api::open_cursor("key", other, "/api/v1/events", cursor).ok(), "a cursor stays with its tenant");
  fuzz::require(!api::open_cursor("key", tenant, "/api/v1/incidents", cursor).ok(), "a cursor stays with its listing");
  return 0;
}
