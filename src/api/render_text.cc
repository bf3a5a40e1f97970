#include <algorithm>

#include "api/columns.h"
#include "api/render.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t steps_max = 8;
constexpr std::size_t depth_max = 8;
constexpr std::size_t other_roots_max = 2;
constexpr std::size_t ruled_out_max = 3;

std::string incident_lines(const IncidentView& view) {
  const model::Incident& incident = view.incident;
  const core::Time since = incident.first_symptom == core::Time{} ? incident.started : incident.first_symptom;
  std::string facts = core::cat("since ", clock_text(since), " UTC");
  const std::string reach = reach_words(view);
  if (!reach.empty()) core::append(facts, ", ", reach);
  if (incident.status == model::IncidentStatus::resolved) core::append(facts, ", resolved ", clock_text(incident.resolved_at));
  if (incident.degraded) facts += ", work was cut by a storm";
  return wrap_columns("INCIDENT  ", core::cat(incident.title, "  (", facts, ")"), width, 10, 2);
}

// How trouble spread; where nothing is known of that, the way from the root to the main symptom.
std::vector<SpreadStep> steps_of(const IncidentView& view, const model::Suspect& root) {
  if (!view.spread.empty()) return view.spread;
  std::vector<SpreadStep> steps;
  for (const core::EventKey key : root.path) {
    if (key != root.event) steps.push_back({key, steps.size()});
  }
  return steps;
}

// One step per line, times counted from the root.
std::string spread_lines(const IncidentView& view, const model::Suspect& root) {
  const EventView* origin = view.event(root.event);
  const core::Time zero = origin != nullptr ? origin->stored.event.first : view.incident.started;
  const std::vector<SpreadStep> steps = steps_of(view, root);
  std::string out;
  for (std::size_t i = 0; i < steps.size() && i < steps_max; ++i) {
    const EventView* event = view.event(steps[i].event);
    if (event == nullptr) continue;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(event->stored.event.first - zero).count();
    const std::string indent(3 + 2 * std::min(steps[i].depth, depth_max), ' ');
    const std::string name = short_name(view.resource(event->stored.resource));
    out += wrap_columns(core::cat(indent, "└ ", seconds < 0 ? "" : "+", seconds, "s  "),
                        core::cat(name, name.empty() ? "" : " ", event_words(*event)), width, indent.size() + 2, 1);
  }
  if (steps.size() > steps_max) core::append(out, "   … and ", steps.size() - steps_max, " more\n");
  return out;
}

std::string cause_lines(const IncidentView& view) {
  const model::Incident& incident = view.incident;
  if (incident.roots.empty()) return "CAUSE     not found: no change or fault seen so far explains these symptoms\n";
  std::string out;
  const model::Suspect& top = incident.roots.front();
  const std::string head = core::cat(incident.abstained ? "CAUSE ?   not certain; best evidence " : "CAUSE ",
                                     percent_text(top.confidence), "  ");
  out += wrap_columns(head, suspect_statement(top, view), width, 12, 3);
  out += spread_lines(view, top);
  for (std::size_t i = 1; i < incident.roots.size() && i <= other_roots_max; ++i) {
    const model::Suspect& other = incident.roots[i];
    out += wrap_columns(core::cat("OR    ", percent_text(other.confidence), "  "), suspect_statement(other, view), width, 12, 2);
  }
  return out;
}

std::string ruled_out_lines(const IncidentView& view) {
  std::string out;
  const auto& ruled_out = view.incident.ruled_out;
  for (std::size_t i = 0; i < ruled_out.size() && i < ruled_out_max; ++i) {
    const model::Suspect& suspect = ruled_out[i];
    const std::string words = core::cat(suspect_statement(suspect, view), suspect.sentence.empty() ? "" : ": ", suspect.sentence);
    out += wrap_columns(core::cat("NOT THE CAUSE  ", percent_text(suspect.confidence), "  "), words, width, 15, 2);
  }
  return out;
}

std::string fix_lines(const IncidentView& view) {
  if (!view.recommendation) return {};
  const Recommendation& fix = *view.recommendation;
  const std::string risk = fix.risk == "none" ? "changes nothing" : core::cat("risk: ", fix.risk);
  return wrap_columns(fix.risk == "none" ? "LOOK   " : "FIX    ", core::cat(fix.command, "   (", risk, ")"), width, 7, 2) +
         wrap_columns("       ", fix.why, width, 7, 2);
}

std::string next_lines(const IncidentView& view) {
  const std::string id = core::to_string(view.incident.id);
  std::string out = core::cat("NEXT   kgrca explain ", id, " --format markdown   (evidence, changes, timeline)\n");
  if (view.base_url.empty()) return out;
  const std::string link = core::cat(view.base_url, "/api/v1/incidents/", id, "?format=text");
  return out + wrap_columns("       open ", link, width, 7, 1) + "       (a browser asks: any user, the API key as password)\n";
}

}  // namespace

std::string render_text(const IncidentView& view) {
  std::string out = incident_lines(view);
  out += cause_lines(view);
  out += ruled_out_lines(view);
  out += wrap_columns("NOISE  ", noise_words(view), width, 7, 2);
  const std::string naming = naming_words(view);
  if (!naming.empty()) out += wrap_columns("TIME   ", naming, width, 7, 2);
  out += fix_lines(view);
  out += next_lines(view);
  return out;
}

}  // namespace kgrca::api
