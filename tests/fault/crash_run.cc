#include "tests/fault/crash_run.h"

#include <map>
#include <memory>
#include <set>

#include <rocksdb/env.h>

#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/records.h"
#include "kgrca/graph/verify.h"
#include "kgrca/pipeline/lane.h"
#include "kgrca/tenancy/tenancy.h"
#include "store/impl.h"
#include "tests/unit/pipeline/support.h"
#include "tests/unit/store/fault_file_system.h"

namespace kgrca::fault {
namespace {

using pipeline::testing::at;

constexpr std::uint64_t steps = 45;
constexpr std::uint64_t steps_between_starts = 15;
constexpr std::uint64_t events_per_step = 4;
constexpr const char* names[crash_tenants] = {"first", "second", "third"};

std::string event_id(std::size_t tenant, std::uint64_t step, std::uint64_t n) { return core::cat("e-", tenant, "-", step, "-", n); }
std::string pod_name(std::uint64_t n) { return core::cat("pod-", n % 5); }
double seconds_of(std::uint64_t step) { return static_cast<double>(step) * 20; }

model::EdgeUpdate runs_on(std::uint64_t pod, std::uint64_t node, double seconds, bool deleted) {
  model::EdgeUpdate edge;
  edge.relation = model::Relation::runs_on;
  edge.from = pipeline::testing::pod(pod_name(pod));
  edge.to = {"prod", "node", "", core::cat("node-", node), ""};
  edge.at = at(seconds);
  edge.deleted = deleted;
  return edge;
}

// Text that no compression makes small, so that the logs fill up and memtables become tables on the way.
std::string noise(std::uint64_t seed, std::size_t length) {
  std::mt19937_64 random(seed);
  std::string text(length, ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

std::vector<model::Record> records_of(std::size_t tenant, std::uint64_t step) {
  static constexpr const char* types[events_per_step] = {"BackOff", "OOMKilling", "Unhealthy", "Pulled"};
  const double seconds = seconds_of(step);
  std::vector<model::Record> records;
  if (step % 6 == 0) records.emplace_back(pipeline::testing::deployment("api", core::cat("api:v", step), seconds));
  if (step % 4 == 0) records.emplace_back(runs_on(step, step % 2, seconds, step % 8 == 4));
  for (std::uint64_t n = 0; n < events_per_step; ++n) {
    auto event = pipeline::testing::event(event_id(tenant, step, n), types[n], pod_name(step + n), seconds + static_cast<double>(n));
    event.message += noise(step * 100 + tenant * 10 + n, 4000);
    records.emplace_back(std::move(event));
  }
  return records;
}

store::StoreOptions options_of(const std::string& directory) {
  store::StoreOptions options;
  options.directory = directory + "/store";
  options.databases = 2;
  options.cache_bytes = 8u << 20;
  options.memory_bytes = 24u << 20;
  options.wal_bytes = 1;  // the least there is
  options.reserve_bytes = 0;
  options.reserve_share = 0;
  options.on_fatal = [](const core::Status&) {};
  return options;
}

const pipeline::LaneOptions& lane_options() {
  static const pipeline::LaneOptions options = pipeline::testing::lane_options();
  return options;
}

// The store with its tenants and lanes, as one process has them.
struct Process {
  bool open(const std::string& directory, rocksdb::Env* env) {
    auto opened = store::Store::Impl::open(options_of(directory), metrics, env);
    if (!opened.ok()) return fail(opened.status());
    store = std::move(opened).value();
    auto known = tenancy::Tenancy::open(*store, clock, directory + "/pepper");
    if (!known.ok()) return fail(known.status());
    tenancy = std::move(known).value();
    for (const char* name : names)
      if (!tenancy->find(name)) {
        const auto created = tenancy->create_tenant(name);
        if (!created.ok()) return fail(created.status());
      }
    return true;
  }
  bool open_lanes() {
    for (std::size_t i = 0; i < crash_tenants; ++i) {
      auto view = tenancy->view(tenancy->find(names[i])->number, tenancy::SystemJob::lane);
      if (!view.ok()) return fail(view.status());
      auto lane = pipeline::Lane::open(*view, lane_options(), metrics);
      if (!lane.ok()) return fail(lane.status());
      lanes[i] = std::move(lane).value();
    }
    return true;
  }
  bool fail(const core::Status& status) {
    why = status.ToString();
    return false;
  }
  // Everything written is synced and acknowledged.
  ~Process() {
    if (store != nullptr) store->close();
  }

  core::Metrics metrics;
  core::ManualClock clock{pipeline::testing::base};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<tenancy::Tenancy> tenancy;
  std::array<std::unique_ptr<pipeline::Lane>, crash_tenants> lanes;
  std::string why;
};

bool take_step(Process& process, std::uint64_t step, CrashRun& run) {
  for (std::size_t i = 0; i < crash_tenants; ++i) {
    const auto records = records_of(i, step);
    run.attempted[i] = step + 1;
    const auto done = process.lanes[i]->apply({&records}, at(seconds_of(step) + 5), [&run, i, step] { run.acknowledged[i] = step + 1; });
    if (!done.ok()) return false;
    if (step % 7 == 6 && !process.lanes[i]->tick(at(seconds_of(step) + 6)).ok()) return false;
    if (step % 10 == 9 && !process.lanes[i]->checkpoint().ok()) return false;
  }
  return true;
}

class Inspection {
 public:
  Inspection(Process& process, std::vector<std::string>& complaints) : process_(process), complaints_(complaints) {}

  // The steps of the tenant that are there; complains about what is not as the steps make it.
  std::uint64_t check(std::size_t tenant, std::uint64_t at_least, std::uint64_t at_most) {
    const auto found = process_.tenancy->find(names[tenant]);
    auto view = process_.tenancy->view(found->number, tenancy::SystemJob::lane);
    if (!view.ok()) return complain(tenant, view.status().ToString());
    const graph::GraphReader reader(view->snapshot());
    std::map<std::string, int> stored;
    if (!list(reader, stored)) return complain(tenant, "the events cannot be listed");
    std::uint64_t whole = 0;
    while (whole < steps && stored.contains(event_id(tenant, whole, 0))) ++whole;
    std::int64_t events = 0;
    for (const auto& [id, times] : stored) {
      events += times;
      if (times != 1) complain(tenant, core::cat(id, " is there ", times, " times"));
    }
    if (whole < at_least) complain(tenant, core::cat(at_least, " steps were acknowledged, ", whole, " are there"));
    if (whole > at_most) complain(tenant, core::cat(whole, " steps are there, ", at_most, " were sent"));
    check_whole_steps(tenant, whole, stored);
    if (*reader.count(graph::counts::events) != events)
      complain(tenant, core::cat(events, " events are there, ", *reader.count(graph::counts::events), " counted"));
    check_graph(tenant, *view);
    return whole;
  }

 private:
  static bool list(const graph::GraphReader& reader, std::map<std::string, int>& stored) {
    for (std::string position;;) {
      const auto page = reader.events({}, 500, position);
      if (!page.ok()) return false;
      for (const auto& event : page->items) ++stored[event.event.source_id];
      if (page->next.empty()) return true;
      position = page->next;
    }
  }
  void check_whole_steps(std::size_t tenant, std::uint64_t whole, const std::map<std::string, int>& stored) {
    std::size_t expected = 0;
    for (std::uint64_t step = 0; step < whole; ++step)
      for (std::uint64_t n = 0; n < events_per_step; ++n) {
        ++expected;
        if (!stored.contains(event_id(tenant, step, n))) complain(tenant, core::cat("step ", step, " is there in part"));
      }
    std::size_t sent = 0;
    for (const auto& [id, times] : stored) sent += id.starts_with("e-") ? 1 : 0;
    if (sent != expected) complain(tenant, core::cat(sent, " events of ", whole, " steps, not ", expected));
  }
  void check_graph(std::size_t tenant, const store::TenantView& view) {
    graph::VerifyReport report;
    graph::verify(view.snapshot(), {}, report);
    for (const auto& finding : report.listed) complain(tenant, core::cat(finding.kind, " ", finding.key, ": ", finding.what));
    if (!report.clean() && report.listed.empty()) complain(tenant, "verify finds faults");
  }
  std::uint64_t complain(std::size_t tenant, const std::string& what) {
    complaints_.push_back(core::cat(names[tenant], ": ", what));
    return 0;
  }

  Process& process_;
  std::vector<std::string>& complaints_;
};

}  // namespace

void live(const std::string& directory, std::uint64_t cut_at, Crash crash, CrashRun& run) {
  auto files = std::make_shared<store::testing::FaultFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(files);
  files->cut_at = cut_at;
  for (std::uint64_t step = 0; step < steps && !files->power_is_off;) {
    Process process;
    if (!process.open(directory, env.get()) || !process.open_lanes()) break;
    const std::uint64_t end = step + steps_between_starts;
    while (step < end && take_step(process, step, run)) ++step;
    if (step < end) break;
  }
  run.calls = files->calls;
  if (files->power_is_off && crash == Crash::power) files->lose_unsynced(cut_at);
}

std::vector<std::string> complaints_after(const std::string& directory, const CrashRun& run) {
  std::vector<std::string> complaints;
  Process process;
  if (!process.open(directory, nullptr)) return {core::cat("the store does not open: ", process.why)};
  Inspection inspection(process, complaints);
  for (std::size_t i = 0; i < crash_tenants; ++i) inspection.check(i, run.acknowledged[i], run.attempted[i]);
  if (!process.open_lanes()) return {core::cat("the lanes do not open: ", process.why)};
  CrashRun again;
  for (std::uint64_t step = 0; step < steps; ++step)
    if (!take_step(process, step, again)) complaints.push_back(core::cat("step ", step, " is refused when sent again"));
  for (std::size_t i = 0; i < crash_tenants; ++i) inspection.check(i, steps, steps);
  return complaints;
}

}  // namespace kgrca::fault
