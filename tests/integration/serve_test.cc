#include "process.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>

#include "kgrca/net/client.h"
#include "kgrca/wire/json.h"

using namespace kgrca;
using namespace kgrca::testing;

namespace {

constexpr std::string_view event_body =
    R"({"metadata":{"name":"web.1","namespace":"shop","uid":"uid-1"},"involvedObject":{"kind":"Pod","namespace":"shop","name":"web-1"},)"
    R"("reason":"BackOff","message":"Back-off restarting failed container","type":"Warning",)"
    R"("firstTimestamp":"2025-04-09T10:00:00Z","lastTimestamp":"2025-04-09T10:00:00Z","count":1})";

net::Response send(const RunningServer& server, net::Method method, const std::string& target, const std::string& key,
                   std::string_view body = {}) {
  net::ClientOptions options;
  options.url = server.url;
  auto client = net::Client::make(options);
  REQUIRE(client.ok());
  std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "application/json"}};
  if (!key.empty()) headers.emplace_back("Authorization", "Bearer " + key);
  auto response = client->send(method, target, headers, body);
  REQUIRE(response.ok());
  return *std::move(response);
}

}  // namespace

TEST_CASE("serve: one event by HTTP is there by its id, also after a restart") {
  const TempFolder folder;
  std::string id;
  {
    RunningServer server(folder.path);
    const std::string key = server.key("default");
    CHECK(send(server, net::Method::post, "/api/v1/ingest/k8s-events", key, event_body).status == 200);
    const net::Response found = send(server, net::Method::get, "/api/v1/events?source_id=uid-1", key);
    wire::JsonDocument document;
    const auto root = document.parse(found.body);
    REQUIRE(root.ok());
    (*root)["items"].each_item([&](wire::JsonValue item) {
      id = std::string(item["id"].string_or());
      return true;
    });
    REQUIRE_FALSE(id.empty());
    CHECK(server.stop() == 0);
  }
  RunningServer again(folder.path);
  CHECK(send(again, net::Method::get, "/api/v1/events/" + id, again.key("default")).status == 200);
  CHECK(send(again, net::Method::get, "/api/v1/events/" + id, again.key("demo")).status == 404);
  CHECK(again.stop() == 0);
}

