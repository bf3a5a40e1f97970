#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "graph/resource_events.h"
#include "kgrca/core/hash.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr float reverse_confidence_min = 0.05F;
constexpr float reverse_further_min = 0.30F;  // of the second and third cause: what is shown
constexpr std::size_t reverse_links_max = 3;

// What a batch adds to the stored counts.
struct Counts {
  std::int64_t events = 0;
  std::int64_t late = 0;
  std::array<std::int64_t, 5> severities{};
  std::array<std::int64_t, 10> link_buckets{};
  core::StringMap<std::int64_t> types;
};

void count_event(const StoredEvent& stored, Counts& out) {
  ++out.events;
  ++out.severities[static_cast<std::size_t>(stored.event.severity)];
  ++out.types[stored.event.type];
  if (stored.late) ++out.late;
}

void count_links(const StoredEvent& stored, Counts& out) {
  for (const std::uint8_t bucket : link_buckets(stored.links)) ++out.link_buckets[bucket];
  for (const std::uint8_t bucket : stored.counted) --out.link_buckets[bucket];
}

// `own`: tells the types that are counted by name.
void write_counts(store::Batch& batch, const Counts& counts, const std::function<bool(std::string_view)>& own) {
  const auto add = [&](std::string_view name, std::int64_t amount) {
    if (amount != 0) batch.add(keys::count(name), amount);
  };
  add(counts::events, counts.events);
  add(counts::events_late, counts.late);
  for (std::size_t i = 0; i < counts.severities.size(); ++i)
    add(core::cat(counts::events_severity, model::name_of(static_cast<model::Severity>(i))), counts.severities[i]);
  std::int64_t other = 0;
  const std::map<std::string_view, std::int64_t> by_name(counts.types.begin(), counts.types.end());
  for (const auto& [type, amount] : by_name) {
    if (own(type)) add(core::cat(counts::events_type, type), amount);
    else other += amount;
  }
  add(counts::events_type_other, other);
  std::int64_t links = 0;
  for (std::size_t i = 0; i < counts.link_buckets.size(); ++i) {
    add(core::cat(counts::links_confidence, i), counts.link_buckets[i]);
    links += counts.link_buckets[i];
  }
  add(counts::links, links);
}

void put_reverse(store::Batch& batch, const StoredEvent& stored) {
  if (stored.event.severity < model::Severity::warning) return;
  std::size_t written = 0;
  for (const model::Link& link : stored.links) {
    if (written == reverse_links_max) return;
    if (!(link.confidence >= (written == 0 ? reverse_confidence_min : reverse_further_min))) continue;
    const auto share = static_cast<std::uint16_t>(std::min(link.confidence, 1.0F) * 65535.0F);
    const std::array<char, 2> value{static_cast<char>(share >> 8), static_cast<char>(share & 255)};
    batch.put(keys::effect_of(link.cause, stored.key), {value.data(), value.size()});
    ++written;
  }
}

void put_indexes(store::Batch& batch, const StoredEvent& stored) {
  if (stored.event.severity < model::Severity::warning) return;
  const std::string resource = encode_id(stored.resource.value);
  batch.put(keys::by_severity(static_cast<std::uint8_t>(stored.event.severity), stored.key), resource);
  batch.put(keys::by_reason(core::stable_hash64(stored.event.reason), stored.key), resource);
}

void put_incident_keys(store::Batch& batch, const model::Incident& incident, const std::vector<core::EventKey>& members) {
  const std::string id = encode_id(incident.id.value);
  batch.put(keys::incident(incident.id), encode_incident(incident));
  batch.put(keys::incident_listed(incident.opened, incident.id), {});
  for (const core::EventKey member : members) batch.put(keys::incident_of_event(member), id);
  for (const core::IncidentId alias : incident.aliases) {
    batch.put(keys::incident(alias), encode_incident_alias(incident.id));
    batch.erase(keys::incident_listed(incident.opened, alias));
  }
}

