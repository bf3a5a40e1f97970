#include "kgrca/pipeline/pipeline.h"

#include <atomic>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "tests/unit/pipeline/support.h"

namespace kgrca::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::event;
using testing::TempTenants;

PipelineOptions options() {
  PipelineOptions options;
  options.lane = testing::lane_options();
  options.lane.masker = nullptr;
  return options;
}

std::unique_ptr<Pipeline> start(TempTenants& tenants, const PipelineOptions& how = options()) {
  auto pipeline = Pipeline::start(how, tenants.tenancy(), tenants.clock(), tenants.metrics());
  REQUIRE(pipeline.ok());
  return std::move(pipeline).value();
}

Submission submission(std::vector<model::Record> records, std::size_t bytes = 1000) {
  Submission made;
  made.records = std::move(records);
  made.bytes = bytes;
  return made;
}

core::StatusOr<Outcome> submit_and_wait(Pipeline& pipeline, const core::Principal& principal, Submission submission) {
  auto result = std::make_shared<std::promise<core::StatusOr<Outcome>>>();
  auto future = result->get_future();
  pipeline.submit(principal, std::move(submission),
                  [result](core::StatusOr<Outcome> outcome) { result->set_value(std::move(outcome)); });
  return future.get();
}

}  // namespace

TEST_CASE("pipeline: a submission is answered once its batch is durable") {
  TempTenants tenants;
  auto pipeline = start(tenants);
  const auto oom = event("a", "OOMKilled", "orders-1", 1);
  const auto outcome = submit_and_wait(*pipeline, tenants.principal(), submission({oom}));
  REQUIRE(outcome.ok());
  CHECK(outcome->accepted == 1);
  CHECK(tenants.reader().event(model::event_key(oom)).ok());
  CHECK(pipeline->stats().tenants_loaded == 1);
  CHECK(pipeline->stats().durable_p50_ms > 0);
  CHECK(pipeline->stats().event_to_link_p99_ms > 0);
}

TEST_CASE("pipeline: an unknown tenant is an error, and the next one works") {
  TempTenants tenants;
  auto pipeline = start(tenants);
  core::Principal nobody;
  nobody.tenant = core::TenantNumber{4242};
  CHECK_FALSE(submit_and_wait(*pipeline, nobody, submission({event("a", "OOMKilled", "p", 1)})).ok());
  CHECK(submit_and_wait(*pipeline, tenants.principal(), submission({event("a", "OOMKilled", "p", 1)})).ok());
}

TEST_CASE("pipeline: a tenant's submissions are applied in the order they came") {
  TempTenants tenants;
  auto pipeline = start(tenants);
  const auto first = event("a", "BackOff", "p", 1);
  std::vector<std::uint64_t> order;
  std::mutex mutex;
  for (std::uint64_t i = 0; i < 200; ++i) {
    pipeline->submit(tenants.principal(), submission({event(core::cat("e", i), "Pulled", "p", static_cast<double>(i))}),
                     [&, i](const core::StatusOr<Outcome>& outcome) {
                       const std::lock_guard lock(mutex);
                       if (outcome.ok()) order.push_back(i);
                     });
  }
  REQUIRE(pipeline->flush(tenants.principal()).ok());
  pipeline->stop();
  CHECK(order.size() == 200);
  std::uint64_t before = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto found = tenants.reader().event(model::event_key(event(core::cat("e", i), "Pulled", "p", static_cast<double>(i))));
    REQUIRE(found.ok());
    CHECK(found->sequence >= before);
    before = found->sequence;
  }
}

TEST_CASE("pipeline: flush waits for everything submitted before") {
  TempTenants tenants;
  auto pipeline = start(tenants);
  std::atomic<int> answered{0};
  for (int i = 0; i < 50; ++i) {
    auto bulk = submission({event(core::cat("e", i), "Pulled", "p", i)});
    bulk.priority = i % 2 == 0 ? Priority::bulk : Priority::events;
    pipeline->submit(tenants.principal(), std::move(bulk), [&](const core::StatusOr<Outcome>&) { ++answered; });
  }
  REQUIRE(pipeline->flush(tenants.principal()).ok());
  CHECK(*tenants.reader().count("events") == 50);
}

