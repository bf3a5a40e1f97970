// Causes and effects over several links: level by level, so that a surer but longer way never hides what a shorter one reaches.
#include <algorithm>
#include <map>

#include "graph/postings.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {
namespace {

constexpr std::size_t reads_max = 5000;

enum class Way { to_causes, to_effects };

// How an event was reached.
struct Arrival {
  double confidence = 1;
  int links = 0;
  int hops = 0;
  model::Link link;
};

class Tracer {
 public:
  Tracer(const GraphReader& reader, Way way, const TraceLimits& limits) : reader_(reader), way_(way), limits_(limits) {}

  core::StatusOr<Trace> from(const StoredEvent& start) {
    read_.emplace(start.key, start);
    arrivals_.emplace(start.key, Arrival{});
    std::vector<core::EventKey> frontier{start.key};
    for (int level = 0; level < limits_.links && !frontier.empty(); ++level) {
      std::map<core::EventKey, Arrival> reached;
      for (const core::EventKey key : frontier) {
        KGRCA_ASSIGN_OR_RETURN(const std::vector<model::Link> links, links_of(key));
        for (const model::Link& link : links) follow(arrivals_.at(key), link, reached);
      }
      KGRCA_ASSIGN_OR_RETURN(frontier, enter(reached));
    }
    return answer(start.key);
  }

 private:
  core::EventKey far_end(const model::Link& link) const { return way_ == Way::to_causes ? link.cause : link.effect; }

  void follow(const Arrival& at, const model::Link& link, std::map<core::EventKey, Arrival>& reached) const {
    const core::EventKey target = far_end(link);
    const Arrival next{at.confidence * static_cast<double>(link.confidence), at.links + 1, at.hops + link.hops, link};
    if (!(next.confidence >= limits_.min_confidence) || link.hops > limits_.link_hops || target.time() < limits_.earliest) return;
    if (const auto known = arrivals_.find(target); known != arrivals_.end() && known->second.confidence >= next.confidence) return;
    const auto [it, fresh] = reached.try_emplace(target, next);
    if (!fresh && it->second.confidence < next.confidence) it->second = next;
  }

  // Takes the surest arrivals of a level as long as there is room; gives those to go on from.
  core::StatusOr<std::vector<core::EventKey>> enter(const std::map<core::EventKey, Arrival>& reached) {
    std::vector<const std::pair<const core::EventKey, Arrival>*> order;
    for (const auto& entry : reached) order.push_back(&entry);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->second.confidence > b->second.confidence; });
    std::vector<core::EventKey> out;
    for (const auto* entry : order) {
      const bool known = arrivals_.contains(entry->first);
      if (!known && arrivals_.size() > limits_.events) {
        truncated_ = true;
        continue;
      }
      KGRCA_ASSIGN_OR_RETURN(const StoredEvent* stored, read(entry->first));
      if (stored == nullptr) continue;
      arrivals_.insert_or_assign(entry->first, entry->second);
      out.push_back(entry->first);
    }
    return out;
  }

  // Null: expired, or no more reads left.
  core::StatusOr<const StoredEvent*> read(core::EventKey key) {
    if (const auto known = read_.find(key); known != read_.end()) return &known->second;
    if (reads_ == reads_max) {
      truncated_ = true;
      return nullptr;
    }
    ++reads_;
    core::StatusOr<StoredEvent> stored = reader_.event(key);
    if (absl::IsNotFound(stored.status())) return nullptr;
    if (!stored.ok()) return stored.status();
    return &read_.emplace(key, *std::move(stored)).first->second;
  }

  core::StatusOr<std::vector<model::Link>> links_of(core::EventKey key) {
    if (way_ == Way::to_causes) return read_.at(key).links;
    std::vector<model::Link> out;
    KGRCA_ASSIGN_OR_RETURN(const auto stream, posting_stream(reader_.snapshot(), {{Term::cause, key.hash}}, after_all_events));
    std::optional<core::EventKey> next = stream->next();
    for (; next && reads_ < reads_max; next = stream->next()) {
      // The posting stays when a link goes and when the run becomes part of another; what is stored of it decides.
      KGRCA_ASSIGN_OR_RETURN(const StoredEvent* effect, read(*next));
      if (effect == nullptr || effect->run != effect->key) continue;
      for (const model::Link& link : effect->links) {
        if (link.cause == key) out.push_back(link);
      }
    }
    truncated_ |= next.has_value();
    KGRCA_RETURN_IF_ERROR(stream->status());
    return out;
  }

  Trace answer(core::EventKey start) {
    Trace out;
    out.truncated = truncated_;
    for (auto& [key, arrival] : arrivals_) {
      if (key == start) continue;
      out.events.push_back({std::move(read_.at(key)), arrival.confidence, arrival.links, arrival.hops, std::move(arrival.link)});
    }
    std::stable_sort(out.events.begin(), out.events.end(), [](const Traced& a, const Traced& b) { return a.confidence > b.confidence; });
    return out;
  }

  const GraphReader& reader_;
  const Way way_;
  const TraceLimits limits_;
  std::map<core::EventKey, Arrival> arrivals_;  // the start too
  std::map<core::EventKey, StoredEvent> read_;
  std::size_t reads_ = 0;
  bool truncated_ = false;
};

core::Status check(const TraceLimits& limits) {
  if (limits.links >= 1 && limits.links <= trace_links_max) return core::ok_status();
  return core::invalid_argument(core::cat("causes and effects are followed over 1 to ", trace_links_max, " links, not ", limits.links));
}

}  // namespace

core::StatusOr<Trace> GraphReader::causes(const StoredEvent& of, const TraceLimits& limits) const {
  KGRCA_RETURN_IF_ERROR(check(limits));
  return Tracer(*this, Way::to_causes, limits).from(of);
}

core::StatusOr<Trace> GraphReader::effects(const StoredEvent& of, const TraceLimits& limits) const {
  KGRCA_RETURN_IF_ERROR(check(limits));
  return Tracer(*this, Way::to_effects, limits).from(of);
}

std::vector<ResourceHit> resources_hit(const Trace& trace) {
  std::map<core::ResourceId, ResourceHit> hits;
  for (const Traced& traced : trace.events) {
    const core::ResourceId id = traced.event.resource;
    const core::Time when = traced.event.event.first;
    ResourceHit& hit = hits.try_emplace(id, ResourceHit{id, 0, traced.confidence, traced.links, when}).first->second;
    ++hit.events;
    hit.first = std::min(hit.first, when);
  }
  std::vector<ResourceHit> out;
  for (const auto& entry : hits) out.push_back(entry.second);
  std::stable_sort(out.begin(), out.end(), [](const ResourceHit& a, const ResourceHit& b) { return a.confidence > b.confidence; });
  return out;
}

}  // namespace kgrca::graph
