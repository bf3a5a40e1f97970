#include "tests/fault/load.h"

#include <algorithm>

#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"

namespace kgrca::fault {
namespace {

constexpr std::uint64_t pods = 200;
constexpr std::uint64_t deployments = 10;
constexpr std::uint64_t batch_events_max = 30;
constexpr std::uint64_t again_one_in = 20;

struct Kind {
  const char* reason;
  const char* type;
  const char* message;
};
constexpr Kind kinds[] = {
    {"Scheduled", "Normal", "Successfully assigned"},      {"Pulled", "Normal", "Container image already present"},
    {"Started", "Normal", "Started container"},            {"BackOff", "Warning", "Back-off restarting failed container"},
    {"Unhealthy", "Warning", "Readiness probe failed: timeout"}, {"Created", "Normal", "Created container"},
    {"Killing", "Normal", "Stopping container"},           {"Pulling", "Normal", "Pulling image"},
};

// Events are a millisecond apart, so that a minute of sending stays within what the server takes for the present.
std::string time_of(std::uint64_t n) {
  static const core::Time begin = core::SystemClock().now() - std::chrono::minutes(2);
  return core::format_rfc3339(begin + std::chrono::milliseconds(n), 3);
}

std::string pod_name(std::uint64_t n) { return core::cat("svc", n % deployments, "-7d9f-", n % pods); }
std::string deployment_name(std::uint64_t n) { return core::cat("svc", n % deployments); }

std::string hex12(std::uint64_t n) {
  std::string out(12, '0');
  for (std::size_t i = 12; i-- > 0; n >>= 4) out[i] = "0123456789abcdef"[n & 15];
  return out;
}

}  // namespace

std::string event_id(std::uint64_t n) { return core::cat("00000000-0000-4000-8000-", hex12(n)); }

std::string event_json(std::uint64_t n) {
  const Kind& kind = kinds[n % std::size(kinds)];
  const std::string at = time_of(n);
  return core::cat(R"({"kind":"Event","apiVersion":"v1","metadata":{"name":"e","namespace":"shop","uid":")", event_id(n),
                   R"("},"involvedObject":{"kind":"Pod","namespace":"shop","name":")", pod_name(n), R"("},"reason":")", kind.reason,
                   R"(","message":")", kind.message, R"(","type":")", kind.type, R"(","count":1,"firstTimestamp":")", at,
                   R"(","lastTimestamp":")", at, R"("})");
}

void Ledger::sent(const std::vector<std::string>& ids) {
  const std::lock_guard lock(mutex_);
  sent_.insert(ids.begin(), ids.end());
}

void Ledger::acknowledged(const std::vector<std::string>& ids) {
  const std::lock_guard lock(mutex_);
  acknowledged_.insert(ids.begin(), ids.end());
}

void Ledger::stated(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  stated_.insert(uid);
}

void Ledger::complain(const std::string& complaint) {
  const std::lock_guard lock(mutex_);
  complaints_.push_back(complaint);
}

std::set<std::string> Ledger::all_sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

std::set<std::string> Ledger::all_acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

std::set<std::string> Ledger::all_stated() const {
  const std::lock_guard lock(mutex_);
  return stated_;
}

std::vector<std::string> Ledger::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

Driver::Driver(Ledger& ledger, std::uint64_t lane, std::uint64_t lanes, std::uint64_t seed)
    : ledger_(ledger), lane_(lane), lanes_(lanes), random_(seed + lane) {}

void Driver::start(const std::string& url, const std::string& key) {
  stop();
  stop_ = false;
  thread_ = std::thread([this, url, key] { run(url, key); });
}

void Driver::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Driver::run(const std::string& url, const std::string& key) {
  test::Api api(url, key);
  // First what the last run left open: a resend of something that may be stored already.
  std::vector<Batch> open;
  open.swap(pending_);
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!stop_ && deliver(api, open[i])) continue;
    pending_.push_back(open[i]);
  }
  while (!stop_) {
    Batch batch = next();
    ledger_.sent(batch.ids);
    if (!deliver(api, batch)) pending_.push_back(std::move(batch));
    if (!pending_.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (pending_.size() > 50) return;  // the server is gone
  }
}

Driver::Batch Driver::next() {
  const std::uint64_t dice = random_() % 100;
  if (dice < 5) return alert();
  if (dice < 10) return state();
  return events();
}

Driver::Batch Driver::events() {
  Batch batch;
  batch.path = "/api/v1/ingest/k8s-events";
  const std::uint64_t size = 1 + random_() % batch_events_max;
  for (std::uint64_t i = 0; i < size; ++i) {
    const bool again = turn_ > 0 && random_() % again_one_in == 0;
    const std::uint64_t n = lane_ + lanes_ * (again ? random_() % turn_ : turn_++);
    batch.ids.push_back(event_id(n));
    core::append(batch.body, event_json(n), "\n");
  }
  return batch;
}

