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
    {"k8s.objects", "/api/v1/ingest/k8s-objects", true},     {"prom.samples", "/api/v1/ingest/metrics", false},
};

const Endpoint* endpoint_of(std::string_view source) {
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.source == source) return &endpoint;
  }
  return nullptr;
}

bool joins(const ReplayRequest& request, core::Time began, const Endpoint& endpoint, std::size_t bytes, core::Time arrived,
           const BatchLimits& limits) {
  return endpoint.batched && request.path == endpoint.path && request.records < limits.records &&
         request.body.size() + bytes < limits.bytes && arrived - began <= limits.span;
}

// What goes into the body for a record; empty when nothing does.
std::string payload_of(const eval::StreamRecord& record, const Endpoint& endpoint, ReplayPlan& plan) {
  if (!record.payload.empty()) return record.payload;
  std::string deletion = endpoint.path == "/api/v1/ingest/state" ? deletion_of_tombstone(record) : std::string{};
  ++(deletion.empty() ? plan.unreadable_tombstones : plan.tombstones);
  return deletion;
}

}  // namespace

std::string deletion_of_tombstone(const eval::StreamRecord& record) {
  std::string_view rest(record.key);
  rest.remove_prefix(std::min(rest.size(), eval::tenant_of_key(record.key).size()));
  rest.remove_prefix(std::min<std::size_t>(rest.size(), rest.starts_with("::") ? 2 : 1));
  std::string out = R"({"op":"DELETE","at":)";
  core::append_json_string(out, core::format_rfc3339(record.arrive_at));
  if (rest.starts_with("edge:") || rest.find("->") != std::string_view::npos) {
    out += R"(,"id":)";
    core::append_json_string(out, core::cat(rest.starts_with("edge:") ? "" : "edge:", rest));
    return out + "}";
  }
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == rest.size()) return {};
  out += R"(,"kind":)";
  core::append_json_string(out, rest.substr(0, colon));
  out += R"(,"uid":)";
  core::append_json_string(out, rest.substr(colon + 1));
  return out + "}";
}

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
    const std::string payload = payload_of(record, *endpoint, plan);
    if (payload.empty()) continue;
    if (plan.requests.empty() || !joins(plan.requests.back(), began, *endpoint, payload.size(), record.arrive_at, limits)) {
      plan.requests.push_back({std::string(endpoint->path), {}, 0, {}});
      began = record.arrive_at;
    }
    ReplayRequest& request = plan.requests.back();
    core::append(request.body, payload, "\n");
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
