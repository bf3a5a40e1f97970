#include "kgrca/graph/retention.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "graph/codec.h"
#include "graph/postings.h"
#include "graph/record_counts.h"
#include "graph/run_links.h"
#include "graph/small_values.h"
#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

// So few are erased key by key; more by one range, after which what stays is put again.
constexpr std::size_t single_erasures_max = 32;
constexpr std::size_t incidents_per_step = 1000;

std::uint64_t micros(core::Time at) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, core::to_micros(at))); }

struct Kept {
  core::EventKey key;
  std::string value;
};

// One slice of the events: those of one range of time, sorted out.
class Slice {
 public:
  // Both classes expire before `reached.warning`; from there on only normal events do, before `reached.normal`.
  Slice(const store::Snapshot& snapshot, store::Batch& batch, const Cutoffs& present, const Cutoffs& wanted)
      : snapshot_(snapshot), batch_(batch), present_(present), wanted_(wanted) {}

  core::Status run(std::size_t records_max, ExpiryStep& out) {
    const bool both = present_.warning < wanted_.warning;
    const core::Time from = both ? present_.warning : present_.normal;
    const core::Time end = both ? wanted_.warning : wanted_.normal;
    if (from >= end) return core::ok_status();
    core::Time reached = end;
    std::uint64_t last_us = 0;
    std::size_t seen = 0;
    store::Scan scan = snapshot_.scan(keys::events(), both ? keys::events() : keys::events_from(from));
    for (; scan.valid(); scan.next(), ++seen) {
      const core::EventKey key = keys::event_of(scan.key());
      if (key.time_us >= micros(end)) break;
      if (seen >= records_max && key.time_us != last_us) {
        reached = key.time();
        out.more = true;
        break;
      }
      last_us = key.time_us;
      KGRCA_RETURN_IF_ERROR(sort_out(key, scan.value(), both));
    }
    KGRCA_RETURN_IF_ERROR(scan.status());
    KGRCA_RETURN_IF_ERROR(erase(from, reached, both));
    out.events = expired_.size();
    out.clamped = std::move(clamped_);
    (both ? out.reached.warning : out.reached.normal) = reached;
    out.reached.normal = std::max(out.reached.normal, out.reached.warning);
    if (out.reached.normal < wanted_.normal) out.more = true;
    return core::ok_status();
  }

 private:
  core::Status sort_out(core::EventKey key, std::string_view value, bool both) {
    const core::StatusOr<StoredEvent> stored = decode_event(key, value);
    if (!stored.ok()) {  // counts as gone everywhere; its time has come
      core::log(core::LogLevel::warning, "expired_event_damaged", {{"event", core::to_string(key)}});
      expired_.push_back(key);
      clamped_.push_back(key.hash);  // it may have been one
      return erase_links(key);
    }
    if (both || stored->event.severity < model::Severity::warning) {
      expired_.push_back(key);
      if (stored->event.time_clamped) clamped_.push_back(key.hash);
      lowered_.remove(stored->counted);
      if (stored->run) return erase_links(key);
    } else {
      kept_.push_back({key, std::string(value)});
    }
    return core::ok_status();
  }

  // The links of a run go with the event that begins it, or began it once.
  core::Status erase_links(core::EventKey run) {
    KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot_.get(keys::run_links(run)));
    if (!value) return core::ok_status();
    batch_.erase(keys::run_links(run));
    const core::StatusOr<RunLinks> links = decode_run_links(run, *value);
    if (links.ok()) lowered_.remove_links(links->links);
    else core::log(core::LogLevel::warning, "expired_links_damaged", {{"event", core::to_string(run)}});
    return core::ok_status();
  }

  core::Status erase(core::Time from, core::Time reached, bool both) {
    if (expired_.empty()) return core::ok_status();
    if (expired_.size() <= single_erasures_max && !both) {
      for (const core::EventKey key : expired_) batch_.erase(keys::event(key));
    } else {
      batch_.erase_range(both ? keys::events_from({}) : keys::events_from(from), keys::events_from(reached));
      for (const Kept& kept : kept_) batch_.put(keys::event(kept.key), kept.value);
    }
    KGRCA_ASSIGN_OR_RETURN(core::StringSet named, counted_types(snapshot_));
    lowered_.write(batch_, named);
    return core::ok_status();
  }

  const store::Snapshot& snapshot_;
  store::Batch& batch_;
  const Cutoffs& present_;
  const Cutoffs& wanted_;
  std::vector<core::EventKey> expired_;
  std::vector<std::uint64_t> clamped_;
  std::vector<Kept> kept_;
  RecordCounts lowered_;
};

