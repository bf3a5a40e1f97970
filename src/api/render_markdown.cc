#include <algorithm>

#include "api/columns.h"
#include "api/json_values.h"
#include "api/render.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::size_t timeline_rows_max = 30;
constexpr std::size_t sentence_columns_max = 1000;

// Text from outside must not become markup.
std::string plain(std::string_view text, std::size_t columns_max = 200) {
  std::string out;
  for (const char c : clip_columns(text, columns_max)) {
    if (c == '|' || c == '*' || c == '_' || c == '`' || c == '<' || c == '>' || c == '[' || c == ']' || c == '\\' || c == '#') {
      out.push_back('\\');
    }
    out.push_back(c);
  }
  return out;
}

std::string heading(const IncidentView& view) {
  const model::Incident& incident = view.incident;
  std::string out = core::cat("# ", plain(incident.title), "\n\n");
  core::append(out, "- **Incident** `", core::to_string(incident.id), "`, ", model::name_of(incident.status), ", ",
               model::name_of(incident.severity), "\n");
  core::append(out, "- **Started** ", core::format_rfc3339(incident.started, 0),
               incident.first_symptom == core::Time{} ? "" : core::cat(", first symptom ", clock_text(incident.first_symptom)),
               ", last activity ", core::format_rfc3339(incident.last_activity, 0), "\n");
  const std::string reach = reach_words(view);
  if (!reach.empty()) core::append(out, "- **Reach** ", reach, "\n");
  core::append(out, "- **Noise** ", noise_words(view), "\n");
  const std::string naming = naming_words(view);
  if (!naming.empty()) core::append(out, "- **Time** ", naming, "\n");
  return out;
}

std::string suspect_item(const model::Suspect& suspect, const IncidentView& view) {
  std::string out = core::cat("**", percent_text(suspect.confidence), "** ", plain(suspect_statement(suspect, view), sentence_columns_max));
  if (!suspect.sentence.empty()) core::append(out, ". ", plain(suspect.sentence, sentence_columns_max));
  return out;
}

std::string suspects(std::string_view title, const std::vector<model::Suspect>& list, const IncidentView& view, bool numbered) {
  if (list.empty()) return {};
  std::string out = core::cat("\n## ", title, "\n\n");
  for (std::size_t i = 0; i < list.size(); ++i) {
    core::append(out, numbered ? core::cat(i + 1, ". ") : std::string("- "), suspect_item(list[i], view), "\n");
  }
  return out;
}

// Roots are told with their part in the incident already.
std::vector<model::Suspect> other_changes(const IncidentView& view) {
  std::vector<model::Suspect> out;
  const std::vector<model::Suspect>& roots = view.incident.roots;
  for (const model::Suspect& change : view.incident.changes) {
    const auto is_root = [&](const model::Suspect& root) { return root.event == change.event; };
    if (std::none_of(roots.begin(), roots.end(), is_root)) out.push_back(change);
  }
  return out;
}

std::string evidence(const IncidentView& view) {
  if (view.incident.roots.empty()) return {};
  const std::vector<core::EventKey>& path = view.incident.roots.front().path;
  std::string out;
  for (std::size_t i = 1; i < path.size(); ++i) {
    const model::Link* link = view.link(path[i - 1], path[i]);
    const EventView* cause = view.event(path[i - 1]);
    const EventView* effect = view.event(path[i]);
    if (link == nullptr || cause == nullptr || effect == nullptr) continue;
    const auto words = [&](const EventView& event) {
      return core::cat(view.resource(event.stored.resource).name, " ", event_words(event));
    };
    core::append(out, "- ", plain(explain_link(*link, words(*cause), words(*effect)), sentence_columns_max), "\n");
  }
  return out.empty() ? out : core::cat("\n## Evidence\n\n", out);
}

std::string recommendation(const IncidentView& view) {
  if (!view.recommendation) return {};
  const Recommendation& fix = *view.recommendation;
  return core::cat("\n## What to do\n\n```sh\n", fix.command, "\n```\n\nRisk: ", fix.risk, "; ", fix.why, ".\n");
}

std::string timeline(const IncidentView& view) {
  std::string out = "\n## Timeline\n\n| UTC | resource | event | part |\n|---|---|---|---|\n";
  std::size_t rows = 0;
  for (const auto& [key, event] : view.events) {
    if (rows++ == timeline_rows_max) {
      core::append(out, "| … | | ", view.events.size() - timeline_rows_max, " more | |\n");
      break;
    }
    core::append(out, "| ", clock_text(key.time()), " | ", plain(model::display_name(view.resource(event.stored.resource)), 60),
                 " | ", plain(event_words(event), 80), " | ", event.role, " |\n");
  }
  return out;
}

}  // namespace

std::string render_markdown(const IncidentView& view) {
  std::string out = heading(view);
  if (view.incident.abstained || view.incident.roots.empty()) {
    out += "\nNo cause is certain; the list below is the best evidence so far.\n";
  }
  out += suspects("Cause", view.incident.roots, view, true);
  out += evidence(view);
  out += suspects("Other changes near the start", other_changes(view), view, false);
  out += suspects("Not the cause", view.incident.ruled_out, view, false);
  out += recommendation(view);
  out += timeline(view);
  return out;
}

}  // namespace kgrca::api
