#include "net/reply.h"

#include <exception>
#include <functional>

#include "kgrca/core/log.h"
#include "net/problem.h"
#include "net/session.h"

namespace kgrca::net {
namespace {

// The one place where an exception of a handler or of the key check ends.
core::Status guarded(std::string_view route, const std::string& request_id, const std::function<core::Status()>& work) {
  std::string what = "unknown exception";
  try {
    return work();
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  core::log(core::LogLevel::error, "handler_threw",
            {{"route", route}, {"what", std::string_view(what)}, {"request_id", std::string_view(request_id)}});
  return core::internal_error("the server failed on this request; its log has the details under the request id");
}

}  // namespace

core::Status check_scope(const Service& service, const Route& route, Request& request) {
  if (route.scope == core::Scope::none) return core::ok_status();
  const std::string request_id = request.request_id;
  return guarded(route.path, request_id, [&] {
    core::StatusOr<core::Principal> principal = service.authenticate(request, route.scope);
    if (!principal.ok()) return principal.status();
    request.principal = std::move(principal).value();
    return core::ok_status();
  });
}

void run_route(const Service& service, const Route& route, bool authenticated, const std::shared_ptr<Request>& request,
               const std::shared_ptr<ReplyOnce>& reply) {
  Request blank;  // the handler may take the request apart
  blank.request_id = request->request_id;
  blank.path = request->path;
  core::Status status = authenticated ? core::ok_status() : check_scope(service, route, *request);
  if (status.ok()) {
    status = guarded(route.path, blank.request_id, [&] {
      route.handler(request, [reply](Response response) { reply->send(std::move(response)); });
      return core::ok_status();
    });
  }
  if (!status.ok()) reply->send(error_response(route.error_form, status, blank));
}

ReplyOnce::~ReplyOnce() {
  if (sent_.load()) return;
  loop_.post([session = session_] {
    if (const auto alive = session.lock()) alive->on_abandoned();
  });
}

void ReplyOnce::send(Response response) {
  if (sent_.exchange(true)) return;
  loop_.post([session = session_, answer = std::move(response)]() mutable {
    if (const auto alive = session.lock()) alive->on_reply(std::move(answer));
  });
}

}  // namespace kgrca::net
