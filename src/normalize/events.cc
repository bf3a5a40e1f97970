#include "normalize/events.h"

#include <algorithm>

#include "normalize/alerts.h"
#include "normalize/logs.h"
#include "normalize/named_objects.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

enum Field : std::size_t {
  kMetadata, kInvolved, kRegarding, kReason, kMessage, kNote, kType, kSource, kOldSource, kFirst, kOldFirst, kLast, kOldLast,
  kEventTime, kCount, kOldCount, kSeries, kComponent, kController, kInstance, kAction, kRelated, kClusterName, kCluster,
  kEventId, kEventTimeText, kEtype, kSeverity, kSubject, kKind, kFieldCount
};
constexpr FieldNames<kFieldCount> field_names({
    "metadata", "involvedObject", "regarding", "reason", "message", "note", "type", "source", "deprecatedSource",
    "firstTimestamp", "deprecatedFirstTimestamp", "lastTimestamp", "deprecatedLastTimestamp", "eventTime", "count",
    "deprecatedCount", "series", "reportingComponent", "reportingController", "reportingInstance", "action", "related",
    "clusterName", "cluster", "event_id", "event_time", "etype", "severity", "subject", "kind"});
using Fields = std::array<JsonValue, kFieldCount>;

constexpr std::string_view combined_prefix = "(combined from similar events)";

std::string_view without_combined_prefix(std::string_view message) {
  if (!message.starts_with(combined_prefix)) return message;
  message.remove_prefix(combined_prefix.size());
  if (message.starts_with(":")) message.remove_prefix(1);
  return core::trim(message);
}

enum RefField : std::size_t { kRefKind, kRefNs, kRefNsShort, kRefName, kRefUid, kRefPath, kRefLabels, kRefOwners, kRefCount };
constexpr FieldNames<kRefCount> ref_names({"kind", "namespace", "ns", "name", "uid", "fieldPath", "labels", "ownerReferences"});

struct Subject {
  model::ResourceRef ref;
  std::string_view container;
  JsonValue labels;
  JsonValue owners;
};

// "spec.containers{web}" -> "web"
std::string_view container_of(std::string_view field_path) {
  const auto open = field_path.find('{');
  if (open == std::string_view::npos || !field_path.ends_with('}')) return {};
  return field_path.substr(open + 1, field_path.size() - open - 2);
}

Subject read_subject(JsonValue object, std::string_view cluster, std::string_view fallback_ns) {
  const auto f = members(object, ref_names);
  auto ns = first_text({f[kRefNs], f[kRefNsShort]});
  if (ns.empty()) ns = fallback_ns;
  return {make_ref(cluster, f[kRefKind].string_or(), ns, f[kRefName].string_or(), f[kRefUid].string_or()),
          container_of(f[kRefPath].string_or()), f[kRefLabels], f[kRefOwners]};
}

std::string_view cluster_of(const Fields& f, const Context& context) {
  const auto named = first_text({f[kClusterName], f[kCluster]});
  return named.empty() ? std::string_view(context.cluster) : named;
}

