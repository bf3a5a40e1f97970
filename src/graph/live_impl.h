// Inside of LiveGraph. What an edge is at a moment is a function of facts that carry their own times - versions of both
// ends, statements of topology records - so that the order in which they came cannot show. Intervals before the oldest
// kept facts are frozen.
//
//   identity.cc   which resource a reference means; new nodes
//   merge.cc      two resources that turn out to be one
//   apply.cc      versions of states and what changed between them
//   late_versions.cc  records that come after later ones
//   edges.cc      facts to intervals; adjacency
//   statements.cc what topology records said
//   full_state.cc what full lists end
//   selectors.cc  services and the pods they select; who holds an address
//   live_store.cc, live_load.cc   to and from the store
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "graph/versions.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/live.h"

namespace kgrca::graph {

using core::ResourceId;
using core::Time;

inline constexpr Time never = Time::min();
inline constexpr std::size_t uids_max = 16;        // remembered per resource, newest
inline constexpr std::size_t references_max = 4096;  // of one state
// Versions kept per resource and references in them together; beyond either the oldest versions go, down to three quarters.
inline constexpr std::size_t versions_max = 128;
inline constexpr std::size_t kept_references_max = 8192;
// What putting late versions in their places may cost between two writes, in facts looked at (about 1 µs each).
inline constexpr std::size_t late_work_max = 500'000;
inline constexpr std::string_view unknown_cluster = "unknown";
inline constexpr std::string_view address_kind = "address";

struct Triple {
  ResourceId from;
  ResourceId to;
  model::Relation relation = model::Relation::uses;
  auto operator<=>(const Triple&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Triple& t) {
    return H::combine(std::move(h), t.from, t.to, static_cast<std::uint8_t>(t.relation));
  }
};

struct Interval {
  Time from{};
  Time to = forever;
  model::Evidence evidence = model::Evidence::stated;
  bool operator==(const Interval&) const = default;
};

// Intervals in time order into those before them; joins where they meet.
void join_intervals(std::vector<Interval>& list, const std::vector<Interval>& later);

using StoredEdges = std::map<Triple, std::vector<Interval>>;

// What topology records said of one edge. Marks older than the lateness bound are dropped but the last.
struct Statement {
  struct Mark {
    Time at{};
    bool open = false;
    bool operator==(const Mark&) const = default;
  };
  std::vector<Mark> marks;  // sorted by time
  bool trimmed = false;     // there were earlier ones
};

struct NodeRec {
  Node node;                        // node.state: content of the last version
  std::vector<EdgeRef> refs;        // of node.state
  std::vector<Version> versions;    // by time; those of the last `lateness` and one base before them
  bool trimmed = false;             // there were earlier versions
  Time last_end = never;            // last `ends` among the dropped versions, or when it left memory and came back later
  std::vector<Neighbour> adjacent;  // sorted by (relation, outgoing first, other, from)
  std::vector<std::string> uids;
  std::vector<ResourceId> aliases;  // former ids of this node
  absl::flat_hash_set<Triple> stated;  // triples with a Statement that touch this node; a hub has very many
  Time last_seen_written = never;
  std::uint64_t told_late = 0;      // hash of the last record that counted for the history only: lists show old objects again and again
  std::size_t stored_bytes = 0;     // of its record, key and value, when it was written or read last
};

// Of a state that no record spoke of, but a list implies.
std::string implied_source_id(const model::ResourceRef& ref, Time at);

// A content by reference, wherever it is kept.
struct ContentView {
  const model::ResourceState* state = nullptr;
  const std::vector<EdgeRef>* refs = nullptr;
};

struct NamespaceIndex {
  absl::flat_hash_set<ResourceId> pods;
  absl::flat_hash_set<ResourceId> services;
  core::StringMap<std::vector<ResourceId>> services_by_pair;  // first pair of their selectors, "key\0value"
};

struct FoundResource;   // resource_reads.h
struct ResourceRecord;  // resource_record.h

struct LiveGraph::Impl {
  explicit Impl(LiveLimits l) : limits(l) {}

