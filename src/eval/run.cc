#include "eval/run.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "kgrca/core/strings.h"

namespace kgrca::eval {

normalize::Decoded decode_record(const StreamRecord& record, const normalize::Context& context) {
  const std::string& kind = record.source.empty() ? record.topic : record.source;
  if (kind == "k8s.event" || kind == "raw.k8s.events" || kind == "events.normalized")
    return normalize::decode_kubernetes_events(record.payload, context);
  if (kind == "alertmanager" || kind == "raw.prom.alerts" || kind == "alerts.raw")
    return normalize::decode_alertmanager(record.payload, context);
  if (kind == "log" || kind == "raw.k8s.logs" || kind == "logs.normalized") return normalize::decode_logs(record.payload, context);
  if (kind.starts_with("state.k8s.")) return normalize::decode_state(record.payload, context, record.key);
  if (kind == "k8s.object" || kind == "k8s.objects") return normalize::decode_kubernetes_objects(record.payload, context);
  if (kind == "prom.samples") return normalize::decode_metrics(record.payload, context);
  normalize::Decoded none;
  none.items = 1;
  none.rejections = 1;
  none.rejected.push_back({0, core::cat("no decoder for source `", kind, "`")});
  return none;
}

core::StatusOr<std::unique_ptr<CaseRun>> CaseRun::open(core::Duration at) {
  std::unique_ptr<CaseRun> run(new CaseRun);
  std::string pattern = (std::filesystem::temp_directory_path() / "kgrca-eval-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return core::unavailable("cannot make a temporary directory");
  run->directory_ = pattern;
  run->at_ = at;
  store::StoreOptions options;
  options.directory = pattern + "/store";
  options.databases = 1;
  options.reserve_bytes = 0;
  options.reserve_share = 0;
  KGRCA_ASSIGN_OR_RETURN(run->store_, store::Store::open(options, run->metrics_));
  KGRCA_ASSIGN_OR_RETURN(run->tenancy_, tenancy::Tenancy::open(*run->store_, run->clock_, pattern + "/pepper"));
  run->options_.taxonomy = model::Taxonomy::embedded();
  run->options_.rules = rca::Rules::embedded();
  // A fixed key, so that two runs of one stream give equal digests.
  KGRCA_ASSIGN_OR_RETURN(run->options_.masker, normalize::Masker::make("eval"));
  return run;
}

CaseRun::~CaseRun() {
  tenants_.clear();
  tenancy_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

core::StatusOr<TenantRun*> CaseRun::tenant(const std::string& name) {
  auto found = tenants_.find(name);
  if (found != tenants_.end()) return &found->second;
  KGRCA_ASSIGN_OR_RETURN(tenancy::Tenant made, tenancy_->create_tenant(name));
  KGRCA_ASSIGN_OR_RETURN(store::TenantView view, tenancy_->view(made.number, tenancy::SystemJob::eval));
  TenantRun& tenant = tenants_[name];
  tenant.name = name;
  tenant.number = made.number;
  KGRCA_ASSIGN_OR_RETURN(tenant.lane, pipeline::Lane::open(std::move(view), options_, metrics_));
  tenant.lane->on_delta([this, &tenant](const rca::Delta& delta, core::Time now) { take(tenant, delta, now); });
  return &tenant;
}

void CaseRun::take(TenantRun& tenant, const rca::Delta& delta, core::Time now) {
  tenant.links.take(delta);
  for (const auto& change : delta.incidents) {
    SeenIncident seen{.incident = change.incident, .opened = now};
    for (core::IncidentId former : change.incident.aliases) {
      auto old = tenant.incidents.find(former);
      if (old == tenant.incidents.end()) continue;
      seen.opened = std::min(seen.opened, old->second.opened);
      if (old->second.frozen) seen = old->second;
      tenant.incidents.erase(old);
    }
    auto same = tenant.incidents.find(change.incident.id);
    if (same != tenant.incidents.end()) {
      if (same->second.frozen) continue;
      seen.opened = std::min(seen.opened, same->second.opened);
    }
    tenant.incidents[change.incident.id] = std::move(seen);
  }
}

void CaseRun::freeze(TenantRun& tenant, core::Time now) {
  if (at_ == core::Duration{}) return;
  for (auto& [id, seen] : tenant.incidents)
    if (now > seen.opened + at_) seen.frozen = true;
}

core::Status CaseRun::feed(const StreamRecord& record) {
  ++records_;
  clock_.set(record.arrive_at);
  KGRCA_ASSIGN_OR_RETURN(TenantRun * tenant, this->tenant(tenant_of_key(record.key)));
  freeze(*tenant, record.arrive_at);
  normalize::Context context{.taxonomy = options_.taxonomy, .masker = options_.masker, .received = record.arrive_at, .cluster = {}};
  normalize::Decoded decoded = decode_record(record, context);
  rejected_ += decoded.rejections;
  if (!decoded.rejected.empty() && first_rejection_.empty()) first_rejection_ = decoded.rejected.front().reason;
  if (decoded.records.empty()) return core::ok_status();
  return tenant->lane->apply({&decoded.records}, record.arrive_at, [] {}).status();
}

core::Status CaseRun::finish() {
  core::Time end = clock_.now() + std::chrono::seconds(1);
  clock_.set(end);
  for (auto& [name, tenant] : tenants_) {
    freeze(tenant, end);
    KGRCA_RETURN_IF_ERROR(tenant.lane->tick(end));
  }
  return core::ok_status();
}

core::StatusOr<graph::GraphReader> CaseRun::reader(const TenantRun& tenant) const {
  KGRCA_ASSIGN_OR_RETURN(store::TenantView view, tenancy_->view(tenant.number, tenancy::SystemJob::eval));
  return graph::GraphReader(view.snapshot());
}

}  // namespace kgrca::eval
