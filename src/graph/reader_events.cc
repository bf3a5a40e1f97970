#include <algorithm>
#include <array>

#include "graph/edge_codec.h"
#include "graph/event_records.h"
#include "graph/postings.h"
#include "graph/read_bounds.h"
#include "graph/resource_reads.h"
#include "graph/resource_record.h"
#include "graph/run_links.h"
#include "kgrca/core/bytes.h"
#include "kgrca/core/hash.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr std::size_t fingerprint_bytes = 24;
// An index by source id would be one more key per event, where all keys of an event together may be 2.6 (docs/architecture.md), for
// a question that people ask a few times a day. So the fingerprints are gone through, and no more of
// them than this.
constexpr std::size_t fingerprints_looked_at_max = 20'000'000;

// The first key after every event at or before `to`.
core::EventKey end_of(core::Time to) {
  if (to == core::Time::max()) return after_all_events;
  return {static_cast<std::uint64_t>(std::max<std::int64_t>(0, core::to_micros(to))) + 1, 0};
}

std::uint64_t micros_of(core::Time at) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, core::to_micros(at))); }

// Of the blocks of fingerprints.
std::uint32_t minute_of(core::Time at) {
  constexpr std::uint64_t minute_us = 60'000'000;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(micros_of(at) / minute_us, 0xffffffffU));
}

// An event of any source that gave it this id.
using Identities = std::array<std::uint64_t, 5>;
Identities identities_of(std::string_view source_id) {
  Identities out{};
  std::size_t next = 0;
  for (const auto source : {model::EventSource::kubernetes, model::EventSource::alert, model::EventSource::log,
                            model::EventSource::state, model::EventSource::derived}) {
    model::Event named;
    named.source = source;
    named.source_id = std::string(source_id);
    out[next++] = model::event_key(named).hash;
  }
  return out;
}

// Ids of alerts and of state records end with the time of their event.
std::optional<core::Time> time_named_in(std::string_view source_id) {
  constexpr std::string_view alert = "alert:";
  std::size_t before = std::string_view::npos;
  if (source_id.starts_with(alert)) before = source_id.find(':', alert.size());
  if (source_id.starts_with("st:")) before = source_id.rfind('@');
  if (before == std::string_view::npos) return std::nullopt;
  return core::parse_rfc3339(source_id.substr(before + 1));
}

std::vector<core::EventKey> keys_in_block(std::string_view block, const Identities& identities) {
  std::vector<core::EventKey> out;
  core::BytesReader in(block);
  for (std::size_t left = block.size() / fingerprint_bytes; left > 0; --left) {
    const std::uint64_t identity = in.fixed64();
    in.fixed64();  // the observation
    const std::uint64_t first_us = in.fixed64();
    if (std::find(identities.begin(), identities.end(), identity) != identities.end()) out.push_back({first_us, identity});
  }
  return out;
}

bool fits(const StoredEvent& stored, const EventFilter& filter, const std::vector<core::ResourceId>& resources) {
  const model::Event& event = stored.event;
  if (filter.min_severity && event.severity < *filter.min_severity) return false;
  if (!filter.reason.empty() && event.reason != filter.reason) return false;
  if (!filter.type.empty() && event.type != filter.type) return false;
  return !filter.resource || std::find(resources.begin(), resources.end(), stored.resource) != resources.end();
}

// The narrowest way to the events of a filter.
core::StatusOr<std::unique_ptr<EventRecords>> records_for(const store::Snapshot& snapshot, const EventFilter& filter,
                                                          const std::vector<core::ResourceId>& resources, core::EventKey before,
                                                          std::size_t limit) {
  const bool listed = filter.min_severity && *filter.min_severity >= model::Severity::warning;
  std::vector<TermValue> terms;
  if (filter.resource) {
    for (const core::ResourceId id : resources) terms.push_back({Term::resource, id.value});
  } else if (listed && !filter.reason.empty()) {
    terms.push_back({Term::reason, core::stable_hash64(filter.reason)});
  } else if (listed) {
    const auto highest = static_cast<std::uint64_t>(model::Severity::fatal);
    for (auto severity = static_cast<std::uint64_t>(*filter.min_severity); severity <= highest; ++severity)
      terms.push_back({Term::severity, severity});
  } else {
    return scanned_records(snapshot, before);
  }
  KGRCA_ASSIGN_OR_RETURN(auto stream, posting_stream(snapshot, terms, before));
  return listed_records(snapshot, std::move(stream), filter.from, limit);
}

// The earliest time while the tenant's time is not stored yet or cannot be read: then every link may still change.
core::Time settled_by(const store::Snapshot& snapshot) {
  const auto stored = snapshot.get(keys::dictionary(clock_dictionary, "tenant_time"));
  if (!stored.ok() || !*stored) return core::Time::min();
  const core::StatusOr<core::Time> tenant_time = decode_time(**stored);
  return tenant_time.ok() ? *tenant_time - lateness : core::Time::min();
}

}  // namespace

GraphReader::GraphReader(store::Snapshot snapshot) : snapshot_(std::move(snapshot)) {}

