#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"
#include "support.h"

#include <set>

using namespace kgrca;
using namespace kgrca::api::testing;

namespace {

std::string edge(std::string_view from, std::string_view to, std::string_view type, std::string_view at, std::string_view op = "UPSERT") {
  return core::cat(R"({"op":")", op, R"(","at":"2025-04-09T09:)", at, R"(Z","cluster":"eu","id":"edge:)", from, "->", to, R"(","from":")", from,
                   R"(","to":")", to, R"(","type":")", type, R"("})", "\n");
}

// ingress -> service -> web-0, web-1 -> node; web-0 moved from w1 to w2 at 09:30.
void ingest_shop(Bench& bench) {
  bench.ingest_state(bench.acme, edge("ingress:shop:front", "service:shop:web", "ROUTES_TO", "00:00") +
                                     edge("service:shop:web", "pod:shop:web-0", "SELECTS", "01:00") +
                                     edge("service:shop:web", "pod:shop:web-1", "SELECTS", "02:00") +
                                     edge("pod:shop:web-0", "node:w1", "RUNS_ON", "03:00") + edge("pod:shop:web-1", "node:w1", "RUNS_ON", "04:00") +
                                     edge("pod:shop:web-0", "node:w1", "RUNS_ON", "30:00", "DELETE") +
                                     edge("pod:shop:web-0", "node:w2", "RUNS_ON", "30:00"));
}

std::set<std::string> ids(wire::JsonValue list, std::string_view member = {}) {
  std::set<std::string> out;
  list.each_item([&](wire::JsonValue item) {
    const wire::JsonValue resource = member.empty() ? item : item[member];
    out.emplace(core::cat(resource["kind"].string_or(), "/", resource["name"].string_or()));
    return true;
  });
  return out;
}

using Ids = std::set<std::string>;

}  // namespace

TEST_CASE("api: what surrounds a resource, by depth, relation, direction and time") {
  Bench bench;
  ingest_shop(bench);
  const auto around = [&](const std::string& target) {
    const Answer answer = bench.get(bench.acme, "/api/v1/graph/topology/" + target);
    INFO(answer.response.body);
    REQUIRE(answer.response.status == 200);
    CHECK_FALSE(answer.root["truncated"].boolean().value_or(true));
    return ids(answer.root["nodes"], "resource");
  };
  CHECK(around("pod:shop:web-0") == Ids{"Pod/web-0", "Service/web", "Node/w2"});
  CHECK(around("pod:shop:web-0?at=2025-04-09T09:10:00Z") == Ids{"Pod/web-0", "Service/web", "Node/w1"});
  CHECK(around("pod:shop:web-0?direction=out") == Ids{"Pod/web-0", "Node/w2"});
  CHECK(around("node:w1?relation=RUNS_ON&direction=in") == Ids{"Pod/web-1", "Node/w1"});
  CHECK(around("node:w1?relation=SELECTS") == Ids{"Node/w1"});
  CHECK(around("ingress:shop:front?depth=15") == Ids{"Ingress/front", "Service/web", "Pod/web-0", "Pod/web-1", "Node/w1", "Node/w2"});
  CHECK(around("node:w1?depth=2&relation=runs_on,selects") == Ids{"Node/w1", "Pod/web-1", "Service/web"});
  const Answer few = bench.get(bench.acme, "/api/v1/graph/topology/ingress:shop:front?depth=3&limit=2");
  CHECK(few.root["nodes"].size() == 2);
  CHECK(few.root["truncated"].boolean() == true);
}

TEST_CASE("api: a resource whose record is damaged is an error of whoever shows it, and not left blank") {
  Bench bench;
  ingest_shop(bench);
  store::TenantView view = *bench.tenancy->view(bench.acme.tenant, tenancy::SystemJob::maintenance);
  const auto damaged = graph::GraphReader(view.snapshot()).find_resource("pod:shop:web-1");
  REQUIRE(damaged.ok());
  store::Batch batch = view.batch();
  batch.put(store::keys::resource(*damaged), "?");
  REQUIRE(view.commit_durably(std::move(batch)).ok());
  const auto status = [&](const std::string& target) { return bench.get(bench.acme, target).response.status; };
  CHECK(status("/api/v1/graph/topology/service:shop:web") == 500);
  CHECK(status("/api/v1/graph/path?from=service:shop:web&to=node:w1") == 500);
  CHECK(status("/api/v1/graph/diff?from=2025-04-09T08:00:00Z") == 500);
  CHECK(status("/api/v1/resources/service:shop:web") == 500);
  CHECK(status("/api/v1/graph/topology/ingress:shop:front") == 200);
  CHECK(status("/api/v1/resources/pod:shop:web-0") == 200);
}

