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
