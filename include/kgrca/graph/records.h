// Events, links and incidents in the store: the one place that knows their value formats.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/graph/topology.h"
#include "kgrca/model/event.h"
#include "kgrca/model/incident.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

// How the store counts and lists an event, so that a rewrite changes both by the difference. decode_event() fills it; whoever
// keeps an event after handing it to a RecordWriter sets it to what put_event() gave.
struct Counted {
  model::Severity severity = model::Severity::info;
  bool late = false;
  std::uint64_t reason = 0;  // its hash
  std::string type;
  std::uint64_t bytes = 0;   // logical_bytes()
  bool operator==(const Counted&) const = default;
};

// What the store adds to an event: the resource it was resolved to, the run it is part of.
struct EventRecord {
  core::EventKey key;
  core::ResourceId resource;
  std::vector<core::ResourceId> related;
  core::Time ingested{};
  std::uint64_t sequence = 0;  // of the batch that wrote it last
  bool late = false;           // beyond the lateness bound: stored, not linked
  core::EventKey run;          // the event that begins its run: itself, or an earlier one; none: it takes no part in linking
};

struct StoredEvent : EventRecord {
  model::Event event;
  std::vector<model::Link> links;  // causes of its run, best first; `effect` is this event. GraphReader fills it
  Counted counted;
};

// What the event counts as, see kgrca/graph/counts.h: its texts, 96 bytes for key, times and the like, 8 for each further resource.
// The same whatever the format of the record.
std::uint64_t logical_bytes(const model::Event& event);
// And each link of a run.
inline constexpr std::int64_t logical_bytes_per_link = 64;

// Values begin with a format version byte. Decoding damaged or newer bytes: data_loss.
std::string encode_event(const StoredEvent& event);
core::StatusOr<StoredEvent> decode_event(core::EventKey key, std::string_view value);
std::string encode_incident(const model::Incident& incident);
core::StatusOr<model::Incident> decode_incident(std::string_view value);
std::string encode_state(const model::ResourceState& state);
core::StatusOr<model::ResourceState> decode_state(std::string_view value);

// Collects one batch's records: events and what they are listed under (resource; from WARNING on severity and reason), links of
// runs, listed under their causes, incidents, counts. One tenant's, single-threaded.
class RecordWriter {
 public:
  RecordWriter();
  RecordWriter(RecordWriter&&) noexcept;
  RecordWriter& operator=(RecordWriter&&) noexcept;
  ~RecordWriter();
  // What former batches left: which event types have a count of their own, what waits to be merged. REQUIRED before the first
  // batch unless the tenant is new.
  core::Status load(const store::Snapshot& snapshot);
  // The event is new to the store, or takes the place of what `event.counted` tells. Gives how it is counted and listed from now
  // on. REQUIRES, as does put_new_event(): an event at most once in a batch, else write() gives internal.
  Counted put_event(const StoredEvent& event, bool is_new);
  // The same for a new event that nobody keeps.
  void put_new_event(const EventRecord& record, const model::Event& event);
  // All links of the run that the event begins. `is_new`: the store knows none of it yet, which spares a read.
  void put_links(core::EventKey run, std::vector<model::Link> links, bool is_new);
  // The run that the event began is part of the one that `whole` begins. REQUIRES: `whole` before `run`.
  void put_part(core::EventKey run, core::EventKey whole);
  void put_incident(const model::Incident& incident, const std::vector<core::EventKey>& new_members);
  // Puts what was collected and forgets it. REQUIRES: `sequence` above that of the tenant's former batches. `view`: of the tenant;
  // incidents are counted by what it has stored of them. After an error the batch must not be committed and the writer is of no
  // more use.
  core::Status write(store::Batch& batch, std::uint64_t sequence, const store::TenantView& view);

