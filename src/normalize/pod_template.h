// Parts of specs that pods, workloads and the original's records share.
#pragma once

#include "normalize/state_builder.h"

namespace kgrca::normalize {

// {NAME: value} or [{name, value, valueFrom}].
void read_env(StateBuilder& builder, wire::JsonValue env);
// Volumes of a pod: MOUNTS for config maps, secrets and claims.
void read_volumes(StateBuilder& builder, wire::JsonValue volumes);
// Containers (image, env, envFrom, resources, probes), volumes, service account, node and scheduling constraints.
void read_pod_spec(StateBuilder& builder, wire::JsonValue spec);
// A pod's status: phase, readiness, waiting and termination reasons, restarts.
void read_pod_status(StateBuilder& builder, wire::JsonValue status);
// Data of a ConfigMap: data.digest and per key what Masker::keepable allows. Of a Secret only data.digest.
void read_data(StateBuilder& builder, wire::JsonValue data);

}  // namespace kgrca::normalize
