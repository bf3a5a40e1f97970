// The data set and the questions that all stores of bench/race.md are given, as lines of a file, and what they answer.
//   r <id> <cluster> <kind> <namespace> <name>                              a resource
//   t <from> <relation> <to> <since> <until or ->                           a topology edge; - while it is open
//   e <eid> <time> <resource> <severity> <type> <reason> <message> <source id> <causes or ->
//     causes: eid=confidence,…; an event that comes again is the same line again
//   q1 <id> / q2 <id> / qp <id> <id> / qr <from> <to>                       questions, see race.md
// Fields are separated by tabs. Ids are signed 64-bit numbers, times microseconds, confidences of 65,535.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kgrca::bench {

inline constexpr std::size_t path_hops_max = 8;
inline constexpr std::size_t roots_max = 20;
// Relations of the shortest path.
inline constexpr const char* path_relations[] = {"CONTROLS", "RUNS_ON", "SELECTS", "CALLS"};

struct RaceResource {
  std::int64_t id = 0;
  std::string cluster, kind, ns, name;
};
struct RaceEdge {
  std::int64_t from = 0;
  std::string relation;
  std::int64_t to = 0;
  std::int64_t since = 0;
  std::int64_t until = 0;  // INT64_MAX while it is open
};
struct RaceEvent {
  std::string eid;
  std::int64_t time = 0;
  std::int64_t resource = 0;
  int severity = 0;
  std::string type, reason, message, source_id;
  std::vector<std::pair<std::string, int>> causes;
};
struct RaceQuestions {
  std::vector<std::int64_t> neighbours;
  std::vector<std::int64_t> two_hops;
  std::vector<std::pair<std::int64_t, std::int64_t>> paths;
  std::vector<std::pair<std::int64_t, std::int64_t>> roots;
};
struct RaceData {
  std::vector<RaceResource> resources;
  std::vector<RaceEdge> edges;
  std::vector<RaceEvent> events;
  RaceQuestions questions;
};

// Ends the program when the file cannot be read or written.
RaceData read_race(const std::string& path);
void write_race(const RaceData& data, const std::string& path);

// A root cause and how many events it caused.
struct RaceRoot {
  std::string eid;
  std::int64_t effects = 0;
};

// What a store has to do. Every call answers as the answers file has it.
class RaceStore {
 public:
  virtual ~RaceStore() = default;
  virtual void load_topology(const RaceData& data) = 0;
  // One batch, durable on return. Events that are there already stay one.
  virtual void upsert(const RaceEvent* first, std::size_t count) = 0;
  virtual void finish_loading() = 0;
  virtual std::string neighbours(std::int64_t id) = 0;  // "CALLS>12,RUNS_ON<-3": sorted
  virtual std::string two_hops(std::int64_t id) = 0;    // how many and the sum of their ids
  virtual std::string path(std::int64_t from, std::int64_t to) = 0;  // its length, or "-"
  virtual std::string roots(std::int64_t from, std::int64_t to) = 0;
  virtual std::string counts() = 0;                     // "events links"
  virtual std::uint64_t disk_bytes() = 0;
};

// Loads, asks and measures; writes answers to `<out>.answers` and figures to `<out>.figures`.
void run_race(RaceStore& store, const RaceData& data, std::size_t batch, const std::string& out);

std::string shown(std::vector<std::string> edges);
std::string shown(std::vector<std::int64_t> nodes);
std::string shown(const std::vector<RaceRoot>& roots);

}  // namespace kgrca::bench