  // Listings of many batches wait to be merged: merge_listings() with a snapshot of the tenant, in any batch. Takes about 0.1 s at
  // most. On error nothing was put.
  bool merge_due() const;
  core::Status merge_listings(const store::Snapshot& snapshot, store::Batch& batch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// All conditions hold. Times are those of first occurrence, both ends included.
struct EventFilter {
  core::Time from{};
  core::Time to = core::Time::max();
  std::optional<core::ResourceId> resource;
  std::optional<model::Severity> min_severity;
  std::string reason;                     // verbatim; empty: any
  std::string type;
};
// Times are those of `opened`.
struct IncidentFilter {
  std::optional<model::IncidentStatus> status;
  core::Time from{};
  core::Time to = core::Time::max();
};
template <typename T>
struct Page {
  std::vector<T> items;
  std::string next;                       // opaque position, bytes and no text; empty at the end. A page that looked at
                                          // very many records may hold fewer items than asked for and still go on
};

struct StoredResource {
  core::ResourceId id;
  bool stated = false;
  bool deleted = false;
  core::Time first_seen{};
  core::Time last_seen{};
  model::ResourceState state;             // ref always filled
};

// How far causes of causes, or effects of effects, are followed through stored links.
inline constexpr int trace_links_max = 15;
struct TraceLimits {
  int links = 5;                            // one after another, 1 to trace_links_max
  double min_confidence = 0.30;             // of a whole way: the product over its links
  std::size_t events = 500;                 // in the answer
  int link_hops = 255;                      // edges that one link may have walked
  core::Time earliest = core::Time::min();  // events before it are left out
};
struct Traced {
  StoredEvent event;
  double confidence = 0;  // of the surest way of at most so many links
  int links = 0;          // on that way
  int hops = 0;           // edges walked by them
  model::Link link;       // the one of them that touches this event
};
struct Trace {
  std::vector<Traced> events;  // surest first, among equals the earliest
  bool truncated = false;
};
struct ResourceHit {
  core::ResourceId resource;
  std::size_t events = 0;
  double confidence = 0;       // of the surest event on it
  int links = 0;               // of that event
  core::Time first{};          // of the earliest event on it
};
// The resources that traced events lie on, surest first. Of an event's effects this is its blast radius.
std::vector<ResourceHit> resources_hit(const Trace& trace);

// Answers from one snapshot. Every read is bounded by its limit; not_found for ids that do not exist. One thread at a time.
class GraphReader {
 public:
  explicit GraphReader(store::Snapshot snapshot);

  core::StatusOr<StoredEvent> event(core::EventKey key) const;
  // Newest first.
  core::StatusOr<Page<StoredEvent>> events(const EventFilter& filter, std::size_t limit, std::string_view position) const;
  // Event of a verbatim source id. An id that holds its time (`alert:…:<startsAt>`, `st:…@<at>`) is found at once. Any other is
  // looked for in the fingerprints, newest first: of observations from `from` to `to`. deadline_exceeded: not among the newest
  // 20 million of them; ask for a shorter time.
  core::StatusOr<StoredEvent> event_by_source_id(std::string_view source_id, core::Time from = core::Time{},
                                                 core::Time to = core::Time::max()) const;
  // Links whose cause it is, best first: an effect is a run, named by the event that begins it. Each by its best link, from 0.05
  // on, and two more from 0.30 on.
  core::StatusOr<std::vector<model::Link>> effects_of(core::EventKey cause, std::size_t limit) const;

  // What led to the event, or followed from it, over several links. invalid_argument: a bad limit. Cost: one read per event, at
  // most 5,000; past that the answer is truncated.
  core::StatusOr<Trace> causes(const StoredEvent& of, const TraceLimits& limits) const;
  core::StatusOr<Trace> effects(const StoredEvent& of, const TraceLimits& limits) const;

  core::StatusOr<model::Incident> incident(core::IncidentId id) const;  // aliases resolve
  // Newest first.
  core::StatusOr<Page<model::Incident>> incidents(const IncidentFilter& filter, std::size_t limit, std::string_view position) const;
  // Nothing for an event that is in none.
  core::StatusOr<std::optional<core::IncidentId>> incident_of(core::EventKey event) const;

  core::StatusOr<StoredResource> resource(core::ResourceId id) const;
  core::StatusOr<StoredResource> resource_at(core::ResourceId id, core::Time at) const;
  // A text id in any accepted form, a uid, kind/name or kind/ns/name.
  core::StatusOr<core::ResourceId> find_resource(std::string_view text_or_uid) const;
  core::StatusOr<Page<StoredResource>> resources(std::string_view kind, std::string_view ns, std::string_view name_part,
                                                 std::size_t limit, std::string_view position) const;

  // --- Connections (kgrca/graph/topology.h). No resource is read but to follow a former id and to tell an unknown one.
  core::StatusOr<EdgeList> edges(core::ResourceId id, const EdgeFilter& filter, std::size_t limit) const;
  // Breadth first. invalid_argument: more hops than walk_hops_max.
  core::StatusOr<Neighbourhood> neighbourhood(core::ResourceId start, const EdgeFilter& filter, const WalkLimits& limits) const;
  // From both ends at once; among the shortest ways always the same one.
  core::StatusOr<ShortestPath> shortest_path(core::ResourceId from, core::ResourceId to, const EdgeFilter& filter,
                                             const PathLimits& limits) const;
  // Of what lies within the walk at either moment. invalid_argument: `from` lies after `to`.
  core::StatusOr<TopologyDiff> diff_around(core::ResourceId start, const DiffFilter& filter, const WalkLimits& limits) const;
  // Of all resources, or those of one namespace, with the edges that begin at them: page by page of about `limit` differences,
  // more when one resource has more. Cost: two seeks per resource and moment; a page looks at 20,000 resources at most.
  core::StatusOr<TopologyDiff> diff(const DiffFilter& filter, std::string_view ns, std::size_t limit, std::string_view position) const;

  // Incremental counts, kgrca/graph/counts.h; 0 for one that was never changed. data_loss: damaged.
  core::StatusOr<std::int64_t> count(std::string_view name) const;
  core::StatusOr<std::vector<std::pair<std::string, std::int64_t>>> counts(std::string_view name_prefix) const;

  const store::Snapshot& snapshot() const { return snapshot_; }

 private:
  core::StatusOr<core::ResourceId> present_id(core::ResourceId id) const;
  core::StatusOr<StoredEvent> decoded(core::EventKey key, std::string_view value) const;
  bool is_provisional(core::EventKey effect) const;

  store::Snapshot snapshot_;
  // Links of effects before this moment are no longer provisional. Read with the first event that has links.
  mutable std::optional<core::Time> settled_until_;
  // Of the run read last: the events of a resource mostly are of few runs.
  mutable std::optional<std::pair<core::EventKey, std::vector<model::Link>>> run_;
};

// Entries of a fingerprint block (store key 'f'): 24 bytes each, little-endian.
struct Fingerprint {
  std::uint64_t identity = 0;     // EventKey.hash
  std::uint64_t observation = 0;  // model::Event.observation
  std::uint64_t first_us = 0;     // EventKey.time_us
};
std::string encode_fingerprints(const std::vector<Fingerprint>& entries);
std::vector<Fingerprint> decode_fingerprints(std::string_view value);

}  // namespace kgrca::graph
