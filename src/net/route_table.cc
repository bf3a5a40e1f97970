#include "net/route_table.h"

#include <algorithm>

#include "kgrca/core/strings.h"

namespace kgrca::net {
namespace {

using Segment = RouteEntry::Segment;

std::vector<Segment> parse_pattern(std::string_view path) {
  std::vector<Segment> segments;
  for (const std::string_view piece : core::split(path.substr(1), '/')) {
    const bool parameter = piece.size() > 2 && piece.front() == '{' && piece.back() == '}';
    segments.push_back({parameter, std::string(parameter ? piece.substr(1, piece.size() - 2) : piece)});
  }
  return segments;
}

// Literal segments as set bits, the first one highest: after the count, the greater number wins.
std::pair<std::size_t, std::string> rank(const RouteEntry& entry) {
  std::size_t literals = 0;
  std::string shape;
  for (const Segment& segment : entry.segments) {
    literals += segment.is_parameter ? 0 : 1;
    shape.push_back(segment.is_parameter ? '0' : '1');
  }
  return {literals, shape};
}

bool fits(const RouteEntry& entry, const std::vector<std::string>& segments) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = entry.segments[i];
    if (segment.is_parameter ? segments[i].empty() : segment.text != segments[i]) return false;
  }
  return true;
}

bool serves(const Route& route, Method method) {
  return route.method == method || (method == Method::head && route.method == Method::get);
}

bool same_shape(const RouteEntry& a, const RouteEntry& b) {
  return a.route.method == b.route.method &&
         std::equal(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(), [](const Segment& x, const Segment& y) {
           return x.is_parameter == y.is_parameter && (x.is_parameter || x.text == y.text);
         });
}

void add_method(std::string& allow, std::string_view name) {
  for (const std::string_view present : core::split(allow, ',')) {
    if (core::trim(present) == name) return;
  }
  core::append(allow, allow.empty() ? "" : ", ", name);
}

core::Status check_route(const Route& route) {
  if (!route.path.starts_with('/')) return core::invalid_argument(core::cat("route \"", route.path, "\" does not begin with /"));
  if (!route.handler) return core::invalid_argument(core::cat("route ", route.path, " has no handler"));
  return core::ok_status();
}

}  // namespace

RouteMeters::RouteMeters(core::Metrics& metrics, const std::string& route, std::string_view method)
    : metrics_(metrics), route_(route), method_(method),
      seconds_(metrics.histogram("kgrca_http_request_seconds", "From a request's head to its answer.",
                                 core::Metrics::latency_buckets(), {{"route", route}})) {}

void RouteMeters::count(int status, double seconds) {
  seconds_.observe(seconds);
  const int index = std::clamp(status - first_status, 0, static_cast<int>(status_count) - 1);
  auto& slot = by_status_[static_cast<std::size_t>(index)];
  core::Counter* counter = slot.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics_.counter("kgrca_http_requests_total", "Requests answered, by route, method and status.",
                                {{"route", route_}, {"method", method_}, {"status", core::cat(status)}});
    slot.store(counter, std::memory_order_release);
  }
  counter->add();
}

core::StatusOr<RouteTable> RouteTable::make(std::vector<Route> routes, core::Metrics& metrics) {
  RouteTable table;
  for (Route& route : routes) {
    KGRCA_RETURN_IF_ERROR(check_route(route));
    auto entry = std::make_shared<RouteEntry>();
    entry->segments = parse_pattern(route.path);
    entry->meters = std::make_unique<RouteMeters>(metrics, route.path, name_of(route.method));
    entry->route = std::move(route);
    auto& group = table.by_size_[entry->segments.size()];
    for (const auto& other : group) {
      if (same_shape(*entry, *other)) {
        return core::invalid_argument(core::cat("two routes for ", name_of(entry->route.method), " ", entry->route.path));
      }
    }
    group.push_back(std::move(entry));
  }
  for (auto& [size, group] : table.by_size_) {
    std::stable_sort(group.begin(), group.end(), [](const auto& a, const auto& b) { return rank(*a) > rank(*b); });
  }
  return table;
}

RouteMatch RouteTable::find(Method method, const std::vector<std::string>& segments) const {
  RouteMatch match;
  const auto group = by_size_.find(segments.size());
  if (group == by_size_.end()) return match;
  for (const auto& entry : group->second) {
    if (!fits(*entry, segments)) continue;
    if (!serves(entry->route, method)) {
      add_method(match.allow, name_of(entry->route.method));
      if (entry->route.method == Method::get) add_method(match.allow, name_of(Method::head));
      continue;
    }
    match.entry = entry;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (entry->segments[i].is_parameter) match.parameters.emplace(entry->segments[i].text, segments[i]);
    }
    return match;
  }
  return match;
}

std::string RouteTable::nearest(std::string_view path) const {
  std::string best;
  std::size_t best_common = 0;
  for (const auto& [size, group] : by_size_) {
    for (const auto& entry : group) {
      const std::string& candidate = entry->route.path;
      const auto split = std::mismatch(path.begin(), path.end(), candidate.begin(), candidate.end());
      const auto common = static_cast<std::size_t>(split.first - path.begin());
      if (best.empty() || common > best_common || (common == best_common && candidate.size() < best.size())) {
        best = candidate;
        best_common = common;
      }
    }
  }
  return best;
}

}  // namespace kgrca::net
