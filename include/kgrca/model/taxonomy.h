// What kinds of events exist and what each can mean: config/taxonomy.yaml, embedded at build.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/strings.h"
#include "kgrca/model/event.h"

namespace kgrca::model {

// The part an event can play in a causal chain.
enum class Role : std::uint8_t {
  benign = 0,    // normal life cycle: neither cause nor symptom (Scheduled, Pulled, Watchdog)
  change = 1,    // somebody or something changed the system: rollout, config, scale, cordon
  fault = 2,     // something broke: can be cause and effect
  symptom = 3,   // seen from outside: latency, errors, SLO, availability; causes only other symptoms
  recovery = 4,  // trouble ends
};

// A type of event. `group` is the vocabulary that config/rules.yaml speaks ("oom", "crash", "image", "rollout", …): the
// list with its roles stands at the head of config/taxonomy.yaml.
struct EventType {
  std::string id;       // "OOMKilled", "KubePodCrashLooping", "log.connection_refused", "change.image"
  std::string group;
  Role role = Role::fault;
  Severity severity = Severity::info;  // default severity when the source says nothing better
  std::string title;    // short noun phrase for people: "out of memory", "image pull failing"
};

// Maps what sources say to event types. Immutable once loaded; share by pointer; thread-safe.
class Taxonomy {
 public:
  static core::StatusOr<std::shared_ptr<const Taxonomy>> parse(std::string_view yaml);
  // The one embedded in the binary. Aborts when the embedded file is broken (a test loads it).
  static std::shared_ptr<const Taxonomy> embedded();

  const EventType* find(std::string_view type_id) const;  // by id or alias; nullptr when unknown
  // Never nothing: unknown ids give a type of that id, with role and group guessed from severity (WARNING and above:
  // fault/"other"; below: benign/"lifecycle").
  EventType describe(std::string_view type_id, Severity severity) const;

  struct Match {
    std::string type;                   // id; the reason itself when unknown
    std::optional<Severity> severity;   // kubernetes and changes: of the row, else of the type; alerts: for an alert that
                                        // carries none; logs: set when the row lifts the line's own severity
    bool known = false;
  };
  // Kubernetes event: reason, then message patterns ("Failed" + "pull" -> ImagePullFailed, "Unhealthy" + "Liveness" …).
  Match match_kubernetes(std::string_view reason, std::string_view message, std::string_view kind, bool warning) const;
  // By name, else by the family its name belongs to (letter case and punctuation ignored: "checkout_p99-latency").
  Match match_alert(std::string_view alert_name) const;
  // `for` of the alert's rule as the list knows it; nothing when unknown. Some names have several rules: the longest
  // of the given severity, or of all.
  std::optional<core::Duration> alert_for(std::string_view alert_name, std::optional<Severity> severity = std::nullopt) const;
  // Kind of the resource the alert is about ("node", "component", "cluster" …); empty when unknown.
  std::string_view alert_kind(std::string_view alert_name) const;
  // First pattern that matches the line in file order; type "log.error", "log.fatal", "log.warning" or "log.info" when none.
  // Cost: one pass over the line, at most 4 KiB of it; letter case is ignored.
  Match match_log(std::string_view message, Severity severity) const;
  // A set of field changes of a resource of this kind -> one type ("change.image", "NodeNotReady", "OOMKilled" …): the
  // strongest row wins. Nothing when no row cares (restart counts, heartbeat times). Of a deleted resource pass
  // {"deleted", "", "true"}, of one that came into being {"created", "", "true"} among the changes.
  std::optional<Match> match_change(std::string_view kind, const std::vector<FieldChange>& changes) const;

  const std::vector<EventType>& types() const;
  const std::vector<std::string>& groups() const;  // in file order
  std::uint64_t version() const;  // fixed hash of the file's text, stored with links

 private:
  struct Impl;
  explicit Taxonomy(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace kgrca::model