std::uint32_t count_of(const Fields& f, JsonValue series) {
  auto count = series["count"].integer();
  if (!count || *count < 1) count = f[kCount].integer();
  if (!count || *count < 1) count = f[kOldCount].integer();
  if (!count || *count < 1) return 1;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(*count, 1'000'000'000));
}

// Times as the sender has them, zero when it has none. What identifies an event or an observation is made of these, so that
// it is the same whenever a record with no time, or one too far ahead, comes.
struct Claimed {
  core::Time first{};
  core::Time last{};
};

Claimed set_times(model::Event& event, const Fields& f, Batch& batch) {
  const auto creation = f[kMetadata]["creationTimestamp"];
  const auto first = first_time({f[kFirst], f[kOldFirst], f[kEventTime], f[kEventTimeText], creation, f[kLast], f[kOldLast]});
  const auto last = first_time({f[kSeries]["lastObservedTime"], f[kLast], f[kOldLast], f[kEventTime], f[kEventTimeText]});
  const bool named = !first_text({f[kMetadata]["uid"], f[kEventId]}).empty();
  Claimed claimed;
  if (!first && named) {
    event.time_clamped = true;
    event.first = event.last = event.onset = batch.context().received;
    return claimed;
  }
  claimed.first = first.value_or(batch.context().received);  // without an id only its time tells it from others like it
  claimed.last = std::max(claimed.first, last.value_or(claimed.first));
  event.first = batch.clamp(claimed.first, event.time_clamped);
  event.last = std::max(event.first, batch.clamp(claimed.last, event.time_clamped));
  event.onset = event.first;
  return claimed;
}

void set_identity(model::Event& event, const Fields& f, const Claimed& claimed) {
  auto id = first_text({f[kMetadata]["uid"], f[kEventId]});
  const auto first = core::to_micros(claimed.first);
  if (!id.empty()) {
    event.source_id = core::clip_utf8(id, max_name_bytes);
  } else {
    const auto name = f[kMetadata]["name"].string_or();
    event.source_id = derived_id({event.subject.ns, event.subject.kind, event.subject.name, name, event.reason, core::cat(first)});
  }
  event.observation = hash_pieces({event.source_id, core::cat(event.count, ':', core::to_micros(claimed.last))});
}

// Node names that the event states beside its subject: a kubelet reports from the node it runs on.
void add_reporting_node(model::Event& event, const Fields& f, std::string_view host) {
  if (host.empty() && event.component == "kubelet") host = f[kInstance].string_or();
  if (host.empty() || event.subject.kind == "node") return;
  add_related(event, make_ref(event.subject.cluster, "node", {}, host));
}

// What the exporter knows about the subject beside the event: labels and owners.
void add_partial_state(const model::Event& event, const Subject& subject, Batch& batch) {
  if (subject.labels.size() == 0 && subject.owners.size() == 0) return;
  model::ResourceState state;
  state.ref = event.subject;
  state.at = event.last;
  state.partial = true;
  state.labels = read_pairs(subject.labels, batch);
  subject.owners.each_item([&](JsonValue owner) {
    auto target = make_ref(event.subject.cluster, owner["kind"].string_or(), event.subject.ns, owner["name"].string_or(),
                           owner["uid"].string_or());
    if (!target.kind.empty() && !target.name.empty()) {
      state.references.push_back({model::Relation::controls, std::move(target), false, model::Evidence::stated});
    }
    return state.references.size() < 8;
  });
  batch.add(std::move(state));
}

void set_meaning(model::Event& event, const Fields& f, std::string_view raw_message, Batch& batch) {
  const auto type = first_text({f[kType], f[kSeverity]});
  const auto stated = model::parse_severity(type);
  const bool warning = stated.value_or(model::Severity::info) >= model::Severity::warning;
  const auto match = batch.context().taxonomy->match_kubernetes(event.reason, without_combined_prefix(raw_message),
                                                                event.subject.kind, warning);
  event.type = match.type;
  event.severity = match.severity.value_or(stated.value_or(model::Severity::info));
  event.message = batch.masked(raw_message);
}

// What is missing for an event, or empty.
std::string missing_part(const Fields& f) {
  const auto kind = f[kKind].string_or();
  if (!kind.empty() && kind != "Event") {
    return core::cat("kind ", quoted(kind), " is no Event: send other objects to the k8s-objects endpoint");
  }
  JsonValue subject = f[kInvolved];
  if (!subject.is_object()) subject = f[kRegarding];
  if (!subject.is_object()) subject = f[kSubject];
  if (!subject.is_object()) {
    return core::cat("involvedObject (or regarding) is ", kind_name(f[kInvolved]), ", expected an object with kind and name");
  }
  if (subject["kind"].string_or().empty()) return "involvedObject.kind is missing: name the kind of the object, for example Pod";
  if (subject["name"].string_or().empty()) return "involvedObject.name is missing: name the object the event is about";
  if (f[kReason].string_or().empty()) return "reason is missing: an Event needs a one-word reason, for example BackOff";
  return {};
}

void decode_kubernetes_event(const Fields& f, Batch& batch) {
  if (auto missing = missing_part(f); !missing.empty()) {
    batch.reject(std::move(missing));
    return;
  }
  const auto cluster = cluster_of(f, batch.context());
  JsonValue object = f[kInvolved];
  if (!object.is_object()) object = f[kRegarding].is_object() ? f[kRegarding] : f[kSubject];
  auto subject = read_subject(object, cluster, f[kMetadata]["namespace"].string_or());

  model::Event event;
  event.source = model::EventSource::kubernetes;
  event.subject = subject.ref;
  event.reason = core::clip_utf8(f[kReason].string_or(), max_value_bytes);
  event.count = count_of(f, f[kSeries]);
  const Claimed claimed = set_times(event, f, batch);
  set_identity(event, f, claimed);

  const JsonValue source = f[kSource].is_object() ? f[kSource] : f[kOldSource];
  event.component = core::clip_utf8(first_text({source["component"], f[kComponent], f[kController]}), max_value_bytes);
  const auto raw_message = first_text({f[kMessage], f[kNote]});
  set_meaning(event, f, raw_message, batch);

  if (f[kRelated].is_object()) add_related(event, read_subject(f[kRelated], cluster, event.subject.ns).ref);
  add_reporting_node(event, f, source["host"].string_or());
  add_named_objects(event, raw_message);
  add_attribute(event, "action", f[kAction].string_or());
  add_attribute(event, "container", subject.container);
  add_partial_state(event, subject, batch);
  batch.add(std::move(event));
}

}  // namespace

