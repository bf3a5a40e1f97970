#include "kgrca/graph/counts.h"
#include "kgrca/store/keys.h"
#include "tests/support/put_linked.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;

namespace {

StoredEvent event(const std::string& id, const model::ResourceRef& subject, core::Time when, model::Severity severity,
                  const std::string& reason = "Reason") {
  StoredEvent stored;
  stored.event.source_id = id;
  stored.event.subject = subject;
  stored.event.type = stored.event.reason = reason;
  stored.event.severity = severity;
  stored.event.first = stored.event.last = stored.event.onset = when;
  stored.key = model::event_key(stored.event);
  stored.resource = model::resource_id(subject);
  return stored;
}

model::Link link(const StoredEvent& cause, const StoredEvent& effect, float confidence) {
  model::Link out;
  out.cause = cause.key;
  out.effect = effect.key;
  out.confidence = confidence;
  return out;
}

struct Disk {
  store::testing::TempStore store;
  RecordWriter writer;
  std::uint32_t sequence = 0;
  store::TenantView view() { return store.view(1); }
  GraphReader reader() { return GraphReader(view().snapshot()); }
  std::size_t write() {
    store::Batch batch = view().batch();
    REQUIRE(writer.write(batch, ++sequence, view()).ok());
    const std::size_t keys = batch.keys();
    REQUIRE(view().commit_durably(std::move(batch)).ok());
    return keys;
  }
};

std::vector<std::string> names(const Page<StoredEvent>& page) {
  std::vector<std::string> out;
  for (const StoredEvent& stored : page.items) out.push_back(stored.event.source_id);
  return out;
}

// All pages of two.
std::vector<std::string> all(const GraphReader& reader, const EventFilter& filter) {
  std::vector<std::string> out;
  std::string position;
  do {
    const auto page = reader.events(filter, 2, position);
    INFO(page.status().ToString());
    REQUIRE(page.ok());
    REQUIRE(page->items.size() <= 2);
    for (const std::string& name : names(*page)) out.push_back(name);
    position = page->next;
  } while (!position.empty());
  return out;
}

using Names = std::vector<std::string>;
constexpr auto info = model::Severity::info;
constexpr auto warning = model::Severity::warning;
constexpr auto error = model::Severity::error;

}  // namespace

TEST_CASE("records: INFO events of one resource cost one key each and one for the batch") {
  Disk disk;
  for (int i = 0; i < 10; ++i) disk.writer.put_event(event(core::cat("e", i), pod("a"), at(std::chrono::seconds(i)), info), true);
  const std::size_t counters = 4;  // events, severity, type, bytes
  REQUIRE(disk.write() == 11 + counters);
}

TEST_CASE("records: an event that is written again is counted and found as what it is then") {
  Disk disk;
  StoredEvent stored = event("e", pod("a"), start, info);
  disk.writer.put_event(stored, true);
  disk.write();
  stored = *disk.reader().event(stored.key);
  stored.event.count = 7;
  stored.event.severity = error;
  stored.event.type = "Worse";
  stored.late = true;
  disk.writer.put_event(stored, false);
  disk.write();
  const GraphReader reader = disk.reader();
  CHECK(reader.event(stored.key)->event.count == 7);
  CHECK(*reader.count(counts::events) == 1);
  CHECK(*reader.count(counts::events_late) == 1);
  CHECK(*reader.count("events.severity.INFO") == 0);
  CHECK(*reader.count("events.severity.ERROR") == 1);
  CHECK(*reader.count("events.type.Worse") == 1);
  EventFilter errors;
  errors.min_severity = error;
  CHECK(all(reader, errors) == std::vector<std::string>{"e"});
  errors.reason = stored.event.reason;
  CHECK(all(reader, errors) == std::vector<std::string>{"e"});
  CHECK(absl::IsNotFound(reader.event({1, 1}).status()));
}

TEST_CASE("records: what a put says of an event's counting is what the stored event says of it") {
  Disk disk;
  StoredEvent stored = event("e", pod("b"), start, warning);
  stored.late = true;
  const Counted said = disk.writer.put_event(stored, true);
  disk.write();
  CHECK(said == disk.reader().event(stored.key)->counted);
}

