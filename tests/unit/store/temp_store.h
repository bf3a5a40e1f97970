// A store in a directory of its own that is removed at the end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "kgrca/core/metrics.h"
#include "kgrca/store/store.h"
#include "tests/support/temp_directory.h"

namespace kgrca::store::testing {

using test::TempDirectory;

// Small memory, no disk reserve: the machine that runs the tests may be nearly full.
inline StoreOptions small_options(const std::string& directory, int databases = 1) {
  StoreOptions options;
  options.directory = directory;
  options.databases = databases;
  options.cache_bytes = 8u << 20;
  options.memory_bytes = 24u << 20;
  options.reserve_bytes = 0;
  options.reserve_share = 0;
  return options;
}

class TempStore {
 public:
  explicit TempStore(int databases = 1) : TempStore(small_options_in(databases)) {}
  TenantView view(std::uint32_t tenant, int database = 0) {
    return TenantViewOpener::open(*store_, core::TenantNumber{tenant}, database);
  }
  Store& store() { return *store_; }
  core::Metrics& metrics() { return metrics_; }
  const std::string& path() const { return directory_->path(); }
  void reopen() {
    store_.reset();
    open();
  }

 private:
  struct Parts {
    std::unique_ptr<TempDirectory> directory;
    StoreOptions options;
  };
  static Parts small_options_in(int databases) {
    auto directory = std::make_unique<TempDirectory>();
    auto options = small_options(*directory / "store", databases);
    return {std::move(directory), std::move(options)};
  }
  explicit TempStore(Parts parts) : directory_(std::move(parts.directory)), options_(std::move(parts.options)) { open(); }
  void open() {
    auto opened = Store::open(options_, metrics_);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    store_ = std::move(opened).value();
  }

  std::unique_ptr<TempDirectory> directory_;
  StoreOptions options_;
  core::Metrics metrics_;
  std::unique_ptr<Store> store_;
};

inline void put(TenantView view, const Key& key, std::string_view value) {
  auto batch = view.batch();
  batch.put(key, value);
  REQUIRE(view.commit_durably(std::move(batch)).ok());
}

inline std::vector<std::string> keys_of(Scan scan) {
  std::vector<std::string> keys;
  for (; scan.valid(); scan.next()) keys.emplace_back(scan.key());
  REQUIRE(scan.status().ok());
  return keys;
}

inline std::string value_of(TenantView view, const Key& key) {
  const auto value = view.snapshot().get(key);
  REQUIRE(value.ok());
  return value->value_or("(absent)");
}

}  // namespace kgrca::store::testing
