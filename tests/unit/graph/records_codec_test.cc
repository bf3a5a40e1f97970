// Every record format: what goes in comes out, and damaged bytes give an error, never a crash.
#include <random>

#include "graph/edge_codec.h"
#include "graph/postings.h"
#include "graph/run_links.h"
#include "graph/small_values.h"
#include "graph/resource_record.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;

namespace {

StoredEvent plain_event() {
  StoredEvent stored;
  model::Event& event = stored.event;
  event.source_id = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
  event.subject = {"prod-eu-1", "pod", "checkout", "orders-7d9f8b6c5d-x2v4q", "9a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"};
  event.type = event.reason = "Pulled";
  event.message = "Successfully pulled image \"registry.example.com/shop/orders:v2.3.1\" in 1.203s";
  event.severity = model::Severity::info;
  event.first = event.last = event.onset = start;
  event.observation = 0x1234567890abcdef;
  event.component = "kubelet";
  stored.key = model::event_key(event);
  stored.resource = model::resource_id(event.subject);
  stored.ingested = at(2s);
  stored.sequence = 77;
  return stored;
}

model::Link link_to(core::EventKey cause, core::EventKey effect, float confidence) {
  model::Link link;
  link.cause = cause;
  link.effect = effect;
  link.confidence = confidence;
  link.raw = 0.4F;
  link.terms = {-2.5F, 1.25F, 0.75F, -0.125F, 0, 0.5F, 0, -1};
  link.hops = 2;
  link.inferred_topology = true;
  link.lag_seconds = 41.5F;
  link.path = "orders-db <-CALLS- orders";
  link.rule = 12;
  link.rules_version = 0xdeadbeef;
  return link;
}

StoredEvent full_event() {
  StoredEvent stored = plain_event();
  stored.event.type = "log.pool_exhausted";
  stored.event.severity = model::Severity::error;
  stored.event.source = model::EventSource::log;
  stored.event.last = at(60s);
  stored.event.onset = at(-30s);
  stored.event.count = 9;
  stored.event.resolved = stored.event.time_clamped = stored.late = true;
  stored.event.related = {service("db"), host("n1")};
  stored.related = {model::resource_id(service("db")), model::resource_id(host("n1"))};
  stored.event.changes = {{"env.DB_POOL_SIZE", "50", "5"}, {"image", "v1", ""}};
  stored.event.attributes = {{"alertname", "X"}, {"job", "y"}};
  stored.run = {1, 2};
  return stored;
}

void same_event(const StoredEvent& a, const StoredEvent& b) {
  REQUIRE(a.key == b.key);
  REQUIRE(a.resource == b.resource);
  REQUIRE(a.related == b.related);
  REQUIRE(a.ingested == b.ingested);
  REQUIRE(a.sequence == b.sequence);
  REQUIRE(a.late == b.late);
  REQUIRE(a.event.source_id == b.event.source_id);
  REQUIRE(a.event.source == b.event.source);
  REQUIRE(a.event.observation == b.event.observation);
  REQUIRE(a.event.subject == b.event.subject);
  REQUIRE(a.event.related == b.event.related);
  REQUIRE(a.event.type == b.event.type);
  REQUIRE(a.event.reason == b.event.reason);
  REQUIRE(a.event.message == b.event.message);
  REQUIRE(a.event.severity == b.event.severity);
  REQUIRE(a.event.first == b.event.first);
  REQUIRE(a.event.last == b.event.last);
  REQUIRE(a.event.onset == b.event.onset);
  REQUIRE(a.event.count == b.event.count);
  REQUIRE(a.event.resolved == b.event.resolved);
  REQUIRE(a.event.time_clamped == b.event.time_clamped);
  REQUIRE(a.event.component == b.event.component);
  REQUIRE(a.event.changes == b.event.changes);
  REQUIRE(a.event.attributes == b.event.attributes);
}

model::Incident incident() {
  model::Incident out;
  out.id = {42};
  out.aliases = {{43}, {44}};
  out.status = model::IncidentStatus::resolved;
  out.severity = model::Severity::fatal;
  out.started = start;
  out.opened = at(1s);
  out.first_symptom = at(2s);
  out.last_activity = at(3s);
  out.resolved_at = at(4s);
  out.title = "checkout is failing";
  out.hurt = {9};
  out.abstained = out.degraded = true;
  model::Suspect suspect{{1, 2}, {3}, 0.86F, 0.5F, true, "Deployment shop/orders", "rolled out v2.3.1", "because", {{1, 2}, {3, 4}}};
  out.roots = {suspect, suspect};
  out.changes = {suspect};
  out.ruled_out = {};
  out.members = {{{5, 6}, {7}, true}, {{8, 9}, {10}, false}};
  out.blast_radius = {{11}, {12}};
  out.history = {{at(5s), {1, 2}, 0.7F}};
  out.alerts = 3;
  out.records = 1243;
  out.rules_version = 5;
  return out;
}

model::ResourceState full_state() {
  auto out = state(pod("a"), start, {{"image", "v1"}, {"replicas", "3"}}, {{"app", "a"}});
  out.selector = {{"app", "a"}};
  out.references = {runs_on("n1"), {model::Relation::emits, service("x"), false, model::Evidence::inferred}};
  out.addresses = {"10.0.0.1", "a.shop"};
  out.partial = true;
  return out;
}

ResourceRecord record() {
  ResourceRecord out;
  out.stated = out.deleted = out.trimmed = true;
  out.ref = pod("a");
  out.first_seen = start;
  out.last_end = core::Time::min();
  out.uids = {"9a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "worker-1"};
  out.aliases = {{5}};
  out.state = full_state();
  out.versions = {{at(1s), "st:1", true, false, full_state()}, {at(2s), "st:2", false, true, std::nullopt}};
  return out;
}

}  // namespace

TEST_CASE("records: an event comes back as it was stored") {
  for (const StoredEvent& stored : {plain_event(), full_event()}) {
    const auto back = decode_event(stored.key, encode_event(stored));
    INFO(back.status().ToString());
    REQUIRE(back.ok());
    same_event(*back, stored);
    REQUIRE(back->run == stored.run);
    REQUIRE(encode_event(*back) == encode_event(stored));
  }
}

TEST_CASE("records: a link keeps every term, to a thousandth, and always a confidence") {
  const core::EventKey run{5, 6};
  RunLinks stored{{}, {link_to({1, 2}, run, 0.86F), link_to({3, 4}, run, std::numeric_limits<float>::quiet_NaN())}};
  const auto back = decode_run_links(run, encode_run_links(stored));
  REQUIRE(back.ok());
  const model::Link& link = back->links[0];
  const model::Link& was = stored.links[0];
  REQUIRE(link.cause == was.cause);
  REQUIRE(link.effect == run);
  REQUIRE(link.confidence == Approx(was.confidence).margin(1e-4));
  REQUIRE(link.raw == Approx(was.raw).margin(1e-4));
  REQUIRE(link.terms.base == Approx(was.terms.base).margin(1e-3));
  REQUIRE(link.terms.lag == Approx(was.terms.lag).margin(1e-3));
  REQUIRE(link.terms.competition == Approx(was.terms.competition).margin(1e-3));
  REQUIRE(link.hops == was.hops);
  REQUIRE(link.inferred_topology);
  REQUIRE(link.lag_seconds == was.lag_seconds);
  REQUIRE(link.path == was.path);
  REQUIRE(link.rule == was.rule);
  REQUIRE(link.rules_version == was.rules_version);
  REQUIRE(back->links[1].confidence == 0.0F);
}

TEST_CASE("records: a usual INFO event with its message takes at most 250 bytes") {
  REQUIRE(encode_event(plain_event()).size() <= 250);
}

TEST_CASE("records: incidents, states and resources come back as they were stored") {
  const auto back = decode_incident(encode_incident(incident()));
  REQUIRE(back.ok());
  REQUIRE(encode_incident(*back) == encode_incident(incident()));
  REQUIRE(back->roots.at(1).sentence == "because");
  REQUIRE(back->members.at(0).symptom);
  REQUIRE(back->resolved_at == at(4s));
  const auto state_back = decode_state(encode_state(full_state()));
  REQUIRE(state_back.ok());
  REQUIRE(*state_back == full_state());
  const auto record_back = decode_resource(encode_resource(record()));
  REQUIRE(record_back.ok());
  REQUIRE(encode_resource(*record_back) == encode_resource(record()));
  REQUIRE(record_back->versions.at(0).given == full_state());
  REQUIRE(record_back->uids == record().uids);
  ResourceRecord alias;
  alias.alias_of = {9};
  REQUIRE(decode_resource(encode_resource(alias))->alias_of == core::ResourceId{9});
}

TEST_CASE("records: fingerprints are 24 bytes each, a torn tail is left out") {
  const std::vector<Fingerprint> entries{{1, 2, 3}, {4, 5, 6}};
  std::string bytes = encode_fingerprints(entries);
  REQUIRE(bytes.size() == 48);
  REQUIRE(decode_fingerprints(bytes).at(1).first_us == 6);
  bytes.pop_back();
  REQUIRE(decode_fingerprints(bytes).size() == 1);
}

TEST_CASE("records: a newer format is data loss, not a guess") {
  std::string bytes = encode_event(plain_event());
  bytes[0] = 2;
  REQUIRE(absl::IsDataLoss(decode_event(plain_event().key, bytes).status()));
  REQUIRE(absl::IsDataLoss(decode_incident("").status()));
  REQUIRE(absl::IsDataLoss(decode_state(encode_state(full_state()) + "x").status()));
  REQUIRE(absl::IsDataLoss(decode_incident(encode_incident_alias({5})).status()));
  REQUIRE(decode_incident_alias(encode_incident_alias({5})) == core::IncidentId{5});
  REQUIRE_FALSE(decode_incident_alias(encode_incident(incident())).has_value());
}

TEST_CASE("records: truncated and bit-flipped records never do harm") {
  const std::vector<std::pair<std::string, std::function<core::Status(std::string_view)>>> formats{
      {encode_event(full_event()), [](std::string_view v) { return decode_event({1, 2}, v).status(); }},
      {encode_event(plain_event()), [](std::string_view v) { return decode_event({1, 2}, v).status(); }},
      {encode_incident(incident()), [](std::string_view v) { return decode_incident(v).status(); }},
      {encode_state(full_state()), [](std::string_view v) { return decode_state(v).status(); }},
      {encode_resource(record()), [](std::string_view v) { return decode_resource(v).status(); }},
      {encode_posting_block(std::vector<core::EventKey>{{1, 2}}), [](std::string_view v) { return decode_posting_block({1, 2}, v).status(); }},
      {encode_statement({{{start, true}, {at(1s), false}}, true}), [](std::string_view v) { return decode_statement(v).status(); }},
      {encode_edge(model::Evidence::selector), [](std::string_view v) { return decode_edge(v).status(); }},
      {encode_time(start), [](std::string_view v) { return decode_time(v).status(); }},
  };
  std::mt19937 random(7);
  for (const auto& [bytes, decode] : formats) {
    REQUIRE(decode(bytes).ok());
    for (std::size_t size = 0; size < bytes.size(); ++size) REQUIRE(absl::IsDataLoss(decode(std::string_view(bytes).substr(0, size))));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      const core::Status status = decode(damaged);
      REQUIRE((status.ok() || absl::IsDataLoss(status)));
    }
    for (int round = 0; round < 300; ++round) {
      std::string noise(random() % 80, '\0');
      for (char& c : noise) c = static_cast<char>(random());
      if (!noise.empty()) noise[0] = 1;
      const core::Status status = decode(noise);
      REQUIRE((status.ok() || absl::IsDataLoss(status)));
    }
  }
}
