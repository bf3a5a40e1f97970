#include "mix_generator.h"

#include <algorithm>
#include <array>

#include "kgrca/core/strings.h"

namespace kgrca::bench {
namespace {

constexpr std::size_t concurrent_per_rate = 10;  // incidents under way: one per 10 events of stream time a second
constexpr std::uint32_t warnings_min = 150;
constexpr std::uint32_t warnings_spread = 300;
constexpr std::size_t told_kept = 32;
constexpr std::size_t recent_kept = 1024;
constexpr std::uint32_t probe_share = 20;        // one deployment in 20 is kept for probes

constexpr std::uint8_t life_start = 0;           // six steps: created, scheduled, pulling, pulled, container created, started
constexpr std::uint8_t life_restart = 3;         // the last three of them
constexpr std::uint8_t life_end = 6;
constexpr std::uint8_t life_stop = 8;            // killing, deleted

std::string pod_text(const Deployment& d, const Pod& pod) { return core::cat(pod.name, "_", d.ns, "(", pod.uid, ")"); }

}  // namespace

Mix::Mix(const World& world, const MixOptions& options) : world_(world), options_(options), random_(options.seed) {
  const auto all = static_cast<std::uint32_t>(world.deployments.size());
  usable_ = std::max<std::uint32_t>(all - all / probe_share, 1);
  // No more than a tenth of the deployments in trouble at once.
  const auto wanted = static_cast<std::size_t>(options.events_per_second) / concurrent_per_rate;
  const std::size_t incidents = std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(usable_ / 10, 1));
  for (std::size_t i = 0; i < incidents; ++i) incidents_.push_back(new_incident(true));
}

core::Time Mix::now() const {
  return options_.start + core::from_seconds(static_cast<double>(events_) / options_.events_per_second);
}

// The change comes first; its warnings begin 5 to 20 s later. `running`: as if the stream had been going on for a while.
Mix::Incident Mix::new_incident(bool running) {
  constexpr std::array<Kind, 12> kinds = {Kind::crash, Kind::crash, Kind::image, Kind::crash, Kind::scheduling, Kind::node,
                                          Kind::image, Kind::oom,   Kind::crash, Kind::mount, Kind::scheduling, Kind::oom};
  Incident incident;
  incident.kind = kinds[random_.below(kinds.size())];
  // 389 is prime to every usable count that is not its multiple: each deployment has its turn before one comes again.
  next_target_ = (next_target_ + 389) % usable_;
  incident.target = incident.kind == Kind::node ? static_cast<std::uint32_t>(random_.below(world_.nodes.size())) : next_target_;
  incident.left = warnings_min + static_cast<std::uint32_t>(random_.below(warnings_spread));
  if (running) incident.left = 1 + static_cast<std::uint32_t>(random_.below(incident.left));
  incident.begin = now() + std::chrono::seconds(5 + random_.below(15));
  changes_.push_back(change_of(incident));
  return incident;
}

Draft Mix::change_of(const Incident& incident) const {
  if (incident.kind == Kind::node) {
    const Node& node = world_.nodes[incident.target];
    return {.kind = "Node", .api_version = "v1", .ns = {}, .name = node.name, .uid = node.uid, .container = {},
            .reason = "NodeHasInsufficientMemory", .message = core::cat("Node ", node.name, " status is now: NodeHasInsufficientMemory"),
            .component = "kubelet", .host = node.name};
  }
  const Deployment& d = world_.deployments[incident.target];
  Draft draft{.kind = "Deployment", .api_version = "apps/v1", .ns = d.ns, .name = d.name, .uid = d.uid, .container = {},
              .reason = "ScalingReplicaSet", .message = {}, .component = "deployment-controller", .host = {}};
  draft.message = core::cat("Scaled up replica set ", d.replica_set, " to ", d.pods.size(), " from ", d.pods.size() - 1);
  return draft;
}