TEST_CASE("pipeline: a full queue refuses with unavailable and forgets nothing it took") {
  TempTenants tenants;
  auto how = options();
  how.tenant_queue_records = 20;
  auto pipeline = start(tenants, how);
  std::atomic<int> accepted{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < 400; ++i) {
    auto one = submission({event(core::cat("e", i), "Pulled", "p", i), event(core::cat("f", i), "Pulled", "p", i)});
    one.wait = 0s;
    pipeline->submit(tenants.principal(), std::move(one), [&](const core::StatusOr<Outcome>& outcome) {
      if (outcome.ok()) {
        ++accepted;
      } else {
        CHECK(outcome.status().code() == absl::StatusCode::kUnavailable);
        ++refused;
      }
    });
  }
  pipeline->stop();
  CHECK(accepted + refused == 400);
  CHECK(accepted > 0);
  CHECK(refused > 0);
  CHECK(*tenants.reader().count("events") == 2 * accepted);
  CHECK(tenants.metrics().expose().find("kgrca_drops_total{reason=\"queue_full\"}") != std::string::npos);
}

TEST_CASE("pipeline: with time to wait a burst beyond the queue is taken whole") {
  TempTenants tenants;
  auto how = options();
  how.tenant_queue_records = 20;
  auto pipeline = start(tenants, how);
  std::atomic<int> accepted{0};
  std::atomic<int> answered{0};
  for (int i = 0; i < 400; ++i) {
    auto one = submission({event(core::cat("e", i), "Pulled", "p", i)}, 100);
    one.wait = 60s;
    pipeline->submit(tenants.principal(), std::move(one), [&](const core::StatusOr<Outcome>& outcome) {
      accepted += outcome.ok() ? 1 : 0;
      ++answered;
    });
  }
  while (answered < 400) std::this_thread::sleep_for(1ms);
  CHECK(accepted == 400);
}

TEST_CASE("pipeline: stop drains what was taken, answers it and refuses what comes after") {
  TempTenants tenants;
  auto pipeline = start(tenants);
  std::atomic<int> accepted{0};
  for (int i = 0; i < 100; ++i) {
    pipeline->submit(tenants.principal(), submission({event(core::cat("e", i), "OOMKilled", core::cat("p", i), i)}),
                     [&](const core::StatusOr<Outcome>& outcome) { accepted += outcome.ok() ? 1 : 0; });
  }
  pipeline->stop();
  CHECK(accepted == 100);
  const auto late = submit_and_wait(*pipeline, tenants.principal(), submission({event("late", "OOMKilled", "p", 1)}));
  CHECK(late.status().code() == absl::StatusCode::kUnavailable);
  CHECK_FALSE(pipeline->flush(tenants.principal()).ok());
  pipeline.reset();
  tenants.reopen();
  CHECK(*tenants.reader().count("events") == 100);
}

