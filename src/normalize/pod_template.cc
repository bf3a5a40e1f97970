#include "normalize/pod_template.h"

#include <algorithm>

namespace kgrca::normalize {

namespace {

using model::Relation;
using wire::JsonValue;

void read_env_sources(StateBuilder& builder, JsonValue value_from) {
  builder.refer_local(Relation::mounts, "configmap", value_from["configMapKeyRef"]["name"]);
  builder.refer_local(Relation::mounts, "secret", value_from["secretKeyRef"]["name"]);
}

void read_env_from(StateBuilder& builder, JsonValue sources) {
  sources.each_item([&](JsonValue source) {
    builder.refer_local(Relation::mounts, "configmap", source["configMapRef"]["name"]);
    builder.refer_local(Relation::mounts, "secret", source["secretRef"]["name"]);
    return true;
  });
}

// A probe as one text: its parts matter together, and a digest would hide them.
std::string probe_text(JsonValue probe) {
  std::string text;
  for (const std::string_view handler : {"httpGet", "tcpSocket", "grpc"}) {
    const auto value = probe[handler];
    if (!value.is_object()) continue;
    text = core::cat(handler, " ", value["port"].scalar_text(), value["path"].string_or());
  }
  if (probe["exec"].is_object()) text = "exec";
  constexpr std::pair<std::string_view, std::string_view> numbers[] = {{"initialDelaySeconds", "delay"},
                                                                       {"periodSeconds", "period"},
                                                                       {"timeoutSeconds", "timeout"},
                                                                       {"failureThreshold", "failures"}};
  for (const auto& [member, name] : numbers) {
    if (const auto number = probe[member].integer()) core::append(text, " ", name, "=", *number);
  }
  return text;
}

// The first container's fields carry no name in their path; further ones do.
void read_container(StateBuilder& builder, JsonValue container, std::string_view qualifier) {
  const auto path = [&](std::string_view head) {
    return qualifier.empty() ? std::string(head) : core::cat(head, ".", core::clip_utf8(qualifier, 64));
  };
  builder.field(path("image"), container["image"]);
  read_env(builder, container["env"]);
  read_env_from(builder, container["envFrom"]);
  builder.flatten(path("resources"), container["resources"]);
  builder.field(path("command"), container["command"]);
  builder.field(path("args"), container["args"]);
  for (const std::string_view probe : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    if (container[probe].is_object()) builder.field(path(core::cat("spec.", probe)), probe_text(container[probe]));
  }
}

void read_containers(StateBuilder& builder, JsonValue spec) {
  bool first = true;
  spec["containers"].each_item([&](JsonValue container) {
    read_container(builder, container, first ? std::string_view{} : container["name"].string_or("?"));
    first = false;
    return true;
  });
  spec["initContainers"].each_item([&](JsonValue container) {
    read_container(builder, container, core::cat("init-", container["name"].string_or("?")));
    return true;
  });
}

struct Readiness {
  std::int64_t restarts = 0;
  bool ready = true;
  bool any = false;
};

// The first container with a state of a kind speaks for the pod. `head` is "status." or "status.init.".
Readiness read_container_states(StateBuilder& builder, JsonValue statuses, std::string_view head) {
  Readiness total;
  const auto put = [&](std::string_view name, JsonValue value) { builder.field(core::cat(head, name), value); };
  statuses.each_item([&](JsonValue status) {
    total.any = true;
    total.restarts += status["restartCount"].integer().value_or(0);
    total.ready = total.ready && status["ready"].boolean().value_or(false);
    put("waiting.reason", status["state"]["waiting"]["reason"]);
    const auto ended = status["state"]["terminated"];
    put("terminated.reason", ended["reason"]);
    put("terminated.exitCode", ended["exitCode"]);
    const auto last = status["lastState"]["terminated"];
    put("lastTerminated.reason", last["reason"]);
    put("lastTerminated.exitCode", last["exitCode"]);
    return true;
  });
  return total;
}

// Names of all mounted objects of a kind: adding or losing one is a change of the workload.
void name_mounts(StateBuilder& builder, std::string_view path, std::string_view kind) {
  std::vector<std::string> names;
  for (const auto& reference : builder.state().references) {
    if (reference.relation == Relation::mounts && reference.target.kind == kind) names.push_back(reference.target.name);
  }
  std::sort(names.begin(), names.end());
  builder.field(path, core::join(names, ","));
}

}  // namespace

void read_env(StateBuilder& builder, JsonValue env) {
  if (env.is_object()) {
    env.each_member([&](std::string_view name, JsonValue value) {
      builder.env(name, value.scalar_text());
      return true;
    });
    return;
  }
  env.each_item([&](JsonValue entry) {
    if (const auto from = entry["valueFrom"]; from.is_object()) {
      read_env_sources(builder, from);
    } else {
      builder.env(entry["name"].string_or(), entry["value"].scalar_text());
    }
    return true;
  });
}

void read_volumes(StateBuilder& builder, JsonValue volumes) {
  volumes.each_item([&](JsonValue volume) {
    builder.refer_local(Relation::mounts, "persistentvolumeclaim", volume["persistentVolumeClaim"]["claimName"]);
    builder.refer_local(Relation::mounts, "configmap", volume["configMap"]["name"]);
    builder.refer_local(Relation::mounts, "secret", volume["secret"]["secretName"]);
    volume["projected"]["sources"].each_item([&](JsonValue source) {
      builder.refer_local(Relation::mounts, "configmap", source["configMap"]["name"]);
      builder.refer_local(Relation::mounts, "secret", source["secret"]["name"]);
      return true;
    });
    return true;
  });
}

void read_pod_spec(StateBuilder& builder, JsonValue spec) {
  if (!spec.is_object()) return;
  read_containers(builder, spec);
  read_volumes(builder, spec["volumes"]);
  const auto account = first_text({spec["serviceAccountName"], spec["serviceAccount"]});
  builder.refer(Relation::uses, "serviceaccount", builder.ref().ns, account);
  builder.refer(Relation::uses, "priorityclass", {}, spec["priorityClassName"].string_or());
  spec["imagePullSecrets"].each_item([&](JsonValue secret) {
    builder.refer_local(Relation::uses, "secret", secret["name"]);
    return true;
  });
  builder.flatten("spec.nodeSelector", spec["nodeSelector"]);
  name_mounts(builder, "spec.configMapRefs", "configmap");
  name_mounts(builder, "spec.secretRefs", "secret");
}

void read_pod_status(StateBuilder& builder, JsonValue status) {
  builder.field("status.phase", status["phase"]);
  builder.field("status.reason", status["reason"]);
  const auto main = read_container_states(builder, status["containerStatuses"], "status.");
  const auto init = read_container_states(builder, status["initContainerStatuses"], "status.init.");
  if (main.any) builder.field("status.containerReady", main.ready ? "true" : "false");
  if (main.any || init.any) builder.field("status.restartCount", core::cat(main.restarts + init.restarts));
  builder.address(status["podIP"].string_or());
}

void read_data(StateBuilder& builder, JsonValue data) {
  if (!data.is_object()) return;
  const auto& masker = *builder.batch().context().masker;
  std::vector<std::string> lines;
  data.each_member([&](std::string_view key, JsonValue value) {
    const auto text = value.scalar_text();
    lines.push_back(core::cat(key, '\0', text));
    if (builder.ref().kind == "configmap") {
      builder.guarded_field(core::cat("data.", core::clip_utf8(key, 128)), key, text);
    }
    return lines.size() < 1024;
  });
  std::sort(lines.begin(), lines.end());
  builder.field("data.digest", masker.digest(core::join(lines, "\n")));
}

}  // namespace kgrca::normalize