int bucket_of(float confidence) { return confidence > 0 ? std::min(9, static_cast<int>(confidence * 10)) : 0; }

}  // namespace

std::vector<std::uint8_t> link_buckets(const std::vector<model::Link>& links) {
  std::vector<std::uint8_t> out;
  out.reserve(links.size());
  for (const model::Link& link : links) out.push_back(static_cast<std::uint8_t>(bucket_of(link.confidence)));
  return out;
}

core::Status RecordWriter::load(const store::Snapshot& snapshot) {
  store::Scan scan = snapshot.scan(keys::counts(counts::events_type));
  for (; scan.valid(); scan.next()) counted_types_.emplace(keys::name_of_count(scan.key()).substr(counts::events_type.size()));
  return scan.status();
}

// The first types of a tenant are counted by name, later ones share "other".
bool RecordWriter::has_own_count(std::string_view type) {
  if (counted_types_.contains(type)) return true;
  if (counted_types_.size() >= counts::event_types_max) return false;
  counted_types_.emplace(type);
  return true;
}

void RecordWriter::put_event(StoredEvent event, bool is_new) {
  const auto [it, added] = index_.try_emplace(event.key, events_.size());
  if (added) {
    events_.push_back({std::move(event), is_new});
    return;
  }
  StoredEvent& known = events_[it->second].event;
  std::vector<std::uint8_t> counted = std::move(known.counted);
  known = std::move(event);
  known.counted = std::move(counted);  // nothing of this batch is in the store yet
}

void RecordWriter::put_incident(const model::Incident& incident, const std::vector<core::EventKey>& new_members) {
  for (PendingIncident& known : incidents_) {
    if (known.incident.id != incident.id) continue;
    known.incident = incident;
    known.new_members.insert(known.new_members.end(), new_members.begin(), new_members.end());
    return;
  }
  incidents_.push_back({incident, new_members});
}

void RecordWriter::write_by_resource(store::Batch& batch, std::uint32_t sequence) const {
  std::vector<std::pair<core::ResourceId, const StoredEvent*>> fresh;
  for (const Pending& pending : events_) {
    if (pending.is_new && pending.event.resource) fresh.emplace_back(pending.event.resource, &pending.event);
  }
  std::sort(fresh.begin(), fresh.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second->key) < std::pair(b.first, b.second->key);
  });
  std::vector<ResourceEvent> block;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const StoredEvent& stored = *fresh[i].second;
    block.push_back({stored.key, stored.event.severity, stored.event.type});
    const bool last = i + 1 == fresh.size() || fresh[i + 1].first != fresh[i].first ||
                      fresh[i + 1].second->key.time() - block.front().key.time() > block_span;
    if (!last) continue;
    batch.put(keys::resource_events(fresh[i].first, block.front().key, sequence), encode_block(block));
    block.clear();
  }
}

void RecordWriter::write(store::Batch& batch, std::uint32_t sequence) {
  std::vector<const Pending*> order;
  order.reserve(events_.size());
  for (const Pending& pending : events_) order.push_back(&pending);
  std::sort(order.begin(), order.end(), [](const Pending* a, const Pending* b) { return a->event.key < b->event.key; });
  Counts counts;
  for (const Pending* pending : order) {
    batch.put(keys::event(pending->event.key), encode_event(pending->event));
    put_reverse(batch, pending->event);
    count_links(pending->event, counts);
    if (!pending->is_new) continue;
    put_indexes(batch, pending->event);
    count_event(pending->event, counts);
  }
  write_by_resource(batch, sequence);
  for (const PendingIncident& pending : incidents_) put_incident_keys(batch, pending.incident, pending.new_members);
  write_counts(batch, counts, [this](std::string_view type) { return has_own_count(type); });
  events_.clear();
  index_.clear();
  incidents_.clear();
}

}  // namespace kgrca::graph