  // --- identity.cc
  ResourceId resolve(const model::ResourceRef& ref, Time seen);
  ResourceId locate(const model::ResourceRef& ref, Time seen, Time until = forever) const;
  std::optional<ResourceId> find(const model::ResourceRef& ref, Time seen) const;
  ResourceId canonical(ResourceId id) const;
  NodeRec* record(ResourceId id);
  const NodeRec* record(ResourceId id) const;
  NodeRec& ensure(std::string_view cluster, std::string_view kind, std::string_view ns, std::string_view name, Time seen);
  void add_uid(ResourceId id, const std::string& uid);
  ResourceId recall(const model::ResourceRef& ref, Time seen);
  core::StatusOr<FoundResource> find_left(ResourceId id) const;
  core::StatusOr<FoundResource> left_by_uid(std::string_view uid) const;
  void take_back(NodeRec& rec, const ResourceRecord& left);
  core::Status take_back_edges(const NodeRec& rec);
  core::StatusOr<bool> read_ended(ResourceId id, Time after, Time until, std::size_t& most, StoredEdges& out) const;
  void add_alias(NodeRec& rec, ResourceId alias);
  void index_node(NodeRec& rec);    // name and cluster tables
  void unindex_node(NodeRec& rec);
  void drop_node(ResourceId id);    // from memory and every index; edges first
  std::string_view pick_cluster(const model::ResourceRef& ref, std::string_view name) const;
  ResourceId uid_holder(std::string_view uid) const;
  void adopt_unknown(const std::string& cluster);
  void absorb_unknown(const NodeRec& rec);
  bool is_placeholder(const NodeRec& rec) const;

  // --- merge.cc
  void merge(NodeRec& former, NodeRec& present);
  void take_versions(const NodeRec& former, NodeRec& present);
  void move_edges(NodeRec& former, NodeRec& present, std::vector<Triple>& out);
  void settle(const Triple& triple, Time until);
  void unite_ended(ResourceId former, ResourceId present, const std::vector<Triple>& moved);
  StoredEdges take_over(ResourceId former);
  bool take_ended(ResourceId id, Time after, std::size_t most, StoredEdges& out);
  void leave_behind(const Triple& triple, std::vector<Interval> ended, ResourceId former, ResourceId present);
  void know_stored(const Triple& triple, const std::vector<Interval>& list);
  void keep_settled();

  // --- apply.cc
  Applied apply(const model::ResourceState& state);
  void apply_version(const model::ResourceState& state, Applied& out);
  void append_version(NodeRec& rec, const model::ResourceState& given, Applied& out);
  void insert_version(NodeRec& rec, const model::ResourceState& given, Applied& out);
  std::size_t late_work(const NodeRec& rec) const;
  model::ResourceState told(const NodeRec& rec, std::size_t index) const;
  bool keep_in_history(NodeRec& rec, const model::ResourceState& given);
  void trim_versions(NodeRec& rec);
  void install(NodeRec& rec, std::vector<Version> list);
  std::vector<Version> explicit_versions(const NodeRec& rec) const;
  std::size_t place(NodeRec& rec, std::vector<Version>& list, const model::ResourceState& given);
  void save_history(const NodeRec& rec, const std::vector<Version>& before, Time from);
  // Node fields, counts and indexes that follow from node.state; `before`: what held until now, null when unknown or none.
  void after_content(NodeRec& rec, const model::ResourceState* before);
  void index_content(NodeRec& rec, const model::ResourceState* before);
  bool repeat_version(NodeRec& rec, const model::ResourceState& given);
  void age(const NodeRec& rec, std::size_t first);
  void age_versions();
  ContentPtr make_content(NodeRec& rec, model::ResourceState state);
  ContentView content_at(const NodeRec& rec, std::size_t index) const;
  bool repeats(const NodeRec& rec, std::size_t index) const;  // same content as the version before
  void write_history(ResourceId id, Time at, const model::ResourceState* state);  // null: erase

