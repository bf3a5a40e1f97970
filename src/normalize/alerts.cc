#include "normalize/alerts.h"

#include <algorithm>

#include "normalize/alert_subject.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

constexpr core::Duration default_for = std::chrono::minutes(15);

// Labels as sent, for the fingerprint: bounded, not masked.
Pairs sorted_labels(JsonValue labels) {
  Pairs pairs;
  labels.each_member([&pairs](std::string_view key, JsonValue value) {
    pairs.emplace_back(core::clip_utf8(key, 1024), core::clip_utf8(value.string_or(), 4096));
    return pairs.size() < 256;
  });
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::string_view find_pair(const Pairs& pairs, std::string_view key) {
  const auto at = std::find_if(pairs.begin(), pairs.end(), [key](const auto& pair) { return pair.first == key; });
  return at == pairs.end() ? std::string_view{} : std::string_view(at->second);
}

model::Severity alert_severity(std::string_view label, const model::Taxonomy::Match& match, const model::Taxonomy& taxonomy) {
  if (core::equals_ignore_case(label, "none")) return model::Severity::info;
  if (core::equals_ignore_case(label, "page")) return model::Severity::fatal;
  if (auto stated = model::parse_severity(label)) return *stated;
  if (match.severity) return *match.severity;
  const auto* type = taxonomy.find(match.type);
  return type != nullptr ? type->severity : model::Severity::warning;
}

// Type, severity and onset, once reason, first and the severity label are known.
void set_alert_meaning(model::Event& event, std::string_view severity_label, Batch& batch) {
  const auto& taxonomy = *batch.context().taxonomy;
  const auto match = taxonomy.match_alert(event.reason);
  event.type = match.type;
  event.severity = alert_severity(severity_label, match, taxonomy);
  event.onset = event.first - taxonomy.alert_for(event.reason, event.severity).value_or(default_for);
}

std::string alert_message(JsonValue annotations, std::string_view name, Batch& batch) {
  const auto text = first_text({annotations["description"], annotations["summary"], annotations["message"]});
  return text.empty() ? core::cat("Alert ", core::clip_utf8(name, max_value_bytes), " is firing") : batch.masked(text);
}

void set_end(model::Event& event, JsonValue ends_at, Batch& batch) {
  event.last = event.first;
  if (!event.resolved) return;
  const auto end = read_time(ends_at);
  const auto fallback = std::max(event.first, batch.context().received);
  event.last = end && *end >= event.first ? batch.clamp(*end, event.time_clamped) : fallback;
}

// `status` of the alert; Prometheus itself sends none, its ended alerts lie in the past.
bool is_resolved(JsonValue alert, core::Time received) {
  const auto status = alert["status"];
  const auto state = status.is_object() ? status["state"].string_or() : status.string_or();
  if (!state.empty()) return core::equals_ignore_case(state, "resolved");
  const auto end = read_time(alert["endsAt"]);
  return end && received != core::Time{} && *end <= received;
}

std::string missing_part(JsonValue alert, const Pairs& labels) {
  if (!alert["labels"].is_object()) {
    return core::cat("labels is ", kind_name(alert["labels"]), ", expected an object with alertname");
  }
  if (find_pair(labels, "alertname").empty()) return "labels.alertname is missing: every alert needs a name";
  const auto starts = alert["startsAt"];
  if (!read_time(starts)) {
    return core::cat("startsAt is ", starts.string() ? quoted(*starts.string()) : std::string(kind_name(starts)),
                     ", expected an RFC 3339 time");
  }
  return {};
}

std::string_view cluster_label(const Pairs& labels, const Context& context) {
  const auto named = find_pair(labels, "cluster");
  return named.empty() ? std::string_view(context.cluster) : named;
}

void decode_alert(JsonValue alert, std::string_view group, Batch& batch) {
  const auto labels = sorted_labels(alert["labels"]);
  if (auto missing = missing_part(alert, labels); !missing.empty()) return batch.reject(std::move(missing));

  model::Event event;
  event.source = model::EventSource::alert;
  event.reason = core::clip_utf8(find_pair(labels, "alertname"), max_value_bytes);
  auto fingerprint = std::string(alert["fingerprint"].string_or());
  if (fingerprint.empty()) fingerprint = alert_fingerprint(labels);
  const auto starts = alert["startsAt"].scalar_text();
  event.source_id = core::cat("alert:", core::clip_utf8(fingerprint, 128), ':', core::clip_utf8(starts, 64));
  event.first = batch.clamp(*read_time(alert["startsAt"]), event.time_clamped);
  event.resolved = is_resolved(alert, batch.context().received);
  event.observation = hash_pieces({event.source_id, event.resolved ? "resolved" : "firing"});
  set_end(event, alert["endsAt"], batch);
  set_alert_meaning(event, find_pair(labels, "severity"), batch);
  event.message = alert_message(alert["annotations"], event.reason, batch);
  event.component = core::clip_utf8(group, max_value_bytes);
  set_alert_subject(event, event.reason, labels, cluster_label(labels, batch.context()));
  for (const auto& [key, value] : labels) add_attribute(event, key, batch.masked(value, max_value_bytes));
  batch.add(std::move(event));
}

void decode_webhook(JsonValue root, Batch& batch) {
  const auto alerts = root["alerts"];
  if (!alerts.is_array()) {
    batch.next_item();
    // An alert as Prometheus itself posts it to Alertmanager.
    if (root["labels"].is_object()) return decode_alert(root, {}, batch);
    return batch.reject(core::cat("alerts is ", kind_name(alerts),
                                  ", expected the array of an Alertmanager webhook (version 4)"));
  }
  const auto group = root["groupKey"].string_or();
  alerts.each_item([&](JsonValue alert) {
    batch.next_item();
    decode_alert(alert, group, batch);
    return true;
  });
}

}  // namespace

