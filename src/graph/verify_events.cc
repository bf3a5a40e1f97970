#include <algorithm>
#include <vector>

#include "graph/checker.h"
#include "graph/record_counts.h"
#include "graph/run_links.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;
using store::Family;

}  // namespace

// The last keys of events in their order, so that the causes of an event, which lie shortly before it, need no read.
class RecentEvents {
 public:
  explicit RecentEvents(std::size_t most) : most_(std::max<std::size_t>(most, 2)) {}
  // REQUIRES: keys ascend.
  void add(core::EventKey key) {
    if (keys_.size() == most_) keys_.erase(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(most_ / 2));
    keys_.push_back(key);
  }
  bool holds(core::EventKey key) const { return std::binary_search(keys_.begin(), keys_.end(), key); }

 private:
  std::size_t most_;
  std::vector<core::EventKey> keys_;
};

void Checker::check_events() {
  RecentEvents recent(limits_.memory_bytes / 2 / sizeof(core::EventKey));
  // Types after the first thousand share one count: which have their own is what the store says.
  core::StatusOr<core::StringSet> types = counted_types(snapshot_);
  if (types.ok()) counted_types_ = *std::move(types);
  else find("unreadable", keys::counts(counts::events_type), core::message_of(types.status()));
  store::Scan scan = snapshot_.scan(keys::whole(Family::events));
  for (; scan.valid(); scan.next()) {
    if (!keys::is_key(Family::events, scan.key())) {
      find("malformed_key", Family::events, scan.key(), "no event looks like this");
      continue;
    }
    const core::EventKey key = keys::event_of(scan.key());
    recent.add(key);
    ++report_.events;
    const core::StatusOr<StoredEvent> stored = decode_event(key, scan.value());
    if (!stored.ok()) {
      find("undecodable", Family::events, scan.key(), core::message_of(stored.status()));
      continue;
    }
    count_event(*stored);
    check_event(*stored, recent);
    if (stored->run) check_run(key, recent);
  }
  finish(scan, Family::events);
}

void Checker::count_event(const StoredEvent& stored) {
  const model::Event& event = stored.event;
  const bool own = counted_types_.contains(event.type) || counted_types_.size() < counts::event_types_max;
  count(counts::events, 1);
  count(counts::bytes_events, static_cast<std::int64_t>(logical_bytes(stored.event)));
  count(core::cat(counts::events_severity, model::name_of(event.severity)), 1);
  count(own ? core::cat(counts::events_type, event.type) : std::string(counts::events_type_other), 1);
  if (stored.late) count(counts::events_late, 1);
}

void Checker::check_event(const StoredEvent& stored, const RecentEvents& recent) {
  const store::Key key = keys::event(stored.key);
  if (stored.resource && !resource_exists(stored.resource))
    find("event_without_resource", key, core::cat("there is no resource ", keys::shown(keys::resource(stored.resource))));
  for (const core::ResourceId id : stored.related) {
    if (id && !resource_exists(id))
      find("event_without_resource", key, core::cat("there is no related resource ", keys::shown(keys::resource(id))));
  }
  if (!stored.run || recent.holds(stored.run) || stored.run.time() < cutoffs_.normal || exists(keys::event(stored.run))) return;
  find("run_without_event", key, core::cat("the event that begins its run, ", core::to_string(stored.run), ", is not stored"));
}

void Checker::check_run(core::EventKey run, const RecentEvents& recent) {
  const store::Key key = keys::run_links(run);
  const std::optional<std::string> value = get(key);
  if (!value) return;
  const core::StatusOr<RunLinks> links = decode_run_links(run, *value);
  if (!links.ok()) return find("undecodable", key, core::message_of(links.status()));
  for (const model::Link& link : links->links) {
    ++report_.links;
    count(counts::links, 1);
    count(core::cat(counts::links_confidence, decile_of(link)), 1);
    count(counts::bytes_events, logical_bytes_per_link);
    if (link.cause.time() < cutoffs_.normal || recent.holds(link.cause) || exists(keys::event(link.cause))) continue;
    find("link_without_cause", key, core::cat("its cause ", core::to_string(link.cause), " is not stored"));
  }
}

}  // namespace kgrca::graph
