// Broken and hostile questions to the reading endpoints: each gets a problem with a reason, or an honest answer, and the server
// stays well.
#include <catch2/catch.hpp>

#include <algorithm>

#include "kgrca/core/strings.h"
#include "tests/support/api.h"
#include "tests/support/server_process.h"

namespace kgrca::integration {
namespace {

test::ServerProcess& server() {
  static test::ServerProcess process;
  static const double started = process.start();
  (void)started;
  return process;
}

test::Api& api() {
  static test::Api made(server().url(), server().key("default"));
  return made;
}

void check_problem(const test::Answer& answer) {
  CHECK(answer.content_type == "application/problem+json");
  CHECK(answer.integer("status") == answer.status);
  CHECK_FALSE(answer.json["code"].string_or().empty());
  CHECK_FALSE(answer.json["request_id"].string_or().empty());
  CHECK(answer.json["detail"].string_or().size() > 10);
}

void check_answers(const std::vector<std::string>& targets, const std::vector<int>& allowed) {
  for (const std::string& target : targets) {
    const test::Answer answer = api().get(target);
    INFO(target.substr(0, 120) << " -> " << answer.status << " " << answer.body.substr(0, 200));
    CHECK(std::find(allowed.begin(), allowed.end(), answer.status) != allowed.end());
    if (answer.status >= 400) check_problem(answer);
  }
  CHECK(api().get("/healthz").status == 200);
}

const std::vector<std::string> listings{"/api/v1/incidents", "/api/v1/events", "/api/v1/resources"};
const std::vector<std::string> by_id{"/api/v1/incidents/", "/api/v1/events/", "/api/v1/resources/", "/api/v1/graph/topology/",
                                     "/api/v1/rca/", "/api/v1/graph/causes/", "/api/v1/graph/effects/"};

std::vector<std::string> each_of(const std::vector<std::string>& beginnings, const std::string& joint, const std::vector<std::string>& ends) {
  std::vector<std::string> out;
  for (const std::string& beginning : beginnings) {
    for (const std::string& end : ends) out.push_back(core::cat(beginning, joint, end));
  }
  return out;
}

}  // namespace

TEST_CASE("questions: parameters of listings that cannot be meant are 400") {
  check_answers(each_of(listings, "?", {"limit=0", "limit=-1", "limit=1e3", "limit=99999999999999999999", "limit=", "limit=1;2", "limit=1&limit=2",
                                        "cursor=AAAA", "cursor=%00", "cursor=%F0%9F%98%80", "cursor=" + std::string(5000, 'A'), "x=1", "%", "a%zz",
                                        "%00=1", "=1", "limit", std::string(6000, 'a') + "=1", "limit=%ff"}),
                {400});
  check_answers(each_of({"/api/v1/incidents", "/api/v1/events"}, "?",
                        {"from=", "from=now", "from=2025-13-45T99:99:99Z", "from=2025-02-30T00:00:00Z", "from=0000-01-01T00:00:00Z", "from=1e400",
                         "from=2025-01-01T00:00:00+02:00", "from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z"}),
                {400});
  check_answers({"/api/v1/events?min_severity=9", "/api/v1/incidents?status=OPEN", "/api/v1/resources?namespace=x",
                 "/api/v1/incidents/latest?format=xml", "/api/v1/stats?x=1", "/healthz?x"},
                {400});
}

TEST_CASE("questions: what nothing fits gives an empty page") {
  for (const std::string& target :
       {std::string("/api/v1/events?source_id=") + std::string(5000, 's'), std::string("/api/v1/events?resource=nope"),
        std::string("/api/v1/events?type=%27%22"), std::string("/api/v1/resources?kind=") + std::string(3000, 'x'),
        std::string("/api/v1/resources?name=.*"), std::string("/api/v1/events?from=9999-12-31T23:59:59Z")}) {
    const test::Answer answer = api().get(target);
    INFO(target.substr(0, 80) << " -> " << answer.status << " " << answer.body.substr(0, 200));
    CHECK(answer.status == 200);
    CHECK(answer.json["items"].size() == 0);
  }
}

TEST_CASE("questions: ids that name nothing are 400 or 404, whatever they hold") {
  check_answers(each_of(by_id, "", {"x", "%00", "%ff", "%2e%2e%2f%2e%2e", "..", ".", "a/b", "a%2Fb", "inc" + std::string(13, 'a'),
                                    "inc" + std::string(99, 'a'), "ev" + std::string(26, 'z'), "ev", "inc", "%20", "%0d%0aX:1", std::string(4000, 'a'),
                                    "%F0%9F%98%80", "null", "-1", "::::", "prod:pod:shop:", "%7Bid%7D", "%27%3BDROP%20TABLE"}),
                {400, 404});
  check_answers(each_of({"/api/v1/graph/topology/pod:shop:web", "/api/v1/resources/pod:shop:web"}, "?at=",
                        {"", "now", "0", "9999999999", "2025-01-01", "2025-01-01T00:00:00", "0001-01-01T00:00:00Z", "99999-01-01T00:00:00Z"}),
                {400});
  check_answers(each_of({"/api/v1/graph/topology/pod:shop:web"}, "?", {"depth=16", "depth=-1", "depth=1.5", "depth=0x1", "limit=1001"}), {400});
}

TEST_CASE("questions: a path without the method says which it has, HEAD answers without a body") {
  for (const std::string path : {"/api/v1/incidents", "/api/v1/incidents/latest", "/api/v1/events", "/api/v1/resources", "/api/v1/stats", "/healthz"}) {
    for (const auto method : {net::Method::put, net::Method::del, net::Method::patch, net::Method::post, net::Method::options}) {
      const test::Answer answer = api().send(method, path, "", {});
      INFO(net::name_of(method) << " " << path << " -> " << answer.status << " " << answer.body);
      CHECK(answer.status == 405);
      CHECK(answer.header("allow") == "GET, HEAD");
      check_problem(answer);
    }
  }
  const test::Answer head = api().send(net::Method::head, "/api/v1/stats", "", {});
  CHECK(head.status == 200);
  CHECK(head.body.empty());
}

TEST_CASE("questions: bodies of the API are read as strictly as the parameters") {
  const auto status = [](std::string_view body, const test::Headers& headers = {{"Content-Type", "application/json"}}) {
    const test::Answer answer = api().post("/api/v1/rca", body, headers);
    INFO(body.substr(0, 80) << " -> " << answer.status << " " << answer.body);
    check_problem(answer);
    return answer.status;
  };
  for (const std::string body : {"", " ", "{", "null", "[]", "\"x\"", "{}", R"({"event_id":1})", R"({"event_id":"x","max_hops":1e99})",
                                 R"({"event_id":"x","max_hops":"3"})", R"({"event_id":"x","time_window_minutes":0})",
                                 R"({"event_id":"x","min_confidence":"a"})", R"({"event_id":"x","include_timeline":1})", "{\"event_id\":\"\xff\"}",
                                 R"({"event_id":"\ud800"})", R"({"event_id":"x"}trailing)", R"({"event_id":"x","nonsense":1})", "NaN"}) {
    CHECK(status(body) == 400);
  }
  CHECK(status(std::string(10'000, '[') + std::string(10'000, ']')) == 400);
  CHECK(status(std::string(70'000, ' ')) == 413);
  CHECK(status(R"({"event_id":"x"})") == 404);
  for (const std::string type : {"application/xml", "text/plain", "garbage", "multipart/form-data; boundary=x"}) {
    CHECK(status(R"({"event_id":"x"})", {{"Content-Type", type}}) == 415);
  }
  CHECK(status(R"({"event_id":"x"})", {{"Content-Type", "application/json"}, {"Content-Encoding", "br"}}) == 415);
  CHECK(status(R"({"event_id":"x"})", {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}) == 400);
}

}  // namespace kgrca::integration
