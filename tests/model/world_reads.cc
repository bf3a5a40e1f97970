// The reads of a World, each beside what the plain twin says.
#include <algorithm>
#include <cmath>

#include "kgrca/graph/counts.h"
#include "kgrca/graph/verify.h"
#include "tests/model/world.h"

namespace kgrca::model_test {

using namespace std::chrono_literals;
using graph::GraphReader;
using graph::testing::start;

namespace {

constexpr std::size_t all = 100'000;

graph::EdgeFilter alive_at(core::Time at) {
  graph::EdgeFilter filter;
  filter.at = at;
  return filter;
}

std::string edge_text(const graph::EdgeAt& edge) {
  return core::cat(edge.from.value, " ", model::name_of(edge.relation), " ", edge.to.value, " [", graph::testing::text(edge.since), ", ",
                   graph::testing::text(edge.until), ")");
}

std::vector<std::string> edge_texts(const std::vector<graph::EdgeAt>& edges) {
  std::vector<std::string> out;
  for (const graph::EdgeAt& edge : edges) out.push_back(edge_text(edge));
  return out;
}

// When a state began and which record said so differ with what was trimmed; what it says does not.
std::string content(model::ResourceState state) {
  state.at = {};
  state.source_id.clear();
  state.ref.cluster.clear();
  for (model::Reference& reference : state.references) reference.target.cluster.clear();
  return graph::encode_state(state);
}

template <typename T, typename Fetch>
std::vector<std::string> pages(const Fetch& fetch, std::size_t page_size) {
  std::vector<std::string> out;
  std::string position;
  do {
    const core::StatusOr<graph::Page<T>> page = fetch(page_size, position);
    INFO(page.status().ToString());
    REQUIRE(page.ok());
    REQUIRE(page->items.size() <= page_size);
    for (const T& item : page->items) out.push_back(shown(item));
    position = page->next;
  } while (!position.empty());
  return out;
}

}  // namespace

core::ResourceId World::any_resource() {
  const std::vector<model::ResourceRef> known = plain_.resources();
  return known.empty() ? core::ResourceId{} : model::resource_id(known[static_cast<std::size_t>(random_.below(static_cast<int>(known.size())))]);
}

core::Time World::any_time() {
  const core::Time now = std::max(start, plain_.now());
  if (random_.chance(40)) return now - random_.seconds_below(1200);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - start).count();
  return start + std::chrono::seconds(random_.bits() % static_cast<std::uint64_t>(seconds + 60)) - core::Duration(random_.below(2));
}

std::size_t World::read_some() {
  if (plain_.resources().empty()) return 0;
  const std::size_t reads = static_cast<std::size_t>(random_.below(20));
  const GraphReader reader(view().snapshot());
  for (std::size_t i = 0; i < reads; ++i) read_one(reader);
  if (held_ && random_.chance(20)) {
    for (const auto& [ask, answer] : held_->answers) REQUIRE(ask(held_->reader) == answer);
    held_.reset();
  } else if (!held_ && random_.chance(10)) {
    hold();
  }
  return reads;
}

void World::hold() {
  held_ = std::make_unique<Held>(Held{GraphReader(view().snapshot()), {}});
  for (int i = 0; i < 5; ++i) {
    const core::ResourceId id = any_resource();
    const core::Time at = random_.chance(50) ? core::Time::max() : any_time();
    held_->answers.emplace_back([id, at](const GraphReader& reader) {
      std::string out;
      const auto found = reader.edges(id, alive_at(at), all);
      REQUIRE(found.ok());
      for (const std::string& line : edge_texts(found->edges)) core::append(out, line, "\n");
      return out;
    }, "");
  }
  held_->answers.emplace_back([](const GraphReader& reader) {
    std::string out;
    const auto counts = reader.counts("");
    REQUIRE(counts.ok());
    for (const auto& [name, value] : *counts) core::append(out, name, "=", value, " ");
    const auto newest = reader.events({}, 20, "");
    REQUIRE(newest.ok());
    for (const auto& stored : newest->items) core::append(out, shown(stored), "\n");
    return out;
  }, "");
  for (auto& [ask, answer] : held_->answers) answer = ask(held_->reader);
}