void decode_event_item(JsonValue value, Batch& batch) {
  if (!value.is_object()) {
    batch.reject(core::cat("the item is ", kind_name(value), ", expected an Event object"));
    return;
  }
  const auto f = members(value, field_names);
  const auto etype = f[kEtype].string_or();
  if (etype == "prom.alert") return decode_normalized_alert(value, batch);
  if (etype == "k8s.log") return decode_log_item(value, batch);
  decode_kubernetes_event(f, batch);
}

Unwrapped unwrap_watch(JsonValue value) {
  Unwrapped out;
  out.object = value;
  const auto object = value["object"];
  if (!object.is_object()) return out;
  const auto type = value["type"].string_or();
  if (type == "ERROR") {
    out.error = core::cat("the watch ended with an error: ", object["message"].string_or("no message"), ": start it again");
    return out;
  }
  if (type == "BOOKMARK") out.skip = true;
  if (type != "ADDED" && type != "MODIFIED" && type != "DELETED" && type != "BOOKMARK") return out;
  out.object = object;
  out.watch = type;
  return out;
}

void each_watched_object(std::string_view body, Batch& batch, const std::function<void(JsonValue, std::string_view)>& fn) {
  wire::JsonDocument document;
  each_value(body, batch, document, [&](JsonValue value) {
    each_list_item(value, [&](JsonValue item) {
      batch.next_item();
      const auto unwrapped = unwrap_watch(item);
      if (!unwrapped.error.empty()) return batch.reject(unwrapped.error);
      if (batch.context().listed != core::Time{} && (unwrapped.skip || !unwrapped.watch.empty())) {
        return batch.reject("a watch is no full list: leave --watch out, or send it without listed_at");
      }
      if (!unwrapped.skip) fn(unwrapped.object, unwrapped.watch);
    });
  });
}

Decoded decode_kubernetes_events(std::string_view body, const Context& context) {
  Batch batch(context, body.size());
  each_watched_object(body, batch, [&batch](JsonValue object, std::string_view watch) {
    // A deleted Event only ran out of its retention in the cluster.
    if (watch != "DELETED") decode_event_item(object, batch);
  });
  return batch.take();
}

}  // namespace kgrca::normalize
