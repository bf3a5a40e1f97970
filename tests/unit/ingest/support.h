// The push routes over a real pipeline and store, called without sockets.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "kgrca/core/manual_clock.h"
#include "kgrca/ingest/routes.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"
#include "kgrca/wire/json.h"
#include "tests/support/temp_directory.h"

namespace kgrca::ingest::testing {

// An answer with its JSON body read.
struct Answer {
  net::Response response;
  std::shared_ptr<wire::JsonDocument> document = std::make_shared<wire::JsonDocument>();
  wire::JsonValue json;

  int status() const { return response.status; }
  std::int64_t integer(std::string_view name) const { return json[name].integer().value_or(-1); }
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
};

class Server {
 public:
  explicit Server(std::size_t native_body_bytes = 5u << 20, std::size_t queue_records = 50'000) {
    open_store();
    pipeline::PipelineOptions options;
    options.lane.taxonomy = model::Taxonomy::embedded();
    options.lane.rules = rca::Rules::embedded();
    options.tenant_queue_records = queue_records;
    auto pipeline = pipeline::Pipeline::start(options, *tenancy_, clock_, metrics_);
    REQUIRE(pipeline.ok());
    pipeline_ = std::move(pipeline).value();
    IngestContext context;
    context.pipeline = pipeline_.get();
    context.clock = &clock_;
    context.metrics = &metrics_;
    context.taxonomy = options.lane.taxonomy;
    context.native_body_bytes = native_body_bytes;
    routes_ = routes(context);
  }
  ~Server() {
    pipeline_.reset();
    tenancy_.reset();
    store_.reset();
  }

  // `target`: a path, with one query argument if need be.
  Answer post(const std::string& target, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string path = target.substr(0, mark);
    auto request = std::make_shared<net::Request>();
    request->method = net::Method::post;
    request->path = path;
    if (const std::size_t equals = target.find('=', mark); equals != std::string::npos) {
      request->query.emplace_back(target.substr(mark + 1, equals - mark - 1), target.substr(equals + 1));
    }
    request->headers = std::move(headers);
    if (request->header("content-type").empty()) request->headers.emplace_back("content-type", "application/json");
    request->body = std::move(body);
    request->principal = principal();
    auto promise = std::make_shared<std::promise<net::Response>>();
    route(path).handler(request, [promise](net::Response response) { promise->set_value(std::move(response)); });
    Answer answer;
    answer.response = promise->get_future().get();
    if (auto parsed = answer.document->parse(answer.response.body); parsed.ok()) answer.json = *parsed;
    return answer;
  }

  const net::Route& route(const std::string& path) const {
    for (const net::Route& one : routes_) {
      if (one.path == path) return one;
    }
    FAIL("no route " << path);
    return routes_.front();
  }
  const std::vector<net::Route>& all_routes() const { return routes_; }
  core::Principal principal() const {
    core::Principal principal;
    principal.tenant = tenancy_->find("demo")->number;
    principal.tenant_name = "demo";
    principal.scopes = static_cast<std::uint8_t>(core::Scope::ingest);
    return principal;
  }
  pipeline::Pipeline& pipeline() { return *pipeline_; }
  core::Metrics& metrics() { return metrics_; }
  void fill_disk(bool full) { free_bytes_ = full ? 0 : plenty; }
  // Value of kgrca_ingest_records_total.
  double counted(const std::string& protocol, const std::string& outcome) {
    return metrics_.counter("kgrca_ingest_records_total", "Records that came in, by protocol and what became of them.",
                            {{"protocol", protocol}, {"outcome", outcome}})
        .value();
  }

 private:
  static constexpr std::uint64_t plenty = 1ull << 40;

  void open_store() {
    store::StoreOptions options;
    options.directory = directory_ / "store";
    options.databases = 1;
    options.cache_bytes = 8u << 20;
    options.memory_bytes = 24u << 20;
    options.reserve_bytes = 1u << 20;
    options.reserve_share = 0;
    options.disk_space = [this] { return store::DiskSpace{free_bytes_, plenty}; };
    auto store = store::Store::open(options, metrics_);
    REQUIRE(store.ok());
    store_ = std::move(store).value();
    auto tenancy = tenancy::Tenancy::open(*store_, clock_, directory_ / "pepper");
    REQUIRE(tenancy.ok());
    tenancy_ = std::move(tenancy).value();
    REQUIRE(tenancy_->create_tenant("demo").ok());
  }

  test::TempDirectory directory_;
  core::ManualClock clock_{*core::parse_rfc3339("2025-04-09T10:05:00Z")};
  core::Metrics metrics_;
  std::atomic<std::uint64_t> free_bytes_{plenty};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tenancy::Tenancy> tenancy_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::vector<net::Route> routes_;
};

inline const std::string event_a = R"({"apiVersion":"v1","kind":"Event","metadata":{"name":"a","namespace":"shop","uid":"u-a"},
 "involvedObject":{"kind":"Pod","namespace":"shop","name":"orders-1","uid":"p-1"},"reason":"OOMKilling","message":"out of memory",
 "type":"Warning","count":1,"firstTimestamp":"2025-04-09T10:00:00Z","lastTimestamp":"2025-04-09T10:00:00Z"})";

inline const std::string alert_a = R"({"version":"4","status":"firing","receiver":"kgrca","groupKey":"g","groupLabels":{},
 "commonLabels":{},"commonAnnotations":{},"externalURL":"http://am","alerts":[{"status":"firing","labels":{"alertname":
 "KubePodCrashLooping","namespace":"shop","pod":"orders-1","severity":"critical"},"annotations":{"summary":"crash"},
 "startsAt":"2025-04-09T10:01:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"f1"}]})";

inline const std::string otlp_a = R"({"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"orders-1"}},
 {"key":"k8s.namespace.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1744192800000000000",
 "severityText":"ERROR","body":{"stringValue":"connection refused to db:5432"}}]}]}]})";

}  // namespace kgrca::ingest::testing
