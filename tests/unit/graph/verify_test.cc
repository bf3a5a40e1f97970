// Every invariant is broken by hand once: verify() must find it and name the key.
#include <functional>

#include "graph/edge_codec.h"
#include "graph/postings.h"
#include "graph/resource_record.h"
#include "graph/run_links.h"
#include "graph/small_values.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/verify.h"
#include "kgrca/store/keys.h"
#include "tests/support/put_linked.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;
namespace keys = kgrca::store::keys;

namespace {

constexpr auto runs_on_number = static_cast<std::uint8_t>(model::Relation::runs_on);

StoredEvent event(const std::string& id, const model::ResourceRef& subject, core::Time when, model::Severity severity) {
  StoredEvent stored;
  stored.event.source_id = id;
  stored.event.subject = subject;
  stored.event.type = stored.event.reason = "Reason";
  stored.event.severity = severity;
  stored.event.first = stored.event.last = stored.event.onset = when;
  stored.key = model::event_key(stored.event);
  stored.resource = model::resource_id(subject);
  return stored;
}

// A small graph with one of everything: a pod that moved from one node to another, a merged and a deleted resource, a cause
// with its effect, an incident with a former id.
struct Scene {
  store::testing::TempStore disk;
  model::ResourceRef web = ref("pod", "shop", "web", "c1", "uid-web");
  core::ResourceId pod_id = model::resource_id(web);
  core::ResourceId node1 = model::resource_id(host("n1"));
  core::ResourceId node2 = model::resource_id(host("n2"));
  core::ResourceId former;
  StoredEvent cause = event("cause", host("n1"), at(1min), model::Severity::error);
  StoredEvent effect = event("effect", web, at(2min), model::Severity::warning);
  model::Incident incident;

  Scene() {
    LiveGraph graph;
    former = graph.resolve(pod("old", ""), start);
    graph.apply(state(host("n1"), start));
    graph.apply(state(host("n2"), start));
    auto first = state(web, at(1s), {{"image", "v1"}});
    first.references.push_back(runs_on("n1"));
    graph.apply(first);
    auto second = state(web, at(3min), {{"image", "v2"}});
    second.references.push_back(runs_on("n2"));
    graph.apply(second);
    graph.resolve(pod("old"), at(4min));
    graph.apply(state(service("gone"), at(1s)));
    graph.apply(gone(service("gone"), at(2s)));
    store::Batch batch = view().batch();
    graph.write(batch);
    write_records(batch);
    REQUIRE(view().commit_durably(std::move(batch)).ok());
  }

  store::TenantView view() { return disk.view(1); }
  VerifyReport report(VerifyLimits limits = {}) {
    VerifyReport out;
    verify(view().snapshot(), limits, out);
    return out;
  }
  void change(const std::function<void(store::Batch&)>& how) {
    store::Batch batch = view().batch();
    how(batch);
    REQUIRE(view().commit_durably(std::move(batch)).ok());
  }
  std::string value(const store::Key& key) { return store::testing::value_of(view(), key); }

 private:
  void write_records(store::Batch& batch) {
    model::Link link;
    link.cause = cause.key;
    link.effect = effect.key;
    link.confidence = 0.7F;
    effect.links.push_back(link);
    incident.id = {77};
    incident.aliases = {{78}};
    incident.opened = at(2min);
    incident.members = {{cause.key, cause.resource, false}, {effect.key, effect.resource, true}};
    RecordWriter writer;
    writer.put_event(cause, true);
    put_linked(writer, effect, true);
    writer.put_incident(incident, {cause.key, effect.key});
    REQUIRE(writer.write(batch, 1, view()).ok());
  }
};

std::string listed(const VerifyReport& report) {
  std::string out;
  for (const Finding& finding : report.listed) core::append(out, finding.kind, ": ", finding.key, ": ", finding.what, "\n");
  return out;
}

// Breaks one thing and expects one finding of the kind that names the key; others may follow from it.
void broken(std::string_view kind, const std::function<store::Key(Scene&, store::Batch&)>& how) {
  Scene scene;
  std::string key;
  scene.change([&](store::Batch& batch) { key = keys::shown(how(scene, batch)); });
  const VerifyReport report = scene.report();
  INFO("expected " << kind << " of " << key << ", found:\n" << listed(report));
  const bool named = std::any_of(report.listed.begin(), report.listed.end(),
                                 [&](const Finding& finding) { return finding.kind == kind && finding.key == key; });
  CHECK(named);
}

store::Key put(store::Batch& batch, store::Key key, std::string_view value) {
  batch.put(key, value);
  return key;
}
store::Key erase(store::Batch& batch, store::Key key) {
  batch.erase(key);
  return key;
}

}  // namespace

