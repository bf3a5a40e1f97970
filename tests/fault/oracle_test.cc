// The comparison itself must see what it is there to see.
#include <catch2/catch.hpp>

#include "tests/fault/load.h"
#include "tests/support/server_process.h"

namespace kgrca::fault {

TEST_CASE("fault: the comparison finds what is lost, invented and unreadable") {
  test::ServerProcess server;
  server.start();
  test::Api api(server.url(), server.key("default"));
  CHECK(api.post("/api/v1/ingest/k8s-events", event_json(0) + "\n" + event_json(1)).status == 200);
  Ledger ledger;
  ledger.sent({event_id(0), event_id(2)});
  ledger.acknowledged({event_id(0), event_id(2)});
  ledger.stated("d-nowhere");
  const Verdict verdict = compare(api, ledger);
  CHECK(verdict.lost == std::vector<std::string>{event_id(2)});
  CHECK(verdict.invented == std::vector<std::string>{event_id(1)});
  CHECK(verdict.doubled.empty());
  CHECK(verdict.broken.size() == 1);
  CHECK(verdict.stored == 2);
  CHECK(verdict.counted == 2);
}

}  // namespace kgrca::fault