TEST_CASE("records: a batch with an event in it twice is refused before anything of it is put") {
  Disk disk;
  const StoredEvent twice = event("e", pod("a"), start, error);
  disk.writer.put_event(twice, true);
  disk.writer.put_event(event("other", pod("a"), start, error), true);
  disk.writer.put_event(twice, false);
  store::Batch batch = disk.view().batch();
  CHECK(absl::IsInternal(disk.writer.write(batch, 1, disk.view())));
  CHECK(batch.keys() == 0);
}

TEST_CASE("records: a tenant's first thousand event types are counted by name, whatever other tenants send") {
  store::testing::TempStore disk;
  const auto put_types = [&](RecordWriter& writer, std::uint32_t tenant, const std::string& prefix, int many) {
    store::Batch batch = disk.view(tenant).batch();
    for (int i = 0; i < many; ++i) {
      StoredEvent stored;
      stored.event.source_id = core::cat(prefix, i);
      stored.event.type = core::cat(prefix, i);
      stored.event.first = stored.event.last = at(std::chrono::seconds(i));
      stored.key = model::event_key(stored.event);
      writer.put_event(stored, true);
    }
    REQUIRE(writer.write(batch, 1, disk.view(tenant)).ok());
    REQUIRE(disk.view(tenant).commit_durably(std::move(batch)).ok());
  };
  RecordWriter one;
  put_types(one, 1, "a", 1200);
  RecordWriter two;
  put_types(two, 2, "b", 10);
  const GraphReader first(disk.view(1).snapshot());
  CHECK(first.counts("events.type.")->size() == counts::event_types_max + 1);
  CHECK(*first.count("events.type.other") == 200);
  CHECK(*GraphReader(disk.view(2).snapshot()).count("events.type.b7") == 1);
  RecordWriter again;
  REQUIRE(again.load(disk.view(1).snapshot()).ok());
  put_types(again, 1, "c", 5);
  CHECK(*GraphReader(disk.view(1).snapshot()).count("events.type.other") == 205);
}

TEST_CASE("records: events are listed newest first through every index, page by page") {
  Disk disk;
  disk.writer.put_event(event("a1", pod("a"), at(1s), info), true);
  disk.writer.put_event(event("a3", pod("a"), at(3s), error, "OOMKilled"), true);
  disk.writer.put_event(event("b2", pod("b"), at(2s), warning), true);
  disk.write();
  disk.writer.put_event(event("a0", pod("a"), at(0s), warning), true);
  disk.writer.put_event(event("a4", pod("a"), at(4s), info), true);
  disk.writer.put_event(event("b5", pod("b"), at(5s), error, "OOMKilled"), true);
  disk.write();
  const GraphReader reader = disk.reader();
  REQUIRE(all(reader, {}) == Names{"b5", "a4", "a3", "b2", "a1", "a0"});
  EventFilter filter;
  filter.resource = model::resource_id(pod("a"));
  REQUIRE(all(reader, filter) == Names{"a4", "a3", "a1", "a0"});
  filter.min_severity = warning;
  REQUIRE(all(reader, filter) == Names{"a3", "a0"});
  filter.resource.reset();
  REQUIRE(all(reader, filter) == Names{"b5", "a3", "b2", "a0"});
  filter.reason = "OOMKilled";
  REQUIRE(all(reader, filter) == Names{"b5", "a3"});
  filter.min_severity.reset();
  REQUIRE(all(reader, filter) == Names{"b5", "a3"});
  filter = {};
  filter.from = at(2s);
  filter.to = at(4s);
  REQUIRE(all(reader, filter) == Names{"a4", "a3", "b2"});
  filter.type = "Reason";
  REQUIRE(all(reader, filter) == Names{"a4", "b2"});
  REQUIRE(absl::IsInvalidArgument(reader.events({}, 2, "not a position").status()));
  REQUIRE(absl::IsInvalidArgument(reader.events({}, 2, "abcd").status()));
}

