#include "normalize/state_builder.h"

#include <algorithm>

#include "normalize/log_hosts.h"
#include "normalize/secret_hints.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

constexpr int max_flatten_depth = 8;

bool is_scalar(JsonValue value) {
  const auto kind = value.kind();
  return kind == JsonValue::Kind::boolean || kind == JsonValue::Kind::integer || kind == JsonValue::Kind::number ||
         kind == JsonValue::Kind::string;
}

// "a,b,c" of an array of scalars; nothing when an item is none.
std::optional<std::string> joined(JsonValue array) {
  std::string text;
  bool scalars = array.size() > 0;
  array.each_item([&](JsonValue item) {
    scalars = is_scalar(item);
    if (!text.empty()) text.push_back(',');
    text += item.scalar_text();
    return scalars && text.size() < 4 * max_value_bytes;
  });
  if (!scalars) return std::nullopt;
  return text;
}

// What tells array items apart better than their position, which shifts when one is added.
std::string item_name(JsonValue item, std::size_t index) {
  const auto name = first_text({item["name"], item["type"], item["key"]});
  return name.empty() ? core::cat(index) : std::string(core::clip_utf8(name, 128));
}

}  // namespace

bool is_noise_member(std::string_view name) {
  for (const std::string_view word :
       {"lastHeartbeatTime", "lastTransitionTime", "lastProbeTime", "lastUpdateTime", "observedGeneration", "resourceVersion",
        "managedFields", "generation", "message", "kubectl.kubernetes.io/last-applied-configuration", "lastScheduleTime"}) {
    if (name == word) return true;
  }
  return false;
}

StateBuilder::StateBuilder(model::ResourceRef ref, Batch& batch) : batch_(batch) { state_.ref = std::move(ref); }

void StateBuilder::field(std::string_view path, std::string_view value) {
  if (value.empty() || state_.fields.size() >= max_fields) return;
  const auto known = [path](const auto& entry) { return entry.first == path; };
  if (std::any_of(state_.fields.begin(), state_.fields.end(), known)) return;
  state_.fields.emplace_back(core::clip_utf8(path, max_value_bytes), batch_.masked(value, max_value_bytes));
}

void StateBuilder::field(std::string_view path, JsonValue value) {
  if (value.is_array()) {
    if (auto text = joined(value)) field(path, *text);
    return;
  }
  if (is_scalar(value)) field(path, value.scalar_text());
}

void StateBuilder::guarded_field(std::string_view path, std::string_view name, std::string_view value) {
  field(path, batch_.context().masker->keepable(name, value));
}

void StateBuilder::flatten(std::string_view path, JsonValue value) {
  std::string work(path);
  flatten_below(work, value, 0);
}

void StateBuilder::flatten_below(std::string& path, JsonValue value, int depth) {
  if (depth > max_flatten_depth || state_.fields.size() >= max_fields || value.is_null_or_absent()) return;
  if (is_scalar(value)) {
    const std::string_view whole = path;
    const auto leaf = whole.substr(whole.rfind('.') + 1);
    if (is_secret_name(leaf)) return guarded_field(path, leaf, value.scalar_text());
    return field(path, value.scalar_text());
  }
  if (value.is_array()) return flatten_items(path, value, depth);
  const auto size = path.size();
  value.each_member([&](std::string_view key, JsonValue member) {
    if (is_noise_member(key)) return true;
    core::append(path, ".", core::clip_utf8(key, 128));
    flatten_below(path, member, depth + 1);
    path.resize(size);
    return state_.fields.size() < max_fields;
  });
}

void StateBuilder::flatten_items(std::string& path, JsonValue array, int depth) {
  if (auto text = joined(array)) return field(path, *text);
  const auto size = path.size();
  std::size_t index = 0;
  array.each_item([&](JsonValue item) {
    core::append(path, ".", item_name(item, index++));
    flatten_below(path, item, depth + 1);
    path.resize(size);
    return index < 64 && state_.fields.size() < max_fields;
  });
}

void StateBuilder::refer(model::Relation relation, std::string_view kind, std::string_view ns, std::string_view name,
                         model::Evidence evidence) {
  if (name.empty() || state_.references.size() >= max_references) return;
  auto target = make_ref(state_.ref.cluster, kind, ns, name);
  const auto same = [&](const model::Reference& other) {
    return other.outgoing && other.relation == relation && other.target.kind == target.kind && other.target.ns == target.ns &&
           other.target.name == target.name;
  };
  if (std::any_of(state_.references.begin(), state_.references.end(), same)) return;
  state_.references.push_back({relation, std::move(target), true, evidence});
}

void StateBuilder::refer_local(model::Relation relation, std::string_view kind, JsonValue name) {
  refer(relation, kind, state_.ref.ns, name.string_or());
}

void StateBuilder::owned_by(std::string_view kind, std::string_view name, std::string_view uid) {
  if (kind.empty() || name.empty() || state_.references.size() >= max_references) return;
  auto owner = make_ref(state_.ref.cluster, kind, state_.ref.ns, name, uid);
  state_.references.push_back({model::Relation::controls, std::move(owner), false, model::Evidence::stated});
}

void StateBuilder::env(std::string_view name, std::string_view value) {
  if (name.empty()) return;
  const auto kept = batch_.context().masker->keepable(name, value);
  field(core::cat("env.", core::clip_utf8(name, 200)), kept.empty() ? std::string_view("\"\"") : std::string_view(kept));
  if (kept.starts_with('#') || kept.size() > 256) return;
  // What is kept verbatim beside numbers and booleans are hosts: "host:port", "a:1,b:2", or "host:port #digest" of a URL.
  const std::string_view hosts = std::string_view(kept).substr(0, kept.find(' '));
  for (const auto piece : core::split(hosts, ',')) {
    const auto host = core::trim(piece);
    const bool named = core::contains_ignore_case(name, "HOST") || core::contains_ignore_case(name, "ADDR") ||
                       port_of(host) != 0 || value.find("://") != std::string_view::npos || host.find(".svc") != std::string_view::npos ||
                       core::contains_ignore_case(name, "SERVER") || core::contains_ignore_case(name, "BROKER") ||
                       core::contains_ignore_case(name, "ENDPOINT") || core::contains_ignore_case(name, "SERVICE");
    if (!named) continue;
    auto target = ref_of_host(host, state_.ref.cluster, state_.ref.ns);
    if (!target || target->kind != "service") continue;
    refer(model::Relation::depends_on, "service", target->ns, target->name, model::Evidence::environment);
  }
}

void StateBuilder::address(std::string_view address) {
  if (address.empty() || address == "None" || state_.addresses.size() >= max_addresses) return;
  state_.addresses.emplace_back(core::clip_utf8(address, 253));
}

void StateBuilder::labels(JsonValue object) { state_.labels = read_pairs(object, batch_); }

void StateBuilder::selector(JsonValue object) {
  if (!object.is_object() || !state_.selector.empty()) return;
  const auto match = object["matchLabels"];
  if (match.is_object()) {
    state_.selector = read_pairs(match, batch_);
  } else if (object["matchExpressions"].is_null_or_absent()) {
    state_.selector = read_pairs(object, batch_);
  }
}

model::ResourceState StateBuilder::take() {
  std::sort(state_.fields.begin(), state_.fields.end());
  std::sort(state_.addresses.begin(), state_.addresses.end());
  state_.addresses.erase(std::unique(state_.addresses.begin(), state_.addresses.end()), state_.addresses.end());
  return std::move(state_);
}

}  // namespace kgrca::normalize
