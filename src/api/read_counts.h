#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/graph/records.h"

namespace kgrca::api {

// Incremental counts for an answer that shows many. After any failure every further one is 0 or none: check status() once, at
// the end.
class ReadCounts {
 public:
  explicit ReadCounts(const graph::GraphReader& reader) : reader_(reader) {}
  std::int64_t of(std::string_view name) { return take(reader_.count(name)); }
  std::vector<std::pair<std::string, std::int64_t>> under(std::string_view prefix) { return take(reader_.counts(prefix)); }
  const core::Status& status() const { return status_; }

 private:
  template <typename T>
  T take(core::StatusOr<T> read) {
    if (status_.ok()) status_ = read.status();
    return status_.ok() ? *std::move(read) : T{};
  }

  const graph::GraphReader& reader_;
  core::Status status_;
};

}  // namespace kgrca::api
