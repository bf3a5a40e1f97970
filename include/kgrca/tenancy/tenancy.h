// Tenants, keys and who may do what. The only opener of a TenantView.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/principal.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/store/store.h"

namespace kgrca::tenancy {

// How long a tenant's data is kept, by class; zero in a tenant's own: as its plan says.
struct Retention {
  core::Duration normal{};     // DEBUG and INFO events
  core::Duration warning{};    // WARNING and above, with their links
  core::Duration incidents{};
  core::Duration history{};    // former states and edges
  bool operator==(const Retention&) const = default;
};
inline constexpr core::Duration retention_min = std::chrono::hours(24);
inline constexpr core::Duration retention_max = std::chrono::hours(24 * 3650);
// Every class as long as the plan's name promises: free 7 d, basic and others 30 d, pro 90 d, enterprise 365 d.
Retention plan_retention(std::string_view plan);

struct Tenant {
  core::TenantNumber number{};
  std::string name;            // [a-z0-9][a-z0-9-]{0,62}, unique
  std::string plan = "free";
  int database = 0;
  std::uint16_t shard = 0;     // fixed hash of the name mod 64
  core::Time created{};
  bool deleted = false;        // for good; the number stays taken
  Retention own_retention{};
  // Being deleted: no key of it is valid and nothing is written for it.
  struct Deletion {
    core::Time asked{};        // zero: it lives
    std::string by;            // id of the key that asked
    bool counted = false;      // the figures below are final
    std::uint64_t keys = 0;    // there were
    std::uint64_t bytes = 0;
  };
  Deletion deletion{};

  Retention retention() const;  // in force
};
// Neither deleted nor being deleted: its name is its own.
inline bool lives(const Tenant& tenant) { return !tenant.deleted && tenant.deletion.asked == core::Time{}; }

// One record of the operator's audit.
struct AuditEntry {
  core::Time at{};
  std::uint32_t seq = 0;       // tells records of one microsecond apart
  std::string action;          // "tenant.create"
  std::string target;
  std::string detail;
};

struct ApiKey {
  std::string id;              // shown; part of the key text
  core::TenantNumber tenant{};
  std::string label;
  std::uint8_t scopes = 0;
  std::string cluster;         // bound cluster or empty
  core::Time created{};
  core::Time expires{};        // zero: never
  bool revoked = false;
};
struct NewApiKey {
  ApiKey key;
  std::string secret_text;     // `kg_live_<id>_<secret>_<crc>`: shown once, never stored
};

// Why a view is opened without a principal. Every name stands for one job that app or pipeline runs.
enum class SystemJob : std::uint8_t { lane, meters, eval, maintenance };

// Thread-safe.
class Tenancy {
 public:
  // `pepper_file`: 32 random bytes, made (mode 0600) when absent.
  static core::StatusOr<std::unique_ptr<Tenancy>> open(store::Store& store, const core::Clock& clock, const std::string& pepper_file);
  ~Tenancy();

  // invalid_argument: a name or plan that is none; already_exists: the name is taken.
  // `by`, here and below: the id of the key that asked, for the audit; empty: the server itself.
  core::StatusOr<Tenant> create_tenant(std::string_view name, std::string_view plan = "free", std::string_view by = {});
  std::optional<Tenant> find(std::string_view name) const;
  std::optional<Tenant> find(core::TenantNumber number) const;
  std::vector<Tenant> tenants() const;
  // not_found: no such tenant; invalid_argument: below a day or above ten years, or a class kept longer than one that refers to it
  // (normal <= warning <= incidents). What changes nothing is not in the audit.
  core::StatusOr<Tenant> set_retention(std::string_view name, const Retention& own, std::string_view by);

  // Marks the tenant: its keys are refused and no view of it is opened from then on. What was opened before must be closed by the
  // caller before finish_deletion(). not_found: no such tenant.
  core::StatusOr<Tenant> begin_deletion(std::string_view name, std::string_view by);
  // Those that began and did not finish.
  std::vector<core::TenantNumber> unfinished_deletions() const;
  // Counts, erases and compacts away all the tenant has, makes sure that no key is left, erases its API keys and writes the
  // certificate into the audit. May be called again after an error or a crash, at any point. Takes minutes for gigabytes.
  core::Status finish_deletion(core::TenantNumber tenant, std::atomic<bool>& stop);

  // Newest first. `after`: the last one of the former page.
  core::StatusOr<std::vector<AuditEntry>> audit(std::size_t limit, const std::optional<AuditEntry>& after = {}) const;

  // resource_exhausted: the tenant has 1,000 keys that work. Of others the oldest makes room.
  core::StatusOr<NewApiKey> create_key(core::TenantNumber tenant, std::uint8_t scopes, std::string_view label,
                                       std::string_view cluster = {}, core::Time expires = {}, std::string_view by = {});
  // Takes over a key made elsewhere (a Kubernetes Secret), as new_key_text() prints it. Again with the same text: nothing.
  // invalid_argument: no key text; already_exists: the id belongs to another key.
  core::Status import_key(std::string_view text, core::TenantNumber tenant, std::uint8_t scopes, std::string_view label);
  core::Status revoke_key(std::string_view key_id, std::string_view by = {});
  std::vector<ApiKey> keys(core::TenantNumber tenant) const;

  // Checks a key's text: format and CRC first, then one HMAC and a constant-time comparison (also for unknown ids).
  // unauthenticated: no such key, expired, revoked; permission_denied: the key lacks `needed`, or is
  // the operator's and data is to be sent. Cost: one HMAC, no disk.
  core::StatusOr<core::Principal> authenticate(std::string_view key_text, core::Scope needed) const;

  core::StatusOr<store::TenantView> view(const core::Principal& principal) const;
  core::StatusOr<store::TenantView> view(core::TenantNumber tenant, SystemJob job) const;

  // 32 bytes derived from the pepper for one purpose ("cursor", "digest:<tenant>").
  std::string derived_key(std::string_view purpose) const;

 private:
  struct Impl;
  explicit Tenancy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A fresh key text that no store knows yet.
std::string new_key_text();

// The key's text out of Authorization (Bearer, Basic password) or X-API-Key header values; empty when none.
std::string key_from_headers(std::string_view authorization, std::string_view x_api_key);

}  // namespace kgrca::tenancy