TEST_CASE("records: a resource's events are in order though batches overlap and hold old ones") {
  Disk disk;
  Names expected;
  for (int batch = 0; batch < 6; ++batch) {
    for (int i = 0; i < 8; ++i) {
      const auto when = std::chrono::minutes((i * 17 + batch * 5) % 71) + std::chrono::seconds(batch * 8 + i);
      disk.writer.put_event(event(core::format_rfc3339(at(when)), pod("a"), at(when), info), true);
      expected.push_back(core::format_rfc3339(at(when)));
    }
    disk.write();
  }
  std::sort(expected.rbegin(), expected.rend());
  EventFilter filter;
  filter.resource = model::resource_id(pod("a"));
  REQUIRE(all(disk.reader(), filter) == expected);
}

TEST_CASE("records: a link is provisional until tenant time has passed its effect by the lateness bound") {
  Disk disk;
  LiveGraph graph;
  const StoredEvent cause = event("cause", pod("a"), at(0s), warning);
  StoredEvent effect = event("effect", pod("b"), at(9s), error);
  effect.links = {link(cause, effect, 0.86F)};
  for (const StoredEvent& stored : {cause, effect}) put_linked(disk.writer, stored, true);
  disk.write();
  const auto provisional = [&] {
    const bool seen = disk.reader().event(effect.key)->links.at(0).provisional;
    REQUIRE(disk.reader().effects_of(cause.key, 10)->at(0).provisional == seen);
    return seen;
  };
  REQUIRE(provisional());
  graph.resolve(pod("c"), at(9s + 10min));
  write_to(graph, disk.view());
  REQUIRE(provisional());
  graph.resolve(pod("c"), at(10s + 10min));
  write_to(graph, disk.view());
  REQUIRE_FALSE(provisional());
}

TEST_CASE("records: links are read from both ends and counted once") {
  Disk disk;
  const StoredEvent cause = event("cause", pod("a"), at(0s), warning);
  StoredEvent effect = event("effect", pod("b"), at(9s), error);
  StoredEvent other = event("other", pod("c"), at(10s), error);
  effect.links = {link(cause, effect, 0.86F)};
  other.links = {link(cause, other, 0.95F), link(effect, other, 0.02F)};
  for (const StoredEvent& stored : {cause, effect, other}) put_linked(disk.writer, stored, true);
  disk.write();
  const auto links = disk.reader().effects_of(cause.key, 10);
  REQUIRE(links.ok());
  REQUIRE(links->size() == 2);
  REQUIRE(links->at(0).effect == other.key);
  REQUIRE(links->at(1).confidence == Approx(0.86).margin(1e-3));
  REQUIRE(disk.reader().effects_of(effect.key, 10)->empty());  // below the threshold
  REQUIRE(*disk.reader().count(counts::links) == 3);
  REQUIRE(*disk.reader().count("links.c8") == 1);

  StoredEvent again = *disk.reader().event(effect.key);
  again.links.clear();
  put_linked(disk.writer, again, false);
  StoredEvent changed = *disk.reader().event(other.key);
  changed.links[0].confidence = 0.5F;
  put_linked(disk.writer, changed, false);
  disk.write();
  REQUIRE(disk.reader().effects_of(cause.key, 10)->size() == 1);
  REQUIRE(*disk.reader().count(counts::links) == 2);
  REQUIRE(*disk.reader().count("links.c8") == 0);
  REQUIRE(*disk.reader().count("links.c9") == 0);
  REQUIRE(*disk.reader().count("links.c5") == 1);
  REQUIRE(*disk.reader().count(counts::events) == 3);
  REQUIRE(*disk.reader().count("events.severity.ERROR") == 2);
}

