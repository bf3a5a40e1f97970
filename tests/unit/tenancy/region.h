// A store with its tenants, in a directory of its own that is removed at the end.
#pragma once

#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "kgrca/core/manual_clock.h"
#include "kgrca/core/metrics.h"
#include "kgrca/tenancy/tenancy.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::tenancy::testing {

struct Region {
  explicit Region(int databases = 2) : options(store::testing::small_options(directory / "store", databases)) { open(); }
  ~Region() { close(); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  // Of the tenants; the store opens.
  core::Status try_open() {
    auto opened = store::Store::open(options, metrics);
    REQUIRE(opened.ok());
    store = std::move(opened).value();
    auto ready = Tenancy::open(*store, clock, pepper());
    if (ready.ok()) tenancy = std::move(ready).value();
    return ready.status();
  }
  void open() {
    const auto status = try_open();
    INFO(status.ToString());
    REQUIRE(status.ok());
  }
  void close() {
    tenancy.reset();
    store.reset();
  }
  void reopen() {
    close();
    open();
  }
  std::string pepper() const { return directory / "pepper"; }

  test::TempDirectory directory;
  store::StoreOptions options;
  core::ManualClock clock{core::from_micros(1'700'000'000'000'000)};
  core::Metrics metrics;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Tenancy> tenancy;
};

}  // namespace kgrca::tenancy::testing
