#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"

namespace kgrca::rca {

// config/rules.yaml: influence weights, windows, type-pair priors, root priors, thresholds. Immutable, thread-safe.
class Rules {
 public:
  static core::StatusOr<std::shared_ptr<const Rules>> parse(std::string_view yaml);
  static std::shared_ptr<const Rules> embedded();
  std::uint32_t version() const;  // fixed hash of the file's text
  struct Data;
  const Data& data() const { return *data_; }  // src/rca only

 private:
  explicit Rules(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  std::shared_ptr<const Data> data_;
};

}  // namespace kgrca::rca
