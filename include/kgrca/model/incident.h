// Causal links and incidents as the engine makes them and as they are stored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/time.h"
#include "kgrca/model/resource.h"
#include "kgrca/model/severity.h"

namespace kgrca::model {

// Terms of a link's score, in log-odds (kgrca/rca: z = sum of the terms). Stored with every link; explanations are made
// of these only.
struct LinkTerms {
  float base = 0;         // b0
  float pair = 0;         // rule for the type pair
  float topology = 0;     // weight of the path
  float lag = 0;          // how usual the time gap is
  float rarity = 0;       // how rare the cause is
  float severity = 0;     // how severe the cause is
  float specificity = 0;  // the effect's text names the cause, shared object, and the like
  float competition = 0;  // log-odds lost to other candidates and to "no cause seen"
};

struct Link {
  core::EventKey cause;
  core::EventKey effect;
  float confidence = 0;        // calibrated P(cause is an ancestor of effect), 0..1
  float raw = 0;               // before competition and calibration
  LinkTerms terms;
  std::uint8_t hops = 0;       // edges walked; 0 = same resource
  bool inferred_topology = false;
  bool provisional = true;     // tenant time has not passed the effect by the lateness bound yet; kgrca/graph tells on reading
  float lag_seconds = 0;       // effect onset - cause onset
  std::string path;            // "orders-db <-CALLS- orders": relations walked, for the sentence
  std::uint16_t rule = 0;      // row of config/rules.yaml; 0 = default
  std::uint32_t rules_version = 0;
};

// dissolved: once all records were in, too little was left of it to be an incident.
enum class IncidentStatus : std::uint8_t { open = 0, resolved = 1, dissolved = 2 };
std::string_view name_of(IncidentStatus status);

// A suspect as shown: a possible root, or a change, or a red herring that was ruled out.
struct Suspect {
  core::EventKey event;
  core::ResourceId resource;
  float confidence = 0;       // of being the root
  float coverage = 0;         // weighted share of the symptoms it explains
  bool inferred = false;      // the resource is suspected without an event of its own
  std::string resource_name;  // display name
  std::string title;          // "rolled out v2.3.1", "node became not ready"
  std::string sentence;       // made only of stored terms
  std::vector<core::EventKey> path;  // from the suspect to the main symptom
};

struct RootHistory {
  core::Time at{};            // on the engine's clock
  core::EventKey root;        // all zero while there is none
  float confidence = 0;
};

struct IncidentMember {
  core::EventKey event;
  core::ResourceId resource;
  bool symptom = false;
};

struct Incident {
  core::IncidentId id;
  std::vector<core::IncidentId> aliases;  // former ids, after merges and earlier first events
  IncidentStatus status = IncidentStatus::open;
  Severity severity = Severity::warning;
  core::Time started{};       // onset of the earliest member
  core::Time opened{};        // engine clock when it was first shown
  core::Time first_symptom{};
  core::Time last_activity{};
  core::Time resolved_at{};   // not while open
  std::string title;          // names the hurt service and the symptom, at most 90 characters
  core::ResourceId hurt;      // the resource the title names
  bool abstained = false;     // no root found; roots hold the best evidence
  bool degraded = false;      // a storm budget cut work
  std::vector<Suspect> roots;        // best first, at most 5
  std::vector<Suspect> changes;      // ranked changes near the onset, the innocent ones too, at most 10
  std::vector<Suspect> ruled_out;    // loud but not the cause, with the reason, at most 5
  std::vector<IncidentMember> members;  // at most 500, by time
  std::vector<core::ResourceId> blast_radius;  // resources with symptoms
  std::vector<RootHistory> history;
  std::uint32_t alerts = 0;
  std::uint32_t records = 0;  // observations folded into the members
  std::uint32_t rules_version = 0;
};

}  // namespace kgrca::model
