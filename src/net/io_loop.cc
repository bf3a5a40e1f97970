#include "net/io_loop.h"

#include <ctime>
#include <exception>

#include <boost/asio/post.hpp>

#include "kgrca/core/log.h"
#include "net/response_text.h"
#include "net/session.h"

namespace kgrca::net {

namespace {
constexpr std::chrono::milliseconds tick_interval{250};
}

IoLoop::IoLoop(std::function<void()> on_session_gone)
    : work_(asio::make_work_guard(context_)), timer_(context_), on_session_gone_(std::move(on_session_gone)),
      date_(http_date(std::time(nullptr))) {}

IoLoop::~IoLoop() {
  if (!thread_.joinable()) return;
  context_.stop();
  thread_.join();
}

void IoLoop::start() {
  schedule_tick();
  thread_ = std::thread([this] {
    while (true) {
      try {
        context_.run();
        return;
      } catch (const std::exception& error) {
        // A broken session never stops the server.
        core::log(core::LogLevel::error, "io_thread_exception", {{"what", std::string_view(error.what())}});
      }
    }
  });
}

void IoLoop::join() {
  if (thread_.joinable()) thread_.join();
}

void IoLoop::post(std::function<void()> task) { asio::post(context_, std::move(task)); }

void IoLoop::forget(Session& session) {
  if (sessions_.erase(&session) > 0) on_session_gone_();
}

void IoLoop::adopt(std::shared_ptr<Session> session) {
  Session* key = session.get();
  sessions_.emplace(key, session);
  session->start();
  if (closing_) session->close();
}

void IoLoop::schedule_tick() {
  timer_.expires_after(tick_interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closing_) return;
    tick();
    schedule_tick();
  });
}

void IoLoop::tick() {
  date_ = http_date(std::time(nullptr));
  const SteadyTime now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<Session>> expired;
  for (const auto& [key, session] : sessions_) {
    if (session->is_expired(now)) expired.push_back(session);
  }
  for (const auto& session : expired) session->on_expired(now);
}

std::vector<std::shared_ptr<Session>> IoLoop::all_sessions() const {
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [key, session] : sessions_) sessions.push_back(session);
  return sessions;
}

void IoLoop::drain() {
  for (const auto& session : all_sessions()) session->on_server_stopping();
}

void IoLoop::close_all() {
  closing_ = true;
  for (const auto& session : all_sessions()) session->close();
  timer_.cancel();
  work_.reset();
}

}  // namespace kgrca::net