std::string alert_fingerprint(const Pairs& sorted) {
  constexpr std::uint64_t prime = 1099511628211ULL;
  constexpr unsigned char separator = 255;
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * prime; };
  for (const auto& [name, value] : sorted) {
    for (const char c : name) mix(static_cast<unsigned char>(c));
    mix(separator);
    for (const char c : value) mix(static_cast<unsigned char>(c));
    mix(separator);
  }
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text.push_back("0123456789abcdef"[(hash >> shift) & 15U]);
  return text;
}

void decode_normalized_alert(JsonValue record, Batch& batch) {
  const auto subject = record["subject"];
  const auto reason = record["reason"].string_or();
  if (reason.empty()) return batch.reject("reason is missing: an alert record needs the alert's name as reason");
  const auto time = first_time({record["event_time"], record["startsAt"]});
  if (!time) return batch.reject("event_time is missing or no RFC 3339 time");

  model::Event event;
  event.source = model::EventSource::alert;
  event.reason = core::clip_utf8(reason, max_value_bytes);
  event.first = event.last = batch.clamp(*time, event.time_clamped);
  event.resolved = core::equals_ignore_case(record["status"].string_or(), "resolved");
  event.source_id = core::clip_utf8(record["event_id"].string_or(), max_name_bytes);
  const auto labels = sorted_labels(record["labels"]);
  const auto cluster = cluster_label(labels, batch.context());
  if (subject["name"].string_or().empty()) {
    set_alert_subject(event, event.reason, labels, cluster);
  } else {
    const auto ns = first_text({subject["ns"], subject["namespace"]});
    event.subject = make_ref(cluster, subject["kind"].string_or("service"), ns, subject["name"].string_or(),
                             subject["uid"].string_or());
  }
  if (event.source_id.empty()) {
    event.source_id = derived_id({event.reason, event.subject.ns, event.subject.name, core::cat(core::to_micros(*time))});
  }
  event.observation = hash_pieces({event.source_id, event.resolved ? "resolved" : "firing"});
  set_alert_meaning(event, record["severity"].string_or(), batch);
  event.message = batch.masked(record["message"].string_or(reason));
  for (const auto& [key, value] : labels) add_attribute(event, key, batch.masked(value, max_value_bytes));
  batch.add(std::move(event));
}

Decoded decode_alertmanager(std::string_view body, const Context& context) {
  Batch batch(context);
  wire::JsonDocument document;
  each_value(body, batch, document, [&batch](JsonValue root) { decode_webhook(root, batch); });
  return batch.take();
}

}  // namespace kgrca::normalize
