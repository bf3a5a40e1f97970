#pragma once

#include <atomic>
#include <memory>

#include "net/service.h"

namespace kgrca::net {

// Carries one answer from any thread to the session's io thread. The first send counts; none at all becomes a 500.
class ReplyOnce {
 public:
  ReplyOnce(std::shared_ptr<Service> service, Loop& loop, std::weak_ptr<Session> session)
      : service_(std::move(service)), loop_(loop), session_(std::move(session)) {}
  ~ReplyOnce();
  ReplyOnce(const ReplyOnce&) = delete;
  ReplyOnce& operator=(const ReplyOnce&) = delete;
  void send(Response response);

 private:
  std::shared_ptr<Service> service_;  // keeps the loop
  Loop& loop_;
  std::weak_ptr<Session> session_;
  std::atomic<bool> sent_ = false;
};

// Fills request.principal when the route needs a scope. On a pool thread; an exception of the check is an internal error.
core::Status check_scope(const Service& service, const Route& route, Request& request);

// Checks the scope unless that is done already, then runs the handler. On a pool thread. An exception becomes a 500.
void run_route(const Service& service, const Route& route, bool authenticated, const std::shared_ptr<Request>& request,
               const std::shared_ptr<ReplyOnce>& reply);

}  // namespace kgrca::net