void World::read_one(const GraphReader& reader) {
  switch (random_.below(12)) {
    case 0: return compare_edges(reader, any_resource(), random_edges(core::Time::max()));
    case 1:
    case 2: return compare_edges(reader, any_resource(), random_edges(any_time()));
    case 10: return compare_walk(reader, any_resource(), random_edges(random_.chance(50) ? core::Time::max() : any_time()));
    case 11: return compare_path(reader, any_resource(), any_resource(), random_edges(random_.chance(50) ? core::Time::max() : any_time()));
    case 3:
    case 4: return compare_state(reader, any_resource(), any_time());
    case 5: return compare_present(reader, any_resource());
    case 6: return compare_live(any_resource());
    case 7: return random_.chance(70) ? compare_effects(reader, recent_event()) : compare_counts(reader);
    case 8: return compare_incidents(reader, {}, 1 + static_cast<std::size_t>(random_.below(10)));
    default: return compare_events(reader, random_filter(), 1 + static_cast<std::size_t>(random_.below(20)));
  }
}

graph::EdgeFilter World::random_edges(core::Time at) {
  graph::EdgeFilter filter = alive_at(at);
  filter.direction = static_cast<graph::Direction>(random_.below(3));
  if (random_.chance(40)) filter.relations = {model::Relation::runs_on, model::Relation::calls};
  if (random_.chance(20)) filter.relations = {model::Relation::selects};
  return filter;
}

std::vector<graph::EdgeAt> World::expected_edges(core::ResourceId id, const graph::EdgeFilter& filter) const {
  std::vector<graph::EdgeAt> out = plain_.edges(id, filter.at);
  std::erase_if(out, [&](const graph::EdgeAt& edge) {
    const bool other_way = filter.direction == (edge.from == id ? graph::Direction::in : graph::Direction::out);
    return other_way || !filter.relations.has(edge.relation);
  });
  return out;
}

void World::compare_edges(const GraphReader& reader, core::ResourceId id, const graph::EdgeFilter& filter) {
  const auto found = reader.edges(id, filter, all);
  std::string told = plain_.told_of(id);
  for (const graph::EdgeAt& edge : expected_edges(id, filter)) core::append(told, "\n", plain_.told_of(edge.from == id ? edge.to : edge.from));
  INFO(told);
  INFO("edges of " << id.value << " at " << graph::testing::text(filter.at) << " " << found.status().ToString());
  REQUIRE(found.ok());
  REQUIRE_FALSE(found->truncated);
  REQUIRE(edge_texts(found->edges) == edge_texts(expected_edges(id, filter)));
}

std::map<core::ResourceId, int> World::hops_from(core::ResourceId first, const graph::EdgeFilter& filter, int hops_max) const {
  std::map<core::ResourceId, int> hops{{first, 0}};
  std::vector<core::ResourceId> row{first};
  for (int hop = 1; hop <= hops_max && !row.empty(); ++hop) {
    std::vector<core::ResourceId> next;
    for (const core::ResourceId id : row) {
      for (const graph::EdgeAt& edge : expected_edges(id, filter)) {
        const core::ResourceId other = edge.from == id ? edge.to : edge.from;
        if (hops.emplace(other, hop).second) next.push_back(other);
      }
    }
    row = std::move(next);
  }
  return hops;
}

void World::compare_walk(const GraphReader& reader, core::ResourceId first, const graph::EdgeFilter& filter) {
  graph::WalkLimits limits;
  limits.hops = random_.below(4);
  const auto found = reader.neighbourhood(first, filter, limits);
  INFO("walk from " << first.value << " at " << graph::testing::text(filter.at) << " " << found.status().ToString());
  REQUIRE(found.ok());
  REQUIRE_FALSE(found->truncated);
  const std::map<core::ResourceId, int> expected = hops_from(first, filter, limits.hops);
  std::map<core::ResourceId, int> reached;
  for (const graph::Reached& node : found->nodes) REQUIRE(reached.emplace(node.id, node.hops).second);
  REQUIRE(reached == expected);
  std::vector<std::string> walked = edge_texts(found->edges);
  std::set<std::string> wanted;
  for (const auto& [id, hops] : expected) {
    if (hops == limits.hops) continue;
    for (const std::string& edge : edge_texts(expected_edges(id, filter))) wanted.insert(edge);
  }
  std::sort(walked.begin(), walked.end());
  REQUIRE(walked == std::vector<std::string>(wanted.begin(), wanted.end()));
}