TEST_CASE("verify: a whole graph has no findings, and everything was looked at") {
  Scene scene;
  const VerifyReport report = scene.report();
  INFO(listed(report));
  CHECK(report.clean());
  CHECK(report.resources == 5);
  CHECK(report.edges == 2);
  CHECK(report.events == 2);
  CHECK(report.links == 1);
  CHECK(report.incidents == 1);
}

TEST_CASE("verify: an event that nothing lists and a listing of no event are found, merged or not") {
  broken("posting_missing", [](Scene& s, store::Batch& batch) {
    batch.erase_prefix(keys::batch_postings());
    return keys::event(s.effect.key);
  });
  broken("posting_without_event", [](Scene&, store::Batch& batch) {
    return put(batch, keys::postings(Term::cause, 7, {9, 9}, 1), encode_posting_block(std::vector<core::EventKey>{{9, 9}}));
  });
  broken("posting_without_event", [](Scene&, store::Batch& batch) {
    return put(batch, keys::batch_postings(1000), encode_postings({{{Term::reason, 7}, {9, 9}}}));
  });
  broken("undecodable", [](Scene&, store::Batch& batch) { return put(batch, keys::postings(Term::cause, 7, {9, 9}, 1), "?"); });
}

TEST_CASE("verify: an edge that only one of its ends knows is found from either side") {
  broken("edge_one_sided", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::open_edge(true, s.node2, runs_on_number, s.pod_id, at(3min)));
    return keys::open_edge(false, s.pod_id, runs_on_number, s.node2, at(3min));
  });
  broken("edge_one_sided", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::closed_edge(false, s.pod_id, runs_on_number, at(3min), s.node1, at(1s)));
    return keys::closed_edge(true, s.node1, runs_on_number, at(3min), s.pod_id, at(1s));
  });
  broken("edge_one_sided", [](Scene& s, store::Batch& batch) {
    batch.put(keys::open_edge(true, s.node2, runs_on_number, s.pod_id, at(3min)), encode_edge(model::Evidence::inferred));
    return keys::open_edge(false, s.pod_id, runs_on_number, s.node2, at(3min));
  });
}

TEST_CASE("verify: an edge to nothing, or an open one to what does not live, is found") {
  const auto edge_to = [](core::ResourceId other) {
    return [other](Scene& s, store::Batch& batch) {
      put(batch, keys::open_edge(false, s.pod_id, runs_on_number, other, at(1s)), encode_edge(model::Evidence::stated));
      return put(batch, keys::open_edge(true, other, runs_on_number, s.pod_id, at(1s)), encode_edge(model::Evidence::stated));
    };
  };
  broken("edge_without_resource", edge_to({424242}));
  broken("edge_of_absent", edge_to(model::resource_id(service("gone"))));
  broken("edge_of_absent", edge_to(model::resource_id(pod("old", "unknown"))));
}

TEST_CASE("verify: intervals of one edge that overlap are found, however little memory there is") {
  const auto overlap = [](Scene& s, store::Batch& batch) {
    for (const bool incoming : {false, true}) {
      batch.put(keys::closed_edge(incoming, incoming ? s.node2 : s.pod_id, runs_on_number, at(4min), incoming ? s.pod_id : s.node2, at(2min)),
                encode_edge(model::Evidence::stated));
    }
    return keys::open_edge(false, s.pod_id, runs_on_number, s.node2, at(3min));
  };
  broken("edge_overlap", overlap);
  Scene scene;
  scene.change([&](store::Batch& batch) { overlap(scene, batch); });
  VerifyLimits tight;
  tight.memory_bytes = 2 * sizeof(keys::EdgeKey);  // the edges of the pod are looked at in several rounds
  const VerifyReport report = scene.report(tight);
  INFO(listed(report));
  CHECK(report.totals == std::map<std::string, std::uint64_t, std::less<>>{{"edge_overlap", 1}});
}