core::StatusOr<StoredEvent> GraphReader::decoded(core::EventKey key, std::string_view value) const {
  KGRCA_ASSIGN_OR_RETURN(StoredEvent stored, decode_event(key, value));
  if (!stored.run) return stored;
  if (!run_ || run_->first != stored.run) {
    KGRCA_ASSIGN_OR_RETURN(std::vector<model::Link> links, links_of_run(snapshot_, stored.run));
    run_.emplace(stored.run, std::move(links));
  }
  stored.links = run_->second;
  for (model::Link& link : stored.links) {
    link.effect = key;
    link.provisional = is_provisional(key);
  }
  return stored;
}

bool GraphReader::is_provisional(core::EventKey effect) const {
  if (!settled_until_) settled_until_ = settled_by(snapshot_);
  return effect.time() >= *settled_until_;
}

core::StatusOr<StoredEvent> GraphReader::event(core::EventKey key) const {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot_.get(keys::event(key)));
  if (!value) return core::not_found(core::cat("no event ", core::to_string(key)));
  return decoded(key, *value);
}

core::StatusOr<Page<StoredEvent>> GraphReader::events(const EventFilter& filter, std::size_t limit, std::string_view position) const {
  core::EventKey before = end_of(filter.to);
  if (!position.empty()) {
    const core::EventKey from = keys::event_of(position);
    if (!from) return core::invalid_argument("this is no position of a list of events");
    before = std::min(before, from);
  }
  std::vector<core::ResourceId> resources;
  if (filter.resource) {
    KGRCA_ASSIGN_OR_RETURN(resources, all_ids(snapshot_, *filter.resource));
  }
  Page<StoredEvent> page;
  KGRCA_ASSIGN_OR_RETURN(const auto records, records_for(snapshot_, filter, resources, before, limit));
  core::EventKey last;
  for (std::size_t examined = 0; examined < examined_max; ++examined) {
    const std::optional<core::EventKey> key = records->next();
    if (!key || key->time() < filter.from) {
      KGRCA_RETURN_IF_ERROR(records->status());
      return page;
    }
    if (page.items.size() == limit) break;
    last = *key;
    KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string_view> value, records->value());
    if (!value) continue;  // expired; its postings go later
    KGRCA_ASSIGN_OR_RETURN(StoredEvent stored, decoded(*key, *value));
    if (fits(stored, filter, resources)) page.items.push_back(std::move(stored));
  }
  page.next = keys::event(last ? last : before).bytes();
  return page;
}

core::StatusOr<StoredEvent> GraphReader::event_by_source_id(std::string_view source_id, core::Time from, core::Time to) const {
  const Identities identities = identities_of(source_id);
  if (const auto time = time_named_in(source_id)) {
    for (const std::uint64_t identity : identities) {
      core::StatusOr<StoredEvent> stored = event({micros_of(*time), identity});
      if (stored.ok() || !absl::IsNotFound(stored.status())) return stored;
    }
  }
  const store::Key first = keys::fingerprints_of_minute(minute_of(from));
  const store::Key last = keys::after(to == core::Time::max() ? keys::fingerprints_all() : keys::fingerprints_of_minute(minute_of(to)));
  std::size_t looked_at = 0;
  store::Scan scan = snapshot_.scan_backwards(keys::fingerprints_all(), last);
  for (; scan.valid() && scan.key() >= first.bytes(); scan.next()) {
    for (const core::EventKey key : keys_in_block(scan.value(), identities)) {
      core::StatusOr<StoredEvent> stored = event(key);
      if (stored.ok() && stored->event.source_id == source_id) return stored;
      if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
    }
    looked_at += scan.value().size() / fingerprint_bytes;
    if (looked_at > fingerprints_looked_at_max) {
      return core::deadline_exceeded(core::cat("no event with this source id among the newest ", fingerprints_looked_at_max,
                                               " observations; narrow the search by the time at which it was observed"));
    }
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  return core::not_found(core::cat("no event with source id '", core::clip_utf8(source_id, 200), "'"));
}

core::StatusOr<std::vector<model::Link>> GraphReader::effects_of(core::EventKey cause, std::size_t limit) const {
  std::vector<model::Link> links;
  KGRCA_ASSIGN_OR_RETURN(const auto stream, posting_stream(snapshot_, {{Term::cause, cause.hash}}, after_all_events));
  for (std::size_t examined = 0; links.size() < limit && examined < examined_max; ++examined) {
    const std::optional<core::EventKey> key = stream->next();
    if (!key) break;
    // The posting stays when a link goes, when the run becomes part of another and when it expires; what is stored of it decides.
    KGRCA_ASSIGN_OR_RETURN(const std::optional<RunLinks> run, read_run_links(snapshot_, *key));
    if (!run) continue;
    for (const model::Link& link : run->links) {
      if (link.cause != cause) continue;
      links.push_back(link);
      links.back().provisional = is_provisional(*key);
    }
  }
  KGRCA_RETURN_IF_ERROR(stream->status());
  std::sort(links.begin(), links.end(), [](const model::Link& a, const model::Link& b) {
    return a.confidence != b.confidence ? a.confidence > b.confidence : a.effect < b.effect;
  });
  return links;
}

}  // namespace kgrca::graph
