// A store with one tenant in a directory of its own, and short ways to make records.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "kgrca/core/hash.h"
#include "kgrca/core/manual_clock.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/pipeline/lane.h"
#include "kgrca/tenancy/tenancy.h"
#include "tests/support/temp_directory.h"

namespace kgrca::pipeline::testing {

inline const core::Time base = *core::parse_rfc3339("2025-04-09T10:00:00Z");
inline core::Time at(double seconds) { return base + core::from_seconds(seconds); }

class TempTenants {
 public:
  explicit TempTenants(std::vector<std::string> names = {"one"}) : names_(std::move(names)) { open(); }
  ~TempTenants() {
    tenancy_.reset();
    store_.reset();
  }
  // As a new process would find it.
  void reopen() {
    tenancy_.reset();
    store_.reset();
    open();
  }
  tenancy::Tenancy& tenancy() { return *tenancy_; }
  core::Metrics& metrics() { return metrics_; }
  core::ManualClock& clock() { return clock_; }
  void fill_disk(bool full) { free_bytes_ = full ? 0 : plenty; }

  core::Principal principal(const std::string& name = "one") {
    core::Principal principal;
    principal.tenant = tenancy_->find(name)->number;
    principal.tenant_name = name;
    principal.scopes = static_cast<std::uint8_t>(core::Scope::ingest);
    return principal;
  }
  store::TenantView view(const std::string& name = "one") {
    auto view = tenancy_->view(principal(name).tenant, tenancy::SystemJob::lane);
    REQUIRE(view.ok());
    return *view;
  }
  graph::GraphReader reader(const std::string& name = "one") { return graph::GraphReader(view(name).snapshot()); }

 private:
  static constexpr std::uint64_t plenty = 1ull << 40;

  void open() {
    store::StoreOptions options;
    options.directory = directory_.path() + "/store";
    options.databases = 1;
    options.cache_bytes = 8u << 20;
    options.memory_bytes = 24u << 20;
    options.reserve_bytes = 1u << 20;
    options.reserve_share = 0;
    options.disk_space = [this] { return store::DiskSpace{free_bytes_, plenty}; };
    auto opened = store::Store::open(options, metrics_);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    store_ = std::move(opened).value();
    auto tenancy = tenancy::Tenancy::open(*store_, clock_, directory_.path() + "/pepper");
    INFO(tenancy.status().ToString());
    REQUIRE(tenancy.ok());
    tenancy_ = std::move(tenancy).value();
    for (const std::string& name : names_) {
      if (!tenancy_->find(name)) REQUIRE(tenancy_->create_tenant(name).ok());
    }
  }

  test::TempDirectory directory_;
  core::Metrics metrics_;
  core::ManualClock clock_{base};
  std::vector<std::string> names_;
  std::atomic<std::uint64_t> free_bytes_{plenty};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<tenancy::Tenancy> tenancy_;
};

inline LaneOptions lane_options() {
  LaneOptions options;
  options.taxonomy = model::Taxonomy::embedded();
  options.rules = rca::Rules::embedded();
  auto masker = normalize::Masker::make("a key for tests");
  REQUIRE(masker.ok());
  options.masker = *masker;
  return options;
}

inline model::ResourceRef pod(const std::string& name) { return {"prod", "pod", "shop", name, "uid-" + name}; }

// A Kubernetes event about a pod, observed at `seconds`.
inline model::Event event(const std::string& uid, const std::string& type, const std::string& pod_name, double seconds) {
  model::Event event;
  event.source = model::EventSource::kubernetes;
  event.source_id = uid;
  event.subject = pod(pod_name);
  event.type = event.reason = type;
  event.message = type + " of " + pod_name;
  const model::EventType* known = model::Taxonomy::embedded()->find(type);
  event.severity = known != nullptr ? known->severity : model::Severity::warning;
  event.first = event.last = event.onset = at(seconds);
  event.observation = core::stable_hash64(core::cat("1/", core::to_micros(event.last)));
  return event;
}
// Whoever looks into it gets an exception, as from a defect in what applies records.
inline model::Record record_that_throws() {
  struct Refusing {
    operator std::string() const { throw std::runtime_error("not to be had"); }  // NOLINT(google-explicit-constructor)
  };
  model::Record record;
  CHECK_THROWS(record.emplace<model::Sample>(Refusing{}));
  REQUIRE(record.valueless_by_exception());
  return record;
}
// The same event seen again: `count` times by `seconds`.
inline model::Event again(model::Event event, std::uint32_t count, double seconds) {
  event.count = count;
  event.last = at(seconds);
  event.observation = core::stable_hash64(core::cat(count, "/", core::to_micros(event.last)));
  return event;
}

inline model::ResourceState deployment(const std::string& name, const std::string& image, double seconds) {
  model::ResourceState state;
  state.ref = {"prod", "deployment", "shop", name, "uid-deployment-" + name};
  state.at = at(seconds);
  state.fields = {{"image", image}, {"replicas", "3"}};
  state.source_id = core::cat("st:deployment:uid-deployment-", name, "@", core::format_rfc3339(state.at));
  return state;
}

}  // namespace kgrca::pipeline::testing