  // --- edges.cc
  std::vector<EdgeRef> resolve_refs(const NodeRec& rec, const model::ResourceState& state, Time until = forever) const;
  void index_references(const NodeRec& rec);
  void index_references(ResourceId id, const std::vector<EdgeRef>& refs);
  void unindex_references(const NodeRec& rec);
  void relink_referrers(const NodeRec& rec, std::vector<Triple>& out) const;
  void relink(const NodeRec& rec, const std::vector<EdgeRef>& refs, std::vector<Triple>& out) const;
  void relink_all(const NodeRec& rec, std::vector<Triple>& out) const;
  void recompute(std::vector<Triple>& triples);
  void recompute(const Triple& triple);
  std::optional<std::vector<Interval>> worked_out(const Triple& triple) const;
  std::vector<Interval> intervals(const Triple& triple) const;
  std::vector<Interval> computed(const Triple& triple, const NodeRec& from, const NodeRec& to, Time frozen) const;
  std::optional<model::Evidence> asserted(const Triple& triple, const NodeRec& from, const NodeRec& to, Time at) const;
  static void named_in(const std::vector<EdgeRef>& refs, model::Relation relation, bool outgoing, const NodeRec& other,
                       std::optional<model::Evidence>& best);
  Time frozen_until(const Triple& triple) const;
  Time frozen_until(const Triple& triple, const NodeRec& from, const NodeRec& to) const;
  void set_intervals(const Triple& triple, const std::vector<Interval>& next);
  void remember_persisted(const Triple& triple, const std::vector<Interval>& current);
  std::vector<ResourceId> take_touched();

  // --- statements.cc
  Applied apply(const model::EdgeUpdate& edge);
  bool stated_at(const Triple& triple, const NodeRec& from, const NodeRec& to, Time at) const;
  void add_mark(const Triple& triple, Statement::Mark mark);
  void trim_marks(Statement& statement) const;
  void trim_statement(const Triple& triple);
  void set_statement(const Triple& triple, Statement statement);
  void forget_statement(const Triple& triple);

  // --- full_state.cc
  core::StatusOr<std::string> cluster_of_sync(std::string_view named) const;
  bool lives_at(const NodeRec& rec, Time at) const;
  bool dead_at(ResourceId id, Time at) const;
  core::StatusOr<Ended<model::ResourceState>> ended_by(const model::ResourceSync& sync) const;
  core::StatusOr<Ended<model::EdgeUpdate>> ended_by(const model::EdgeSync& sync) const;

  // --- selectors.cc
  static std::string namespace_key(const NodeRec& rec);
  void index_selectors(NodeRec& rec);
  void unindex_selectors(const NodeRec& rec);
  void relink_pod(const NodeRec& pod, std::vector<Triple>& out) const;
  void relink_service(const NodeRec& service, std::vector<Triple>& out) const;
  bool selected_at(const NodeRec& service, const NodeRec& pod, Time at) const;
  ResourceId address_holder(const model::ResourceRef& ref, Time seen, Time until = forever) const;
  bool held_before(const NodeRec& rec, std::string_view address, Time until) const;
  std::vector<std::string> addresses_of(const NodeRec& rec) const;  // of all kept versions
  bool uses_addresses(const NodeRec& rec) const;
  void index_addresses(NodeRec& rec);
  void unindex_addresses(const NodeRec& rec);
  void index_address_users(const NodeRec& rec);
  void refresh_address_users(const std::vector<std::string>& addresses);
  void reresolve(NodeRec& rec, std::vector<Triple>& out);
  void resolve_contents(NodeRec& rec);

