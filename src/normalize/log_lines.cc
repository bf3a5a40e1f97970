// From a described log line to an event.
#include <algorithm>

#include "normalize/log_hosts.h"
#include "normalize/log_line.h"
#include "normalize/logs.h"

namespace kgrca::normalize {

namespace {

using model::Severity;
using wire::JsonValue;

// What the text of a line is after a JSON wrapper is taken off.
struct Content {
  std::string text;
  std::optional<Severity> level;
  bool json = false;
};

std::optional<Severity> level_of(JsonValue value) {
  if (const auto text = value.string()) {
    if (auto level = model::parse_severity(*text)) return level;
    const auto number = core::parse_int(*text);
    return number ? level_of_number(*number) : std::nullopt;
  }
  const auto number = value.integer();
  return number ? level_of_number(*number) : std::nullopt;
}

enum InnerField : std::size_t {
  kLevel, kSeverity, kLvl, kLogLevel, kLevelName, kMsg, kMessage, kError, kErr, kException, kText, kInnerCount
};
constexpr FieldNames<kInnerCount> inner_names({
    "level", "severity", "lvl", "log.level", "levelname", "msg", "message", "error", "err", "exception", "text"});

// {"level":"error","msg":"…","error":"…"}: the message and, when it says more, the error.
std::optional<Content> unwrap_json(std::string_view line) {
  const auto text = core::trim(line);
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return std::nullopt;
  thread_local wire::JsonDocument document;
  auto parsed = document.parse(text);
  if (!parsed.ok() || !parsed->is_object()) return std::nullopt;
  const auto f = members(*parsed, inner_names);
  Content content;
  content.json = true;
  for (const auto field : {kLevel, kSeverity, kLvl, kLogLevel, kLevelName}) {
    if (!content.level) content.level = level_of(f[field]);
  }
  content.text = first_text({f[kMsg], f[kMessage], f[kText]});
  for (const auto field : {kError, kErr, kException}) {
    const auto more = f[field].is_object() ? first_text({f[field]["message"], f[field]["msg"]}) : f[field].string_or();
    if (more.empty() || content.text.find(more) != std::string::npos) continue;
    core::append(content.text, content.text.empty() ? "" : ": ", more);
  }
  if (content.text.empty()) content.text = text;
  return content;
}

Severity severity_of(const LogLine& line, const Content& content, bool& stated) {
  stated = true;
  if (content.level) return *content.level;
  const auto own = stated_level(content.text);
  // Collectors stamp INFO on lines whose level they cannot read; the line's own word is better then.
  if (line.level && (*line.level != Severity::info || !own)) return *line.level;
  if (own) return *own;
  stated = false;
  return guessed_level(content.text);
}

bool set_subject(model::Event& event, const LogLine& line, const Context& context) {
  const auto cluster = line.cluster.empty() ? std::string_view(context.cluster) : line.cluster;
  if (!line.pod.empty()) {
    event.subject = make_ref(cluster, "pod", line.ns, line.pod, line.pod_uid);
  } else if (!line.service.empty()) {
    event.subject = make_ref(cluster, "service", line.ns, line.service);
  } else if (!line.workload.empty()) {
    event.subject = make_ref(cluster, line.workload_kind, line.ns, line.workload);
  } else if (!line.node.empty()) {
    event.subject = make_ref(cluster, "node", {}, line.node);
  } else if (!line.pod_uid.empty()) {
    event.subject = make_ref(cluster, "pod", line.ns, {}, line.pod_uid);
  } else {
    return false;
  }
  return true;
}

void set_type(model::Event& event, const Context& context, bool level_stated) {
  if (is_stack_part(event.message)) {
    event.type = "log.stack";
    event.severity = Severity::debug;
  } else {
    auto match = context.taxonomy->match_log(event.message, event.severity);
    // A level that the program states below WARNING is its own judgement of the line.
    const bool harmless = level_stated && event.severity < Severity::warning;
    if (match.severity && !harmless) event.severity = *match.severity;
    // A line without a level is as severe as what it speaks of.
    const auto* type = level_stated || !match.known ? nullptr : context.taxonomy->find(match.type);
    if (type != nullptr) event.severity = std::max(event.severity, type->severity);
    event.type = std::move(match.type);
  }
  event.reason = event.type;
}

}  // namespace

void add_log_line(const LogLine& line, Batch& batch) {
  if (core::trim(line.text).empty()) {
    return batch.reject("the line has no text: send it as message, log or msg (OTLP: body.stringValue)");
  }
  model::Event event;
  event.source = model::EventSource::log;
  if (!set_subject(event, line, batch.context())) {
    return batch.reject(
        "the line names no resource: add kubernetes.pod_name and kubernetes.pod_namespace, or service, or node "
        "(OTLP: k8s.pod.name, service.name)");
  }
  const Content as_is{std::string(core::clip_utf8(line.text, max_message_bytes + 256)), {}, false};
  const auto content = unwrap_json(line.text).value_or(as_is);
  bool stated = false;
  event.severity = severity_of(line, content, stated);
  const core::Time claimed = line.time.value_or(batch.context().received);
  event.first = batch.clamp(claimed, event.time_clamped);
  event.last = event.onset = event.first;
  if (!line.event_id.empty()) {
    event.source_id = core::clip_utf8(line.event_id, max_name_bytes);
  } else {
    event.source_id = derived_id({event.subject.ns, event.subject.kind, event.subject.name, event.subject.uid, line.container,
                                  line.stream, core::cat(core::to_micros(claimed)), line.text});
  }
  event.observation = hash_pieces({event.source_id});
  event.message = batch.masked(content.text);
  event.component = core::clip_utf8(line.container, max_value_bytes);
  set_type(event, batch.context(), stated);

  if (!line.node.empty()) add_related(event, make_ref(event.subject.cluster, "node", {}, line.node));
  if (event.severity >= Severity::warning) add_named_hosts(event, event.message);
  add_attribute(event, "container", line.container);
  add_attribute(event, "logger", line.logger);
  add_attribute(event, "stream", line.stream);
  add_attribute(event, "trace_id", line.trace_id);
  batch.add(std::move(event));
}

}  // namespace kgrca::normalize
