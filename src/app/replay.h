// A recorded stream as requests to a server's real endpoints.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kgrca/core/time.h"
#include "kgrca/eval/eval.h"

namespace kgrca::app {

// One request: a run of consecutive records of one endpoint.
struct ReplayRequest {
  std::string path;
  std::string body;             // times not shifted yet; NDJSON when it holds several records
  std::size_t records = 0;
  core::Time due{};             // arrival of its last record
};

struct ReplayPlan {
  std::string tenant;
  std::vector<ReplayRequest> requests;
  std::size_t records = 0;
  std::map<std::string, std::size_t> other_tenants;   // records left out, by tenant
  std::map<std::string, std::size_t> unknown_sources; // records left out, by source
  std::size_t tombstones = 0;                         // of the records: those without a payload, sent as deletions
  std::size_t unreadable_tombstones = 0;              // left out: the key names neither a resource nor an edge
  core::Time first{};                                 // arrival of the first and last record sent
  core::Time last{};
};

struct BatchLimits {
  std::size_t records = 200;
  std::size_t bytes = 512 << 10;
  core::Duration span = std::chrono::seconds(1);  // a request holds at most this much of the stream's time
};

// `tenant` empty: that of the first record. Order of arrival is kept.
ReplayPlan plan_replay(const std::vector<eval::StreamRecord>& stream, std::string_view tenant, const BatchLimits& limits);

// A record of a compacted state topic without a payload, as the deletion that HTTP takes: {op, at, kind, uid} or {op, at, id},
// at the time it arrived. Empty when the key is neither tenant::kind:uid nor tenant::edge:from->to.
std::string deletion_of_tombstone(const eval::StreamRecord& record);

// Seconds to add to all times so that the stream ends when it has been sent: a stream sent at `speed` (0: as fast as
// possible) from `now` on. Never places a record in the future of the moment it is sent.
std::chrono::seconds shift_to_now(const ReplayPlan& plan, core::Time now, double speed);

}  // namespace kgrca::app