TEST_CASE("serve: the first start leaves keys that only the owner may read") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  for (const std::string name : {"admin.key", "default.key", "demo.key", "client.yaml"}) {
    struct stat info {};
    REQUIRE(stat((server.data + "/" + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
  CHECK(send(server, net::Method::get, "/api/v1/admin/tenants", server.key("admin")).status == 200);
  CHECK(send(server, net::Method::get, "/api/v1/admin/tenants", server.key("default")).status == 403);
}

TEST_CASE("serve: a deleted default tenant stays away, and the demo's comes back with a key that works") {
  const TempFolder folder;
  {
    RunningServer server(folder.path);
    for (const std::string name : {"default", "demo"}) {
      const std::string target = core::cat("/api/v1/admin/tenants/", name, "?confirm=", name);
      CHECK(send(server, net::Method::del, target, server.key("admin")).status == 202);
    }
    CHECK(server.stop() == 0);
  }
  RunningServer again(folder.path);
  const net::Response tenants = send(again, net::Method::get, "/api/v1/admin/tenants", again.key("admin"));
  CHECK_THAT(tenants.body, Catch::Contains("\"demo\"") && !Catch::Contains("\"default\""));
  CHECK(send(again, net::Method::get, "/api/v1/stats", again.key("demo")).status == 200);
  CHECK(again.stop() == 0);
}

TEST_CASE("serve: a request without a key is told where one lies and how to send it") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  const net::Response refused = send(server, net::Method::get, "/api/v1/stats", "");
  CHECK(refused.status == 401);
  CHECK_THAT(refused.body, Catch::Contains(server.data + "/default.key") && Catch::Contains("curl -H"));
  for (const std::string open : {"/healthz", "/readyz", "/metrics", "/openapi.json"}) {
    CHECK(send(server, net::Method::get, open, "").status == 200);
  }
  CHECK_THAT(send(server, net::Method::get, "/metrics", "").body, Catch::Contains("kgrca_build_info"));
}

TEST_CASE("serve: reload keeps the old settings when the new ones are bad") {
  const TempFolder folder;
  const std::string file = folder.path + "/kgrca.yaml";
  std::ofstream(file) << "log:\n  level: info\n";
  RunningServer server(folder.path, {"--config", file});
  CHECK(send(server, net::Method::post, "/-/reload", server.key("admin")).status == 200);
  std::ofstream(file) << "log:\n  level: loud\n";
  const net::Response refused = send(server, net::Method::post, "/-/reload", server.key("admin"));
  CHECK(refused.status == 400);
  CHECK_THAT(refused.body, Catch::Contains("log.level"));
  CHECK(send(server, net::Method::get, "/readyz", "").status == 200);
}

TEST_CASE("serve: a busy port and a store in use are told in one line") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  const TempFolder other;
  const std::string address = server.url.substr(7);
  const Result busy = run({"serve", "--listen", address, "--data-dir", other.path + "/data"});
  CHECK(busy.code == 1);
  CHECK_THAT(busy.errors, Catch::Contains(address) && Catch::Contains("--listen"));
  const Result held = run({"serve", "--listen", "127.0.0.1:0", "--data-dir", server.data});
  CHECK(held.code == 1);
  const Result bare = run({"serve", "--listen", "8080", "--data-dir", other.path + "/data"});
  CHECK(bare.code == 1);
  CHECK_THAT(bare.errors, Catch::StartsWith("kgrca: \"8080\" is not address:port, such as "));
}

TEST_CASE("commands: people and machines get what they ask for") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  const std::vector<std::string> where{"--url", server.url, "--key", server.key("default")};
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), where.begin(), where.end());
    return arguments;
  };
  CHECK(run(with({"incidents"})).output == "No incidents.\n");
  CHECK_THAT(run(with({"incidents", "--json"})).output, Catch::StartsWith("{"));
  CHECK_THAT(run(with({"stats"})).output, Catch::Contains("resources"));
  CHECK(run(with({"explain"})).code == 1);
  CHECK(run({"healthcheck", "--url", server.url}).code == 0);
  const Result doctor = run(with({"doctor"}));
  CHECK(doctor.code == 0);
  CHECK_THAT(doctor.output, Catch::Contains("clock") && Catch::Contains("kubectl get") && Catch::Contains("running         yes"));
  const Result wrong = run({"stats", "--url", server.url, "--key", "wrong"});
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.errors, Catch::Contains("does not accept the key (from --key)"));
  const Result keyless = run({"stats", "--url", server.url});
  CHECK(keyless.code == 1);
  CHECK_THAT(keyless.errors, Catch::Contains("none is set") && Catch::Contains("default.key"));
  CHECK_THAT(run(with({"explain", "incaaaaaaaaaaaaa"})).errors, Catch::Contains("in the tenant of this API key"));
  CHECK_THAT(run({"admin", "tenant", "create", "acme", "--url", server.url, "--key", server.key("admin")}).output, Catch::Contains("acme"));
  CHECK_THAT(run({"admin", "key", "create", "--tenant", "acme", "--url", server.url, "--key", server.key("admin")}).output,
             Catch::StartsWith("kg_live_"));
}

TEST_CASE("commands: what kubectl prints is pushed and understood") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  const std::string file = folder.path + "/objects.json";
  std::ofstream(file) << R"({"apiVersion":"v1","kind":"List","items":[)"
                      << R"({"apiVersion":"v1","kind":"Node","metadata":{"name":"node-1","uid":"n1"},"status":{}},)"
                      << R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop","uid":"p1"},)"
                      << R"("spec":{"nodeName":"node-1","containers":[]},"status":{"phase":"Running"}}]})";
  const Result pushed = run({"push", "k8s", file, "--url", server.url, "--key", server.key("default")});
  CHECK(pushed.code == 0);
  CHECK_THAT(pushed.output, Catch::Contains("Pod") && Catch::Contains("Accepted 2 of 2"));
  CHECK_THAT(pushed.errors, Catch::Contains("--show-managed-fields"));
  const Result piped = run({"push", "k8s", "-", "--json", "--url", server.url, "--key", server.key("default")}, file);
  CHECK(piped.code == 0);
  CHECK_THAT(piped.output, Catch::Contains("\"accepted\":2"));
}

TEST_CASE("commands: a full push ends what the list does not hold, and nothing when the list is not whole") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  const std::string file = folder.path + "/pods.json";
  const auto push = [&](const std::vector<std::string>& pods, const std::string& metadata, std::vector<std::string> flags) {
    std::ofstream out(file);
    out << R"({"apiVersion":"v1","kind":"List","metadata":)" << metadata << R"(,"items":[)";
    for (std::size_t i = 0; i < pods.size(); ++i) {
      out << (i == 0 ? "" : ",") << R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" << pods[i]
          << R"(","namespace":"shop","creationTimestamp":"2026-01-05T10:00:00Z"}})";
    }
    out << "]}";
    out.close();
    std::vector<std::string> arguments{"push", "k8s", "-", "--json", "--url", server.url, "--key", server.key("default")};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return run(arguments, file);
  };
  CHECK_THAT(push({"a", "b", "c"}, "{}", {"--full", "--all-namespaces"}).output, Catch::Contains("\"ended\":0"));
  const Result page = push({"a"}, R"({"continue":"more"})", {"--full", "-A"});
  CHECK(page.code == 1);
  CHECK_THAT(page.errors, Catch::Contains("one page of several"));
  CHECK(push({"a"}, "{}", {"--full"}).code == 2);
  CHECK(push({"a"}, "{}", {"--namespace", "shop"}).code == 2);
  CHECK_THAT(push({"a"}, "{}", {"--full", "--namespace", "other"}).errors, Catch::Contains("outside"));
  CHECK_THAT(push({"a", "b"}, "{}", {"--full", "--namespace", "shop"}).output, Catch::Contains("\"ended\":1"));
  CHECK_THAT(push({"a", "b", "c"}, "{}", {"--full", "-A"}).output, Catch::Contains("\"ended\":0"));
  CHECK_THAT(push({}, "{}", {"--full", "-A", "--kinds", "pods,services"}).output, Catch::Contains("\"ended\":3"));
}