// Chooses where and what the incident's next new warning is: most hit the target's own pods, later ones its callers' too.
Told Mix::next_step(Incident& incident) {
  Told told;
  told.event_uid = make_uid(random_);
  told.first = now();
  const auto pick = [&](const std::vector<std::uint32_t>& from) { return from[random_.below(from.size())]; };
  ++incident.given;
  if (incident.kind == Kind::node) {
    const Node& node = world_.nodes[incident.target];
    told.step = node.pods.empty() || incident.given % 12 == 1 ? 0 : static_cast<std::uint8_t>(1 + random_.below(2));
    told.subject = told.step == 0 ? incident.target : node.pods[random_.below(std::min<std::size_t>(node.pods.size(), 30))];
    return told;
  }
  const Deployment& d = world_.deployments[incident.target];
  const bool outside = incident.given > 30 && !d.callers.empty() && random_.chance(0.25);
  told.step = outside ? 3 : static_cast<std::uint8_t>(random_.below(3));
  told.subject = pick(outside ? world_.deployments[pick(d.callers)].pods : d.pods);
  return told;
}

Draft Mix::pod_draft(std::uint32_t number, std::string_view reason, bool warning) const {
  const Pod& pod = world_.pods[number];
  const Deployment& d = world_.deployments[pod.deployment];
  return {.kind = "Pod", .api_version = "v1", .ns = d.ns, .name = pod.name, .uid = pod.uid, .container = "app", .reason = reason,
          .message = {}, .component = "kubelet", .host = world_.nodes[pod.node].name, .warning = warning};
}

Draft Mix::draft_of(const Incident& incident, const Told& told) {
  if (incident.kind == Kind::node && told.step == 0) {
    const Node& node = world_.nodes[told.subject];
    return {.kind = "Node", .api_version = "v1", .ns = {}, .name = node.name, .uid = node.uid, .container = {},
            .reason = "EvictionThresholdMet", .message = "Attempting to reclaim memory", .component = "kubelet", .host = node.name,
            .warning = true};
  }
  Draft draft = pod_draft(told.subject, "BackOff", true);
  const Pod& pod = world_.pods[told.subject];
  const Deployment& d = world_.deployments[pod.deployment];
  if (told.step == 3) {
    const Deployment& callee = world_.deployments[incident.target];
    draft.reason = "Unhealthy";
    draft.message = core::cat("Readiness probe failed: HTTP probe failed with statuscode: 503: upstream ", callee.name, " connection refused");
  } else if (incident.kind == Kind::node) {
    draft.reason = told.step == 1 ? "Evicted" : "Unhealthy";
    draft.message = told.step == 1 ? core::cat("The node was low on resource: memory. Threshold quantity: 100Mi, available: ", 10 + random_.below(89),
                                               "1Mi. Container app was using ", 100 + random_.below(900), "2Ki, request is 0")
                                   : "Readiness probe failed: Get \"http://10.1.2.3:8080/ready\": context deadline exceeded";
  } else if (incident.kind == Kind::image) {
    draft.reason = told.step == 0 ? "Failed" : "BackOff";
    draft.message = told.step == 0 ? core::cat("Failed to pull image \"", d.image, "-rc\": rpc error: code = NotFound desc = failed to pull and unpack image")
                                   : core::cat("Back-off pulling image \"", d.image, "-rc\"");
  } else if (incident.kind == Kind::scheduling) {
    draft.reason = "FailedScheduling";
    draft.component = "default-scheduler";
    draft.host = {};
    draft.container = {};
    draft.message = core::cat("0/", world_.nodes.size(), " nodes are available: ", world_.nodes.size(),
                              " Insufficient cpu. preemption: No preemption victims found for incoming pod.");
  } else if (incident.kind == Kind::mount) {
    draft.reason = "FailedMount";
    draft.container = {};
    draft.message = core::cat("MountVolume.SetUp failed for volume \"config\" : configmap \"", d.name, "-settings\" not found");
  } else if (told.step == 1) {
    draft.reason = "Unhealthy";
    draft.message = core::cat("Readiness probe failed: Get \"http://10.1.", pod.node % 256, ".", told.subject % 256,
                              ":8080/healthz\": dial tcp: connect: connection refused");
  } else if (incident.kind == Kind::oom && told.step == 2) {
    draft.reason = "OOMKilled";
    draft.message = core::cat("Container app in pod ", pod.name, " was OOMKilled: memory limit of ", 64 * (1 + random_.below(16)), "Mi exceeded");
  } else {
    draft.message = core::cat("Back-off restarting failed container app in pod ", pod_text(d, pod));
  }
  return draft;
}

