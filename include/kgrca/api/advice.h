// What to do about a root cause: config/advice.yaml, a small table by group, type and kind.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/model/resource.h"

namespace kgrca::api {

struct AdviceSubject {
  std::string group;             // of the root event's type in the taxonomy
  std::string type;              // of the root event
  model::ResourceRef resource;   // the root's resource
  model::ResourceRef owner;      // the workload that controls it; empty when none is known
};

struct Recommendation {
  std::string command;  // complete: every name is filled in
  std::string risk;     // "none" (only looks), "low", "medium", "high"
  std::string why;
};

// Immutable once loaded; thread-safe.
class Advice {
 public:
  static core::StatusOr<std::shared_ptr<const Advice>> parse(std::string_view yaml);
  // The one in the binary. Aborts when that file is broken (a test loads it).
  static std::shared_ptr<const Advice> embedded();

  // The first row that fits and whose names are all known; names that are not plain Kubernetes names are never put into a command.
  std::optional<Recommendation> find(const AdviceSubject& subject) const;

 private:
  struct Row {
    std::vector<std::string> groups;  // empty: any
    std::vector<std::string> types;
    std::vector<std::string> kinds;
    std::string command;
    std::string risk;
    std::string why;
  };
  std::vector<Row> rows_;
};

}  // namespace kgrca::api