TEST_CASE("api: the way between two resources") {
  Bench bench;
  ingest_shop(bench);
  const Answer way = bench.get(bench.acme, "/api/v1/graph/path?from=ingress:shop:front&to=node:w1&direction=out");
  REQUIRE(way.response.status == 200);
  CHECK(way.root["found"].boolean() == true);
  CHECK(way.root["hops"].integer() == 3);
  CHECK(ids(way.root["nodes"]) == Ids{"Ingress/front", "Service/web", "Pod/web-1", "Node/w1"});
  CHECK(way.root["edges"].size() == 3);
  const Answer back = bench.get(bench.acme, "/api/v1/graph/path?from=node:w1&to=ingress:shop:front&direction=out");
  CHECK(back.root["found"].boolean() == false);
  CHECK(back.root["hops"].is_null_or_absent());
  CHECK(bench.get(bench.acme, "/api/v1/graph/path?from=node:w1&to=node:w2&max_hops=2").root["found"].boolean() == false);
  CHECK(bench.get(bench.acme, "/api/v1/graph/path?from=node:w1&to=node:w2").root["hops"].integer() == 4);
  CHECK(bench.get(bench.acme, "/api/v1/graph/path?from=node:w1&to=node:w2&at=2025-04-09T09:20:00Z").response.status == 200);
  CHECK(bench.get(bench.acme, "/api/v1/graph/path?from=node:w1&to=node:none").response.status == 404);
  CHECK(bench.get(bench.globex, "/api/v1/graph/path?from=node:w1&to=node:w2").response.status == 404);
}

TEST_CASE("api: what changed between two moments, around a resource and page by page") {
  Bench bench;
  ingest_shop(bench);
  const std::string moved = "/api/v1/graph/diff?from=2025-04-09T09:20:00Z&to=2025-04-09T09:40:00Z";
  for (const std::string& target : {moved, moved + "&resource=pod:shop:web-0", moved + "&namespace=shop", moved + "&relation=RUNS_ON"}) {
    const Answer diff = bench.get(bench.acme, target);
    INFO(target << diff.response.body);
    REQUIRE(diff.response.status == 200);
    CHECK(ids(diff.root["edges_added"], "to") == Ids{"Node/w2"});
    CHECK(ids(diff.root["edges_removed"], "to") == Ids{"Node/w1"});
    CHECK(ids(diff.root["resources_removed"]).empty());
    CHECK(diff.root["next_cursor"].is_null_or_absent());
  }
  CHECK(bench.get(bench.acme, moved + "&namespace=bank").root["edges_added"].size() == 0);
  CHECK(bench.get(bench.acme, moved + "&relation=SELECTS").root["edges_added"].size() == 0);
  CHECK(bench.get(bench.acme, moved + "&resource=pod:shop:none").response.status == 404);
  CHECK(bench.get(bench.globex, moved + "&resource=pod:shop:web-0").response.status == 404);
  CHECK(bench.get(bench.globex, moved).root["edges_added"].size() == 0);

  std::set<std::string> added;
  std::size_t edges = 0;
  std::string cursor;
  int pages = 0;
  do {
    const Answer page = bench.get(bench.acme, "/api/v1/graph/diff?from=2025-04-09T08:00:00Z&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.response.status == 200);
    added.merge(ids(page.root["resources_added"]));
    edges += page.root["edges_added"].size();
    cursor = std::string(page.root["next_cursor"].string_or());
    ++pages;
  } while (!cursor.empty() && pages < 20);
  CHECK(pages > 1);
  CHECK(added == Ids{"Ingress/front", "Service/web", "Pod/web-0", "Pod/web-1", "Node/w1", "Node/w2"});
  CHECK(edges == 5);
}

TEST_CASE("api: causes and effects of an event over several links") {
  Bench bench;
  bench.ingest(bench.acme, pod_event(3) + pod_event(6));
  const Answer effects = bench.get(bench.acme, "/api/v1/graph/effects/uid-3?links=3&min_confidence=0.01&limit=10");
  REQUIRE(effects.response.status == 200);
  CHECK(effects.root["event"]["source_id"].string_or() == "uid-3");
  CHECK(effects.root["effects"].is_array());
  CHECK(effects.root["resources"].is_array());
  CHECK(effects.root["truncated"].boolean() == false);
  const Answer causes = bench.get(bench.acme, "/api/v1/graph/causes/uid-6");
  REQUIRE(causes.response.status == 200);
  CHECK(causes.root["causes"].is_array());
  CHECK(bench.get(bench.acme, "/api/v1/graph/causes/nobody").response.status == 404);
  CHECK(bench.get(bench.globex, "/api/v1/graph/effects/uid-3").response.status == 404);
}
