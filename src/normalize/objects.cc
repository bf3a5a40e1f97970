// Raw Kubernetes objects as kubectl prints them.
#include <algorithm>

#include "normalize/events.h"
#include "normalize/object_kinds.h"
#include "normalize/state_builder.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

void keep_newest(core::Time& newest, JsonValue time) {
  if (auto read = read_time(time)) newest = std::max(newest, *read);
}

void scan_condition_times(core::Time& newest, JsonValue conditions) {
  conditions.each_item([&newest](JsonValue condition) {
    keep_newest(newest, condition["lastTransitionTime"]);
    keep_newest(newest, condition["lastUpdateTime"]);
    return true;
  });
}

void scan_container_times(core::Time& newest, JsonValue statuses) {
  statuses.each_item([&newest](JsonValue status) {
    for (const std::string_view member : {"state", "lastState"}) {
      const auto state = status[member];
      keep_newest(newest, state["running"]["startedAt"]);
      keep_newest(newest, state["terminated"]["startedAt"]);
      keep_newest(newest, state["terminated"]["finishedAt"]);
    }
    return true;
  });
}

// When the object last changed, as far as it says: the newest of its creation, its managers' writes, its conditions'
// transitions and updates, and its containers' starts and ends. The time of the listing is later and says nothing. A watch
// shows every write; of a listed object the last write of its status would hide when it was configured, and that moves causes.
core::Time changed_at(JsonValue object, bool watched, core::Time received) {
  core::Time newest{};
  const auto metadata = object["metadata"];
  keep_newest(newest, metadata["creationTimestamp"]);
  metadata["managedFields"].each_item([&newest, watched](JsonValue field) {
    if (watched || field["subresource"].string_or() != "status") keep_newest(newest, field["time"]);
    return true;
  });
  const auto status = object["status"];
  scan_condition_times(newest, status["conditions"]);
  scan_container_times(newest, status["containerStatuses"]);
  scan_container_times(newest, status["initContainerStatuses"]);
  return newest == core::Time{} ? received : newest;
}

void read_metadata(StateBuilder& builder, JsonValue metadata) {
  builder.labels(metadata["labels"]);
  metadata["ownerReferences"].each_item([&builder](JsonValue owner) {
    builder.owned_by(owner["kind"].string_or(), owner["name"].string_or(), owner["uid"].string_or());
    return true;
  });
  builder.field("status.deletionTimestamp", metadata["deletionTimestamp"]);
  metadata["annotations"].each_member([&builder](std::string_view key, JsonValue value) {
    if (key == "deployment.kubernetes.io/revision" || key == "kubernetes.io/change-cause") {
      builder.field(core::cat("annotations.", key), value);
    }
    return true;
  });
}

std::string state_source_id(const model::ResourceRef& ref, std::string_view uid, core::Time at) {
  const auto identity = uid.empty() ? core::cat(ref.ns, "/", ref.name) : std::string(uid);
  return core::cat("st:", ref.kind, ":", core::clip_utf8(identity, max_name_bytes), "@", core::format_rfc3339(at));
}

// A container that starts again makes the pod's record newer, and what the pod runs on, belongs to and mounts holds since it was
// created: without that what happened before the last restart has no way from the workload. Names of a StatefulSet's pods are used
// again, so theirs may be another's.
void add_birth(const model::ResourceState& state, core::Time created, Batch& batch) {
  if (state.ref.kind != "pod" || state.deleted || created == core::Time{} || created >= state.at) return;
  const auto owner = std::find_if(state.references.begin(), state.references.end(), [](const model::Reference& reference) {
    return reference.relation == model::Relation::controls && !reference.outgoing;
  });
  if (owner == state.references.end() || owner->target.kind == "statefulset") return;
  model::ResourceState birth;
  birth.ref = state.ref;
  birth.at = created;
  birth.partial = true;
  birth.labels = state.labels;
  birth.references = state.references;
  birth.source_id = state_source_id(birth.ref, birth.ref.uid, created);
  batch.add(std::move(birth));
}

void decode_object(JsonValue object, std::string_view watch, Batch& batch) {
  if (!object.is_object()) return batch.reject(core::cat("the item is ", kind_name(object), ", expected a Kubernetes object"));
  const auto kind = object["kind"].string_or();
  if (kind.empty()) return batch.reject("kind is missing: send objects as kubectl get -o json prints them");
  if (kind == "Event") {
    if (watch != "DELETED") decode_event_item(object, batch);
    return;
  }
  const auto metadata = object["metadata"];
  const auto name = metadata["name"].string_or();
  if (name.empty()) return batch.reject(core::cat("metadata.name of the ", core::clip_utf8(kind, 64), " is missing"));

  const auto& context = batch.context();
  const auto uid = metadata["uid"].string_or();
  StateBuilder builder(make_ref(context.cluster, kind, metadata["namespace"].string_or(), name, uid), batch);
  auto& state = builder.state();
  state.deleted = watch == "DELETED";
  bool clamped = false;
  // A watch reports an end when it happens; the object itself may not say when.
  state.at = state.deleted ? context.received : batch.clamp(changed_at(object, !watch.empty(), context.received), clamped);
  if (!state.deleted) state.listed = context.listed;
  state.source_id = state_source_id(state.ref, uid, state.at);
  read_metadata(builder, metadata);
  read_object(builder, object);
  model::ResourceState whole = builder.take();
  add_birth(whole, read_time(metadata["creationTimestamp"]).value_or(core::Time{}), batch);
  batch.add(std::move(whole));
}

}  // namespace

Decoded decode_kubernetes_objects(std::string_view body, const Context& context) {
  Batch batch(context);
  each_watched_object(body, batch, [&batch](JsonValue object, std::string_view watch) { decode_object(object, watch, batch); });
  return batch.take();
}

}  // namespace kgrca::normalize