void World::compare_path(const GraphReader& reader, core::ResourceId from, core::ResourceId to, const graph::EdgeFilter& filter) {
  const auto found = reader.shortest_path(from, to, filter, {});
  INFO("path from " << from.value << " to " << to.value << " at " << graph::testing::text(filter.at) << " " << found.status().ToString());
  REQUIRE(found.ok());
  REQUIRE_FALSE(found->truncated);
  const std::map<core::ResourceId, int> hops = hops_from(from, filter, graph::walk_hops_max);
  const auto end = hops.find(to);
  REQUIRE(found->nodes.size() == (end == hops.end() ? 0 : static_cast<std::size_t>(end->second) + 1));
  for (std::size_t i = 0; i < found->edges.size(); ++i) {
    const std::vector<std::string> there = edge_texts(expected_edges(found->nodes[i], filter));
    REQUIRE(std::find(there.begin(), there.end(), edge_text(found->edges[i])) != there.end());
    REQUIRE((found->edges[i].from == found->nodes[i + 1] || found->edges[i].to == found->nodes[i + 1]));
  }
}

void World::compare_state(const GraphReader& reader, core::ResourceId id, core::Time at) {
  const auto found = reader.resource_at(id, at);
  const auto expected = plain_.state_at(id, at);
  INFO(plain_.told_of(id));
  INFO("state of " << id.value << " at " << graph::testing::text(at) << " " << (found.ok() ? found->state.source_id : found.status().ToString()));
  if (!expected) {
    const bool nothing = absl::IsNotFound(found.status()) || (found.ok() && !found->stated && found->state.fields.empty());
    REQUIRE(nothing);
    return;
  }
  REQUIRE(found.ok());
  REQUIRE(found->deleted == expected->deleted);
  REQUIRE(found->stated == !expected->partial);
  REQUIRE(found->state.at <= at);
  model::ResourceState same = found->state;
  same.ref.uid = expected->ref.uid;  // where a state names none, the resource's own is shown
  if (!expected->ref.uid.empty()) REQUIRE(found->state.ref.uid == expected->ref.uid);
  REQUIRE(content(same) == content(*expected));
}

void World::compare_present(const GraphReader& reader, core::ResourceId id) {
  const auto found = reader.resource(id);
  INFO("resource " << id.value << " " << found.status().ToString());
  REQUIRE(found.ok());
  REQUIRE(found->id == id);
  const auto expected = plain_.state_at(id, core::Time::max());
  REQUIRE(found->deleted == (expected && expected->deleted));
  REQUIRE(found->stated == (expected && !expected->partial));
}

void World::compare_live(core::ResourceId id) {
  std::vector<std::string> found;
  for (const graph::Neighbour& n : live_->neighbours(id)) {
    if (n.to != graph::forever) continue;
    const core::ResourceId from = n.incoming ? n.other : id;
    const core::ResourceId to = n.incoming ? id : n.other;
    found.push_back(edge_text(graph::EdgeAt{from, to, n.relation, n.evidence, n.from, core::Time::max()}));
  }
  std::vector<std::string> expected = edge_texts(plain_.edges(id, core::Time::max()));
  std::string told = plain_.told_of(id);
  for (const graph::EdgeAt& edge : plain_.edges(id, core::Time::max())) core::append(told, "\n", plain_.told_of(edge.from == id ? edge.to : edge.from));
  INFO(told);
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  REQUIRE(found == expected);
}

void World::compare_counts(const GraphReader& reader) {
  std::map<std::string, std::int64_t> expected = plain_.counts();
  records_.count(expected);
  for (const auto& [id, incident] : records_.incidents()) {
    ++expected[std::string(graph::counts::incidents)];
    ++expected[core::cat(graph::counts::incidents_status, model::name_of(incident.status))];
    ++expected[core::cat(graph::counts::incidents_severity, model::name_of(incident.severity))];
  }
  std::vector<std::string> found;
  std::vector<std::string> wanted;
  const auto counts = reader.counts("");
  REQUIRE(counts.ok());
  for (const auto& [name, value] : *counts) {
    if (name.starts_with("bytes.")) continue;  // of the stored records: verify counts those again
    if (value != 0) found.push_back(core::cat(name, "=", value));
  }
  for (const auto& [name, value] : expected) wanted.push_back(core::cat(name, "=", value));
  std::sort(found.begin(), found.end());
  std::sort(wanted.begin(), wanted.end());
  std::vector<std::string> differ;
  std::set_symmetric_difference(found.begin(), found.end(), wanted.begin(), wanted.end(), std::back_inserter(differ));
  REQUIRE(differ == std::vector<std::string>{});
  REQUIRE(*reader.count(graph::counts::incidents) == static_cast<std::int64_t>(records_.incidents().size()));
  REQUIRE(live_->open_edge_count() == static_cast<std::size_t>(expected["edges"]));
}