TEST_CASE("records: every event of a run has its links, which are stored, counted and found once") {
  Disk disk;
  const StoredEvent cause = event("cause", pod("a"), at(0s), warning);
  StoredEvent begin = event("begin", pod("b"), at(9s), info);
  StoredEvent member = event("member", pod("b"), at(20s), error);
  begin.links = {link(cause, begin, 0.86F)};
  member.run = begin.key;
  for (const StoredEvent& stored : {cause, begin, member}) put_linked(disk.writer, stored, true);
  disk.write();
  for (const StoredEvent& stored : {begin, member}) {
    const auto read = disk.reader().event(stored.key);
    REQUIRE(read.ok());
    REQUIRE(read->links.size() == 1);
    CHECK(read->links[0].cause == cause.key);
    CHECK(read->links[0].effect == stored.key);
  }
  CHECK(*disk.reader().count(counts::links) == 1);
  const auto effects = disk.reader().effects_of(cause.key, 10);
  REQUIRE(effects->size() == 1);
  CHECK(effects->front().effect == begin.key);
}

TEST_CASE("records: the events of a run that became part of another have the links of that one") {
  Disk disk;
  const StoredEvent cause = event("cause", pod("a"), at(0s), warning);
  StoredEvent first = event("first", pod("b"), at(5s), error);
  StoredEvent second = event("second", pod("b"), at(9s), error);
  StoredEvent member = event("member", pod("b"), at(20s), error);
  first.links = {link(cause, first, 0.7F)};
  second.links = {link(cause, second, 0.86F)};
  member.run = second.key;
  for (const StoredEvent& stored : {cause, first, second, member}) put_linked(disk.writer, stored, true);
  disk.write();
  second = *disk.reader().event(second.key);
  second.run = first.key;
  disk.writer.put_event(second, false);
  disk.writer.put_part(second.key, first.key);
  disk.write();
  const GraphReader reader = disk.reader();
  for (const core::EventKey key : {second.key, member.key}) {
    REQUIRE(reader.event(key)->links.size() == 1);
    CHECK(reader.event(key)->links[0].confidence == Approx(0.7).margin(1e-3));
  }
  CHECK(*reader.count(counts::links) == 1);
  CHECK(reader.effects_of(cause.key, 10)->size() == 1);
  CHECK(reader.effects(cause, {})->events.size() == 1);
}

TEST_CASE("records: a run that is said to be part of a later one is damage, so that none lead round in a circle") {
  Disk disk;
  StoredEvent first = event("first", pod("b"), at(5s), error);
  StoredEvent second = event("second", pod("b"), at(9s), error);
  first.run = first.key;
  for (const StoredEvent& stored : {first, second}) disk.writer.put_event(stored, true);
  disk.writer.put_part(first.key, second.key);
  disk.writer.put_part(second.key, first.key);
  disk.write();
  CHECK(absl::IsDataLoss(disk.reader().event(first.key).status()));
  CHECK(disk.reader().event(second.key).ok());
}

TEST_CASE("records: links are uncounted as they were counted, whatever rounding did to their confidence") {
  Disk disk;
  const StoredEvent cause = event("cause", pod("a"), at(0s), warning);
  StoredEvent effect = event("effect", pod("b"), at(9s), error);
  for (int i = 1; i < 1000; ++i) effect.links.push_back(link(cause, effect, static_cast<float>(i) / 1000));
  put_linked(disk.writer, effect, true);
  disk.write();
  StoredEvent again = *disk.reader().event(effect.key);
  REQUIRE(again.links.size() == 999);
  again.links.clear();
  put_linked(disk.writer, again, false);
  disk.write();
  const auto left = disk.reader().counts(counts::links);
  REQUIRE(left.ok());
  for (const auto& [name, count] : *left) {
    INFO(name);
    CHECK(count == 0);
  }
}

TEST_CASE("records: an event is found by the verbatim id of its source") {
  Disk disk;
  const StoredEvent stored = event("alert:abc:2026", pod("a"), at(1s), error);
  disk.writer.put_event(stored, true);
  disk.write();
  store::Batch batch = disk.view().batch();
  batch.put(store::keys::fingerprints(5, 1), encode_fingerprints({{7, 7, 7}, {stored.key.hash, 1, stored.key.time_us}}));
  REQUIRE(disk.view().commit_durably(std::move(batch)).ok());
  REQUIRE(disk.reader().event_by_source_id("alert:abc:2026")->key == stored.key);
  REQUIRE(absl::IsNotFound(disk.reader().event_by_source_id("alert:other").status()));
}

