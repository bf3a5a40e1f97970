#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/net/http.h"

namespace kgrca::net {

// Request counters of one route. Thread-safe; each status is looked up in the registry once.
class RouteMeters {
 public:
  RouteMeters(core::Metrics& metrics, const std::string& route, std::string_view method);
  void count(int status, double seconds);

 private:
  static constexpr int first_status = 100;
  static constexpr std::size_t status_count = 500;
  core::Metrics& metrics_;
  std::string route_;
  std::string method_;
  core::Histogram& seconds_;
  std::array<std::atomic<core::Counter*>, status_count> by_status_{};
};

struct RouteEntry {
  struct Segment {
    bool is_parameter = false;
    std::string text;  // literal text or the parameter's name
  };
  Route route;
  std::vector<Segment> segments;
  std::unique_ptr<RouteMeters> meters;
};

struct RouteMatch {
  std::shared_ptr<RouteEntry> entry;                           // null: no such path, or not with this method
  std::string allow;                                           // methods of the path, when only the method is wrong
  std::map<std::string, std::string, std::less<>> parameters;
};

// Constant after make(); an entry outlives its table while a request holds it. Among routes that fit, the one with the most
// literal segments wins, then the one whose literals come first. HEAD is served by GET. Linear in the routes with the same
// number of segments: they are few.
class RouteTable {
 public:
  // invalid_argument: two routes for one method and shape, a path without "/" in front, a missing handler.
  static core::StatusOr<RouteTable> make(std::vector<Route> routes, core::Metrics& metrics);

  RouteMatch find(Method method, const std::vector<std::string>& segments) const;
  // The path pattern that shares the longest beginning with `path`; empty without routes.
  std::string nearest(std::string_view path) const;

 private:
  std::map<std::size_t, std::vector<std::shared_ptr<RouteEntry>>> by_size_;
};

}  // namespace kgrca::net