void Mix::append_warning(std::string& out) {
  Incident* incident = nullptr;
  for (int i = 0; i < 8; ++i) {
    incident = &incidents_[random_.below(incidents_.size())];
    if (incident->begin <= now()) break;
  }
  if (incident->begin > now()) return append_info(out);
  if (!incident->told.empty() && random_.chance(options_.repeats)) {
    Told& told = incident->told[random_.below(incident->told.size())];
    ++told.count;
    append_line(out, draft_of(*incident, told), told.event_uid, told.first, now(), told.count);
  } else {
    Told told = next_step(*incident);
    append_line(out, draft_of(*incident, told), told.event_uid, told.first, told.first, 1);
    ++warnings_;
    if (incident->told.size() < told_kept) incident->told.push_back(std::move(told));
    else incident->told[random_.below(told_kept)] = std::move(told);
  }
  if (--incident->left == 0) *incident = new_incident(false);
}

void Mix::append_info(std::string& out) {
  if (!changes_.empty()) {
    append_new(out, changes_.front(), make_uid(random_));
    changes_.pop_front();
    return;
  }
  if (life_.empty() || life_.top().at > now()) return begin_life(out);
  const Pending due = life_.top();
  life_.pop();
  append_life(out, due.pod, due.step);
}

// A pod starts, restarts a container, or goes; now and then a deployment is rolled out without harm.
void Mix::begin_life(std::string& out) {
  const std::uint32_t deployment = static_cast<std::uint32_t>(random_.below(usable_));
  const Deployment& d = world_.deployments[deployment];
  const std::uint32_t pod = d.pods[random_.below(d.pods.size())];
  const std::uint64_t dice = random_.below(100);
  if (dice == 0) return append_new(out, change_of({.kind = Kind::crash, .target = deployment}), make_uid(random_));
  const std::uint8_t first = dice < 60 ? life_start : dice < 85 ? life_restart : static_cast<std::uint8_t>(life_end);
  const std::uint8_t end = first == life_end ? life_stop : life_end;
  core::Time at = now();
  for (std::uint8_t step = static_cast<std::uint8_t>(first + 1); step < end; ++step) {
    at += std::chrono::milliseconds(100 + random_.below(900));
    life_.push({at, order_++, pod, step});
  }
  append_life(out, pod, first);
}

void Mix::append_life(std::string& out, std::uint32_t number, std::uint8_t step) {
  const Pod& pod = world_.pods[number];
  const Deployment& d = world_.deployments[pod.deployment];
  Draft draft = pod_draft(number, "Started", false);
  if (step == 0 || step == 7) {
    draft = {.kind = "ReplicaSet", .api_version = "apps/v1", .ns = d.ns, .name = d.replica_set, .uid = d.replica_set_uid, .container = {},
             .reason = step == 0 ? "SuccessfulCreate" : "SuccessfulDelete", .message = {}, .component = "replicaset-controller", .host = {}};
    draft.message = core::cat(step == 0 ? "Created pod: " : "Deleted pod: ", pod.name);
  } else if (step == 1) {
    draft.reason = "Scheduled";
    draft.component = "default-scheduler";
    draft.host = {};
    draft.container = {};
    draft.message = core::cat("Successfully assigned ", d.ns, "/", pod.name, " to ", world_.nodes[pod.node].name);
  } else if (step == 2) {
    draft.reason = "Pulling";
    draft.message = core::cat("Pulling image \"", d.image, "\"");
  } else if (step == 3) {
    draft.reason = "Pulled";
    draft.message = core::cat("Successfully pulled image \"", d.image, "\" in ", 1 + random_.below(9), ".", random_.below(1000),
                              "s (", 1 + random_.below(9), ".", random_.below(1000), "s including waiting). Image size: ",
                              random_.below(900'000'000), " bytes.");
  } else if (step == 4) {
    draft.reason = "Created";
    draft.message = "Created container: app";
  } else if (step == 6) {
    draft.reason = "Killing";
    draft.message = "Stopping container app";
  } else {
    draft.message = "Started container app";
  }
  append_new(out, draft, make_uid(random_));
}