TEST_CASE("records: incidents are listed newest first, found by former ids and by member") {
  Disk disk;
  model::Incident first;
  first.id = {1};
  first.opened = at(1s);
  first.members = {{{10, 10}, {}, true}};
  model::Incident second;
  second.id = {2};
  second.opened = at(2s);
  second.status = model::IncidentStatus::resolved;
  disk.writer.put_incident(first, {{10, 10}});
  disk.writer.put_incident(second, {{20, 20}});
  disk.write();
  const auto listed = disk.reader().incidents({}, 1, "");
  REQUIRE(listed->items.size() == 1);
  REQUIRE(listed->items[0].id == core::IncidentId{2});
  const auto rest = disk.reader().incidents({}, 5, listed->next);
  REQUIRE(rest->items.size() == 1);
  REQUIRE(rest->items[0].id == core::IncidentId{1});
  REQUIRE(rest->next.empty());
  IncidentFilter open;
  open.status = model::IncidentStatus::open;
  REQUIRE(disk.reader().incidents(open, 5, "")->items.size() == 1);
  IncidentFilter late;
  late.from = at(2s);
  REQUIRE(disk.reader().incidents(late, 5, "")->items.size() == 1);
  late = {};
  late.to = at(1s);
  REQUIRE(disk.reader().incidents(late, 5, "")->items.at(0).id == core::IncidentId{1});
  REQUIRE(*disk.reader().count(counts::incidents) == 2);

  // The first one merges into a third.
  model::Incident third = first;
  third.id = {3};
  third.aliases = {{1}};
  disk.writer.put_incident(third, {});
  disk.write();
  REQUIRE(disk.reader().incident({1})->id == core::IncidentId{3});
  REQUIRE(*disk.reader().incident_of({10, 10}) == core::IncidentId{3});
  REQUIRE(*disk.reader().incident_of({20, 20}) == core::IncidentId{2});
  REQUIRE_FALSE(disk.reader().incident_of({30, 30})->has_value());
  REQUIRE(disk.reader().incidents({}, 9, "")->items.size() == 2);
  REQUIRE(*disk.reader().count(counts::incidents) == 2);
  REQUIRE(absl::IsNotFound(disk.reader().incident({9}).status()));

  // An incident that took over one shown before it opened earlier than it was told at first.
  third.opened = at(0s);
  disk.writer.put_incident(third, {});
  disk.write();
  REQUIRE(disk.reader().incidents({}, 9, "")->items.size() == 2);
  REQUIRE(*disk.reader().count(counts::incidents) == 2);
}

TEST_CASE("records: a resource is found by every form of its name") {
  Disk disk;
  LiveGraph graph;
  graph.apply(state(ref("deployment", "shop", "orders", "c1", "uid-1"), start, {{"image", "v1"}}));
  graph.apply(state(host("worker-1"), start));
  graph.resolve(ref("clusterrole", "", "system:node", "c1"), start);
  write_to(graph, disk.view());
  const GraphReader reader = disk.reader();
  const auto id = model::resource_id("c1:deployment:shop:orders");
  for (const char* text : {"c1:deployment:shop:orders", "deployment:shop:orders", "Deployment/shop/orders", "deploy/orders", "uid-1"}) {
    INFO(text);
    REQUIRE(*reader.find_resource(text) == id);
  }
  REQUIRE(*reader.find_resource("node/worker-1") == model::resource_id("c1:node::worker-1"));
  REQUIRE(*reader.find_resource("node:worker-1") == model::resource_id("c1:node::worker-1"));
  REQUIRE(*reader.find_resource("clusterrole::system:node") == model::resource_id("c1:clusterrole::system:node"));
  for (const char* text : {"", "orders", "pod/shop/orders", "a:b:c:d", "a/b/c/d", ":::", "//"}) {
    INFO(text);
    REQUIRE(absl::IsNotFound(reader.find_resource(text).status()));
  }
}