Driver::Batch Driver::alert() {
  Batch batch;
  const std::uint64_t n = lane_ + lanes_ * turn_++;
  const std::string fingerprint = core::cat("f00d", hex12(n));
  const std::string at = time_of(n);
  batch.path = "/api/v1/ingest/alertmanager";
  batch.ids.push_back(core::cat("alert:", fingerprint, ":", at));
  batch.body = core::cat(R"({"version":"4","status":"firing","receiver":"r","groupKey":"g","alerts":[{"status":"firing","fingerprint":")",
                         fingerprint, R"(","startsAt":")", at, R"(","labels":{"alertname":"KubePodCrashLooping","severity":"critical",)",
                         R"("namespace":"shop","pod":")", pod_name(n), R"("},"annotations":{"summary":"not ready"}}]})");
  return batch;
}

Driver::Batch Driver::state() {
  Batch batch;
  const std::uint64_t n = lane_ + lanes_ * turn_++;
  batch.path = "/api/v1/ingest/state";
  batch.uid = core::cat("d-", deployment_name(n));
  batch.body = core::cat(R"({"op":"UPSERT","at":")", time_of(n), R"(","kind":"Deployment","uid":")", batch.uid, R"(","name":")",
                         deployment_name(n), R"(","namespace":"shop","replicas":3,"spec":{"image":"reg.example/svc:v)", n, R"("}})");
  return batch;
}

bool Driver::deliver(test::Api& api, const Batch& batch) {
  const test::Answer answer = api.post(batch.path, batch.body);
  ++requests_;
  if (answer.status == 200 && answer.integer("rejected_total") == 0) {
    ledger_.acknowledged(batch.ids);
    if (!batch.uid.empty()) ledger_.stated(batch.uid);
    return true;
  }
  const bool retry = answer.status == 0 || answer.status == 503;
  if (!retry) ledger_.complain(core::cat(batch.path, ": ", answer.status, " ", core::clip_utf8(answer.body, 300)));
  return !retry;
}

namespace {

void check_incidents(test::Api& api, Verdict& verdict) {
  std::vector<std::string> ids;
  if (!api.each("/api/v1/incidents", [&](wire::JsonValue item) { ids.emplace_back(item["id"].string_or()); })) {
    verdict.broken.emplace_back("the list of incidents cannot be read");
  }
  verdict.incidents = ids.size();
  for (const std::string& id : ids) {
    const test::Answer incident = api.get(core::cat("/api/v1/incidents/", id));
    if (incident.status != 200) {
      verdict.broken.push_back(core::cat("incident ", id, ": ", incident.status, " ", incident.body));
      continue;
    }
    std::vector<std::string> events;
    incident.json["timeline"].each_item([&](wire::JsonValue entry) {
      events.emplace_back(entry["event"].string_or());
      return events.size() < 100;
    });
    if (events.empty()) verdict.broken.push_back(core::cat("incident ", id, " has no events"));
    for (const std::string& event : events) {
      const int status = api.get(core::cat("/api/v1/events/", event)).status;
      if (status != 200) verdict.broken.push_back(core::cat("event ", event, " of incident ", id, ": ", status));
    }
  }
}

void check_resources(test::Api& api, const Ledger& ledger, Verdict& verdict) {
  for (const std::string& uid : ledger.all_stated()) {
    const int status = api.get(core::cat("/api/v1/resources/", uid)).status;
    if (status != 200) verdict.broken.push_back(core::cat("resource ", uid, ": ", status));
  }
}

}  // namespace

Verdict compare(test::Api& api, const Ledger& ledger) {
  Verdict verdict;
  std::map<std::string, int> stored;
  const bool listed = api.each("/api/v1/events", [&](wire::JsonValue item) { ++stored[std::string(item["source_id"].string_or())]; });
  if (!listed) verdict.broken.emplace_back("the list of events cannot be read");
  const std::set<std::string> sent = ledger.all_sent();
  for (const auto& [id, times] : stored) {
    verdict.stored += static_cast<std::size_t>(times);
    if (times > 1) verdict.doubled.push_back(id);
    if (!sent.contains(id) && !id.starts_with("st:deployment:d-svc")) verdict.invented.push_back(id);
  }
  std::size_t asked = 0;
  for (const std::string& id : ledger.all_acknowledged()) {
    if (!stored.contains(id)) verdict.lost.push_back(id);
    // The same by the other way of asking, for some.
    if (asked++ % 50 != 0) continue;
    const test::Answer found = api.get(core::cat("/api/v1/events?source_id=", test::percent_encoded(id)));
    if (found.status != 200 || found.json["items"].size() != 1) verdict.lost.push_back(core::cat("source_id=", id));
  }
  verdict.counted = api.get("/api/v1/stats").json["graph"]["events"].integer().value_or(-1);
  check_incidents(api, verdict);
  check_resources(api, ledger, verdict);
  return verdict;
}

std::string first_few(const std::vector<std::string>& list) {
  std::string out = core::cat(list.size(), ": ");
  for (std::size_t i = 0; i < std::min<std::size_t>(list.size(), 5); ++i) core::append(out, list[i], "; ");
  return out;
}

}  // namespace kgrca::fault
