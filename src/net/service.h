// What all connections of one server share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "kgrca/net/server.h"
#include "net/route_table.h"

namespace kgrca::net {

class Session;
using SteadyTime = std::chrono::steady_clock::time_point;

// Body bytes held over all connections and by requests still in the hands of handlers.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t limit) : limit_(limit) {}
  bool take(std::size_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= limit_) return true;
    used_.fetch_sub(bytes);
    return false;
  }
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes); }
  std::size_t used() const { return used_.load(); }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;
};

// A request together with its share of the budget; both end with the last holder.
struct HeldRequest {
  explicit HeldRequest(std::shared_ptr<BodyBudget> body_budget) : budget(std::move(body_budget)) {}
  ~HeldRequest() { budget->give_back(held); }
  HeldRequest(const HeldRequest&) = delete;
  HeldRequest& operator=(const HeldRequest&) = delete;
  // Makes room for a body of `bytes` in all.
  bool hold(std::size_t bytes) {
    if (bytes <= held) return true;
    if (!budget->take(bytes - held)) return false;
    held = bytes;
    return true;
  }

  Request request;
  std::shared_ptr<BodyBudget> budget;
  std::size_t held = 0;
};

struct ServiceMeters {
  explicit ServiceMeters(core::Metrics& metrics);
  core::Counter& rejected(const std::string& reason);  // for rare refusals: takes the registry's lock

  core::Metrics& metrics;
  core::Gauge& connections;
  RouteMeters unmatched;  // requests that reach no route
};

// An io thread. post() is thread-safe, the rest belongs to the thread itself.
class Loop {
 public:
  virtual ~Loop() = default;
  virtual void post(std::function<void()> task) = 0;
  virtual void forget(Session& session) = 0;
  virtual const std::string& date() const = 0;
};

// Where a handler runs. What waits for one pool holds up none of the others.
enum class Pool : std::uint8_t {
  open,     // routes without a key: probes and metrics, which must answer however much the others have to do
  work,
  queries,  // Route::long_running
};

class Service : public std::enable_shared_from_this<Service> {
 public:
  Service(const ServerOptions& server_options, RouteTable route_table, Authenticate check, core::Metrics& metrics)
      : options(server_options), authenticate(std::move(check)), meters(metrics),
        budget(std::make_shared<BodyBudget>(server_options.max_inflight_body_bytes)),
        routes_(std::make_shared<const RouteTable>(std::move(route_table))) {}
  virtual ~Service() = default;
  // False, and the task never runs, when as many queries wait as may.
  virtual bool run(Pool pool, std::function<void()> task) = 0;

  // What new requests are matched with; those under way keep the route they have.
  std::shared_ptr<const RouteTable> routes() const {
    const std::lock_guard lock(routes_mutex_);
    return routes_;
  }
  void replace_routes(RouteTable fresh) {
    auto table = std::make_shared<const RouteTable>(std::move(fresh));
    const std::lock_guard lock(routes_mutex_);
    routes_.swap(table);
  }

  const ServerOptions options;
  const Authenticate authenticate;
  ServiceMeters meters;
  const std::shared_ptr<BodyBudget> budget;
  std::atomic<bool> stopping = false;
  std::atomic<SteadyTime> refused_at{};  // when a connection last found no place

 private:
  mutable std::mutex routes_mutex_;
  std::shared_ptr<const RouteTable> routes_;
};

}  // namespace kgrca::net