graph::EventFilter World::random_filter() {
  graph::EventFilter filter;
  if (random_.chance(40)) filter.resource = any_resource();
  if (random_.chance(50)) filter.min_severity = static_cast<model::Severity>(random_.below(5));
  if (random_.chance(40)) filter.reason = random_.chance(50) ? "OOMKilled" : "BackOff";
  if (random_.chance(20)) filter.type = "OOMKilled";
  filter.from = plain_.now() - random_.seconds_below(random_.chance(90) ? 7200 : 200'000);
  if (random_.chance(30)) filter.to = any_time();
  return filter;
}

void World::compare_events(const GraphReader& reader, const graph::EventFilter& filter, std::size_t page) {
  INFO("events of " << (filter.resource ? filter.resource->value : 0) << " reason " << filter.reason << " type " << filter.type << " severity "
                    << (filter.min_severity ? static_cast<int>(*filter.min_severity) : -1) << " from " << graph::testing::text(filter.from)
                    << " to " << graph::testing::text(filter.to));
  const auto fetch = [&](std::size_t limit, const std::string& position) { return reader.events(filter, limit, position); };
  REQUIRE(pages<graph::StoredEvent>(fetch, page) == records_.events(filter, settled_until()));
}

void World::compare_effects(const GraphReader& reader, core::EventKey cause) {
  const auto found = reader.effects_of(cause, all);
  REQUIRE(found.ok());
  std::vector<std::string> texts;
  for (const model::Link& link : *found) {
    texts.push_back(core::cat(core::to_string(link.cause), "->", core::to_string(link.effect), " ", std::lround(link.confidence * 100)));
  }
  REQUIRE(texts == records_.effects_of(cause));
}

void World::compare_incidents(const GraphReader& reader, const graph::IncidentFilter& filter, std::size_t page) {
  const auto fetch = [&](std::size_t limit, const std::string& position) { return reader.incidents(filter, limit, position); };
  std::vector<std::string> found = pages<model::Incident>(fetch, page);
  std::vector<std::string> expected = records_.incidents(filter);
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  REQUIRE(found == expected);
  const core::EventKey event = recent_event();
  if (!event) return;
  REQUIRE(*reader.incident_of(event) == records_.incident_of(event));
  if (const auto id = records_.incident_of(event)) REQUIRE(shown(*reader.incident(*id)) == shown(records_.incidents().at(*id)));
}

// A former name leads to the resource, and to its edges of any time.
void World::compare_former(const GraphReader& reader) {
  if (!doubtful_) return;
  for (const auto& [former, present] : doubtful_->merged()) {
    REQUIRE(reader.resource(former)->id == present);
    const graph::EdgeFilter then = alive_at(any_time());
    const auto found = reader.edges(former, then, all);
    REQUIRE(found.ok());
    REQUIRE(edge_texts(found->edges) == edge_texts(expected_edges(present, then)));
  }
}

void World::compare_all() {
  const GraphReader reader(view().snapshot());
  compare_counts(reader);
  compare_former(reader);
  graph::VerifyReport report;
  graph::verify(reader.snapshot(), {}, report);
  for (const graph::Finding& finding : report.listed) UNSCOPED_INFO(finding.kind << " " << finding.key << ": " << finding.what);
  REQUIRE(report.clean());
  for (const model::ResourceRef& ref : plain_.resources()) {
    const core::ResourceId id = model::resource_id(ref);
    compare_present(reader, id);
    compare_live(id);
    compare_edges(reader, id, {});
    for (int i = 0; i < 30; ++i) {
      compare_edges(reader, id, alive_at(any_time()));
      compare_state(reader, id, any_time());
    }
    graph::EventFilter of;
    of.resource = id;
    compare_events(reader, of, 100);
  }
  for (const auto severity : {model::Severity::debug, model::Severity::warning, model::Severity::fatal}) {
    graph::EventFilter filter;
    filter.min_severity = severity;
    compare_events(reader, filter, 100);
  }
  compare_incidents(reader, {}, 50);
  for (const auto status : {model::IncidentStatus::open, model::IncidentStatus::resolved}) {
    graph::IncidentFilter filter;
    filter.status = status;
    compare_incidents(reader, filter, 50);
  }
}

}  // namespace kgrca::model_test
