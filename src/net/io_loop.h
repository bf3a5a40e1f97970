#pragma once

#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/service.h"
#include "net/socket.h"

namespace kgrca::net {

// One io thread with its connections. A tick every 250 ms cuts off clients that are too slow: timers per connection would
// cost more on every request than the walk does.
class IoLoop final : public Loop {
 public:
  explicit IoLoop(std::function<void()> on_session_gone);
  ~IoLoop() override;

  asio::io_context& context() { return context_; }
  void start();
  void join();  // after close_all(): returns when nothing is left to do
  void post(std::function<void()> task) override;
  void forget(Session& session) override;
  const std::string& date() const override { return date_; }

  // On the io thread.
  void adopt(std::shared_ptr<Session> session);
  void drain();      // every idle session closes, the others after their answer
  void close_all();  // and lets the thread end

 private:
  void tick();
  void schedule_tick();
  std::vector<std::shared_ptr<Session>> all_sessions() const;

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer timer_;
  std::function<void()> on_session_gone_;
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions_;
  std::string date_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace kgrca::net
