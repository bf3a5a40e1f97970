#include "app/replay_sender.h"

#include <algorithm>
#include <thread>

#include "kgrca/core/strings.h"
#include "kgrca/eval/time_shift.h"
#include "kgrca/normalize/decode.h"

namespace kgrca::app {
namespace {

// How many events of the stream are looked up to learn whether it was sent before.
constexpr std::size_t probes_max = 3;
constexpr int attempts_max = 10;
constexpr std::size_t reasons_shown = 5;

std::optional<core::Time> stored_time(ApiClient& client, const model::Event& event) {
  const auto answer = client.json(net::Method::get, core::cat("/api/v1/events?source_id=", url_encode(event.source_id)));
  std::optional<core::Time> stored;
  if (!answer.ok()) return stored;
  answer->root["items"].each_item([&](wire::JsonValue item) {
    stored = core::parse_rfc3339(item["first"].string_or());
    return false;
  });
  return stored;
}

// The stream's first Kubernetes events, decoded as the server decodes them.
std::vector<model::Event> probes(const ReplayPlan& plan) {
  std::vector<model::Event> out;
  normalize::Context context;
  context.taxonomy = model::Taxonomy::embedded();
  auto masker = normalize::Masker::make("replay");
  if (!masker.ok()) return out;
  context.masker = *masker;
  context.received = plan.last;
  for (const ReplayRequest& request : plan.requests) {
    if (request.path != "/api/v1/ingest/k8s-events") continue;
    const normalize::Decoded decoded = normalize::decode_kubernetes_events(request.body, context);
    for (const model::Record& record : decoded.records) {
      if (out.size() == probes_max) return out;
      if (const auto* event = std::get_if<model::Event>(&record)) out.push_back(*event);
    }
  }
  return out;
}

void count_answer(std::string_view body, std::size_t records, Tally& tally) {
  wire::JsonDocument document;
  const auto root = document.parse(body);
  tally.sent += records;
  if (!root.ok()) return;
  const auto figure = [&](std::string_view name) { return static_cast<std::size_t>((*root)[name].integer().value_or(0)); };
  tally.accepted += figure("accepted");
  tally.duplicates += figure("duplicates");
  tally.unused += figure("unused");
  tally.rejected += figure("rejected_total");
  (*root)["rejected"].each_item([&](wire::JsonValue item) {
    if (tally.reasons.size() < reasons_shown) tally.reasons.emplace_back(item["reason"].string_or());
    return tally.reasons.size() < reasons_shown;
  });
}

core::Status send_request(ApiClient& client, const ReplayRequest& request, const std::string& body, Tally& tally) {
  core::Status last;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100) * (1 << std::min(attempt, 5)));
    const auto answer = client.send_compressed(request.path, request.records > 1 ? "application/x-ndjson" : "application/json", body);
    if (answer.ok()) {
      count_answer(answer->body, request.records, tally);
      return core::ok_status();
    }
    last = answer.status();
    if (absl::IsInvalidArgument(last)) {
      tally.sent += request.records;
      tally.rejected += request.records;
      if (tally.reasons.size() < reasons_shown) tally.reasons.push_back(core::message_of(last));
      return core::ok_status();
    }
    if (!absl::IsUnavailable(last)) return last;
  }
  return last;
}

void wait_until_due(const ReplayPlan& plan, const ReplayRequest& request, const Sending& sending,
                    std::chrono::steady_clock::time_point started) {
  if (!sending.pace && sending.speed <= 0) return;
  const double seconds = sending.pace ? sending.pace(request.due) : core::to_seconds(request.due - plan.first) / sending.speed;
  std::this_thread::sleep_until(started + std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

}  // namespace

std::optional<std::chrono::seconds> earlier_shift(ApiClient& client, const ReplayPlan& plan) {
  for (const model::Event& event : probes(plan)) {
    const auto stored = stored_time(client, event);
    if (stored) return std::chrono::round<std::chrono::seconds>(*stored - event.first);
  }
  return std::nullopt;
}

core::Status send_plan(ApiClient& client, const ReplayPlan& plan, const Sending& sending, Tally& tally) {
  const auto started = std::chrono::steady_clock::now();
  for (const ReplayRequest& request : plan.requests) {
    wait_until_due(plan, request, sending, started);
    const core::Status sent = send_request(client, request, eval::shift_times(request.body, sending.shift), tally);
    if (!sent.ok()) return core::with_context(sent, core::cat("after ", tally.sent, " of ", plan.records, " records"));
    if (sending.on_sent) sending.on_sent(tally, request.due);
  }
  return core::ok_status();
}

}  // namespace kgrca::app
