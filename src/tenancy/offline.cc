#include "kgrca/tenancy/offline.h"

#include <algorithm>
#include <limits>
#include <map>

#include "kgrca/core/bytes.h"
#include "kgrca/core/strings.h"
#include "tenancy/names.h"
#include "tenancy/records.h"

namespace kgrca::tenancy {
namespace {

namespace keys = store::keys;

struct Reading {
  const store::Snapshot& snapshot;
  StoredTenants& out;
  std::map<core::TenantNumber, const Tenant*> by_number;

  void problem(std::string_view kind, std::string_view key, std::string_view what) {
    out.problems.push_back({std::string(kind), keys::shown(store::Family::meta, key), std::string(what)});
  }
  core::Status read_tenants(int databases);
  core::Status read_names();
  core::Status read_keys();
};

core::Status Reading::read_tenants(int databases) {
  store::Scan scan = snapshot.scan(keys::tenant_records());
  for (; scan.valid(); scan.next()) {
    core::StatusOr<Tenant> tenant = decode_tenant(scan.value());
    if (!tenant.ok()) {
      problem("tenant_record", scan.key(), core::message_of(tenant.status()));
    } else if (keys::tenant_record(tenant->number).bytes() != scan.key()) {
      problem("tenant_record", scan.key(), core::cat("the record is that of tenant ", static_cast<std::uint32_t>(tenant->number)));
    } else if (tenant->database < 0 || tenant->database >= databases) {
      problem("tenant_record", scan.key(), core::cat("it names database ", tenant->database, ", the store has ", databases));
    } else {
      out.all.push_back(*std::move(tenant));
    }
  }
  for (const Tenant& tenant : out.all) {
    by_number[tenant.number] = &tenant;
    if (!lives(tenant)) continue;
    KGRCA_ASSIGN_OR_RETURN(const auto named, snapshot.get(keys::tenant_by_name(tenant.name)));
    if (named != keys::tenant_record(tenant.number).bytes().substr(1))
      problem("tenant_name", keys::tenant_record(tenant.number).bytes(), core::cat("its name ", tenant.name, " does not lead to it"));
  }
  return scan.status();
}

core::Status Reading::read_names() {
  store::Scan scan = snapshot.scan(keys::tenant_by_name(""));
  for (; scan.valid(); scan.next()) {
    const bool numbered = scan.value().size() == sizeof(std::uint32_t);
    const auto tenant = numbered ? by_number.find(core::TenantNumber{core::big_endian<std::uint32_t>(scan.value())}) : by_number.end();
    const bool right = tenant != by_number.end() && tenant->second->name == scan.key().substr(1);
    if (!right) problem("tenant_name", scan.key(), "it leads to no tenant of this name");
  }
  return scan.status();
}

core::Status Reading::read_keys() {
  store::Scan scan = snapshot.scan(keys::api_keys());
  for (; scan.valid(); scan.next()) {
    const core::StatusOr<KeyRecord> record = decode_key(scan.value());
    if (!record.ok()) {
      problem("api_key", scan.key(), core::message_of(record.status()));
    } else if (record->key.tenant != core::operator_tenant && !by_number.contains(record->key.tenant)) {
      problem("api_key", scan.key(), "it belongs to no tenant");
    }
  }
  return scan.status();
}

}  // namespace

core::StatusOr<StoredTenants> stored_tenants(store::Store& store) {
  StoredTenants out;
  const store::Snapshot snapshot = offline_operator_view(store).snapshot();
  Reading reading{snapshot, out, {}};
  KGRCA_RETURN_IF_ERROR(reading.read_tenants(store.databases()));
  KGRCA_RETURN_IF_ERROR(reading.read_names());
  KGRCA_RETURN_IF_ERROR(reading.read_keys());
  return out;
}

store::TenantView offline_view(store::Store& store, const Tenant& tenant) {
  return store::TenantViewOpener::open(store, tenant.number, tenant.database);
}

store::TenantView offline_operator_view(store::Store& store) { return store::TenantViewOpener::open(store, core::operator_tenant, 0); }

std::string encode_for_export(const Tenant& tenant) { return encode(tenant); }

namespace {

core::Status commit_audited(store::Store& store, store::Batch batch, core::Time now, std::string_view action, std::string_view target) {
  store::TenantView view = offline_operator_view(store);
  const store::Snapshot snapshot = view.snapshot();
  std::uint32_t seq = 0;
  for (;; ++seq) {
    KGRCA_ASSIGN_OR_RETURN(const auto taken, snapshot.get(keys::audit(now, seq)));
    if (!taken) break;
  }
  batch.put(keys::audit(now, seq), encode_audit(action, target, "offline"));
  return view.commit_durably(std::move(batch));
}

}  // namespace

core::StatusOr<Tenant> reserve_tenant(store::Store& store, std::string_view record, std::string_view name, core::Time now) {
  KGRCA_ASSIGN_OR_RETURN(Tenant tenant, decode_tenant(record));
  if (!name.empty()) tenant.name = name;
  KGRCA_RETURN_IF_ERROR(check_name("the tenant name", tenant.name));
  KGRCA_ASSIGN_OR_RETURN(const StoredTenants known, stored_tenants(store));
  if (!known.problems.empty())
    return core::data_loss(core::cat("the store's tenants are damaged, ", known.problems.front().key, ": ", known.problems.front().what));
  std::uint32_t last = 0;
  for (const Tenant& other : known.all) {
    last = std::max(last, static_cast<std::uint32_t>(other.number));
    if (lives(other) && other.name == tenant.name)
      return core::already_exists(core::cat("there is a tenant \"", tenant.name, "\" already: give another name with --as"));
  }
  if (tenant.name == operator_name) return core::already_exists("the name \"operator\" is the operator's own");
  if (last == std::numeric_limits<std::uint32_t>::max()) return core::resource_exhausted("no tenant number is left");
  tenant.number = core::TenantNumber{last + 1};
  tenant.database = static_cast<int>((last + 1) % static_cast<std::uint32_t>(store.databases()));
  tenant.shard = shard_of(tenant.name);
  tenant.deleted = true;
  tenant.deletion = {};
  store::Batch batch = offline_operator_view(store).batch();
  batch.put(keys::tenant_record(tenant.number), encode(tenant));
  KGRCA_RETURN_IF_ERROR(commit_audited(store, std::move(batch), now, "tenant.import.begin", tenant.name));
  return tenant;
}

core::Status admit_tenant(store::Store& store, const Tenant& reserved, core::Time now) {
  Tenant tenant = reserved;
  tenant.deleted = false;
  store::Batch batch = offline_operator_view(store).batch();
  batch.put(keys::tenant_record(tenant.number), encode(tenant));
  batch.put(keys::tenant_by_name(tenant.name), keys::tenant_record(tenant.number).bytes().substr(1));
  return commit_audited(store, std::move(batch), now, "tenant.import", tenant.name);
}

}  // namespace kgrca::tenancy