  // --- live_store.cc, live_load.cc
  void write(store::Batch& batch);
  void write_nodes(store::Batch& batch);
  void write_edges(store::Batch& batch);
  void write_rest(store::Batch& batch);
  void sweep(store::Batch& batch);
  void forget_closed_edges(Time cutoff);
  void evict(store::Batch& batch);
  std::size_t excess() const;
  void note_size(NodeRec& rec, std::size_t stored);
  std::size_t memory_bytes() const;
  void put_away(store::Batch& batch, const NodeRec& rec);
  static Time last_told(const NodeRec& rec);
  void close_edges(const NodeRec& rec);  // at its last_seen
  core::Status load(store::TenantView view);
  core::Status load_nodes(const store::Snapshot& snapshot);
  core::Status load_contents(const store::Snapshot& snapshot, NodeRec& rec);
  void resolve_loaded(NodeRec& rec);
  void load_edge(const store::keys::EdgeKey& edge, model::Evidence evidence);
  void sort_adjacency();
  core::Status load_edges(const store::Snapshot& snapshot, const NodeRec& rec);
  core::Status load_statements(const store::Snapshot& snapshot);

  void touch(NodeRec& rec, Time seen);
  void count(std::string_view name, std::int64_t amount);
  void count_node(const NodeRec& rec, int sign);
  std::size_t active_version(const NodeRec& rec, Time at) const;  // versions.size() when none began yet

  LiveLimits limits;
  std::optional<store::TenantView> home;  // where what left memory is looked up; none before load()
  Time tenant_time = never;  // highest time seen
  Time forgotten_until = never;  // closed intervals that ended by then are in the store only

  absl::flat_hash_map<ResourceId, std::unique_ptr<NodeRec>> nodes;
  absl::flat_hash_map<ResourceId, ResourceId> merged;  // former -> present, never chained
  core::StringMap<ResourceId> uids;
  core::StringMap<std::vector<ResourceId>> names;      // "kind\0ns\0name"
  core::StringMap<std::size_t> clusters;               // named ones, nodes of each
  absl::flat_hash_set<ResourceId> unknown_nodes;       // cluster "unknown"
  absl::flat_hash_map<Triple, Statement> statements;
  absl::flat_hash_map<ResourceId, absl::flat_hash_set<ResourceId>> referrers;  // whose kept references name the key
  core::StringMap<NamespaceIndex> namespaces;
  core::StringMap<std::vector<ResourceId>> addresses;
  core::StringMap<absl::flat_hash_set<ResourceId>> address_users;

  std::size_t open_edges = 0;
  std::size_t stored_bytes = 0;                        // of all nodes
  std::size_t counted_bytes = 0;                       // the same as the counts have it
  std::size_t unstated = 0;
  std::vector<std::pair<Time, Triple>> closings;       // min-heap of closed intervals in memory
  std::vector<std::pair<Time, ResourceId>> deletions;  // min-heap
  std::vector<std::pair<Time, ResourceId>> aging;      // min-heap of versions that have predecessors
  std::vector<std::pair<ResourceId, ResourceId>> merges;
  std::size_t versions_cut = 0;                        // since they were asked for
  std::size_t evicted = 0;                             // the same
  absl::flat_hash_set<ResourceId> touched;

  // Since the last write.
  absl::flat_hash_set<ResourceId> dirty;
  absl::flat_hash_set<ResourceId> new_names;
  std::vector<std::pair<std::string, ResourceId>> new_uids;
  std::vector<std::pair<ResourceId, NodeRec>> gone;    // merged into the id
  std::map<std::pair<ResourceId, Time>, std::optional<std::string>> history;
  absl::flat_hash_map<Triple, std::vector<Interval>> persisted;  // as stored, of changed triples
  absl::flat_hash_set<Triple> dirty_statements;
  std::map<std::string, std::int64_t, std::less<>> counts;
  bool time_moved = false;
  std::optional<Time> former_edges_until;     // edges that ended by then may stay under former ids: they were too many to be moved
  absl::flat_hash_map<Triple, Time> settled;  // of edges that merges united: what lies before is not worked out again
  StoredEdges left_behind;                    // under former ids, of merges that found too much
  std::size_t merged_looks = 0;               // at ended edges
  std::size_t late_work_done = 0;
  bool adopting = false;  // adopt_unknown() runs
};

}  // namespace kgrca::graph
