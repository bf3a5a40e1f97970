#include "tests/model/plain_records.h"

#include <algorithm>
#include <cmath>

#include "kgrca/core/strings.h"

namespace kgrca::model_test {
namespace {

std::string shown_link(const model::Link& link) {
  return core::cat(core::to_string(link.cause), "->", core::to_string(link.effect), " ", std::lround(link.confidence * 100));
}

int decile(float confidence) { return std::min(9, static_cast<int>(confidence * 10)); }

}  // namespace

std::string shown(const graph::StoredEvent& stored, core::Time settled_until) {
  graph::StoredEvent copy = stored;
  for (model::Link& link : copy.links) link.provisional = stored.key.time() >= settled_until;
  return shown(copy);
}

std::string shown(const graph::StoredEvent& stored) {
  const model::Event& event = stored.event;
  std::string out = core::cat(core::to_string(stored.key), " ", event.source_id, " of ", stored.resource.value, stored.late ? " late " : " ",
                              event.type, "/", event.reason, " ", model::name_of(event.severity), " x", event.count, " ", event.message,
                              " until ", core::to_micros(event.last));
  for (const core::ResourceId id : stored.related) core::append(out, " with ", id.value);
  for (const model::Link& link : stored.links) core::append(out, link.provisional ? " perhaps " : " by ", shown_link(link));
  return out;
}

std::string shown(const model::Incident& incident) {
  std::string out = core::cat(core::to_string(incident.id), " ", model::name_of(incident.status), " opened ", core::to_micros(incident.opened),
                              " ", incident.title);
  for (const auto& member : incident.members) core::append(out, " ", core::to_string(member.event));
  for (const core::IncidentId alias : incident.aliases) core::append(out, " was ", core::to_string(alias));
  return out;
}

void PlainRecords::put(const graph::StoredEvent& event) {
  graph::StoredEvent& stored = events_[event.key] = event;
  if (event.run != event.key) return stored.links.clear();
  int listed = 0;
  for (const model::Link& link : event.links) {
    if (listed == 3) break;
    if (link.confidence < (listed == 0 ? 0.05F : 0.30F)) continue;
    effects_[link.cause].insert(event.key);
    ++listed;
  }
}

core::EventKey PlainRecords::run_of(core::EventKey event) const {
  const auto found = events_.find(event);
  if (found == events_.end() || !found->second.run) return {};
  return found->second.run == event ? event : run_of(found->second.run);
}

std::vector<model::Link> PlainRecords::links_of(core::EventKey event) const {
  const core::EventKey run = run_of(event);
  if (!run) return {};
  std::vector<model::Link> links = events_.at(run).links;
  for (model::Link& link : links) link.effect = event;
  return links;
}

std::vector<std::string> PlainRecords::events(const graph::EventFilter& filter, core::Time settled_until) const {
  std::vector<std::string> out;
  for (auto it = events_.rbegin(); it != events_.rend(); ++it) {
    const graph::StoredEvent& stored = it->second;
    if (it->first.time() < filter.from || it->first.time() > filter.to) continue;
    if (filter.resource && stored.resource != *filter.resource) continue;
    if (filter.min_severity && stored.event.severity < *filter.min_severity) continue;
    if (!filter.reason.empty() && stored.event.reason != filter.reason) continue;
    if (!filter.type.empty() && stored.event.type != filter.type) continue;
    graph::StoredEvent read = stored;
    read.links = links_of(stored.key);
    out.push_back(shown(read, settled_until));
  }
  return out;
}

std::vector<std::string> PlainRecords::effects_of(core::EventKey cause) const {
  std::vector<const model::Link*> links;
  if (const auto known = effects_.find(cause); known != effects_.end()) {
    for (const core::EventKey effect : known->second) {
      for (const model::Link& link : events_.at(effect).links) {
        if (link.cause == cause) links.push_back(&link);
      }
    }
  }
  std::stable_sort(links.begin(), links.end(), [](const model::Link* a, const model::Link* b) {
    return std::lround(a->confidence * 100) > std::lround(b->confidence * 100);
  });
  std::vector<std::string> out;
  for (const model::Link* link : links) out.push_back(shown_link(*link));
  return out;
}

void PlainRecords::put(const model::Incident& incident, const std::vector<core::EventKey>& new_members) {
  incidents_[incident.id] = incident;
  for (const core::EventKey member : new_members) incident_of_[member] = incident.id;
  for (const core::IncidentId alias : incident.aliases) {
    incidents_.erase(alias);
    former_[alias] = incident.id;
  }
}

core::IncidentId PlainRecords::present(core::IncidentId id) const {
  for (auto it = former_.find(id); it != former_.end(); it = former_.find(id)) id = it->second;
  return id;
}

std::vector<std::string> PlainRecords::incidents(const graph::IncidentFilter& filter) const {
  std::vector<const model::Incident*> found;
  for (const auto& [id, incident] : incidents_) {
    if (filter.status && incident.status != *filter.status) continue;
    if (incident.opened >= filter.from && incident.opened <= filter.to) found.push_back(&incident);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->opened > b->opened; });
  std::vector<std::string> out;
  for (const model::Incident* incident : found) out.push_back(shown(*incident));
  return out;
}

std::optional<core::IncidentId> PlainRecords::incident_of(core::EventKey event) const {
  const auto it = incident_of_.find(event);
  return it == incident_of_.end() ? std::nullopt : std::optional(present(it->second));
}

void PlainRecords::count(std::map<std::string, std::int64_t>& out) const {
  for (const auto& [key, stored] : events_) {
    ++out["events"];
    ++out[core::cat("events.severity.", model::name_of(stored.event.severity))];
    ++out[core::cat("events.type.", stored.event.type)];
    if (stored.late) ++out["events.late"];
    for (const model::Link& link : stored.links) {
      ++out["links"];
      ++out[core::cat("links.c", decile(link.confidence))];
    }
  }
}

}  // namespace kgrca::model_test
