#include "api/incident_view.h"

#include <algorithm>
#include <array>

#include "api/json_values.h"
#include "api/spread.h"

namespace kgrca::api {
namespace {

constexpr std::size_t window_events_max = 20'000;
constexpr std::size_t window_page = 1'000;

// What the view gathers is read by many; the first failure, but for what expired, is kept in `status`.
void add_event(const graph::GraphReader& reader, const model::Taxonomy& taxonomy, core::EventKey key, IncidentView& view,
               core::Status& status) {
  if (!key || view.events.count(key) != 0) return;
  auto stored = reader.event(key);
  if (!stored.ok()) {
    if (status.ok() && !absl::IsNotFound(stored.status())) status = stored.status();
    return;
  }
  EventView event;
  event.title = event_title(stored->event, taxonomy);
  event.stored = *std::move(stored);
  view.events.emplace(key, std::move(event));
}

void add_resource(const graph::GraphReader& reader, core::ResourceId id, IncidentView& view, core::Status& status) {
  if (!id || view.resources.count(id) != 0) return;
  auto resource = reader.resource(id);
  if (resource.ok()) view.resources.emplace(id, resource->state.ref);
  else if (status.ok() && !absl::IsNotFound(resource.status())) status = resource.status();
}

core::Status read_events(const graph::GraphReader& reader, const model::Taxonomy& taxonomy, IncidentView& view) {
  const model::Incident& incident = view.incident;
  core::Status status;
  for (const model::IncidentMember& member : incident.members) {
    add_event(reader, taxonomy, member.event, view, status);
    auto found = view.events.find(member.event);
    if (found == view.events.end()) continue;
    found->second.member = true;
    found->second.role = member.symptom ? "symptom" : "effect";
  }
  const auto add_suspects = [&](const std::vector<model::Suspect>& suspects, std::string_view role) {
    for (const model::Suspect& suspect : suspects) {
      add_event(reader, taxonomy, suspect.event, view, status);
      for (const core::EventKey key : suspect.path) add_event(reader, taxonomy, key, view, status);
      auto found = view.events.find(suspect.event);
      if (found != view.events.end()) found->second.role = role;
    }
  };
  add_suspects(incident.changes, "change");
  add_suspects(incident.ruled_out, "ruled_out");
  add_suspects(incident.roots, "suspect");
  if (incident.roots.empty() || incident.abstained) return status;
  auto top = view.events.find(incident.roots.front().event);
  if (top != view.events.end()) top->second.role = "root";
  return status;
}

core::Status read_resources(const graph::GraphReader& reader, IncidentView& view) {
  const model::Incident& incident = view.incident;
  core::Status status;
  add_resource(reader, incident.hurt, view, status);
  for (const auto& [key, event] : view.events) add_resource(reader, event.stored.resource, view, status);
  for (const core::ResourceId id : incident.blast_radius) add_resource(reader, id, view, status);
  for (const auto* suspects : {&incident.roots, &incident.changes, &incident.ruled_out}) {
    for (const model::Suspect& suspect : *suspects) add_resource(reader, suspect.resource, view, status);
  }
  return status;
}

struct Window {
  core::Time from{};
  core::Time to{};
};

Window window_of(const IncidentView& view) {
  Window window{view.incident.started, view.incident.last_activity};
  for (const auto& [key, event] : view.events) {
    window.from = std::min(window.from, key.time());
    window.to = std::max(window.to, key.time());
  }
  return window;
}

// The engine clock's moment from which on the present top root stayed the top root.
std::optional<core::Time> named_at(const model::Incident& incident) {
  if (incident.abstained || incident.roots.empty()) return std::nullopt;
  std::optional<core::Time> at;
  for (auto entry = incident.history.rbegin(); entry != incident.history.rend(); ++entry) {
    if (entry->root != incident.roots.front().event) break;
    at = entry->at;
  }
  return at;
}

struct WindowCounts {
  std::size_t seen = 0;
  core::Time stream_time_when_named{};
};

core::StatusOr<WindowCounts> count_window(const graph::GraphReader& reader, IncidentView& view) {
  const std::optional<core::Time> named = named_at(view.incident);
  const Window window = window_of(view);
  graph::EventFilter filter;
  filter.from = window.from;
  filter.to = window.to;
  WindowCounts counts;
  std::string position;
  do {
    KGRCA_ASSIGN_OR_RETURN(const auto page, reader.events(filter, window_page, position));
    for (const graph::StoredEvent& stored : page.items) {
      ++counts.seen;
      const EventView* known = view.event(stored.key);
      if (known == nullptr || !known->member) ++view.noise.left_out;
      if (named && stored.ingested <= *named) {
        counts.stream_time_when_named = std::max(counts.stream_time_when_named, stored.event.first);
      }
    }
    position = page.next;
    view.noise.more = !position.empty();
  } while (!position.empty() && counts.seen < window_events_max);
  return counts;
}

std::optional<core::Time> first_alert(const IncidentView& view) {
  std::optional<core::Time> first;
  for (const EventView* member : view.members()) {
    if (member->stored.event.source != model::EventSource::alert) continue;
    if (!first || member->stored.event.first < *first) first = member->stored.event.first;
  }
  return first;
}

core::Status count_figures(const graph::GraphReader& reader, IncidentView& view) {
  KGRCA_ASSIGN_OR_RETURN(const WindowCounts counts, count_window(reader, view));
  view.noise.records = view.noise.left_out + std::max<std::size_t>(view.incident.records, view.incident.members.size());
  const core::Time named = counts.stream_time_when_named;
  if (named == core::Time{}) return core::ok_status();
  if (view.incident.first_symptom != core::Time{}) {
    view.naming.after_first_symptom_seconds = std::max(0.0, core::to_seconds(named - view.incident.first_symptom));
  }
  if (const auto alert = first_alert(view)) view.naming.before_first_alert_seconds = core::to_seconds(*alert - named);
  return core::ok_status();
}

std::optional<Recommendation> recommend(const graph::GraphReader& reader, const IncidentView& view,
                                        const model::Taxonomy& taxonomy, const Advice& advice) {
  if (view.incident.roots.empty()) return std::nullopt;
  const model::Suspect& root = view.incident.roots.front();
  AdviceSubject subject;
  subject.resource = view.resource(root.resource);
  if (const EventView* event = view.event(root.event)) {
    subject.type = event->stored.event.type;
    if (const model::EventType* type = taxonomy.find(subject.type)) subject.group = type->group;
  }
  const core::Time at = root.event ? root.event.time() : view.incident.started;
  subject.owner = controller_of(reader, root.resource, {}, at);
  return advice.find(subject);
}

}  // namespace

const EventView* IncidentView::event(core::EventKey key) const {
  auto found = events.find(key);
  return found == events.end() ? nullptr : &found->second;
}

const model::ResourceRef& IncidentView::resource(core::ResourceId id) const {
  static const model::ResourceRef none;
  auto found = resources.find(id);
  return found == resources.end() ? none : found->second;
}

const model::Link* IncidentView::link(core::EventKey cause, core::EventKey effect) const {
  const EventView* found = event(effect);
  if (found == nullptr) return nullptr;
  for (const model::Link& candidate : found->stored.links) {
    if (candidate.cause == cause) return &candidate;
  }
  return nullptr;
}

std::vector<const EventView*> IncidentView::members() const {
  std::vector<const EventView*> out;
  for (const auto& [key, view] : events) {
    if (view.member) out.push_back(&view);
  }
  return out;
}

core::StatusOr<IncidentView> view_of(const graph::GraphReader& reader, model::Incident incident, const model::Taxonomy& taxonomy,
                                     const Advice& advice) {
  IncidentView view;
  view.incident = std::move(incident);
  KGRCA_RETURN_IF_ERROR(read_events(reader, taxonomy, view));
  KGRCA_RETURN_IF_ERROR(read_resources(reader, view));
  KGRCA_RETURN_IF_ERROR(count_figures(reader, view));
  view.spread = spread_of(reader, view);
  view.recommendation = recommend(reader, view, taxonomy, advice);
  return view;
}

}  // namespace kgrca::api
