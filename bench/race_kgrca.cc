// The store of this project, through the faces that the server uses: LiveGraph and RecordWriter write, GraphReader reads.
#include <algorithm>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "app/memory_shares.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/live.h"
#include "kgrca/graph/records.h"
#include "race_stores.h"
#include "region_home.h"

namespace kgrca::bench {
namespace {

constexpr std::size_t memory_limit = 1536ull << 20;
constexpr std::size_t edges_max = 100'000;
constexpr std::size_t page = 1000;

core::ResourceId resource(std::int64_t id) { return {static_cast<std::uint64_t>(id)}; }
std::int64_t number(core::ResourceId id) { return static_cast<std::int64_t>(id.value); }

core::EventKey key_of(const std::string& eid) {
  const auto key = core::parse_event_key(eid);
  if (!key) die(core::data_loss(core::cat("no event id: ", eid)));
  return *key;
}

class Kgrca final : public RaceStore {
 public:
  explicit Kgrca(std::string directory) : directory_(std::move(directory)) {
    open();
    tenant_ = must(tenancy_->create_tenant("race")).number;
  }

  void load_topology(const RaceData& data) override {
    graph::LiveLimits limits;
    limits.resources = 2 * data.resources.size() + 1000;
    limits.bytes = memory_limit;
    graph::LiveGraph graph(limits);
    absl::flat_hash_map<std::int64_t, model::ResourceRef> refs;
    for (const RaceResource& r : data.resources) {
      const model::ResourceRef ref{r.cluster, r.kind, r.ns, r.name, {}};
      refs.emplace(r.id, ref);
      graph.resolve(ref, core::Time{});
    }
    std::vector<model::EdgeUpdate> updates;
    for (const RaceEdge& t : data.edges) {
      model::EdgeUpdate update;
      update.relation = model::parse_relation(t.relation).value_or(model::Relation::uses);
      update.from = refs.at(t.from);
      update.to = refs.at(t.to);
      update.at = core::from_micros(t.since);
      updates.push_back(update);
      if (t.until == core::to_micros(core::Time::max())) continue;
      update.at = core::from_micros(t.until);
      update.deleted = true;
      updates.push_back(std::move(update));
    }
    std::stable_sort(updates.begin(), updates.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    for (std::size_t i = 0; i < updates.size(); ++i) {
      graph.apply(updates[i]);
      if ((i + 1) % page != 0 && i + 1 != updates.size()) continue;
      store::Batch batch = view().batch();
      graph.write(batch);
      must(view().commit_durably(std::move(batch)));
    }
  }

  // What was seen before is known in memory, as in the server, and only then asked for in the store.
  void upsert(const RaceEvent* first, std::size_t count) override {
    const graph::GraphReader reader(view().snapshot());
    absl::flat_hash_set<core::EventKey> in_batch;  // the last of equal ones is what is written
    for (const RaceEvent* e = first + count; e-- != first;) {
      graph::StoredEvent stored = stored_of(*e);
      if (!in_batch.insert(stored.key).second) continue;
      const bool is_new = known_.insert(stored.key).second;
      if (!is_new) {
        const auto before = reader.event(stored.key);
        if (before.ok()) stored.counted = before->counted;
      }
      if (!stored.links.empty()) stored.run = stored.key;
      writer_.put_event(stored, is_new);
      if (stored.run) writer_.put_links(stored.key, std::move(stored.links), is_new);
    }
    store::Batch batch = view().batch();
    must(writer_.write(batch, ++sequence_, view()));
    if (writer_.merge_due()) must(writer_.merge_listings(reader.snapshot(), batch));
    must(view().commit_durably(std::move(batch)));
  }

  // Opening anew writes what memory holds into tables.
  void finish_loading() override {
    store_->close();
    tenancy_.reset();
    store_.reset();
    open();
  }

  std::string neighbours(std::int64_t id) override {
    const graph::GraphReader reader(view().snapshot());
    const graph::EdgeList found = must(reader.edges(resource(id), graph::EdgeFilter{}, edges_max));
    std::vector<std::string> out;
    for (const graph::EdgeAt& edge : found.edges) {
      const bool away = edge.from == resource(id);
      out.push_back(core::cat(model::name_of(edge.relation), away ? ">" : "<", number(away ? edge.to : edge.from)));
    }
    return shown(std::move(out));
  }

  std::string two_hops(std::int64_t id) override {
    const graph::GraphReader reader(view().snapshot());
    graph::WalkLimits limits;
    limits.hops = 2;
    limits.nodes = edges_max;
    limits.edges = edges_max;
    const graph::Neighbourhood found = must(reader.neighbourhood(resource(id), graph::EdgeFilter{}, limits));
    std::vector<std::int64_t> out;
    for (const graph::Reached& node : found.nodes) {
      if (node.hops > 0) out.push_back(number(node.id));
    }
    return shown(std::move(out));
  }

  std::string path(std::int64_t from, std::int64_t to) override {
    const graph::GraphReader reader(view().snapshot());
    graph::EdgeFilter filter;
    for (const char* relation : path_relations) filter.relations.add(*model::parse_relation(relation));
    graph::PathLimits limits;
    limits.hops = static_cast<int>(path_hops_max);
    const graph::ShortestPath found = must(reader.shortest_path(resource(from), resource(to), filter, limits));
    return found.nodes.empty() ? "-" : std::to_string(found.edges.size());
  }

  // Effects of any severity have their links. A cause outside the hour shows its own when it is read.
  std::string roots(std::int64_t from, std::int64_t to) override {
    const graph::GraphReader reader(view().snapshot());
    graph::EventFilter filter;
    filter.from = core::from_micros(from);
    filter.to = core::from_micros(to);
    absl::flat_hash_map<core::EventKey, std::int64_t> effects;
    absl::flat_hash_set<core::EventKey> caused;
    std::string position;
    do {
      const auto found = must(reader.events(filter, page, position));
      for (const graph::StoredEvent& event : found.items) {
        if (!event.links.empty()) caused.insert(event.key);
        for (const model::Link& link : event.links) ++effects[link.cause];
      }
      position = found.next;
    } while (!position.empty());
    std::vector<RaceRoot> out;
    for (const auto& [cause, count] : effects) {
      if (caused.contains(cause)) continue;
      const bool within = cause.time() >= filter.from && cause.time() <= filter.to;
      if (!within && !must(reader.event(cause)).links.empty()) continue;
      out.push_back({core::to_string(cause), count});
    }
    std::sort(out.begin(), out.end(), [](const RaceRoot& a, const RaceRoot& b) {
      return a.effects != b.effects ? a.effects > b.effects : a.eid < b.eid;
    });
    if (out.size() > roots_max) out.resize(roots_max);
    return shown(out);
  }

  std::string counts() override {
    const graph::GraphReader reader(view().snapshot());
    return core::cat(*reader.count(graph::counts::events), " ", *reader.count(graph::counts::links));
  }

  std::uint64_t disk_bytes() override { return store_->disk_bytes(); }

 private:
  void open() {
    const app::MemoryShares memory = app::divide_memory(memory_limit);
    store::StoreOptions options;
    options.directory = directory_ + "/store";
    options.databases = 1;
    options.cache_bytes = memory.cache;
    options.memory_bytes = memory.store();
    store_ = must(store::Store::open(options, metrics_));
    tenancy_ = must(tenancy::Tenancy::open(*store_, clock_, directory_ + "/pepper"));
  }
  store::TenantView view() const { return must(tenancy_->view(tenant_, tenancy::SystemJob::eval)); }

  static graph::StoredEvent stored_of(const RaceEvent& e) {
    graph::StoredEvent stored;
    stored.key = key_of(e.eid);
    stored.resource = resource(e.resource);
    stored.event.source_id = e.source_id;
    stored.event.type = e.type;
    stored.event.reason = e.reason;
    stored.event.message = e.message;
    stored.event.severity = static_cast<model::Severity>(e.severity);
    stored.event.first = stored.event.last = stored.event.onset = core::from_micros(e.time);
    for (const auto& [cause, confidence] : e.causes) {
      model::Link link;
      link.cause = key_of(cause);
      link.effect = stored.key;
      link.confidence = static_cast<float>(confidence) / 65535.0F;
      stored.links.push_back(std::move(link));
    }
    return stored;
  }

  std::string directory_;
  core::Metrics metrics_;
  core::SystemClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tenancy::Tenancy> tenancy_;
  core::TenantNumber tenant_{};
  graph::RecordWriter writer_;
  absl::flat_hash_set<core::EventKey> known_;
  std::uint32_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<RaceStore> open_kgrca(const std::string& directory) { return std::make_unique<Kgrca>(directory); }

}  // namespace kgrca::bench
