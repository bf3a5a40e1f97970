#include <algorithm>

#include "kgrca/core/strings.h"
#include "net/problem.h"
#include "net/reply.h"
#include "net/session.h"

namespace kgrca::net {
namespace {
constexpr std::size_t early_check_bytes = 64 << 10;   // larger bodies are read only for a caller with the scope
constexpr std::size_t body_read_bytes = 256 << 10;
constexpr std::size_t chunked_read_bytes = 64 << 10;
constexpr std::size_t growing_body_bytes = 1 << 20;   // chunked bodies beyond get all that the route takes
constexpr std::size_t spare_bytes = 64;               // so that a JSON parser can work in place
constexpr SteadyTime never = SteadyTime::max();

Pool pool_of(const Route& route) {
  if (route.long_running) return Pool::queries;
  return route.scope == core::Scope::none ? Pool::open : Pool::work;
}

}  // namespace

std::shared_ptr<Request> Session::shared_request() {
  return {exchange_->held, &exchange_->held->request};
}

void Session::accept_body() {
  const Route& route = exchange_->entry->route;
  const std::uint64_t length = exchange_->head.content_length.value_or(0);
  if (length > route.body_limit_bytes) {
    refuse_too_large();
    return;
  }
  if (!hold_body(static_cast<std::size_t>(length))) return;
  if (exchange_->head.chunked) exchange_->chunks = std::make_unique<ChunkDecoder>(route.body_limit_bytes);
  if (wants_early_authentication()) {
    authenticate_first();
  } else {
    on_authenticated(core::ok_status());
  }
}

void Session::refuse_too_large() {
  const std::size_t limit = exchange_->entry->route.body_limit_bytes;
  service_.meters.rejected("body_too_large").add();
  exchange_->unread_body = true;
  Problem problem{413, "body_too_large", "", core::cat("the body is larger than the ", limit, " bytes this route takes; split it"), {}};
  problem.extra.emplace_back("limit_bytes", core::cat(limit));
  if (exchange_->head.content_length) {
    core::append(problem.detail, " (Content-Length ", *exchange_->head.content_length, ")");
    problem.extra.emplace_back("content_length", core::cat(*exchange_->head.content_length));
  }
  refuse(problem, true);
}

bool Session::hold_body(std::size_t bytes) {
  if (exchange_->held->hold(bytes)) return true;
  service_.meters.rejected("body_budget").add();
  const core::Status status = core::unavailable("the server holds as many request bodies as it may; retry later");
  respond(error_response(exchange_->form, status, request()), exchange_->unread_body);
  return false;
}

bool Session::wants_early_authentication() const {
  if (exchange_->entry->route.scope == core::Scope::none || !exchange_->unread_body) return false;
  const Head& head = exchange_->head;
  return head.chunked || head.expect_continue || head.content_length.value_or(0) > early_check_bytes;
}

void Session::authenticate_first() {
  state_ = State::authenticating;
  deadline_ = never;
  auto task = [self = shared_from_this(), held = exchange_->held, entry = exchange_->entry] {
    const core::Status status = check_scope(self->service_, entry->route, held->request);
    self->loop_.post([self, status] { self->on_authenticated(status); });
  };
  service_.run(Pool::work, std::move(task));
}

void Session::on_authenticated(const core::Status& status) {
  if (state_ == State::closed) return;
  if (!status.ok()) {
    respond(error_response(exchange_->form, status, request()), true);
    return;
  }
  exchange_->authenticated = state_ == State::authenticating;
  if (exchange_->head.expect_continue && exchange_->unread_body && in_.empty()) {
    state_ = State::continuing;
    set_deadline(std::chrono::seconds(service_.options.write_timeout_seconds));
    transport_->write(shared_from_this(), "HTTP/1.1 100 Continue\r\n\r\n");
    return;
  }
  begin_body();
}

void Session::begin_body() {
  if (!exchange_->unread_body) {
    dispatch();
    return;
  }
  state_ = State::body;
  set_deadline(std::chrono::seconds(service_.options.body_grace_seconds));
  if (exchange_->chunks != nullptr) {
    on_chunked_input();
    return;
  }
  const auto length = static_cast<std::size_t>(*exchange_->head.content_length);
  std::string& body = request().body;
  body.reserve(length + spare_bytes);
  const std::size_t present = std::min(length, in_.size());
  body.assign(in_, 0, present);
  in_.erase(0, present);
  exchange_->body_read = present;
  read_sized_body();
}

// The rest of the body goes from the transport straight into the string; memory is touched only as bytes come, and once.
void Session::read_sized_body() {
  const std::size_t left = static_cast<std::size_t>(*exchange_->head.content_length) - exchange_->body_read;
  if (left == 0) {
    dispatch();
    return;
  }
  const std::size_t room = std::min(left, body_read_bytes);
  std::string& body = request().body;
  body.resize(std::max(body.size(), exchange_->body_read + room));
  reading_ = true;
  transport_->read(shared_from_this(), body.data() + exchange_->body_read, room);
}

void Session::on_sized_body(std::size_t size) {
  exchange_->body_read += size;
  read_sized_body();
}

void Session::on_chunked_input() {
  std::string& body = request().body;
  // Decoding never makes more bytes than it reads.
  if (!hold_body(body.size() + in_.size())) return;
  // A string that doubles holds a large body twice while it copies; reserved memory is touched only as bytes come.
  if (body.size() + in_.size() > growing_body_bytes) body.reserve(exchange_->entry->route.body_limit_bytes + spare_bytes);
  std::size_t consumed = 0;
  const ChunkDecoder::State state = exchange_->chunks->feed(in_, body, consumed);
  exchange_->body_read += consumed;
  in_.erase(0, consumed);
  switch (state) {
    case ChunkDecoder::State::more: read_input(chunked_read_bytes); return;
    case ChunkDecoder::State::done: dispatch(); return;
    case ChunkDecoder::State::too_large: refuse_too_large(); return;
    case ChunkDecoder::State::malformed: break;
  }
  fail(bad_request("bad_chunk", exchange_->chunks->complaint()));
}

// The first window is free; each later one must bring its share, so that a stalled sender is cut as well.
bool Session::body_too_slow(SteadyTime) {
  const auto window = std::chrono::seconds(service_.options.body_grace_seconds);
  const std::size_t wanted = service_.options.min_body_bytes_per_second * static_cast<std::size_t>(window.count());
  const bool slow = !exchange_->in_grace && exchange_->body_read - exchange_->window_start_bytes < wanted;
  exchange_->in_grace = false;
  exchange_->window_start_bytes = exchange_->body_read;
  if (!slow) set_deadline(window);
  return slow;
}

void Session::dispatch() {
  state_ = State::handling;
  deadline_ = never;
  exchange_->unread_body = false;
  const std::shared_ptr<RouteEntry> entry = exchange_->entry;
  // The reply is made on the pool: a task that stop() leaves behind must not keep the service alive.
  auto task = [self = shared_from_this(), request = shared_request(), entry, authenticated = exchange_->authenticated]() mutable {
    Service& service = self->service_;
    const auto reply = std::make_shared<ReplyOnce>(service.shared_from_this(), self->loop_, self);
    self.reset();
    run_route(service, entry->route, authenticated, request, reply);
    request.reset();
  };
  if (service_.run(pool_of(entry->route), std::move(task))) {
    exchange_->held.reset();
    return;
  }
  service_.meters.rejected("queries_waiting").add();
  respond(error_response(exchange_->form, core::unavailable("too many queries wait to be answered; retry later"), request()), false);
}

}  // namespace kgrca::net
