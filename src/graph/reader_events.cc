#include <algorithm>

#include "graph/edge_codec.h"
#include "graph/event_streams.h"
#include "graph/postings.h"
#include "graph/read_position.h"
#include "graph/resource_record.h"
#include "kgrca/core/bytes.h"
#include "kgrca/core/hash.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr std::size_t fingerprint_blocks_max = 1'000'000;

// The first key after every event at or before `to`.
core::EventKey end_of(core::Time to) {
  if (to == core::Time::max()) return after_all_events;
  return {static_cast<std::uint64_t>(std::max<std::int64_t>(0, core::to_micros(to))) + 1, 0};
}

bool fits(const StoredEvent& stored, const EventFilter& filter, const std::vector<core::ResourceId>& resources) {
  const model::Event& event = stored.event;
  if (filter.min_severity && event.severity < *filter.min_severity) return false;
  if (!filter.reason.empty() && event.reason != filter.reason) return false;
  if (!filter.type.empty() && event.type != filter.type) return false;
  return !filter.resource || std::find(resources.begin(), resources.end(), stored.resource) != resources.end();
}

// The narrowest way to the events of a filter.
core::StatusOr<std::unique_ptr<EventStream>> stream_for(const store::Snapshot& snapshot, const EventFilter& filter,
                                                        const std::vector<core::ResourceId>& resources, core::EventKey before) {
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
    return ordered_stream(snapshot.scan_backwards(keys::events(), keys::event(before)), keys::event_of);
  }
  return posting_stream(snapshot, terms, before);
}

std::string position_of(core::EventKey key) {
  std::string bytes;
  core::BytesWriter out(bytes);
  out.fixed64(key.time_us);
  out.fixed64(key.hash);
  return to_position(bytes);
}

std::optional<core::EventKey> parse_position(std::string_view text) {
  const std::optional<std::string> bytes = from_position(text);
  if (!bytes) return std::nullopt;
  core::BytesReader in(*bytes);
  const core::EventKey key{in.fixed64(), in.fixed64()};
  return in.ok() && in.at_end() ? std::optional(key) : std::nullopt;
}

// The earliest time while the tenant's time is not stored yet or cannot be read: then every link may still change.
core::Time settled_by(const store::Snapshot& snapshot) {
  const auto stored = snapshot.get(keys::dictionary(clock_dictionary, "tenant_time"));
  if (!stored.ok() || !*stored) return core::Time::min();
  const core::StatusOr<core::Time> tenant_time = decode_time(**stored);
  return tenant_time.ok() ? *tenant_time - lateness : core::Time::min();
}

}  // namespace

GraphReader::GraphReader(store::Snapshot snapshot) : snapshot_(std::move(snapshot)), settled_until_(settled_by(snapshot_)) {}

core::StatusOr<StoredEvent> GraphReader::event(core::EventKey key) const {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot_.get(keys::event(key)));
  if (!value) return core::not_found(core::cat("no event ", core::to_string(key)));
  KGRCA_ASSIGN_OR_RETURN(StoredEvent stored, decode_event(key, *value));
  for (model::Link& link : stored.links) link.provisional = key.time() >= settled_until_;
  return stored;
}

core::StatusOr<Page<StoredEvent>> GraphReader::events(const EventFilter& filter, std::size_t limit, std::string_view position) const {
  core::EventKey before = end_of(filter.to);
  if (!position.empty()) {
    const std::optional<core::EventKey> from = parse_position(position);
    if (!from) return core::invalid_argument("this is no position of a list of events");
    before = std::min(before, *from);
  }
  std::vector<core::ResourceId> resources;
  if (filter.resource) {
    KGRCA_ASSIGN_OR_RETURN(resources, ids_of(*filter.resource));
  }
  Page<StoredEvent> page;
  KGRCA_ASSIGN_OR_RETURN(const std::unique_ptr<EventStream> stream, stream_for(snapshot_, filter, resources, before));
  core::EventKey last;
  for (std::size_t examined = 0; examined < examined_max; ++examined) {
    const std::optional<core::EventKey> key = stream->next();
    if (!key || key->time() < filter.from) {
      KGRCA_RETURN_IF_ERROR(stream->status());
      return page;
    }
    if (page.items.size() == limit) break;
    last = *key;
    core::StatusOr<StoredEvent> stored = event(*key);
    if (absl::IsNotFound(stored.status())) continue;  // expired; its postings go later
    if (!stored.ok()) return stored.status();
    if (fits(*stored, filter, resources)) page.items.push_back(std::move(*stored));
  }
  page.next = position_of(last ? last : before);
  return page;
}

core::StatusOr<StoredEvent> GraphReader::event_by_source_id(std::string_view source_id) const {
  std::vector<std::uint64_t> identities;
  for (const auto source : {model::EventSource::kubernetes, model::EventSource::alert, model::EventSource::log,
                            model::EventSource::state, model::EventSource::derived}) {
    model::Event named;
    named.source = source;
    named.source_id = std::string(source_id);
    identities.push_back(model::event_key(named).hash);
  }
  std::size_t blocks = 0;
  store::Scan scan = snapshot_.scan_backwards(keys::fingerprints_all());
  for (; scan.valid() && blocks < fingerprint_blocks_max; scan.next(), ++blocks) {
    for (const Fingerprint& entry : decode_fingerprints(scan.value())) {
      if (std::find(identities.begin(), identities.end(), entry.identity) == identities.end()) continue;
      core::StatusOr<StoredEvent> stored = event({entry.first_us, entry.identity});
      if (stored.ok() && stored->event.source_id == source_id) return stored;
      if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
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
    const core::StatusOr<StoredEvent> effect = event(*key);
    if (absl::IsNotFound(effect.status())) continue;
    if (!effect.ok()) return effect.status();
    // The posting stays when a link goes; the effect's record decides.
    for (const model::Link& link : effect->links) {
      if (link.cause == cause) links.push_back(link);
    }
  }
  KGRCA_RETURN_IF_ERROR(stream->status());
  std::sort(links.begin(), links.end(), [](const model::Link& a, const model::Link& b) {
    return a.confidence != b.confidence ? a.confidence > b.confidence : a.effect < b.effect;
  });
  return links;
}

}  // namespace kgrca::graph
