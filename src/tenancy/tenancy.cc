#include "kgrca/tenancy/tenancy.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "kgrca/wire/digest.h"
#include "tenancy/impl.h"
#include "tenancy/key_text.h"
#include "tenancy/names.h"

namespace kgrca::tenancy {
namespace {

constexpr std::size_t label_max = 200;
constexpr std::size_t cluster_max = 253;
constexpr std::size_t keys_per_tenant_max = 1000;
constexpr std::uint8_t all_scopes = 15;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

core::Status check_key(core::TenantNumber tenant, std::uint8_t scopes, std::string_view label, std::string_view cluster) {
  if (scopes == 0 || (scopes & ~all_scopes) != 0)
    return core::invalid_argument("an API key needs at least one of the scopes ingest, read, admin, platform");
  if (core::has_scope(scopes, core::Scope::platform) && tenant != core::operator_tenant)
    return core::invalid_argument("the scope platform reaches all tenants: only keys of the operator may have it");
  if (label.size() > label_max || !core::is_valid_utf8(label))
    return core::invalid_argument(core::cat("a key's label must be UTF-8 of at most ", label_max, " bytes"));
  if (cluster.size() > cluster_max || !core::is_valid_utf8(cluster) || has_control(cluster))
    return core::invalid_argument(core::cat("a cluster's name must be UTF-8 of at most ", cluster_max,
                                            " bytes without control characters"));
  return core::ok_status();
}

core::Status check_scope(const ApiKey& key, core::Scope needed) {
  if (!core::has_scope(key.scopes, needed))
    return core::permission_denied(core::cat("this needs the scope ", scopes_text(static_cast<std::uint8_t>(needed)),
                                             ", the API key has ", scopes_text(key.scopes)));
  // The operator is in no usage, under no retention, and cannot be deleted.
  if (needed == core::Scope::ingest && key.tenant == core::operator_tenant)
    return core::permission_denied("this is the operator's key, and data belongs to a tenant: send it with a tenant's key, as "
                                   "`kgrca admin key create --tenant NAME` makes one");
  return core::ok_status();
}

std::string by_key(std::string_view by) { return by.empty() ? std::string() : core::cat(" by key ", by); }

}  // namespace

Tenancy::Tenancy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tenancy::~Tenancy() = default;

core::StatusOr<std::unique_ptr<Tenancy>> Tenancy::open(store::Store& store, const core::Clock& clock,
                                                       const std::string& pepper_file) {
  auto impl = std::make_unique<Impl>(store, clock);
  if (const auto status = impl->load(pepper_file); !status.ok()) return core::with_context(status, "opening tenancy");
  return std::unique_ptr<Tenancy>(new Tenancy(std::move(impl)));
}

core::Status Tenancy::Impl::commit_audited(store::Batch batch, std::string_view action, std::string_view target,
                                           std::string_view detail) {
  // Records of one moment are put a microsecond apart, so that the newest comes first.
  core::Time at = clock.now();
  const auto snapshot = operator_view.snapshot();
  for (;; at += std::chrono::microseconds(1)) {
    KGRCA_ASSIGN_OR_RETURN(const auto taken, snapshot.get(store::keys::audit(at, 0)));
    if (!taken.has_value()) break;
  }
  batch.put(store::keys::audit(at, 0), encode_audit(action, target, detail));
  return operator_view.commit_durably(std::move(batch));
}

core::StatusOr<Tenant> Tenancy::create_tenant(std::string_view name, std::string_view plan, std::string_view by) {
  KGRCA_RETURN_IF_ERROR(check_name("the tenant name", name));
  KGRCA_RETURN_IF_ERROR(check_name("the plan name", plan));
  const std::lock_guard writing(impl_->writing);
  if (name == operator_name) return core::already_exists("the name \"operator\" is the operator's own");
  if (find(name)) return core::already_exists(core::cat("there is a tenant \"", name, "\" already"));
  if (impl_->last_number == std::numeric_limits<std::uint32_t>::max()) return core::resource_exhausted("no tenant number is left");

  Tenant tenant;
  tenant.number = core::TenantNumber{impl_->last_number + 1};
  tenant.name = name;
  tenant.plan = plan;
  tenant.database = static_cast<int>((impl_->last_number + 1) % static_cast<std::uint32_t>(impl_->store.databases()));
  tenant.shard = shard_of(name);
  tenant.created = impl_->clock.now();

  auto batch = impl_->operator_view.batch();
  const std::string record = encode(tenant);
  batch.put(store::keys::tenant_record(tenant.number), record);
  batch.put(store::keys::tenant_by_name(name), store::keys::tenant_record(tenant.number).bytes().substr(1));
  KGRCA_RETURN_IF_ERROR(impl_->commit_audited(std::move(batch), "tenant.create", name, core::cat("plan ", plan, by_key(by))));

  const std::lock_guard state(impl_->state);
  impl_->last_number += 1;
  impl_->tenants[tenant.number] = tenant;
  impl_->by_name[tenant.name] = tenant.number;
  return tenant;
}

std::optional<Tenant> Tenancy::find(std::string_view name) const {
  const std::shared_lock state(impl_->state);
  const auto found = impl_->by_name.find(name);
  if (found == impl_->by_name.end()) return std::nullopt;
  return impl_->tenants.at(found->second);
}

std::optional<Tenant> Tenancy::find(core::TenantNumber number) const {
  const std::shared_lock state(impl_->state);
  const auto found = impl_->tenants.find(number);
  if (found == impl_->tenants.end() || !lives(found->second)) return std::nullopt;
  return found->second;
}

std::vector<Tenant> Tenancy::tenants() const {
  const std::shared_lock state(impl_->state);
  std::vector<Tenant> all;
  for (const auto& [number, tenant] : impl_->tenants)
    if (lives(tenant)) all.push_back(tenant);
  return all;
}

core::StatusOr<NewApiKey> Tenancy::create_key(core::TenantNumber tenant, std::uint8_t scopes, std::string_view label,
                                              std::string_view cluster, core::Time expires, std::string_view by) {
  KGRCA_RETURN_IF_ERROR(check_key(tenant, scopes, label, cluster));
  const std::lock_guard writing(impl_->writing);
  if (tenant != core::operator_tenant && !find(tenant)) return core::not_found("an API key needs an existing tenant");
  KGRCA_ASSIGN_OR_RETURN(const std::string replaced, impl_->room_for_key(keys(tenant)));

  NewApiKey made;
  do made.key.id = new_key_id();
  while (impl_->keys.contains(made.key.id));
  made.key.tenant = tenant;
  made.key.label = label;
  made.key.scopes = scopes;
  made.key.cluster = cluster;
  made.key.created = impl_->clock.now();
  made.key.expires = expires;
  const std::string secret = new_secret();
  made.secret_text = key_text(made.key.id, secret);
  KGRCA_RETURN_IF_ERROR(impl_->keep_key({made.key, impl_->digest_of(secret)}, "key.create", replaced, by));
  return made;
}

core::Status Tenancy::import_key(std::string_view text, core::TenantNumber tenant, std::uint8_t scopes, std::string_view label) {
  KGRCA_RETURN_IF_ERROR(check_key(tenant, scopes, label, {}));
  const std::optional<KeyText> parsed = parse_key_text(text);
  if (!parsed) return core::invalid_argument("this is no API key text; `kgrca admin key generate` prints one that fits");
  const std::lock_guard writing(impl_->writing);
  const auto known = impl_->keys.find(parsed->id);
  if (known != impl_->keys.end()) {
    const bool same = known->second.key.tenant == tenant &&
                      wire::equal_constant_time(known->second.digest, impl_->digest_of(parsed->secret));
    return same ? core::ok_status() : core::already_exists("another API key has the id of this one: generate a new key");
  }
  ApiKey key;
  key.id = parsed->id;
  key.tenant = tenant;
  key.label = label;
  key.scopes = scopes;
  key.created = impl_->clock.now();
  return impl_->keep_key({key, impl_->digest_of(parsed->secret)}, "key.import");
}

// Keys that work no more make room for new ones: rotating keys must not come to an end.
core::StatusOr<std::string> Tenancy::Impl::room_for_key(const std::vector<ApiKey>& present) const {
  if (present.size() < keys_per_tenant_max) return std::string();
  const auto now = clock.now();
  const auto spent = std::find_if(present.begin(), present.end(), [&](const ApiKey& key) {
    return key.revoked || (key.expires != core::Time{} && now >= key.expires);
  });
  if (spent != present.end()) return spent->id;
  return core::resource_exhausted(core::cat("a tenant has at most ", keys_per_tenant_max, " API keys: revoke one that is not used"));
}

// Stores the key with its audit record and makes it known. REQUIRES: `writing` is held.
core::Status Tenancy::Impl::keep_key(KeyRecord record, std::string_view action, std::string_view replaced, std::string_view by) {
  auto batch = operator_view.batch();
  batch.put(store::keys::api_key(record.key.id), encode(record));
  if (!replaced.empty()) batch.erase(store::keys::api_key(replaced));
  const std::string detail =
      core::cat("tenant ", name_of(record.key.tenant), " scopes ", scopes_text(record.key.scopes),
                record.key.cluster.empty() ? "" : " cluster ", record.key.cluster,
                replaced.empty() ? "" : " in place of ", replaced, by_key(by));
  KGRCA_RETURN_IF_ERROR(commit_audited(std::move(batch), action, record.key.id, detail));
  const std::lock_guard holding(state);
  if (const auto gone = keys.find(replaced); gone != keys.end()) keys.erase(gone);
  keys[record.key.id] = std::move(record);
  return core::ok_status();
}

std::string new_key_text() { return key_text(new_key_id(), new_secret()); }

core::Status Tenancy::revoke_key(std::string_view key_id, std::string_view by) {
  const std::lock_guard writing(impl_->writing);
  const auto found = impl_->keys.find(key_id);
  if (found == impl_->keys.end()) return core::not_found(core::cat("there is no API key \"", shown(key_id), "\""));
  if (found->second.key.revoked) return core::ok_status();
  KeyRecord revoked = found->second;
  revoked.key.revoked = true;
  auto batch = impl_->operator_view.batch();
  batch.put(store::keys::api_key(key_id), encode(revoked));
  KGRCA_RETURN_IF_ERROR(impl_->commit_audited(std::move(batch), "key.revoke", key_id,
                                              core::cat("tenant ", impl_->name_of(revoked.key.tenant), by_key(by))));
  const std::lock_guard state(impl_->state);
  found->second = std::move(revoked);
  return core::ok_status();
}

std::vector<ApiKey> Tenancy::keys(core::TenantNumber tenant) const {
  const std::shared_lock state(impl_->state);
  std::vector<ApiKey> all;
  for (const auto& [id, record] : impl_->keys)
    if (record.key.tenant == tenant) all.push_back(record.key);
  std::sort(all.begin(), all.end(), [](const ApiKey& a, const ApiKey& b) {
    return std::tie(a.created, a.id) < std::tie(b.created, b.id);
  });
  return all;
}

std::string Tenancy::Impl::digest_of(std::string_view secret) const { return wire::hmac_sha256(pepper, secret); }

std::string Tenancy::Impl::tenant_name(core::TenantNumber tenant) const {
  if (tenant == core::operator_tenant) return std::string(operator_name);
  const auto found = tenants.find(tenant);
  return found == tenants.end() || !lives(found->second) ? std::string() : found->second.name;
}

std::string Tenancy::Impl::name_of(core::TenantNumber tenant) const {
  const std::shared_lock held(state);
  return tenant_name(tenant);
}

core::StatusOr<core::Principal> Tenancy::authenticate(std::string_view text, core::Scope needed) const {
  const auto parts = parse_key_text(text);
  if (!parts) return core::unauthenticated(text.empty() ? "no API key was given" : "the API key is malformed or mistyped");
  const std::string digest = impl_->digest_of(parts->secret);

  const std::shared_lock state(impl_->state);
  const auto found = impl_->keys.find(parts->id);
  const bool known = found != impl_->keys.end();
  // An unknown id costs the same digest and comparison as a known one.
  static const std::string nobody(32, '\0');
  const bool right = wire::equal_constant_time(known ? found->second.digest : nobody, digest);
  if (!known || !right) return core::unauthenticated("the API key is not valid");

  const ApiKey& key = found->second.key;
  std::string tenant = impl_->tenant_name(key.tenant);
  if (key.revoked || tenant.empty()) return core::unauthenticated("the API key has been revoked");
  if (key.expires != core::Time{} && impl_->clock.now() >= key.expires) return core::unauthenticated("the API key has expired");
  KGRCA_RETURN_IF_ERROR(check_scope(key, needed));
  return core::Principal{key.tenant, std::move(tenant), key.id, key.scopes, key.cluster};
}

core::StatusOr<store::TenantView> Tenancy::Impl::view(core::TenantNumber tenant) const {
  if (tenant == core::operator_tenant) return operator_view;
  const std::shared_lock held(state);
  const auto found = tenants.find(tenant);
  if (found == tenants.end() || !lives(found->second)) return core::not_found("there is no such tenant");
  return store::TenantViewOpener::open(store, tenant, found->second.database);
}

core::StatusOr<store::TenantView> Tenancy::view(const core::Principal& principal) const { return impl_->view(principal.tenant); }

core::StatusOr<store::TenantView> Tenancy::view(core::TenantNumber tenant, SystemJob) const { return impl_->view(tenant); }

std::string Tenancy::derived_key(std::string_view purpose) const {
  return wire::hmac_sha256(impl_->pepper, core::cat("derive:", purpose));  // a key's secret never holds a colon
}

}  // namespace kgrca::tenancy
