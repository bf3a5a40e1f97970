// Resource records of the original's state.k8s.resource.
#include "normalize/state.h"

#include "normalize/pod_template.h"
#include "normalize/state_builder.h"

namespace kgrca::normalize {

namespace {

using model::Relation;
using wire::JsonValue;

enum Field : std::size_t {
  kOp, kAt, kCluster, kKind, kUid, kNamespace, kName, kLabels, kOwners, kNode, kPodIp, kSelector, kServiceIps, kImage, kReplicas,
  kStatus, kSpec, kFrom, kTo, kFieldCount
};
constexpr FieldNames<kFieldCount> field_names({
    "op", "at", "cluster", "kind", "uid", "namespace", "name", "labels", "ownerRefs", "node", "podIP", "serviceSelector",
    "serviceIPs", "image", "replicas", "status", "spec", "from", "to"});
using Fields = std::array<JsonValue, kFieldCount>;

// Node conditions that records of the original name in camel case; raw objects give "condition.DiskPressure" too.
std::string status_path(std::string_view kind, std::string_view key) {
  if (kind == "node") {
    if (key == "diskPressure") return "condition.DiskPressure";
    if (key == "memoryPressure") return "condition.MemoryPressure";
    if (key == "pidPressure") return "condition.PIDPressure";
    if (key == "networkUnavailable") return "condition.NetworkUnavailable";
  }
  return core::cat("status.", core::clip_utf8(key, 128));
}

void read_status(StateBuilder& builder, JsonValue status) {
  status.each_member([&](std::string_view key, JsonValue value) {
    if (!is_noise_member(key)) builder.flatten(status_path(builder.ref().kind, key), value);
    return true;
  });
}

void read_names(StateBuilder& builder, std::string_view path, Relation relation, std::string_view kind, JsonValue names) {
  builder.field(path, names);
  names.each_item([&](JsonValue name) {
    builder.refer_local(relation, kind, name.is_object() ? name["name"] : name);
    return true;
  });
}

void read_claims(StateBuilder& builder, JsonValue templates) {
  templates.each_item([&](JsonValue claim) {
    builder.refer(Relation::uses, "storageclass", {}, first_text({claim["storageClassName"], claim["spec"]["storageClassName"]}));
    return true;
  });
  builder.flatten("spec.volumeClaimTemplates", templates);
}

// Members of spec with a meaning of their own; false: the caller flattens the member.
bool read_spec_member(StateBuilder& builder, std::string_view key, JsonValue value) {
  const auto& kind = builder.ref().kind;
  if (key == "image" || key == "replicas") {
    builder.field(key, value);
  } else if (key == "env") {
    read_env(builder, value);
  } else if (key == "resources") {
    builder.flatten("resources", value);
  } else if (key == "annotations") {
    builder.flatten("annotations", value);
  } else if (key == "selector") {
    builder.selector(value);
  } else if (key == "configMapRefs") {
    read_names(builder, "spec.configMapRefs", Relation::mounts, "configmap", value);
  } else if (key == "secretRefs") {
    read_names(builder, "spec.secretRefs", Relation::mounts, "secret", value);
  } else if (key == "volumes") {
    read_volumes(builder, value);
  } else if (key == "volumeClaimTemplates") {
    read_claims(builder, value);
  } else if (key == "dataHash" && (kind == "configmap" || kind == "secret")) {
    builder.field("data.digest", value);
  } else if (key == "changedKeys" && kind == "configmap") {
    builder.field("data.changedKeys", value);
  } else if (key == "data" || key == "stringData" || key == "binaryData") {
    read_data(builder, value);
  } else if (key == "template" && value.is_object()) {
    read_pod_spec(builder, value["spec"]);
  } else {
    return false;
  }
  return true;
}

void read_spec_references(StateBuilder& builder, JsonValue spec) {
  const auto& kind = builder.ref().kind;
  if (const auto target = spec["scaleTargetRef"]; target.is_object()) {
    builder.refer(Relation::scales, target["kind"].string_or(), builder.ref().ns, target["name"].string_or());
  }
  if (kind == "persistentvolumeclaim") {
    builder.refer(Relation::binds_to, "persistentvolume", {}, spec["volumeName"].string_or());
    builder.refer(Relation::uses, "storageclass", {}, first_text({spec["storageClass"], spec["storageClassName"]}));
  }
  if (kind == "ingress") {
    builder.refer_local(Relation::uses, "secret", spec["tlsSecret"]);
    builder.address(spec["host"].string_or());
    builder.refer_local(Relation::routes_to, "service", spec["service"]);
  }
  if (kind == "certificate") builder.refer_local(Relation::uses, "secret", spec["secretName"]);
  builder.refer_local(Relation::uses, "serviceaccount", spec["serviceAccountName"]);
}

void read_spec(StateBuilder& builder, JsonValue spec) {
  if (!spec.is_object()) return;
  spec.each_member([&](std::string_view key, JsonValue value) {
    if (!read_spec_member(builder, key, value)) builder.flatten(core::cat("spec.", core::clip_utf8(key, 128)), value);
    return true;
  });
  read_spec_references(builder, spec);
}

void read_links(StateBuilder& builder, const Fields& f) {
  f[kOwners].each_item([&](JsonValue owner) {
    builder.owned_by(owner["kind"].string_or(), owner["name"].string_or(), owner["uid"].string_or());
    return true;
  });
  builder.refer(Relation::runs_on, "node", {}, f[kNode].string_or());
  builder.address(f[kPodIp].string_or());
  f[kServiceIps].each_item([&](JsonValue ip) {
    builder.address(ip.string_or());
    return true;
  });
  const auto& kind = builder.ref().kind;
  if (kind == "resourcequota" || kind == "limitrange") {
    builder.refer(Relation::in_namespace, "namespace", {}, builder.ref().ns);
  }
}

std::string missing_part(const Fields& f) {
  const auto op = f[kOp].string_or("UPSERT");
  if (!core::equals_ignore_case(op, "UPSERT") && !core::equals_ignore_case(op, "DELETE")) {
    return core::cat("op is ", quoted(op), ", expected UPSERT or DELETE");
  }
  if (f[kKind].string_or().empty()) return core::cat("kind is ", kind_name(f[kKind]), ", expected a text such as Pod");
  if (f[kName].string_or().empty() && f[kUid].string_or().empty()) return "name and uid are missing: give at least the name";
  if (!f[kAt].is_null_or_absent() && !read_time(f[kAt])) {
    return core::cat("at is ", f[kAt].string() ? quoted(*f[kAt].string()) : std::string(kind_name(f[kAt])), ", expected an RFC 3339 time");
  }
  return {};
}

void decode_resource_item(const Fields& f, Batch& batch) {
  if (auto missing = missing_part(f); !missing.empty()) return batch.reject(std::move(missing));
  const auto& context = batch.context();
  const auto cluster = f[kCluster].string_or(context.cluster);
  StateBuilder builder(make_ref(cluster, f[kKind].string_or(), f[kNamespace].string_or(), f[kName].string_or(), f[kUid].string_or()),
                       batch);
  auto& state = builder.state();
  bool clamped = false;
  state.at = batch.clamp(read_time(f[kAt]).value_or(context.received), clamped);
  state.deleted = core::equals_ignore_case(f[kOp].string_or(), "DELETE");
  const auto at = f[kAt].is_null_or_absent() ? core::format_rfc3339(state.at) : f[kAt].scalar_text();
  const auto identity = f[kUid].string_or().empty() ? core::cat(state.ref.ns, "/", state.ref.name) : std::string(f[kUid].string_or());
  state.source_id = core::cat("st:", state.ref.kind, ":", core::clip_utf8(identity, max_name_bytes), "@", core::clip_utf8(at, 64));
  builder.labels(f[kLabels]);
  read_links(builder, f);
  builder.field("image", f[kImage]);
  builder.field("replicas", f[kReplicas]);
  builder.selector(f[kSelector]);
  read_status(builder, f[kStatus]);
  read_spec(builder, f[kSpec]);
  batch.add(builder.take());
}

void decode_state_item(JsonValue record, Batch& batch) {
  if (!record.is_object()) {
    return batch.reject(core::cat("the state record is ", kind_name(record), ", expected an object with op, kind and name"));
  }
  const auto f = members(record, field_names);
  if (core::equals_ignore_case(f[kOp].string_or(), "SYNC")) return decode_sync_item(record, batch);
  const bool edge = f[kKind].is_null_or_absent() && (f[kFrom].string() || record["id"].string_or().starts_with("edge:"));
  if (edge) return decode_topology_item(record, batch);
  decode_resource_item(f, batch);
}

}  // namespace

Decoded decode_state(std::string_view body, const Context& context, std::string_view key) {
  Batch batch(context);
  if (core::trim(body).empty() && !key.empty()) {
    batch.next_item();
    decode_tombstone(key, batch);
    return batch.take();
  }
  wire::JsonDocument document;
  each_value(body, batch, document, [&](JsonValue value) {
    batch.next_item();
    if (value.kind() == JsonValue::Kind::null && !key.empty()) return decode_tombstone(key, batch);
    decode_state_item(value, batch);
  });
  return batch.take();
}

}  // namespace kgrca::normalize