TEST_CASE("pipeline: tenants run in parallel and never see each other") {
  TempTenants tenants({"one", "two"});
  auto pipeline = start(tenants);
  std::vector<std::thread> senders;
  for (const std::string name : {"one", "two"}) {
    senders.emplace_back([&, name] {
      for (int i = 0; i < 50; ++i) {
        pipeline->submit(tenants.principal(name), submission({event(core::cat(name, i), "OOMKilled", name, i)}),
                         [](const core::StatusOr<Outcome>&) {});
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  REQUIRE(pipeline->flush(tenants.principal("one")).ok());
  REQUIRE(pipeline->flush(tenants.principal("two")).ok());
  CHECK(*tenants.reader("one").count("events") == 50);
  CHECK(*tenants.reader("two").count("events") == 50);
  CHECK(tenants.reader("one").event(model::event_key(event("two0", "OOMKilled", "two", 0))).status().code() ==
        absl::StatusCode::kNotFound);
  CHECK(pipeline->stats().tenants_loaded == 2);
  CHECK(pipeline->masker_of(tenants.principal("one").tenant)->digest("x") !=
        pipeline->masker_of(tenants.principal("two").tenant)->digest("x"));
}

TEST_CASE("pipeline: after a failed commit the lane opens again and takes the resent records once") {
  TempTenants tenants;
  auto pipeline = start(tenants);
  const auto first = event("a", "OOMKilled", "p", 1);
  const auto second = event("b", "CrashLoopBackOff", "p", 21);
  REQUIRE(submit_and_wait(*pipeline, tenants.principal(), submission({first})).ok());
  tenants.fill_disk(true);
  CHECK(submit_and_wait(*pipeline, tenants.principal(), submission({second})).status().code() == absl::StatusCode::kUnavailable);
  tenants.fill_disk(false);
  core::StatusOr<Outcome> outcome = core::unavailable("");
  for (int i = 0; i < 300 && !outcome.ok(); ++i) {
    outcome = submit_and_wait(*pipeline, tenants.principal(), submission({first, second}));
    if (!outcome.ok()) std::this_thread::sleep_for(10ms);
  }
  REQUIRE(outcome.ok());
  CHECK(outcome->duplicates == 1);
  CHECK(*tenants.reader().count("events") == 2);
}

TEST_CASE("pipeline: a record that cannot be applied fails its own submission only") {
  TempTenants tenants;
  auto how = options();
  how.threads = 1;
  auto pipeline = start(tenants, how);
  // The only thread is held until all are queued, so that they are one batch.
  std::promise<void> held;
  std::promise<void> go;
  pipeline->submit(tenants.principal(), submission({event("before", "OOMKilled", "p", 0)}),
                   [&](const core::StatusOr<Outcome>&) {
                     held.set_value();
                     go.get_future().wait();
                   });
  held.get_future().wait();
  std::vector<std::future<core::StatusOr<Outcome>>> answers;
  const auto add = [&](std::vector<model::Record> records) {
    auto result = std::make_shared<std::promise<core::StatusOr<Outcome>>>();
    answers.push_back(result->get_future());
    pipeline->submit(tenants.principal(), submission(std::move(records)),
                     [result](core::StatusOr<Outcome> outcome) { result->set_value(std::move(outcome)); });
  };
  add({event("a", "OOMKilled", "p", 1)});
  add({event("b", "OOMKilled", "p", 2), testing::record_that_throws()});
  add({event("c", "OOMKilled", "p", 3)});
  add({testing::record_that_throws()});
  go.set_value();
  CHECK(answers[0].get().ok());
  CHECK(answers[1].get().status().code() == absl::StatusCode::kInternal);
  CHECK(answers[2].get().ok());
  CHECK(answers[3].get().status().code() == absl::StatusCode::kInternal);
  CHECK(submit_and_wait(*pipeline, tenants.principal(), submission({event("d", "OOMKilled", "p", 4)})).ok());
  CHECK(*tenants.reader().count("events") == 4);
  CHECK(tenants.reader().event(model::event_key(event("b", "OOMKilled", "p", 2))).status().code() == absl::StatusCode::kNotFound);
  CHECK(pipeline->stats().tenants_loaded == 1);
  CHECK(tenants.metrics().expose().find("kgrca_drops_total{reason=\"lane_failed\"} 3") != std::string::npos);
}

TEST_CASE("pipeline: what is sent while the process stops is answered once each") {
  for (int round = 0; round < 20; ++round) {
    TempTenants tenants;
    auto pipeline = start(tenants);
    const core::Principal principal = tenants.principal();
    std::atomic<int> sent{0};
    std::atomic<int> answered{0};
    std::atomic<bool> refused{false};
    std::vector<std::thread> senders;
    for (int sender = 0; sender < 3; ++sender) {
      senders.emplace_back([&, sender] {
        for (int i = 0; !refused; ++i) {
          ++sent;
          pipeline->submit(principal, submission({event(core::cat(sender, "-", i), "Pulled", "p", i)}),
                           [&](const core::StatusOr<Outcome>& outcome) {
                             ++answered;
                             if (!outcome.ok()) refused = true;
                           });
        }
      });
    }
    senders.emplace_back([&] {
      while (pipeline->flush(principal).ok()) {
      }
    });
    std::this_thread::sleep_for(1ms * (round % 5));
    pipeline->stop();
    for (std::thread& sender : senders) sender.join();
    CHECK(answered == sent);
  }
}

TEST_CASE("pipeline: a full process refuses other tenants at once") {
  TempTenants tenants({"one", "two"});
  auto how = options();
  how.queue_bytes = 10'000;
  how.threads = 1;
  auto pipeline = start(tenants, how);
  std::promise<void> held;
  std::promise<void> go;
  pipeline->submit(tenants.principal("one"), submission({event("a", "OOMKilled", "p", 1)}),
                   [&](const core::StatusOr<Outcome>&) {
                     held.set_value();
                     go.get_future().wait();
                   });
  held.get_future().wait();
  std::atomic<int> taken{0};
  const auto done = [&](const core::StatusOr<Outcome>& outcome) { taken += outcome.ok() ? 1 : 0; };
  pipeline->submit(tenants.principal("one"), submission({event("b", "OOMKilled", "p", 2)}, 10'000), done);
  auto refused = submission({event("c", "OOMKilled", "p", 3)}, 2'000);
  refused.wait = 60s;
  std::promise<core::StatusOr<Outcome>> answer;
  pipeline->submit(tenants.principal("two"), std::move(refused),
                   [&](core::StatusOr<Outcome> outcome) { answer.set_value(std::move(outcome)); });
  go.set_value();
  CHECK(answer.get_future().get().status().code() == absl::StatusCode::kUnavailable);
  pipeline->stop();
  CHECK(taken == 1);
}

TEST_CASE("pipeline: masking patterns of the settings are used, also after they change") {
  TempTenants tenants;
  auto how = options();
  how.mask_patterns = {"PN-[0-9]{6}"};
  auto pipeline = start(tenants, how);
  const auto masked = [&](std::string text) {
    pipeline->masker_of(tenants.principal().tenant)->mask(text);
    return text;
  };
  CHECK(masked("patient PN-123456, case C7") == "patient ***, case C7");
  how.mask_patterns = {"C[0-9]", "("};
  CHECK(pipeline->reload(how).code() == absl::StatusCode::kInvalidArgument);
  CHECK(masked("patient PN-123456, case C7") == "patient ***, case C7");
  how.mask_patterns = {"C[0-9]"};
  REQUIRE(pipeline->reload(how).ok());
  CHECK(masked("patient PN-123456, case C7") == "patient PN-123456, case ***");
}

TEST_CASE("pipeline: a masking pattern that is none stops the start and is named with its setting") {
  TempTenants tenants;
  for (const std::string pattern : {"([a-z", "x*", "(?=look)"}) {
    auto how = options();
    how.mask_patterns = {"fine", pattern};
    const auto started = Pipeline::start(how, tenants.tenancy(), tenants.clock(), tenants.metrics());
    REQUIRE(started.status().code() == absl::StatusCode::kInvalidArgument);
    const std::string message = core::message_of(started.status());
    INFO(message);
    CHECK(message.find("mask.patterns") != std::string::npos);
    CHECK(message.find(pattern) != std::string::npos);
  }
}

TEST_CASE("pipeline: an idle lane is checkpointed and evicted, and comes back with what it knew") {
  TempTenants tenants;
  auto how = options();
  how.evict_after = 1ms;
  auto pipeline = start(tenants, how);
  const auto first = event("a", "OOMKilled", "p", 1);
  REQUIRE(submit_and_wait(*pipeline, tenants.principal(), submission({first})).ok());
  std::this_thread::sleep_for(50ms);
  CHECK(pipeline->stats().tenants_loaded == 1);  // its links are not final, its incident is open: ticks will say more
  tenants.clock().set(testing::at(3600));
  for (int i = 0; i < 2000 && pipeline->stats().tenants_loaded > 0; ++i) std::this_thread::sleep_for(5ms);
  CHECK(pipeline->stats().tenants_loaded == 0);
  const auto outcome = submit_and_wait(*pipeline, tenants.principal(), submission({first}));
  REQUIRE(outcome.ok());
  CHECK(outcome->duplicates == 1);
}

TEST_CASE("pipeline: lanes that hold too much together leave memory, the longest unused first, and come back") {
  TempTenants tenants({"one", "two"});
  auto how = options();
  how.lane_bytes = 1;
  auto pipeline = start(tenants, how);
  const auto first = event("a", "OOMKilled", "p", 1);
  REQUIRE(submit_and_wait(*pipeline, tenants.principal("one"), submission({first})).ok());
  std::this_thread::sleep_for(5ms);
  REQUIRE(submit_and_wait(*pipeline, tenants.principal("two"), submission({first})).ok());
  core::Counter& crowded_out = tenants.metrics().counter("kgrca_lanes_crowded_out_total", "");
  for (int i = 0; i < 2000 && crowded_out.value() < 1; ++i) std::this_thread::sleep_for(5ms);
  CHECK(crowded_out.value() == 1);
  CHECK(pipeline->stats().tenants_loaded == 1);
  CHECK(tenants.metrics().gauge("kgrca_memory_bytes", "", {{"part", "lanes"}}).value() > 0);
  const auto outcome = submit_and_wait(*pipeline, tenants.principal("one"), submission({first}));
  REQUIRE(outcome.ok());
  CHECK(outcome->duplicates == 1);
}

TEST_CASE("pipeline: after a reload new links come from the new rules and old links stay") {
  TempTenants tenants;
  auto how = options();
  auto pipeline = start(tenants, how);
  const auto oom = event("a", "OOMKilled", "p", 1);
  const auto crash = event("b", "CrashLoopBackOff", "p", 9);
  REQUIRE(submit_and_wait(*pipeline, tenants.principal(), submission({oom, crash})).ok());
  std::ifstream file(KGRCA_SOURCE_DIR "/config/rules.yaml");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto other = rca::Rules::parse(text + "\n# another version\n");
  REQUIRE(other.ok());
  how.lane.rules = *other;
  REQUIRE(pipeline->reload(how).ok());
  const auto later = event("c", "BackOff", "p", 20);
  const auto outcome = submit_and_wait(*pipeline, tenants.principal(), submission({crash, later}));
  REQUIRE(outcome.ok());
  CHECK(outcome->duplicates == 1);
  const auto before = tenants.reader().event(model::event_key(crash));
  const auto after = tenants.reader().event(model::event_key(later));
  REQUIRE(before.ok());
  REQUIRE(after.ok());
  REQUIRE_FALSE(before->links.empty());
  REQUIRE_FALSE(after->links.empty());
  CHECK(before->links.front().rules_version == rca::Rules::embedded()->version());
  CHECK(after->links.front().rules_version == (*other)->version());
  CHECK(pipeline->stats().tenants_loaded == 1);
}

TEST_CASE("pipeline: a reload moves the limits of queues that run") {
  TempTenants tenants;
  auto how = options();
  auto pipeline = start(tenants, how);
  REQUIRE(submit_and_wait(*pipeline, tenants.principal(), submission({event("a", "Pulled", "p", 1)})).ok());
  how.tenant_queue_bytes = 10;
  how.queue_bytes = 10;
  REQUIRE(pipeline->reload(how).ok());
  std::atomic<int> refused{0};
  for (int i = 0; i < 200; ++i) {
    auto one = submission({event(core::cat("e", i), "Pulled", "p", i)});
    one.wait = 0s;
    pipeline->submit(tenants.principal(), std::move(one), [&](const core::StatusOr<Outcome>& outcome) { refused += outcome.ok() ? 0 : 1; });
  }
  pipeline->stop();
  CHECK(refused > 0);
}

TEST_CASE("pipeline: a reload without rules changes nothing") {
  TempTenants tenants;
  auto pipeline = start(tenants);
  PipelineOptions empty;
  CHECK(pipeline->reload(empty).code() == absl::StatusCode::kInvalidArgument);
  CHECK(submit_and_wait(*pipeline, tenants.principal(), submission({event("a", "OOMKilled", "p", 1)})).ok());
}

TEST_CASE("pipeline: a lane that cannot be opened does not count as loaded") {
  TempTenants tenants;
  auto pipeline = start(tenants);
  core::Principal nobody;
  nobody.tenant = core::TenantNumber{4242};
  CHECK_FALSE(submit_and_wait(*pipeline, nobody, submission({event("a", "OOMKilled", "p", 1)})).ok());
  REQUIRE(submit_and_wait(*pipeline, tenants.principal(), submission({event("a", "OOMKilled", "p", 1)})).ok());
  CHECK(pipeline->stats().tenants_loaded == 1);
}

TEST_CASE("pipeline: sources are counted by tenant and protocol") {
  TempTenants tenants({"one", "two"});
  auto pipeline = start(tenants);
  const auto one = tenants.principal("one").tenant;
  pipeline->count_source(one, "logs", 5, 1);
  pipeline->count_source(one, "logs", 2, 0);
  pipeline->count_source(one, "alertmanager", 1, 0);
  const auto sources = pipeline->sources(one);
  REQUIRE(sources.size() == 2);
  CHECK(sources[1].protocol == "logs");
  CHECK(sources[1].records == 7);
  CHECK(sources[1].rejected == 1);
  CHECK(sources[1].last == testing::base);
  CHECK(pipeline->sources(tenants.principal("two").tenant).empty());
}

}  // namespace kgrca::pipeline