TEST_CASE("records: a resource is found by the id that answers show, whatever its parts hold") {
  Disk disk;
  LiveGraph graph;
  std::vector<std::string> ids;
  for (const std::string part : {"arn:aws:eks:eu-west-1:123456789012:cluster/prod", "a:b", "a/b", "pod:x:y:z"}) {
    for (const model::ResourceRef& odd : {model::ResourceRef{part, "pod", "shop", "web-0", ""}, model::ResourceRef{"c1", part, "shop", "web-0", ""},
                                          model::ResourceRef{"c1", "pod", part, "web-0", ""}, model::ResourceRef{"c1", "pod", "shop", part, ""}}) {
      graph.apply(state(odd, start));
      ids.push_back(model::text_id(odd));
    }
  }
  const model::ResourceRef longest{std::string(512, 'c'), std::string(512, 'k'), std::string(512, 'n'), std::string(512, 'm'), ""};
  graph.apply(state(longest, start));
  ids.push_back(model::text_id(longest));
  write_to(graph, disk.view());
  const GraphReader reader = disk.reader();
  for (const std::string& id : ids) {
    INFO(id);
    CHECK(*reader.find_resource(id) == model::resource_id(id));
  }
}

TEST_CASE("records: resources are listed by kind, namespace and part of the name, page by page") {
  Disk disk;
  LiveGraph graph;
  for (const char* name : {"web-0", "web-1", "db-0"}) graph.apply(state(pod(name), start));
  graph.apply(state(ref("pod", "other", "web-9"), start));
  graph.apply(state(service("web"), start));
  write_to(graph, disk.view());
  const GraphReader reader = disk.reader();
  const auto listed = [&](std::string_view kind, std::string_view ns, std::string_view part) {
    Names out;
    std::string position;
    do {
      const auto page = reader.resources(kind, ns, part, 1, position);
      REQUIRE(page.ok());
      for (const auto& found : page->items) out.push_back(core::cat(found.state.ref.kind, "/", found.state.ref.name));
      position = page->next;
    } while (!position.empty());
    return out;
  };
  REQUIRE(listed("pod", "shop", "") == Names{"pod/db-0", "pod/web-0", "pod/web-1"});
  REQUIRE(listed("pod", "", "WEB") == Names{"pod/web-9", "pod/web-0", "pod/web-1"});
  REQUIRE(listed("", "shop", "web") == Names{"pod/web-0", "pod/web-1", "service/web"});
  REQUIRE(listed("gadget", "", "").empty());
  REQUIRE(absl::IsInvalidArgument(reader.resources("", "", "", 1, "zz").status()));
}

TEST_CASE("records: a listing and a difference go on after names as long as decoders let pass, and after one with a NUL") {
  Disk disk;
  LiveGraph graph;
  const std::string longest(511, 'x');
  Names expected{longest + "0", longest + "1", std::string("nul\0nul", 7)};
  for (int i = 0; i < 2; ++i) graph.apply(state(ref(longest + "k", longest + "n", expected[static_cast<std::size_t>(i)]), start));
  graph.apply(state(ref("zone", "", expected[2]), start));
  graph.apply(state(ref("zone", "", "plain"), start));
  expected.push_back("plain");
  write_to(graph, disk.view());
  const GraphReader reader = disk.reader();
  Names listed;
  std::string position;
  do {
    const auto page = reader.resources("", "", "", 1, position);
    INFO(page.status().ToString());
    REQUIRE(page.ok());
    for (const auto& found : page->items) listed.push_back(found.state.ref.name);
    position = page->next;
  } while (!position.empty());
  CHECK(listed == expected);
  std::size_t added = 0;
  do {
    const auto page = reader.diff({{}, core::Time::max(), {}}, "", 1, position);
    INFO(page.status().ToString());
    REQUIRE(page.ok());
    added += page->resources_added.size();
    position = page->next;
  } while (!position.empty());
  CHECK(added == expected.size());
}