TEST_CASE("commands: a push of nothing or of no JSON says what is wrong") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  const std::string file = folder.path + "/objects";
  const auto push = [&](const std::string& text) {
    std::ofstream(file) << text;
    const Result result = run({"push", "k8s", file, "--url", server.url, "--key", server.key("default")});
    CHECK(result.code == 1);
    CHECK(result.output.empty());
    return result.errors;
  };
  CHECK_THAT(push(R"({"apiVersion":"v1","kind":"List","items":[]})"), Catch::StartsWith("kgrca: the input holds no objects"));
  CHECK_THAT(push("kind: List\n"), Catch::StartsWith("kgrca: byte 0: expected a JSON object"));
}

TEST_CASE("commands: a second replay of a stream adds nothing") {
  const TempFolder folder;
  const RunningServer server(folder.path);
  const std::string file = folder.path + "/stream.jsonl";
  std::ofstream out(file);
  for (int i = 0; i < 3; ++i) {
    std::string payload(event_body);
    payload.replace(payload.find("uid-1"), 5, core::cat("uid-", i));
    out << R"({"arrive_at":"2025-04-09T10:00:0)" << i << R"(.5Z","source":"k8s.event","topic":"raw.k8s.events","key":"t::)" << i
        << R"(","payload":)" << payload << "}\n";
  }
  out.close();
  const std::vector<std::string> arguments{"replay", "--json", "--stream", file, "--url", server.url, "--key", server.key("demo")};
  CHECK_THAT(run(arguments).output, Catch::Contains("\"accepted\":3,\"duplicates\":0"));
  CHECK_THAT(run(arguments).output, Catch::Contains("\"accepted\":3,\"duplicates\":3"));
}

TEST_CASE("commands: exit codes tell wrong usage from failure") {
  CHECK(run({"version"}).code == 0);
  CHECK(run({"--help"}).code == 0);
  CHECK_THAT(run({"--version"}).output, Catch::StartsWith("kgrca "));
  CHECK(run({}).code == 2);
  CHECK_THAT(run({}).errors, Catch::Contains("incidents") && Catch::Contains("explain"));
  CHECK(run({"dance"}).code == 2);
  CHECK_THAT(run({"dance"}).errors, Catch::Contains("dance"));
  CHECK(run({"replay"}).code == 2);
  CHECK(run({"incidents", "--limit", "0"}).code == 2);
  CHECK(run({"incidents", "--url", "http://127.0.0.1:1"}).code == 1);
  CHECK(run({"healthcheck", "--url", "http://127.0.0.1:1"}).code == 1);
  CHECK(run({"config", "check"}).code == 0);
  CHECK(run({"config", "check", "--server.io_threads", "9999"}).code == 1);
  CHECK_THAT(run({"config", "print"}).output, Catch::Contains("127.0.0.1:8080"));
  CHECK_THAT(run({"config", "print", "--server.listen", ""}).output, Catch::Contains("\n  listen: \"\"  # flag"));
  CHECK_THAT(run({"config", "schema"}).output, Catch::Contains("$schema"));
}

TEST_CASE("serve: clients that open more connections than there are files leave the store its own") {
  const TempFolder folder;
  rlimit usual{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const rlimit few{200, usual.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  const RunningServer server(folder.path);
  setrlimit(RLIMIT_NOFILE, &usual);
  std::vector<net::Client> idle;
  for (int i = 0; i < 250; ++i) {
    net::ClientOptions options;
    options.url = server.url;
    auto client = net::Client::make(options);
    REQUIRE(client.ok());
    REQUIRE(client->send(net::Method::get, "/livez", {}, {}).ok());
    idle.push_back(*std::move(client));
  }
  CHECK(send(server, net::Method::post, "/api/v1/ingest/k8s-events", server.key("default"), event_body).status == 200);
}
