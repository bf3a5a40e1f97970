// Stored forms of tenants, API keys and the operator's audit. Each begins with a format version byte.
#pragma once

#include <string>
#include <string_view>

#include "kgrca/core/status.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::tenancy {

// A key as it is stored: never the secret, only its keyed digest.
struct KeyRecord {
  ApiKey key;
  std::string digest;  // HMAC-SHA-256(pepper, secret), 32 bytes
};

std::string encode(const Tenant& tenant);
std::string encode(const KeyRecord& record);
// data_loss when the bytes are no record or of a newer version.
core::StatusOr<Tenant> decode_tenant(std::string_view bytes);
core::StatusOr<KeyRecord> decode_key(std::string_view bytes);

// What was done to what, for the operator's audit; no secrets.
// Without its time, which stands in the key.
core::StatusOr<AuditEntry> decode_audit(std::string_view bytes);
std::string encode_audit(std::string_view action, std::string_view target, std::string_view detail);

}  // namespace kgrca::tenancy