TEST_CASE("records: bytes that are no position of a listing are refused, however many") {
  Disk disk;
  const GraphReader reader = disk.reader();
  for (const std::string& hostile :
       {std::string(15, '\xff'), std::string(1 << 20, 'l'), std::string(1 << 20, '\0'), std::string("l\0\0id", 5)}) {
    CHECK(absl::IsInvalidArgument(reader.events({}, 2, hostile).status()));
    CHECK(absl::IsInvalidArgument(reader.incidents({}, 2, hostile).status()));
    CHECK(absl::IsInvalidArgument(reader.resources("", "", "", 2, hostile).status()));
    CHECK(absl::IsInvalidArgument(reader.diff({}, "", 2, hostile).status()));
  }
}

TEST_CASE("records: resources and edges as of a moment") {
  Disk disk;
  LiveGraph graph;
  auto first = state(pod("a"), at(10s), {{"image", "v1"}});
  first.references = {runs_on("n1")};
  auto second = state(pod("a"), at(20s), {{"image", "v2"}});
  second.references = {runs_on("n2")};
  graph.apply(first);
  write_to(graph, disk.view());
  graph.apply(second);
  graph.apply(gone(pod("a"), at(30s)));
  write_to(graph, disk.view());
  const GraphReader reader = disk.reader();
  const auto id = model::resource_id("c1:pod:shop:a");
  REQUIRE(absl::IsNotFound(reader.resource_at(id, at(5s)).status()));
  REQUIRE(reader.resource_at(id, at(10s))->state.fields.at(0).second == "v1");
  REQUIRE(reader.resource_at(id, at(25s))->state.fields.at(0).second == "v2");
  REQUIRE_FALSE(reader.resource_at(id, at(25s))->deleted);
  REQUIRE(reader.resource_at(id, at(31s))->deleted);
  REQUIRE(reader.resource(id)->deleted);
  const auto node_at = [&](core::Duration when) {
    const auto edges = edges_at(reader, id, at(when));
    REQUIRE(edges.ok());
    return edges->empty() ? core::ResourceId{} : edges->at(0).to;
  };
  REQUIRE(node_at(9s) == core::ResourceId{});
  REQUIRE(node_at(10s) == model::resource_id("c1:node::n1"));
  REQUIRE(node_at(19s) == model::resource_id("c1:node::n1"));
  REQUIRE(node_at(20s) == model::resource_id("c1:node::n2"));
  REQUIRE(node_at(30s) == core::ResourceId{});
  REQUIRE(edges_at(reader, model::resource_id("c1:node::n1"), at(15s))->at(0).from == id);
  REQUIRE(absl::IsNotFound(reader.resource({12345}).status()));
  REQUIRE(absl::IsNotFound(edges_at(reader, {12345}, at(5s)).status()));
}

TEST_CASE("records: events of a former id are found under the present one") {
  Disk disk;
  LiveGraph graph;
  const auto former = graph.resolve(pod("a", ""), start);
  StoredEvent stored = event("e", pod("a", ""), start, info);
  stored.resource = former;
  disk.writer.put_event(stored, true);
  disk.write();
  graph.resolve(pod("a"), at(1s));
  write_to(graph, disk.view());
  EventFilter filter;
  filter.resource = model::resource_id("c1:pod:shop:a");
  REQUIRE(all(disk.reader(), filter) == Names{"e"});
}

