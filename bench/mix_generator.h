// The event stream of the bench mix, line by line: see bench/mix.md. Equal options give equal bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <string>
#include <vector>

#include "kgrca/core/time.h"
#include "mix_world.h"

namespace kgrca::bench {

struct MixOptions {
  std::uint64_t seed = 1;
  core::Time start{};              // stream time of the first event
  double events_per_second = 2000;  // of stream time
  double warnings = 0.16;
  double duplicates = 0.01;        // delivered a second time, byte for byte
  double repeats = 0.2;            // of the warnings: a further observation of a known event, count raised
};

// One event before it is written as JSON.
struct Draft {
  std::string_view kind;           // of the subject
  std::string_view api_version;
  std::string_view ns;
  std::string_view name;
  std::string_view uid;
  std::string_view container;
  std::string_view reason;
  std::string message;
  std::string_view component;
  std::string_view host;
  bool warning = false;
};

// An event that may be observed again: same uid, higher count, later last time.
struct Told {
  std::string event_uid;
  core::Time first{};
  std::uint32_t count = 1;
  std::uint32_t subject = 0;       // pod; or node for trouble of a node
  std::uint8_t step = 0;           // of the incident's script
};

// Not thread-safe. The world must outlive it.
class Mix {
 public:
  Mix(const World& world, const MixOptions& options);

  // Appends the next event as one NDJSON line.
  void append(std::string& out);
  // Appends lines up to `bytes` (at least one); returns how many.
  std::size_t append_body(std::string& out, std::size_t bytes);
  // A root and its symptoms on a deployment that the stream never touches, as of now; `name` tells it.
  std::string probe_body(std::string& name);

  core::Time now() const;          // stream time of the next event
  std::uint64_t events() const { return events_; }        // lines given, duplicates included
  std::uint64_t warnings() const { return warnings_; }    // of these, without duplicates and repeats
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  enum class Kind : std::uint8_t { crash, image, oom, node, scheduling, mount };
  struct Incident {
    Kind kind = Kind::crash;
    core::Time begin{};            // of its warnings
    std::uint32_t target = 0;      // deployment or node
    std::uint32_t left = 0;        // warnings to come
    std::uint32_t given = 0;
    std::vector<Told> told{};        // lately
  };
  struct Pending {                 // a step of a pod's life to come
    core::Time at{};
    std::uint64_t order = 0;
    std::uint32_t pod = 0;
    std::uint8_t step = 0;
    bool operator>(const Pending& o) const { return at != o.at ? at > o.at : order > o.order; }
  };

  Incident new_incident(bool running);
  void append_warning(std::string& out);
  void append_info(std::string& out);
  void append_life(std::string& out, std::uint32_t pod, std::uint8_t step);
  void begin_life(std::string& out);
  Draft change_of(const Incident& incident) const;
  Told next_step(Incident& incident);
  Draft draft_of(const Incident& incident, const Told& told);
  Draft pod_draft(std::uint32_t pod, std::string_view reason, bool warning) const;
  void append_new(std::string& out, const Draft& draft, std::string_view uid);
  void append_line(std::string& out, const Draft& draft, std::string_view uid, core::Time first, core::Time last, std::uint32_t count);

  const World& world_;
  MixOptions options_;
  Random random_;
  std::uint64_t events_ = 0;
  std::uint64_t warnings_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t probes_ = 0;
  std::uint64_t order_ = 0;
  std::uint32_t usable_ = 0;       // deployments; the rest is for probes
  std::uint32_t next_target_ = 0;
  std::vector<Incident> incidents_;
  std::deque<Draft> changes_;      // what the incidents to come change
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> life_;
  std::vector<std::string> recent_;  // lines that may be delivered again
};

}  // namespace kgrca::bench
