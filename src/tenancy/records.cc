#include "tenancy/records.h"

#include "kgrca/core/bytes.h"
#include "kgrca/core/strings.h"

namespace kgrca::tenancy {
namespace {

constexpr std::uint8_t tenant_version = 2;
constexpr std::uint8_t key_version = 1;
constexpr std::uint8_t audit_version = 1;

core::Status unreadable(std::string_view what, std::uint8_t version) {
  return core::data_loss(core::cat("a stored ", what, " (version ", version, ") cannot be read by this kgrca"));
}

std::uint64_t seconds_of(core::Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

}  // namespace

std::string encode(const Tenant& tenant) {
  std::string bytes;
  core::BytesWriter out(bytes);
  out.u8(tenant_version);
  out.fixed32(static_cast<std::uint32_t>(tenant.number));
  out.text(tenant.name);
  out.text(tenant.plan);
  out.varint(static_cast<std::uint64_t>(tenant.database));
  out.varint(tenant.shard);
  out.zigzag(core::to_micros(tenant.created));
  out.u8(tenant.deleted ? 1 : 0);
  const Retention& own = tenant.own_retention;
  for (const core::Duration kept : {own.normal, own.warning, own.incidents, own.history}) out.varint(seconds_of(kept));
  const Tenant::Deletion& deletion = tenant.deletion;
  out.zigzag(core::to_micros(deletion.asked));
  out.text(deletion.by);
  out.u8(deletion.counted ? 1 : 0);
  out.varint(deletion.keys);
  out.varint(deletion.bytes);
  return bytes;
}

core::StatusOr<Tenant> decode_tenant(std::string_view bytes) {
  core::BytesReader in(bytes);
  const auto version = in.u8();
  if (version < 1 || version > tenant_version) return unreadable("tenant", version);
  Tenant tenant;
  tenant.number = core::TenantNumber{in.fixed32()};
  tenant.name = in.text();
  tenant.plan = in.text();
  tenant.database = static_cast<int>(in.varint());
  tenant.shard = static_cast<std::uint16_t>(in.varint());
  tenant.created = core::from_micros(in.zigzag());
  tenant.deleted = in.u8() != 0;
  if (version >= 2) {
    Retention& own = tenant.own_retention;
    for (core::Duration* kept : {&own.normal, &own.warning, &own.incidents, &own.history}) *kept = std::chrono::seconds(in.varint());
    Tenant::Deletion& deletion = tenant.deletion;
    deletion.asked = core::from_micros(in.zigzag());
    deletion.by = in.text();
    deletion.counted = in.u8() != 0;
    deletion.keys = in.varint();
    deletion.bytes = in.varint();
  }
  if (!in.ok()) return unreadable("tenant", version);
  return tenant;
}

std::string encode(const KeyRecord& record) {
  std::string bytes;
  core::BytesWriter out(bytes);
  out.u8(key_version);
  out.text(record.key.id);
  out.fixed32(static_cast<std::uint32_t>(record.key.tenant));
  out.text(record.key.label);
  out.u8(record.key.scopes);
  out.text(record.key.cluster);
  out.zigzag(core::to_micros(record.key.created));
  out.zigzag(core::to_micros(record.key.expires));
  out.u8(record.key.revoked ? 1 : 0);
  out.text(record.digest);
  return bytes;
}

core::StatusOr<KeyRecord> decode_key(std::string_view bytes) {
  core::BytesReader in(bytes);
  const auto version = in.u8();
  if (version != key_version) return unreadable("API key", version);
  KeyRecord record;
  record.key.id = in.text();
  record.key.tenant = core::TenantNumber{in.fixed32()};
  record.key.label = in.text();
  record.key.scopes = in.u8();
  record.key.cluster = in.text();
  record.key.created = core::from_micros(in.zigzag());
  record.key.expires = core::from_micros(in.zigzag());
  record.key.revoked = in.u8() != 0;
  record.digest = in.text();
  if (!in.ok() || record.digest.size() != 32) return unreadable("API key", version);
  return record;
}

std::string encode_audit(std::string_view action, std::string_view target, std::string_view detail) {
  std::string bytes;
  core::BytesWriter out(bytes);
  out.u8(audit_version);
  out.text(action);
  out.text(target);
  out.text(detail);
  return bytes;
}

core::StatusOr<AuditEntry> decode_audit(std::string_view bytes) {
  core::BytesReader in(bytes);
  const auto version = in.u8();
  if (version != audit_version) return unreadable("audit record", version);
  AuditEntry entry;
  entry.action = in.text();
  entry.target = in.text();
  entry.detail = in.text();
  if (!in.ok()) return unreadable("audit record", version);
  return entry;
}

}  // namespace kgrca::tenancy