void erase_incident(store::Batch& batch, const model::Incident& incident, core::Time listed) {
  for (const std::string& name : {std::string(counts::incidents), core::cat(counts::incidents_status, model::name_of(incident.status)),
                                  core::cat(counts::incidents_severity, model::name_of(incident.severity))})
    batch.add(keys::count(name), -1);
  batch.erase(keys::incident(incident.id));
  batch.erase(keys::incident_listed(listed, incident.id));
  if (listed != incident.opened) batch.erase(keys::incident_listed(incident.opened, incident.id));
  for (const core::IncidentId alias : incident.aliases) batch.erase(keys::incident(alias));
}

// Few, and a long one may end after a short one that began later: each is looked at.
core::Status expire_incidents(const store::Snapshot& snapshot, core::Time cutoff, store::Batch& batch, ExpiryStep& out) {
  for (store::Scan scan = snapshot.scan_backwards(keys::incidents_listed()); scan.valid(); scan.next()) {
    const core::Time opened = keys::opened_of_listing(scan.key());
    const core::IncidentId id = keys::incident_of_listing(scan.key());
    KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.get(keys::incident(id)));
    if (!value) batch.erase(keys::incident_listed(opened, id));  // listed under a former id or time; the incident is gone
    if (!value || decode_incident_alias(*value)) continue;
    KGRCA_ASSIGN_OR_RETURN(const model::Incident incident, decode_incident(*value));
    if (incident.last_activity >= cutoff) continue;
    erase_incident(batch, incident, opened);
    if (++out.incidents < incidents_per_step) continue;
    out.more = true;
    return core::ok_status();
  }
  out.reached.incidents = cutoff;
  return core::ok_status();
}

// What leads with a time and needs no counting. Every range begins where its kind begins, so that nothing older stays behind.
void erase_ranges(const Cutoffs& before, const Cutoffs& after, store::Batch& batch) {
  if (after.normal != before.normal) {
    const auto minute = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(micros(after.normal) / 60'000'000, std::numeric_limits<std::uint32_t>::max()));
    batch.erase_range(keys::fingerprints_all(), keys::fingerprints_of_minute(minute));
  }
  if (after.warning == before.warning) return;
  const core::EventKey first{};
  const core::EventKey end{micros(after.warning), 0};
  batch.erase_range(keys::incident_of_event(first), keys::incident_of_event(end));
}

}  // namespace

std::string encode_cutoffs(const Cutoffs& cutoffs) {
  std::string bytes;
  Encoder out(bytes);
  for (const core::Time at : {cutoffs.normal, cutoffs.warning, cutoffs.incidents, cutoffs.history}) out.time(at);
  return bytes;
}

core::StatusOr<Cutoffs> decode_cutoffs(std::string_view value) {
  Decoder in(value);
  Cutoffs cutoffs;
  for (core::Time* at : {&cutoffs.normal, &cutoffs.warning, &cutoffs.incidents, &cutoffs.history}) *at = in.time();
  KGRCA_RETURN_IF_ERROR(in.finish("cut-offs of the retention"));
  return cutoffs;
}

core::StatusOr<Cutoffs> cutoffs_of(const store::Snapshot& snapshot) {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.get(keys::cutoffs()));
  if (!value) return Cutoffs{};
  return decode_cutoffs(*value);
}

core::Status check_history(const store::Snapshot& snapshot, core::Time at) {
  if (at == core::Time::max()) return core::ok_status();
  KGRCA_ASSIGN_OR_RETURN(const Cutoffs cutoffs, cutoffs_of(snapshot));
  if (std::max(at, core::Time{}) >= cutoffs.history) return core::ok_status();
  return core::not_found(core::cat("what held before ", core::format_rfc3339(cutoffs.history, 0),
                                   " has expired: ask about a later moment, or have the history kept for longer"));
}

// The keys of a block tell its earliest event; all of the block lie within its span.
store::Expiry expiry_of(const Cutoffs& cutoffs) {
  return {std::max(core::Time{}, cutoffs.warning - block_span), cutoffs.history};
}

core::StatusOr<ExpiryStep> expire(const store::Snapshot& snapshot, const Cutoffs& wanted, std::size_t records_max, store::Batch& batch) {
  KGRCA_ASSIGN_OR_RETURN(const Cutoffs before, cutoffs_of(snapshot));
  ExpiryStep step;
  step.reached = before;
  step.reached.history = std::max(before.history, wanted.history);
  Slice slice(snapshot, batch, before, wanted);
  KGRCA_RETURN_IF_ERROR(slice.run(records_max, step));
  if (before.incidents < wanted.incidents) KGRCA_RETURN_IF_ERROR(expire_incidents(snapshot, wanted.incidents, batch, step));
  step.changed = step.reached != before || step.incidents > 0;
  if (!step.changed) return step;
  erase_ranges(before, step.reached, batch);
  batch.put(keys::cutoffs(), encode_cutoffs(step.reached));
  return step;
}

}  // namespace kgrca::graph
