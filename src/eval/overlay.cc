#include "eval/overlay.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <tuple>

#include "kgrca/core/strings.h"
#include "kgrca/eval/time_shift.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::eval {
namespace {

constexpr double begins_within_seconds = 600;

using Renaming = std::map<std::string, std::string, std::less<>>;
using ObjectName = std::tuple<std::string, std::string, std::string>;  // kind, namespace, name

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// A whole name, else the parts of a dotted one ("orders.shop.svc").
std::string renamed_run(std::string_view run, const Renaming& names) {
  std::size_t end = run.find_last_not_of(".-");
  end = end == std::string_view::npos ? 0 : end + 1;
  if (const auto found = names.find(run.substr(0, end)); found != names.end()) return core::cat(found->second, run.substr(end));
  if (run.find('.') == std::string_view::npos) return std::string(run);
  std::vector<std::string> parts;
  for (const std::string_view part : core::split(run, '.')) {
    const auto found = names.find(part);
    parts.emplace_back(found == names.end() ? part : std::string_view(found->second));
  }
  return core::join(parts, ".");
}

std::string renamed(std::string_view text, const Renaming& names) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_name(text[end])) ++end;
    if (end == at) {
      out.push_back(text[at++]);
      continue;
    }
    out += renamed_run(text.substr(at, end - at), names);
    at = end;
  }
  return out;
}

std::string text_of(const wire::JsonOut& value) {
  return value.is_string() ? std::string(value.get_string().data(), value.get_string().size()) : std::string();
}

std::string member(const wire::JsonObject& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found == nullptr ? std::string() : text_of(*found);
}

wire::JsonOut parsed(std::string_view json) {
  boost::json::error_code error;
  wire::JsonOut value = boost::json::parse(json, error);
  return error ? wire::JsonOut(nullptr) : value;
}

// How one case's texts become those of the joint case.
struct Moving {
  Renaming names;
  std::string old_cluster;
  std::string cluster;
  std::chrono::seconds shift{0};
};

bool says_cluster(std::string_view name) {
  return name == "cluster" || name == "cluster_name" || name == "clusterName" || name == "k8s.cluster.name";
}

// Cluster names are everyday words: they are exchanged only where a member says that it holds one.
void move_names(wire::JsonOut& value, const Moving& moving, bool cluster) {
  if (value.is_string()) {
    const std::string text = text_of(value);
    value = cluster && text == moving.old_cluster ? moving.cluster : renamed(text, moving.names);
  } else if (value.is_array()) {
    for (wire::JsonOut& item : value.get_array()) move_names(item, moving, cluster);
  } else if (value.is_object()) {
    const bool attribute = says_cluster(member(value.get_object(), "key"));
    for (auto& entry : value.get_object()) {
      move_names(entry.value(), moving, attribute || says_cluster(std::string_view(entry.key().data(), entry.key().size())));
    }
  }
}

// Ids of a truth hold times and stand in keys as well.
wire::JsonOut moved_truth(const wire::JsonOut& value, const Moving& moving) {
  const auto moved = [&](std::string_view text) { return shift_times_in_text(renamed(text, moving.names), moving.shift); };
  if (value.is_string()) return wire::JsonOut(moved(text_of(value)));
  if (value.is_array()) {
    wire::JsonArray out;
    for (const wire::JsonOut& item : value.get_array()) out.push_back(moved_truth(item, moving));
    return out;
  }
  if (!value.is_object()) return value;
  wire::JsonObject out;
  for (const auto& entry : value.get_object()) {
    out[moved(std::string_view(entry.key().data(), entry.key().size()))] = moved_truth(entry.value(), moving);
  }
  return out;
}

// Lists follow each other, maps are joined, figures of `counts` are added; of the rest the first case's stands.
void join_truth(wire::JsonObject& into, wire::JsonObject from) {
  const auto* incidents = into.if_contains("incidents");
  const std::int64_t before = incidents != nullptr && incidents->is_array() ? static_cast<std::int64_t>(incidents->get_array().size()) : 0;
  if (auto* roots = from.if_contains("root_causes"); roots != nullptr && roots->is_array()) {
    for (wire::JsonOut& root : roots->get_array()) {
      auto* incident = root.is_object() ? root.get_object().if_contains("incident") : nullptr;
      if (incident != nullptr && incident->is_int64()) *incident = incident->get_int64() + before;
    }
  }
  for (auto& entry : from) {
    wire::JsonOut& mine = into[entry.key()];
    if (mine.is_null()) {
      mine = entry.value();
    } else if (mine.is_array() && entry.value().is_array()) {
      for (wire::JsonOut& item : entry.value().get_array()) mine.get_array().push_back(std::move(item));
    } else if (mine.is_object() && entry.value().is_object()) {
      for (auto& inner : entry.value().get_object()) {
        wire::JsonOut& known = mine.get_object()[inner.key()];
        const bool figures = known.is_int64() && inner.value().is_int64() && entry.key() == "counts";
        if (known.is_null()) known = inner.value();
        else if (figures) known = known.get_int64() + inner.value().get_int64();
      }
    }
  }
}