void Mix::append_new(std::string& out, const Draft& draft, std::string_view uid) { append_line(out, draft, uid, now(), now(), 1); }

// A core/v1 Event as the API server gives it without managed fields.
void Mix::append_line(std::string& out, const Draft& d, std::string_view uid, core::Time first, core::Time last, std::uint32_t count) {
  const std::string from = core::format_rfc3339(first, 0);
  const std::string to = core::format_rfc3339(last, 0);
  const std::string_view ns = d.ns.empty() ? std::string_view("default") : d.ns;
  core::append(out, R"({"kind":"Event","apiVersion":"v1","metadata":{"name":")", d.name, ".", uid.substr(0, 8), uid.substr(9, 4), R"(","namespace":")",
               ns, R"(","uid":")", uid, R"(","resourceVersion":")", 1'000'000 + events_ + count, R"(","creationTimestamp":")", from,
               R"("},"involvedObject":{"kind":")", d.kind, R"(","namespace":")", d.ns, R"(","name":")", d.name,
               R"(","uid":")", d.uid, R"(","apiVersion":")", d.api_version, R"(","resourceVersion":")", 900'000 + events_, '"');
  if (!d.container.empty()) core::append(out, R"(,"fieldPath":"spec.containers{)", d.container, R"(}")");
  core::append(out, R"(},"reason":")", d.reason, R"(","message":)");
  core::append_json_string(out, d.message);
  core::append(out, R"(,"source":{"component":")", d.component, '"');
  if (!d.host.empty()) core::append(out, R"(,"host":")", d.host, '"');
  core::append(out, R"(},"firstTimestamp":")", from, R"(","lastTimestamp":")", to, R"(","count":)", count, R"(,"type":")",
               d.warning ? "Warning" : "Normal", R"(","eventTime":null,"series":null,"action":"","reportingComponent":")", d.component, R"(","reportingInstance":")",
               d.host, "\"}\n");
}

void Mix::append(std::string& out) {
  if (!recent_.empty() && random_.chance(options_.duplicates)) {
    out += recent_[random_.below(recent_.size())];
    ++events_;
    ++duplicates_;
    return;
  }
  const std::size_t begin = out.size();
  if (random_.chance(options_.warnings)) append_warning(out);
  else append_info(out);
  ++events_;
  if (recent_.size() < recent_kept) recent_.push_back(out.substr(begin));
  else if (events_ % 8 == 0) recent_[random_.below(recent_kept)] = out.substr(begin);
}

std::size_t Mix::append_body(std::string& out, std::size_t bytes) {
  std::size_t lines = 0;
  std::string line;
  while (lines == 0 || out.size() + line.size() < bytes) {  // the next line is about as long as this one
    line.clear();
    append(line);
    out += line;
    ++lines;
  }
  return lines;
}

std::string Mix::probe_body(std::string& name) {
  const auto all = static_cast<std::uint32_t>(world_.deployments.size());
  Incident incident{.kind = Kind::image, .target = usable_ + static_cast<std::uint32_t>(probes_++ % std::max<std::uint32_t>(all - usable_, 1))};
  const Deployment& d = world_.deployments[incident.target % all];
  name = d.name;
  std::string out;
  append_line(out, change_of(incident), make_uid(random_), now() - std::chrono::seconds(10), now() - std::chrono::seconds(10), 1);
  for (std::size_t i = 0; i < 4; ++i) {
    const Told told{.event_uid = make_uid(random_), .first = now(), .count = 1, .subject = d.pods[i], .step = 0};
    append_line(out, draft_of(incident, told), told.event_uid, told.first, told.first, 1);
  }
  return out;
}

}  // namespace kgrca::bench
