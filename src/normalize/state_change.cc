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
    const auto piece = change.path == "deleted"
                           ? std::string("deleted")
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

}  // namespace

std::optional<model::Event> state_change_event(const model::ResourceState& after, const std::vector<model::FieldChange>& changes,
                                               bool created, const Context& context) {
  if (after.partial || (created && !after.deleted)) return std::nullopt;
  auto all = changes;
  if (after.deleted) all = {{"deleted", "", "true"}};
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
