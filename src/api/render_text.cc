#include <algorithm>

#include "api/columns.h"
#include "api/render.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t steps_max = 8;
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

std::string suspect_text(const model::Suspect& suspect, const IncidentView& view) {
  std::string out = suspect_words(suspect);
  const EventView* event = view.event(suspect.event);
  if (event == nullptr) return suspect.inferred ? core::cat(out, " (inferred: it left no record of its own)") : out;
  core::append(out, " at ", clock_text(event->stored.event.first));
  const std::string changes = change_words(event->stored.event.changes, 3);
  if (!changes.empty()) core::append(out, " (", changes, ")");
  return out;
}

// The way from the root to the main symptom, one step per line, times counted from the root.
std::string path_lines(const IncidentView& view, const model::Suspect& root) {
  std::vector<const EventView*> steps;
  for (const core::EventKey key : root.path) {
    const EventView* step = view.event(key);
    if (step != nullptr && key != root.event) steps.push_back(step);
  }
  const EventView* origin = view.event(root.event);
  if (steps.empty()) return {};
  const core::Time zero = origin != nullptr ? origin->stored.event.onset : view.incident.started;
  if (steps.size() > steps_max) {
    steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(steps_max / 2),
                steps.end() - static_cast<std::ptrdiff_t>(steps_max / 2));
  }
  std::string out;
  std::size_t indent = 3;
  for (const EventView* step : steps) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(step->stored.event.onset - zero).count();
    const std::string head = core::cat(std::string(indent, ' '), "└ ", seconds < 0 ? "" : "+", seconds, "s ");
    const std::string name = view.resource(step->stored.resource).name;
    out += wrap_columns(head, core::cat(name, name.empty() ? "" : " ", event_words(*step)), width, indent + 2, 1);
    indent += 2;
  }
  return out;
}

std::string cause_lines(const IncidentView& view) {
  const model::Incident& incident = view.incident;
  if (incident.roots.empty()) return "CAUSE     not found: no change or fault seen so far explains these symptoms\n";
  std::string out;
  const model::Suspect& top = incident.roots.front();
  const std::string head = core::cat(incident.abstained ? "CAUSE ?   not certain; best evidence " : "CAUSE ",
                                     percent_text(top.confidence), "  ");
  out += wrap_columns(head, suspect_text(top, view), width, 12, 3);
  out += path_lines(view, top);
  for (std::size_t i = 1; i < incident.roots.size() && i <= other_roots_max; ++i) {
    const model::Suspect& other = incident.roots[i];
    out += wrap_columns(core::cat("OR    ", percent_text(other.confidence), "  "), suspect_text(other, view), width, 12, 2);
  }
  return out;
}

std::string ruled_out_lines(const IncidentView& view) {
  std::string out;
  const auto& ruled_out = view.incident.ruled_out;
  for (std::size_t i = 0; i < ruled_out.size() && i < ruled_out_max; ++i) {
    const model::Suspect& suspect = ruled_out[i];
    const std::string words = core::cat(suspect_words(suspect), suspect.sentence.empty() ? "" : ": ", suspect.sentence);
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
  std::string out = core::cat("NEXT   kgrca explain ", id);
  if (!view.base_url.empty()) core::append(out, " · open ", view.base_url, "/api/v1/incidents/", id);
  out = wrap_columns("", out, width, 7, 2);
  return out + "       connect your cluster: kubectl get nodes,pods,deploy,rs,sts,ds,jobs,svc,pvc,cm,hpa,ing,events \\\n"
               "         -A -o json | kgrca push k8s -\n";
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
