// Determinism (b) of docs/architecture.md, on small random streams: every kind of record, repeats, alerts that end, states that
// flap, all delivered late by up to three minutes.
#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "kgrca/core/strings.h"
#include "tests/property/shown.h"

namespace kgrca {
namespace {

using eval::StreamRecord;

constexpr int pods = 4;

class Stream {
 public:
  explicit Stream(std::uint64_t seed) : random_(seed) {
    for (int node = 0; node < 2; ++node) state("Node", node_name(node), R"("status":{"ready":true})", -1200);
    for (int pod = 0; pod < pods; ++pod) {
      edge(core::cat("pod:shop:", pod_name(pod)), core::cat("node:", node_name(pod % 2)), "RUNS_ON");
      edge(core::cat("service:shop:s", pod / 2), core::cat("pod:shop:", pod_name(pod)), "SELECTS");
    }
    edge("service:shop:s0", "service:shop:s1", "CALLS");
    for (int i = 0; i < 40; ++i) trouble(i);
  }

  // Each record when it happens, or up to three minutes later.
  std::vector<StreamRecord> delivered(bool late) {
    std::vector<StreamRecord> out = records_;
    if (late)
      for (StreamRecord& r : out) r.arrive_at += std::chrono::milliseconds(up_to(180'000));
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.arrive_at < b.arrive_at; });
    return out;
  }

 private:
  static std::string pod_name(int pod) { return core::cat("pod-", pod); }
  static std::string node_name(int node) { return core::cat("node-", node); }
  static core::Time at(int seconds) { return core::from_micros(1'750'000'000'000'000) + std::chrono::seconds(seconds); }
  static std::string text(int seconds) { return core::format_rfc3339(at(seconds), 0); }
  int up_to(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }

  void add(int seconds, std::string source, std::string topic, std::string payload) {
    records_.push_back({.arrive_at = at(seconds), .source = std::move(source), .topic = std::move(topic), .key = "t::k",
                        .payload = std::move(payload)});
  }

  void state(const std::string& kind, const std::string& name, const std::string& rest, int seconds) {
    add(seconds, "state.k8s.resource", "state.k8s.resource",
        core::cat(R"({"op":"UPSERT","at":")", text(seconds), R"(","client_id":"t","cluster":"c","kind":")", kind, R"(","uid":"u-)", name,
                  R"(","name":")", name, R"(",)", rest, "}"));
  }

  void edge(const std::string& from, const std::string& to, const std::string& type) {
    add(-1200, "state.k8s.topology", "state.k8s.topology",
        core::cat(R"({"op":"UPSERT","at":")", text(-1200), R"(","client_id":"t","cluster":"c","id":"edge:)", from, "->", to,
                  R"(","from":")", from, R"(","to":")", to, R"(","type":")", type, R"("})"));
  }

  void kubernetes(const std::string& id, const std::string& kind, const std::string& name, const std::string& reason, int first, int last,
                  int count) {
    std::string ns = kind == "Pod" ? R"("namespace":"shop",)" : "";
    add(last, "k8s.event", "raw.k8s.events",
        core::cat(R"({"kind":"Event","apiVersion":"v1","metadata":{"name":"e","namespace":"shop","uid":")", id, R"("},"involvedObject":{)", ns,
                  R"("kind":")", kind, R"(","name":")", name, R"("},"reason":")", reason, R"(","message":")", reason,
                  R"(","type":"Warning","count":)", count, R"(,"firstTimestamp":")", text(first), R"(","lastTimestamp":")", text(last),
                  R"("})"));
  }

  void alert(const std::string& id, int pod, int starts, int ends, bool resolved) {
    add(resolved ? ends : starts, "alertmanager", "raw.prom.alerts",
        core::cat(R"({"version":"4","status":"firing","alerts":[{"status":")", resolved ? "resolved" : "firing",
                  R"(","labels":{"alertname":"KubePodCrashLooping","severity":"warning","namespace":"shop","pod":")", pod_name(pod),
                  R"("},"annotations":{},"startsAt":")", text(starts), R"(","endsAt":")", text(ends), R"(","fingerprint":")", id, R"("}]})"));
  }

  void log(const std::string& id, int pod, const std::string& message, int seconds) {
    add(seconds, "log", "raw.k8s.logs",
        core::cat(R"({"event_id":")", id, R"(","timestamp":")", text(seconds), R"(","stream":"stderr","message":")", message,
                  R"(","source_type":"kubernetes_logs","kubernetes":{"pod_name":")", pod_name(pod), R"(","pod_namespace":"shop"}})"));
  }

  void trouble(int i) {
    static const std::vector<std::string> reasons{"BackOff", "Unhealthy", "OOMKilling", "FailedMount", "Evicted"};
    const std::string id = core::cat("id-", i);
    const int start = up_to(5400);
    const int pod = up_to(pods);
    switch (up_to(5)) {
      case 0:
      case 1: {
        const std::string& reason = reasons[static_cast<std::size_t>(up_to(static_cast<int>(reasons.size())))];
        int last = start;
        for (int count = 1, n = 1 + up_to(4); count <= n; last += 5 + up_to(800), ++count)
          kubernetes(id, "Pod", pod_name(pod), reason, start, last, count);
        return;
      }
      case 2: {
        const int ends = start + 30 + up_to(1500);
        alert(id, pod, start, ends, false);
        if (up_to(4) > 0) alert(id, pod, start, ends, true);
        return;
      }
      case 3: {
        state("Node", node_name(pod % 2), R"("status":{"ready":false})", start);
        state("Node", node_name(pod % 2), R"("status":{"ready":true})", start + 1 + up_to(300));
        if (up_to(2) == 0) kubernetes(id, "Node", node_name(pod % 2), "NodeNotReady", start, start, 1);
        return;
      }
      default: log(id, pod, core::cat("[error] connection refused to s", up_to(2)), start);
    }
  }

  std::mt19937_64 random_;
  std::vector<StreamRecord> records_;
};

// What was told as open and is not open in the engine any more.
std::size_t ghosts(const eval::CaseRun& run) {
  std::size_t told = 0, open = 0;
  for (const auto& [name, tenant] : run.tenants()) {
    open += tenant.lane->engine_stats().open_incidents;
    for (const auto& [id, seen] : tenant.incidents)
      if (seen.incident.status == model::IncidentStatus::open) ++told;
  }
  return told - std::min(told, open);
}

}  // namespace

TEST_CASE("determinism: small random streams end in the same answer whatever order they come in") {
  int compared = 0;
  std::size_t links = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Stream stream(seed);
    auto plain = property::run(stream.delivered(false));
    auto shuffled = property::run(stream.delivered(true));
    REQUIRE(plain->rejected() == 0);
    CHECK(ghosts(*plain) + ghosts(*shuffled) == 0);
    if (property::late_records(*plain) + property::late_records(*shuffled) > 0) continue;
    property::Shown shown = property::shown_by(*plain);
    property::check_equal(shown, property::shown_by(*shuffled));
    links += shown.links.size();
    ++compared;
  }
  CHECK(compared > 20);
  CHECK(links > 500);
}

}  // namespace kgrca
