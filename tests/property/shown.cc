#include "tests/property/shown.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

#include "kgrca/core/strings.h"

namespace kgrca::property {
namespace {

using eval::CaseRun;
using eval::StreamRecord;

constexpr float shown = 0.30f;

// Lets tenant time pass everything by the lateness bound: one life-cycle event half an hour after the end.
StreamRecord marker(const std::string& tenant, core::Time at) {
  std::string time = core::format_rfc3339(at, 0);
  return {.arrive_at = at, .source = "k8s.event", .topic = "raw.k8s.events", .key = tenant + "::marker",
          .payload = core::cat(R"({"metadata":{"name":"m","namespace":"default","uid":"marker-)", time, R"("},"involvedObject":{"kind":"Pod",)",
                               R"("namespace":"default","name":"marker"},"reason":"Scheduled","message":"marker","type":"Normal","count":1,)",
                               R"("firstTimestamp":")", time, R"(","lastTimestamp":")", time, R"("})")};
}

// Whether a link may be absent on the other side: it lies within the tolerance of the display threshold, or of the weakest link
// that was kept there for this effect.
bool on_the_border(const Shown& other, core::EventKey effect, float confidence) {
  auto weakest = other.weakest.find(effect);
  return confidence < shown + 0.01f || (weakest != other.weakest.end() && confidence <= weakest->second + 0.01f);
}

}  // namespace

std::unique_ptr<CaseRun> run(std::vector<StreamRecord> records) {
  std::set<std::string> tenants;
  core::Time end{};
  for (const StreamRecord& r : records) {
    tenants.insert(eval::tenant_of_key(r.key));
    end = std::max(end, r.arrive_at);
  }
  for (const std::string& tenant : tenants) records.push_back(marker(tenant, end + std::chrono::minutes(30)));
  auto made = CaseRun::open({});
  REQUIRE(made.ok());
  for (const StreamRecord& r : records) {
    auto fed = (*made)->feed(r);
    INFO(core::message_of(fed));
    REQUIRE(fed.ok());
  }
  REQUIRE((*made)->finish().ok());
  return *std::move(made);
}

Shown shown_by(const CaseRun& run) {
  Shown out;
  for (const auto& [name, tenant] : run.tenants()) {
    for (const auto& [effect, links] : tenant.links.by_event()) {
      if (!links.empty()) out.weakest[effect] = links.back().confidence;
      for (const model::Link& link : links)
        if (link.confidence >= shown) out.links[{link.cause, effect}] = link.confidence;
    }
    for (const auto& [id, seen] : tenant.incidents) {
      if (seen.incident.degraded || seen.incident.status == model::IncidentStatus::dissolved) continue;
      std::set<core::EventKey> members;
      for (const auto& member : seen.incident.members) members.insert(member.event);
      out.incidents.insert({members, seen.incident.roots.empty() ? core::EventKey{} : seen.incident.roots.front().event});
    }
  }
  return out;
}

void check_equal(const Shown& a, const Shown& b) {
  for (const auto& [edge, confidence] : a.links) {
    auto other = b.links.find(edge);
    INFO(core::to_string(edge.first) << " -> " << core::to_string(edge.second));
    if (other == b.links.end()) CHECK(on_the_border(b, edge.second, confidence));
    else CHECK(std::abs(other->second - confidence) <= 0.01f);
  }
  for (const auto& [edge, confidence] : b.links)
    if (!a.links.contains(edge)) CHECK(on_the_border(a, edge.second, confidence));
  CHECK(a.incidents == b.incidents);
}

std::uint64_t late_records(const CaseRun& run) {
  std::uint64_t late = 0;
  for (const auto& [name, tenant] : run.tenants()) late += tenant.lane->engine_stats().late;
  return late;
}

}  // namespace kgrca::property
