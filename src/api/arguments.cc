#include "api/arguments.h"

#include "kgrca/core/strings.h"

namespace kgrca::api {

core::StatusOr<std::optional<core::Time>> time_argument(const net::Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text) return std::optional<core::Time>{};
  const auto time = core::parse_rfc3339(*text);
  if (!time) {
    return core::invalid_argument(core::cat("query parameter '", name, "': '", core::clip_utf8(*text, 64),
                                            "' is no RFC 3339 time of the years 1970 to 9999; write it like 2025-04-09T13:30:04Z (a '+' "
                                            "in an offset must be sent as %2B)"));
  }
  return std::optional<core::Time>(*time);
}

core::StatusOr<std::int64_t> integer_argument(const net::Request& request, std::string_view name, std::int64_t fallback,
                                              std::int64_t least, std::int64_t most) {
  const auto text = request.query_value(name);
  if (!text) return fallback;
  const auto value = core::parse_int(*text);
  if (!value || *value < least || *value > most) {
    return core::invalid_argument(core::cat("query parameter '", name, "': '", core::clip_utf8(*text, 64),
                                            "' is not a whole number from ", least, " to ", most));
  }
  return *value;
}

core::StatusOr<double> share_argument(const net::Request& request, std::string_view name, double fallback) {
  const auto text = request.query_value(name);
  if (!text) return fallback;
  const auto value = core::parse_double(*text);
  if (!value || *value < 0 || *value > 1) {
    return core::invalid_argument(core::cat("query parameter '", name, "': '", core::clip_utf8(*text, 64),
                                            "' is not a number from 0 to 1"));
  }
  return *value;
}

core::StatusOr<std::optional<model::Severity>> severity_argument(const net::Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text) return std::optional<model::Severity>{};
  const auto severity = model::parse_severity(*text);
  if (!severity) {
    return core::invalid_argument(core::cat("query parameter '", name, "': '", core::clip_utf8(*text, 64),
                                            "' is no severity; use DEBUG, INFO, WARNING, ERROR or FATAL"));
  }
  return std::optional<model::Severity>(*severity);
}

core::StatusOr<graph::Direction> direction_argument(const net::Request& request) {
  const std::string text = text_argument(request, "direction");
  if (text.empty() || text == "both") return graph::Direction::both;
  if (text == "out") return graph::Direction::out;
  if (text == "in") return graph::Direction::in;
  return core::invalid_argument(core::cat("query parameter 'direction': '", core::clip_utf8(text, 64), "' is none of both, out, in"));
}

core::StatusOr<graph::RelationSet> relation_argument(const net::Request& request) {
  graph::RelationSet out;
  const auto text = request.query_value("relation");
  if (!text) return out;
  for (const std::string_view name : core::split(*text, ',')) {
    const auto relation = model::parse_relation(core::trim(name));
    if (!relation) {
      return core::invalid_argument(core::cat("query parameter 'relation': '", core::clip_utf8(name, 64),
                                              "' is no relation; use names as edges show them, with commas between: RUNS_ON,CONTROLS"));
    }
    out.add(*relation);
  }
  return out;
}

std::string text_argument(const net::Request& request, std::string_view name) {
  return std::string(request.query_value(name).value_or(std::string_view{}));
}

core::StatusOr<TimeRange> range_arguments(const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<core::Time> from, time_argument(request, "from"));
  KGRCA_ASSIGN_OR_RETURN(const std::optional<core::Time> to, time_argument(request, "to"));
  TimeRange range{from.value_or(core::Time{}), to.value_or(core::Time::max())};
  if (range.from > range.to) {
    return core::invalid_argument("query parameters 'from' and 'to': 'from' must not lie after 'to'");
  }
  return range;
}

core::StatusOr<std::size_t> limit_argument(const net::Request& request) {
  KGRCA_ASSIGN_OR_RETURN(const std::int64_t limit,
                         integer_argument(request, "limit", page_limit_default, 1, page_limit_max));
  return static_cast<std::size_t>(limit);
}

}  // namespace kgrca::api
