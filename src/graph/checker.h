// Inside of verify(): what its checks share.
//
//   verify.cc            the order of the checks; counters
//   verify_resources.cc  records, history, names, uids, aliases
//   verify_edges.cc      both directions, ends, intervals
//   verify_events.cc     events, their resources, links to causes
//   verify_postings.cc   what events are listed under
//   verify_incidents.cc  records, listing, members, aliases
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_map.h>

#include "graph/postings.h"
#include "graph/resource_cursor.h"
#include "graph/resource_record.h"
#include "kgrca/core/ids.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/graph/retention.h"
#include "kgrca/graph/verify.h"
#include "kgrca/store/keys.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

class RecentEvents;

class Checker {
 public:
  Checker(const store::Snapshot& snapshot, const VerifyLimits& with, VerifyReport& report)
      : snapshot_(snapshot), limits_(with), report_(report) {}

  void run();

 private:
  void check_meta();
  void check_counts();

  struct Names;
  void check_state();
  void check_resource(std::string_view key, std::string_view value, ResourceCursor& around, Names& names);
  void check_living(core::ResourceId id, const ResourceRecord& record);
  void check_versions(core::ResourceId id, const ResourceRecord& record);
  void check_history(std::string_view key, std::string_view value, bool known);
  void check_uid(std::string_view key, std::string_view value);
  void name_names(const Names& names);

  struct Edges;
  void check_edges();
  void check_end(const store::keys::EdgeKey& edge, std::string_view key, ResourceCursor& cursor);
  void count_edge(const store::keys::EdgeKey& edge, std::string_view key);
  void check_overlaps(Edges& edges);
  void name_one_sided(const Edges& edges);

  void check_events();
  void count_event(const StoredEvent& stored);
  void check_event(const StoredEvent& stored, const RecentEvents& recent);
  void check_run(core::EventKey run, const RecentEvents& recent);

  struct Postings;
  using PostingFn = std::function<void(const Posting&, store::Family, std::string_view key)>;
  void check_postings();
  void check_part(Postings& postings);
  void check_listed(const StoredEvent& stored, const Postings& postings);
  bool listed_under_former_id(const StoredEvent& stored, const Postings& postings);
  void each_posting(bool report, const PostingFn& fn);
  void each_unmerged_posting(bool report, const PostingFn& fn);

  void check_incidents();
  void check_incident(std::string_view key, std::string_view value);
  void check_listing(std::string_view key);
  void check_event_of_incident(std::string_view key, std::string_view value, store::Scan& events);
  void check_links_of_run(std::string_view key, std::string_view value, store::Scan& events);

  void find(std::string_view kind, const store::Key& key, std::string_view what);
  void find(std::string_view kind, store::Family family, std::string_view key, std::string_view what);
  void left_over(std::string_view kind);
  // What ends a scan too early is a finding.
  void finish(const store::Scan& scan, store::Family family);
  // Absent also when it cannot be read, which is a finding.
  std::optional<std::string> get(const store::Key& key);
  bool exists(const store::Key& key) { return get(key).has_value(); }
  bool resource_exists(core::ResourceId id);
  // Present or away; nothing when there is none or it cannot be decoded, which check_state() names.
  std::optional<ResourceRecord> record(core::ResourceId id);
  // Where aliases lead; nothing when they end nowhere or go round in a circle.
  std::optional<core::ResourceId> present_of(core::ResourceId id);
  std::optional<core::IncidentId> present_of(core::IncidentId id);
  void count(std::string_view name, std::int64_t amount);

  const store::Snapshot& snapshot_;
  const VerifyLimits limits_;
  Cutoffs cutoffs_;  // of what has expired one part may be gone before another
  VerifyReport& report_;
  std::map<std::string, std::int64_t, std::less<>> counted_;
  core::StringSet counted_types_;
  absl::flat_hash_map<core::ResourceId, bool> known_resources_;  // bounded cache of resource_exists()
};

}  // namespace kgrca::graph
