#include "app/replay.h"

#include <algorithm>

#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

struct Endpoint {
  std::string_view source;
  std::string_view path;
  bool batched;  // takes several records in one body
};
constexpr Endpoint endpoints[] = {
    {"k8s.event", "/api/v1/ingest/k8s-events", true},        {"alertmanager", "/api/v1/ingest/alertmanager", false},
    {"log", "/api/v1/ingest/logs", true},                    {"state.k8s.resource", "/api/v1/ingest/state", true},
    {"state.k8s.topology", "/api/v1/ingest/state", true},    {"k8s.object", "/api/v1/ingest/k8s-objects", true},
    {"prom.samples", "/api/v1/ingest/metrics", false},
};

const Endpoint* endpoint_of(std::string_view source) {
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.source == source) return &endpoint;
  }
  return nullptr;
}

bool joins(const ReplayRequest& request, core::Time began, const Endpoint& endpoint, const eval::StreamRecord& record,
           const BatchLimits& limits) {
  return endpoint.batched && request.path == endpoint.path && request.records < limits.records &&
         request.body.size() + record.payload.size() < limits.bytes && record.arrive_at - began <= limits.span;
}

}  // namespace

ReplayPlan plan_replay(const std::vector<eval::StreamRecord>& stream, std::string_view tenant, const BatchLimits& limits) {
  ReplayPlan plan;
  plan.tenant = tenant.empty() && !stream.empty() ? eval::tenant_of_key(stream.front().key) : std::string(tenant);
  core::Time began{};
  for (const eval::StreamRecord& record : stream) {
    const std::string owner = eval::tenant_of_key(record.key);
    if (owner != plan.tenant) {
      ++plan.other_tenants[owner];
      continue;
    }
    const Endpoint* endpoint = endpoint_of(record.source);
    if (endpoint == nullptr) {
      ++plan.unknown_sources[record.source];
      continue;
    }
    if (record.payload.empty()) {
      ++plan.tombstones;
      continue;
    }
    if (plan.requests.empty() || !joins(plan.requests.back(), began, *endpoint, record, limits)) {
      plan.requests.push_back({std::string(endpoint->path), {}, 0, {}});
      began = record.arrive_at;
    }
    ReplayRequest& request = plan.requests.back();
    core::append(request.body, record.payload, "\n");
    ++request.records;
    request.due = record.arrive_at;
    if (plan.records == 0) plan.first = record.arrive_at;
    ++plan.records;
    plan.last = std::max(plan.last, record.arrive_at);
  }
  return plan;
}

std::chrono::seconds shift_to_now(const ReplayPlan& plan, core::Time now, double speed) {
  const double length = core::to_seconds(plan.last - plan.first);
  const double sending = speed > 0 ? length / std::max(speed, 1.0) : 0.0;
  const core::Time end = now + core::from_seconds(sending);
  return std::chrono::floor<std::chrono::seconds>(end - plan.last);
}

}  // namespace kgrca::app