std::string largest_tenant(const std::vector<StreamRecord>& records) {
  std::map<std::string, std::size_t> sizes;
  for (const StreamRecord& record : records) ++sizes[tenant_of_key(record.key)];
  const auto largest = std::max_element(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return largest == sizes.end() ? std::string() : largest->first;
}

ObjectName object_name(const wire::JsonObject& state) {
  return {core::to_lower(member(state, "kind")), member(state, "namespace"), member(state, "name")};
}

// What the joint case knows of its cluster while cases are added.
struct Cluster {
  std::string tenant;
  std::string name;
  std::map<ObjectName, std::string> uids;

  void learn(const wire::JsonObject& state) {
    if (name.empty()) name = member(state, "cluster");
    const std::string uid = member(state, "uid");
    if (!uid.empty()) uids.emplace(object_name(state), uid);
  }
};

bool is_state(const StreamRecord& record) { return record.source == "state.k8s.resource"; }
bool is_shared(std::string_view ns) { return ns.empty() || ns == "default" || ns.starts_with("kube-"); }

template <typename Fn>
void each_state(const std::vector<StreamRecord>& records, const Fn& fn) {
  for (const StreamRecord& record : records) {
    if (!is_state(record)) continue;
    const wire::JsonOut value = parsed(record.payload);
    if (value.is_object()) fn(value.get_object());
  }
}

Moving moving_of(const RecordedCase& added, const Cluster& cluster, std::string_view suffix) {
  Moving moving;
  moving.cluster = cluster.name;
  moving.names[largest_tenant(added.records)] = cluster.tenant;
  each_state(added.records, [&](const wire::JsonObject& state) {
    if (moving.old_cluster.empty()) moving.old_cluster = member(state, "cluster");
    const std::string ns = member(state, "namespace");
    if (!is_shared(ns)) moving.names[ns] = core::cat(ns, suffix);
    const std::string name = member(state, "name");
    if (core::equals_ignore_case(member(state, "kind"), "node")) moving.names[name] = core::cat(name, suffix);
  });
  each_state(added.records, [&](const wire::JsonObject& state) {
    auto [kind, ns, name] = object_name(state);
    const auto known = cluster.uids.find({kind, renamed(ns, moving.names), renamed(name, moving.names)});
    const std::string uid = member(state, "uid");
    if (known != cluster.uids.end() && !uid.empty()) moving.names[uid] = known->second;
  });
  return moving;
}

void add_records(RecordedCase& joint, Cluster& cluster, std::vector<StreamRecord> records, const Moving& moving) {
  const std::string tenant = largest_tenant(records);
  std::set<std::string> stated;
  const std::map<ObjectName, std::string> known = cluster.uids;
  for (StreamRecord& record : records) {
    if (tenant_of_key(record.key) != tenant) continue;
    record.arrive_at += moving.shift;
    record.key = renamed(record.key, moving.names);
    if (wire::JsonOut value = record.payload.empty() ? wire::JsonOut(nullptr) : parsed(record.payload); value.is_object()) {
      move_names(value, moving, false);
      record.payload = shift_times(wire::to_json(value), moving.shift);
      if (is_state(record)) {
        const bool first = stated.insert(record.key).second;
        if (first && known.count(object_name(value.get_object())) > 0) continue;
        cluster.learn(value.get_object());
      }
    }
    joint.records.push_back(std::move(record));
  }
}

}  // namespace

RecordedCase overlay(std::vector<RecordedCase> cases, const std::function<double()>& chance) {
  RecordedCase joint = std::move(cases.front());
  if (cases.size() == 1 || joint.records.empty()) return joint;
  Cluster cluster;
  cluster.tenant = largest_tenant(joint.records);
  each_state(joint.records, [&](const wire::JsonObject& state) { cluster.learn(state); });
  const core::Time begins = joint.records.front().arrive_at;
  wire::JsonOut truth = parsed(joint.truth);
  for (std::size_t i = 1; i < cases.size(); ++i) {
    RecordedCase& added = cases[i];
    joint.name += "+" + added.name;
    if (added.records.empty()) continue;
    Moving moving = moving_of(added, cluster, core::cat("-", i + 1));
    const auto offset = std::chrono::seconds(static_cast<std::int64_t>(chance() * begins_within_seconds));
    moving.shift = std::chrono::floor<std::chrono::seconds>(begins - added.records.front().arrive_at) + offset;
    add_records(joint, cluster, std::move(added.records), moving);
    const wire::JsonOut more = moved_truth(parsed(added.truth), moving);
    if (truth.is_object() && more.is_object()) join_truth(truth.get_object(), more.get_object());
  }
  std::stable_sort(joint.records.begin(), joint.records.end(), [](const auto& a, const auto& b) { return a.arrive_at < b.arrive_at; });
  if (truth.is_object()) {
    truth.get_object()["case_id"] = joint.name;
    joint.truth = wire::to_json(truth) + "\n";
  }
  return joint;
}

}  // namespace kgrca::eval
