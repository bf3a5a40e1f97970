// Query parameters as typed values. Errors are invalid_argument and name the parameter and an example.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/graph/topology.h"
#include "kgrca/model/severity.h"
#include "kgrca/net/http.h"

namespace kgrca::api {

core::StatusOr<std::optional<core::Time>> time_argument(const net::Request& request, std::string_view name);
core::StatusOr<std::int64_t> integer_argument(const net::Request& request, std::string_view name, std::int64_t fallback,
                                              std::int64_t least, std::int64_t most);
// A number from 0 to 1.
core::StatusOr<double> share_argument(const net::Request& request, std::string_view name, double fallback);
core::StatusOr<std::optional<model::Severity>> severity_argument(const net::Request& request, std::string_view name);
// `direction` as both, out or in and `relation` as names with commas between, as edges show them.
core::StatusOr<graph::Direction> direction_argument(const net::Request& request);
core::StatusOr<graph::RelationSet> relation_argument(const net::Request& request);
// Empty when absent.
std::string text_argument(const net::Request& request, std::string_view name);

// The `from` and `to` of a listing, both included; an empty range is an error.
struct TimeRange {
  core::Time from{};
  core::Time to = core::Time::max();
};
core::StatusOr<TimeRange> range_arguments(const net::Request& request);

inline constexpr std::int64_t page_limit_default = 100;
inline constexpr std::int64_t page_limit_max = 1000;
core::StatusOr<std::size_t> limit_argument(const net::Request& request);

}  // namespace kgrca::api