TEST_CASE("records: incidents are counted by what is stored of them, whatever is written again, changed or merged") {
  Disk disk;
  const auto incident = [](std::uint64_t id, model::IncidentStatus status, model::Severity severity) {
    model::Incident out;
    out.id = {id};
    out.opened = at(std::chrono::seconds(id));
    out.status = status;
    out.severity = severity;
    return out;
  };
  const auto figures = [&] {
    const GraphReader reader = disk.reader();
    std::string out = core::cat(*reader.count(counts::incidents));
    const auto by_kind = reader.counts("incidents.");
    REQUIRE(by_kind.ok());
    for (const auto& [name, value] : *by_kind) {
      if (value != 0) core::append(out, " ", name.substr(10), "=", value);
    }
    return out;
  };
  constexpr auto open = model::IncidentStatus::open;
  constexpr auto resolved = model::IncidentStatus::resolved;
  for (std::uint64_t id = 1; id <= 3; ++id) disk.writer.put_incident(incident(id, open, warning), {});
  disk.write();
  CHECK(figures() == "3 severity.WARNING=3 status.open=3");
  disk.writer.put_incident(incident(1, open, warning), {});
  disk.writer.put_incident(incident(2, resolved, error), {});
  disk.write();
  CHECK(figures() == "3 severity.ERROR=1 severity.WARNING=2 status.open=2 status.resolved=1");
  // In one batch the first is written once more, then taken over by a new one.
  disk.writer.put_incident(incident(1, open, error), {});
  model::Incident fourth = incident(4, open, error);
  fourth.aliases = {{1}, {99}};
  disk.writer.put_incident(fourth, {});
  disk.write();
  CHECK(figures() == "3 severity.ERROR=2 severity.WARNING=1 status.open=2 status.resolved=1");
  disk.writer.put_incident(fourth, {});
  disk.write();
  CHECK(figures() == "3 severity.ERROR=2 severity.WARNING=1 status.open=2 status.resolved=1");
}

TEST_CASE("records: a question whose time is over does not say that there is nothing") {
  Disk disk;
  disk.writer.put_event(event("e", pod("a"), at(1s), error), true);
  disk.write();
  const GraphReader late(disk.view().snapshot(core::Duration(0)));
  CHECK(absl::IsDeadlineExceeded(late.find_resource("pod:shop:a").status()));
  CHECK(absl::IsDeadlineExceeded(late.find_resource("some-uid").status()));
  CHECK(absl::IsDeadlineExceeded(late.incident_of({1, 1}).status()));
  CHECK(absl::IsDeadlineExceeded(late.event_by_source_id("e").status()));
  CHECK(absl::IsDeadlineExceeded(late.event_by_source_id("st:pod:u@2026-03-01T10:00:00Z").status()));
}

TEST_CASE("records: an id that holds its time is found without the fingerprints") {
  Disk disk;
  const auto put = [&](const std::string& id, model::EventSource source, core::Time when) {
    StoredEvent stored = event(id, pod("a"), when, error);
    stored.event.source = source;
    stored.key = model::event_key(stored.event);
    disk.writer.put_event(stored, true);
  };
  put("alert:f00:2026-03-01T10:00:05Z", model::EventSource::alert, at(5s));
  put("st:pod:uid-1@2026-03-01T10:00:06.25Z", model::EventSource::state, at(6s + 250ms));
  disk.write();
  CHECK(disk.reader().event_by_source_id("alert:f00:2026-03-01T10:00:05Z").ok());
  CHECK(disk.reader().event_by_source_id("st:pod:uid-1@2026-03-01T10:00:06.25Z").ok());
  CHECK(absl::IsNotFound(disk.reader().event_by_source_id("alert:f01:2026-03-01T10:00:05Z").status()));
}

TEST_CASE("records: the search for a source id keeps to the minutes it is given") {
  Disk disk;
  const StoredEvent stored = event("named", pod("a"), at(1s), error);
  disk.writer.put_event(stored, true);
  disk.write();
  const auto minute = static_cast<std::uint32_t>(core::to_micros(at(1s)) / 60'000'000);
  store::Batch batch = disk.view().batch();
  batch.put(store::keys::fingerprints(minute, 1), encode_fingerprints({{7, 7, 7}, {stored.key.hash, 1, stored.key.time_us}}));
  REQUIRE(disk.view().commit_durably(std::move(batch)).ok());
  const GraphReader reader = disk.reader();
  CHECK(reader.event_by_source_id("named", at(0s), at(2s)).ok());
  CHECK(reader.event_by_source_id("named", core::Time{}, at(0s)).ok());  // the same minute
  CHECK(absl::IsNotFound(reader.event_by_source_id("named", at(2min), at(9min)).status()));
  CHECK(absl::IsNotFound(reader.event_by_source_id("named", core::Time{}, at(-5min)).status()));
}