TEST_CASE("verify: an interval that ends before it begins is found") {
  broken("edge_interval", [](Scene& s, store::Batch& batch) {
    batch.put(keys::closed_edge(true, s.node2, runs_on_number, at(1min), s.pod_id, at(2min)), encode_edge(model::Evidence::stated));
    return put(batch, keys::closed_edge(false, s.pod_id, runs_on_number, at(1min), s.node2, at(2min)), encode_edge(model::Evidence::stated));
  });
}

TEST_CASE("verify: wrong counts are found, those of things that are not there too") {
  for (const char* name : {"resources", "resources.kind.pod", "resources.unstated", "edges", "edges.RUNS_ON", "edges.CALLS", "events",
                           "events.severity.ERROR", "events.type.Reason", "events.late", "links", "links.c7", "links.c1"}) {
    INFO(name);
    broken("counter", [&](Scene&, store::Batch& batch) {
      batch.add(keys::count(name), 1);
      return keys::count(name);
    });
  }
  broken("counter", [](Scene&, store::Batch& batch) { return erase(batch, keys::count("events")); });
}

TEST_CASE("verify: links and events that lead nowhere are found") {
  broken("link_without_cause", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::event(s.cause.key));
    return keys::run_links(s.effect.key);
  });
  broken("links_without_run", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::event(s.effect.key));
    return keys::run_links(s.effect.key);
  });
  broken("links_without_run", [](Scene& s, store::Batch& batch) {
    s.effect.run = s.cause.key;
    put(batch, keys::event(s.effect.key), encode_event(s.effect));
    return keys::run_links(s.effect.key);
  });
  broken("links_without_run", [](Scene& s, store::Batch& batch) {
    return put(batch, keys::run_links(s.effect.key), encode_run_links({s.cause.key, {}}));
  });
  broken("run_without_event", [](Scene& s, store::Batch& batch) {
    s.effect.run = {s.effect.key.time_us - 1, 7};
    return put(batch, keys::event(s.effect.key), encode_event(s.effect));
  });
  broken("event_without_resource", [](Scene& s, store::Batch& batch) {
    s.effect.resource = {424242};
    return put(batch, keys::event(s.effect.key), encode_event(s.effect));
  });
  broken("event_without_resource", [](Scene& s, store::Batch& batch) {
    s.effect.related = {{424242}};
    return put(batch, keys::event(s.effect.key), encode_event(s.effect));
  });
}

TEST_CASE("verify: an incident that is not listed, or whose members or former ids do not know it, is found") {
  broken("incident_listing", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::incident_listed(s.incident.opened, s.incident.id));
    return keys::incident(s.incident.id);
  });
  broken("incident_listing", [](Scene&, store::Batch& batch) { return put(batch, keys::incident_listed(at(9min), {99}), {}); });
  broken("incident_member", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::incident_of_event(s.effect.key));
    return keys::incident(s.incident.id);
  });
  broken("incident_member", [](Scene& s, store::Batch& batch) {
    return put(batch, keys::incident_of_event(s.effect.key), encode_id(99));
  });
  broken("incident_member", [](Scene& s, store::Batch& batch) {
    return put(batch, keys::incident_of_event({1, 2}), encode_id(s.incident.id.value));
  });
  broken("incident_alias", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::incident({78}));
    return keys::incident(s.incident.id);
  });
  broken("incident_alias", [](Scene&, store::Batch& batch) { return put(batch, keys::incident({78}), encode_incident_alias({78})); });
  broken("incident_id", [](Scene& s, store::Batch& batch) { return put(batch, keys::incident({79}), encode_incident(s.incident)); });
}

