// A server's insides without a socket: store, tenants, pipeline and the routes of the api room.
#pragma once

#include <stdlib.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "kgrca/api/routes.h"
#include "kgrca/core/manual_clock.h"
#include "kgrca/core/strings.h"
#include "kgrca/normalize/decode.h"
#include "kgrca/wire/json.h"

namespace kgrca::api::testing {

inline core::Time start_time() { return *core::parse_rfc3339("2025-04-09T10:00:00Z"); }

struct Answer {
  net::Response response;
  std::unique_ptr<wire::JsonDocument> document = std::make_unique<wire::JsonDocument>();
  wire::JsonValue root;
};

class Bench {
 public:
  Bench() : clock(start_time()) {
    char name[] = "/tmp/kgrca-api-XXXXXX";
    directory = mkdtemp(name);
    store::StoreOptions options;
    options.directory = directory + "/store";
    options.databases = 1;
    options.memory_bytes = 32 << 20;
    auto opened = store::Store::open(options, metrics);
    REQUIRE(opened.ok());
    store = *std::move(opened);
    auto tenants = tenancy::Tenancy::open(*store, clock, directory + "/pepper");
    REQUIRE(tenants.ok());
    tenancy = *std::move(tenants);
    pipeline::PipelineOptions pipeline_options;
    pipeline_options.lane.taxonomy = model::Taxonomy::embedded();
    pipeline_options.lane.rules = rca::Rules::embedded();
    auto started = pipeline::Pipeline::start(pipeline_options, *tenancy, clock, metrics);
    REQUIRE(started.ok());
    pipeline = *std::move(started);
    ApiContext context;
    context.tenancy = tenancy.get();
    context.pipeline = pipeline.get();
    context.clock = &clock;
    context.metrics = &metrics;
    context.taxonomy = pipeline_options.lane.taxonomy;
    context.version = "test";
    context.delete_tenant = [this](std::string_view whom, std::string_view by) { return tenancy->begin_deletion(whom, by); };
    list = routes(context);
    acme = tenant("acme");
    globex = tenant("globex");
  }

  ~Bench() {
    list.clear();
    pipeline->stop();
    pipeline.reset();
    tenancy.reset();
    store->close();
    store.reset();
    std::filesystem::remove_all(directory);
  }

  core::Principal tenant(const std::string& name) {
    auto made = tenancy->create_tenant(name);
    REQUIRE(made.ok());
    core::Principal principal;
    principal.tenant = made->number;
    principal.tenant_name = name;
    principal.scopes = 7;
    return principal;
  }

  // Kubernetes events as NDJSON, or state and topology records, into the tenant; durable when they return.
  void ingest(const core::Principal& principal, std::string_view body) {
    submit(principal, normalize::decode_kubernetes_events(body, context_of(principal)), body.size());
  }
  void ingest_state(const core::Principal& principal, std::string_view body) {
    submit(principal, normalize::decode_state(body, context_of(principal)), body.size());
  }

  // `target` is path and query as a client would send them, without percent-encoding.
  Answer call(const core::Principal& principal, net::Method method, const std::string& target, std::string body = {}) {
    auto request = std::make_shared<net::Request>();
    request->method = method;
    request->principal = principal;
    request->body = std::move(body);
    const std::size_t mark = target.find('?');
    request->path = target.substr(0, mark);
    if (mark != std::string::npos) {
      for (const std::string_view pair : core::split(std::string_view(target).substr(mark + 1), '&')) {
        const std::size_t equals = pair.find('=');
        request->query.emplace_back(pair.substr(0, equals), equals == std::string_view::npos ? "" : pair.substr(equals + 1));
      }
    }
    const net::Route* route = match(*request);
    REQUIRE(route != nullptr);
    std::promise<net::Response> reply;
    route->handler(request, [&](net::Response response) { reply.set_value(std::move(response)); });
    Answer answer;
    answer.response = reply.get_future().get();
    if (const auto root = answer.document->parse(answer.response.body); root.ok()) answer.root = *root;
    return answer;
  }
  Answer get(const core::Principal& principal, const std::string& target) { return call(principal, net::Method::get, target); }

  std::string directory;
  core::ManualClock clock;
  core::Metrics metrics;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<tenancy::Tenancy> tenancy;
  std::unique_ptr<pipeline::Pipeline> pipeline;
  std::vector<net::Route> list;
  core::Principal acme;
  core::Principal globex;

 private:
  normalize::Context context_of(const core::Principal& principal) {
    normalize::Context context;
    context.taxonomy = model::Taxonomy::embedded();
    context.masker = pipeline->masker_of(principal.tenant);
    context.received = clock.now();
    return context;
  }

  void submit(const core::Principal& principal, normalize::Decoded decoded, std::size_t bytes) {
    REQUIRE(decoded.rejected.empty());
    pipeline::Submission submission;
    submission.records = std::move(decoded.records);
    submission.bytes = bytes;
    std::promise<core::Status> done;
    pipeline->submit(principal, std::move(submission), [&](core::StatusOr<pipeline::Outcome> outcome) { done.set_value(outcome.status()); });
    REQUIRE(done.get_future().get().ok());
  }

  // The last {parameter} of a path takes the rest.
  const net::Route* match(net::Request& request) {
    for (const net::Route& route : list) {
      if (route.method != request.method) continue;
      if (route.path == request.path) return &route;
    }
    for (const net::Route& route : list) {
      const std::size_t open = route.path.find('{');
      if (route.method != request.method || open == std::string::npos || !request.path.starts_with(route.path.substr(0, open))) continue;
      const std::size_t close = route.path.find('}');
      const std::string tail = route.path.substr(close + 1);
      const std::string value = request.path.substr(open);
      if (!value.ends_with(tail) || (tail.empty() && value.find('/') != std::string::npos)) continue;
      request.parameters[route.path.substr(open + 1, close - open - 1)] = value.substr(0, value.size() - tail.size());
      return &route;
    }
    return nullptr;
  }
};

inline std::string pod_event(int number, std::string_view reason = "BackOff", std::string_view type = "Warning") {
  const std::string second = core::cat(number % 60 < 10 ? "0" : "", number % 60);
  return core::cat(R"({"metadata":{"name":"e","namespace":"shop","uid":"uid-)", number, R"("},"involvedObject":{"kind":"Pod","namespace":"shop","name":"web-)",
                   number % 3, R"(","uid":"pod-)", number % 3, R"("},"reason":")", reason, R"(","message":"m","type":")", type,
                   R"(","firstTimestamp":"2025-04-09T09:59:)", second, R"(Z","lastTimestamp":"2025-04-09T09:59:)", second, R"(Z","count":1})", "\n");
}

}  // namespace kgrca::api::testing
