#include <algorithm>

#include "normalize/batch.h"

namespace kgrca::normalize {

namespace {

constexpr std::size_t max_change_message_bytes = 300;
constexpr std::size_t max_shown_value_bytes = 80;

// "env.DB_POOL_SIZE" -> "env DB_POOL_SIZE"; other paths stay as they are.
std::string shown_path(std::string_view path) {
  if (path.starts_with("env.")) return core::cat("env ", path.substr(4));
  if (path.starts_with("spec.") || path.starts_with("data.")) return std::string(path.substr(5));
  return std::string(path);
}

std::string_view shown_value(std::string_view value, std::string_view absent) {
  return value.empty() ? absent : core::clip_utf8(value, max_shown_value_bytes);
}

std::string describe(const std::vector<model::FieldChange>& changes) {
  std::string text;
  for (const auto& change : changes) {
    const bool whole = change.path == "deleted" || change.path == "created";
    const auto piece = whole ? change.path
                           : core::cat(shown_path(change.path), ": ", shown_value(change.before, "unset"), " → ",
                                       shown_value(change.after, "unset"));
    if (!text.empty() && text.size() + piece.size() + 2 > max_change_message_bytes) {
      if (text.size() + 5 <= max_change_message_bytes) text += "; …";
      break;
    }
    core::append(text, text.empty() ? "" : "; ", piece);
  }
  return std::string(core::clip_utf8(text, max_change_message_bytes));
}

// Kinds whose mere appearance restrains others; the first version of anything else is a snapshot, not a change.
bool changes_by_appearing(std::string_view kind) {
  for (const std::string_view policy : {"resourcequota", "limitrange", "networkpolicy", "mutatingwebhookconfiguration",
                                        "validatingwebhookconfiguration"}) {
    if (kind == policy) return true;
  }
  return false;
}

std::vector<model::FieldChange> judged_changes(const model::ResourceState& after, const std::vector<model::FieldChange>& changes,
                                               bool created) {
  if (after.partial) return {};
  if (after.deleted) return {{"deleted", "", "true"}};
  if (!created) return changes;
  if (!changes_by_appearing(after.ref.kind)) return {};
  std::vector<model::FieldChange> all = {{"created", "", "true"}};
  for (const auto& [path, value] : after.fields) {
    if (path.starts_with("spec.") && all.size() < 8) all.push_back({path, "", value});
  }
  return all;
}

}  // namespace

std::optional<model::Event> state_change_event(const model::ResourceState& after, const std::vector<model::FieldChange>& changes,
                                               bool created, const Context& context) {
  auto all = judged_changes(after, changes, created);
  if (all.empty()) return std::nullopt;
  auto match = context.taxonomy->match_change(after.ref.kind, all);
  if (!match) return std::nullopt;

  model::Event event;
  event.source = model::EventSource::state;
  event.source_id = after.source_id;
  event.subject = after.ref;
  event.type = std::move(match->type);
  event.reason = event.type;
  const auto* type = context.taxonomy->find(event.type);
  event.severity = match->severity.value_or(type != nullptr ? type->severity : model::Severity::info);
  event.message = describe(all);
  event.first = event.last = event.onset = after.at;
  event.observation = hash_pieces({event.source_id});
  event.component = "state";
  event.changes = std::move(all);
  return event;
}

}  // namespace kgrca::normalize