TEST_CASE("verify: names, uids and former ids that disagree with the resource are found") {
  broken("name_index", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::resource_by_name("pod", "shop", "web", s.pod_id));
    return keys::resource(s.pod_id);
  });
  broken("name_index", [](Scene& s, store::Batch& batch) { return put(batch, keys::resource_by_name("pod", "shop", "other", s.pod_id), {}); });
  broken("uid_index", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::resource_by_uid("uid-web"));
    return keys::resource(s.pod_id);
  });
  broken("uid_index", [](Scene& s, store::Batch& batch) {
    batch.put(keys::resource_by_uid("uid-web"), encode_id(s.node1.value));
    return keys::resource(s.pod_id);
  });
  broken("uid_index", [](Scene&, store::Batch& batch) { return put(batch, keys::resource_by_uid("nobody"), encode_id(424242)); });
  broken("resource_alias", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::resource_away(s.former));
    return keys::resource(model::resource_id(pod("old")));
  });
  broken("resource_alias", [](Scene& s, store::Batch& batch) {
    ResourceRecord circle;
    circle.alias_of = s.former;
    return put(batch, keys::resource_away(s.former), encode_resource(circle));
  });
  broken("resource_id", [](Scene& s, store::Batch& batch) { return put(batch, keys::resource({5}), s.value(keys::resource(s.pod_id))); });
}

TEST_CASE("verify: history of nobody, at another time or missing is found") {
  broken("history_without_resource", [](Scene& s, store::Batch& batch) {
    return put(batch, keys::resource_state({424242}, at(1s)), s.value(keys::resource_state(s.pod_id, at(1s))));
  });
  broken("history_time", [](Scene& s, store::Batch& batch) {
    return put(batch, keys::resource_state(s.pod_id, at(2s)), s.value(keys::resource_state(s.pod_id, at(1s))));
  });
  broken("history_missing", [](Scene& s, store::Batch& batch) {
    erase(batch, keys::resource_state(s.pod_id, at(1s)));
    return keys::resource(s.pod_id);
  });
}

TEST_CASE("verify: values that cannot be read are found in every family") {
  const std::string bad = "\x7f no record";
  const std::function<store::Key(Scene&)> all[] = {
      [](Scene& s) { return keys::resource(s.pod_id); },
      [](Scene& s) { return keys::resource_state(s.pod_id, at(1s)); },
      [](Scene&) { return keys::resource_by_uid("uid-web"); },
      [](Scene& s) { return keys::open_edge(false, s.pod_id, runs_on_number, s.node2, at(3min)); },
      [](Scene& s) { return keys::event(s.effect.key); },
      [](Scene& s) { return keys::incident(s.incident.id); },
      [](Scene& s) { return keys::incident_of_event(s.effect.key); },
      [](Scene& s) { return keys::run_links(s.effect.key); },
      [](Scene&) { return keys::count("events"); },
      [](Scene&) { return keys::fingerprints(1, 1); },
      [](Scene&) { return keys::dictionary(clock_dictionary, "tenant_time"); },
  };
  for (const auto& key : all) broken("undecodable", [&](Scene& s, store::Batch& batch) { return put(batch, key(s), bad); });
}

TEST_CASE("verify: statements about edges of nobody are found") {
  broken("statement_without_resource", [](Scene& s, store::Batch& batch) {
    const Triple triple{s.pod_id, {424242}, model::Relation::calls};
    return put(batch, keys::dictionary(statements_dictionary, statement_name(triple)), encode_statement({{{start, true}}, false}));
  });
  broken("malformed_key", [](Scene&, store::Batch& batch) {
    return put(batch, keys::dictionary(statements_dictionary, "no triple"), encode_statement({{{start, true}}, false}));
  });
}

TEST_CASE("verify: of many findings of a kind the first are listed and all are counted") {
  Scene scene;
  scene.change([](store::Batch& batch) {
    for (std::uint64_t i = 0; i < 50; ++i) batch.put(keys::resource_by_uid(core::cat("nobody-", i)), encode_id(424242));
  });
  VerifyLimits limits;
  limits.listed_per_kind = 5;
  const VerifyReport report = scene.report(limits);
  CHECK(report.listed.size() == 5);
  CHECK(report.totals == std::map<std::string, std::uint64_t, std::less<>>{{"uid_index", 50}});
}
