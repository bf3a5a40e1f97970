#include "net/session.h"

#include <algorithm>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "net/problem.h"
#include "net/response_text.h"

namespace kgrca::net {
namespace {
constexpr std::size_t idle_buffer_bytes = 1024;     // all that an idle connection keeps for input
constexpr std::size_t head_read_bytes = 2048;
constexpr std::size_t joined_body_bytes = 16 << 10; // bodies up to here go out together with their head
constexpr std::size_t write_piece_bytes = 256 << 10;
constexpr std::size_t linger_limit_bytes = 16 << 20;
constexpr std::size_t linger_read_bytes = 64 << 10;
constexpr std::chrono::seconds linger_time{2};
constexpr std::chrono::seconds waiting_least{2};  // a connection that waits so long for a request gives way
constexpr std::chrono::seconds crowded_time{1};   // after a connection found no place
constexpr SteadyTime never = SteadyTime::max();
}  // namespace

Session::Session(Service& service, Loop& loop, std::unique_ptr<Transport> transport, std::string remote_address)
    : service_(service), loop_(loop), transport_(std::move(transport)), remote_address_(std::move(remote_address)),
      deadline_(never), waiting_since_(std::chrono::steady_clock::now()) {}

Session::~Session() = default;

void Session::start() {
  set_deadline(std::chrono::seconds(service_.options.header_timeout_seconds));
  transport_->start(shared_from_this());
}

void Session::on_ready(bool ok) {
  if (state_ != State::opening) return;
  if (!ok) {
    service_.meters.rejected("tls_handshake").add();
    close();
    return;
  }
  begin_request();
}

void Session::set_deadline(std::chrono::seconds from_now) { deadline_ = std::chrono::steady_clock::now() + from_now; }

// Waits for the next request, which a pipelining client may have sent already.
void Session::begin_request() {
  state_ = State::head;
  exchange_.reset();
  scanner_ = HeadScanner();
  head_started_ = false;
  waiting_since_ = std::chrono::steady_clock::now();
  if (in_.empty() && service_.stopping) {
    close();
    return;
  }
  if (in_.empty() && in_.capacity() > idle_buffer_bytes) std::string().swap(in_);
  set_deadline(std::chrono::seconds(service_.options.idle_timeout_seconds));
  advance_head();
}

void Session::read_input(std::size_t room) {
  read_offset_ = in_.size();
  in_.resize(read_offset_ + room);
  reading_ = true;
  transport_->read(shared_from_this(), in_.data() + read_offset_, room);
}

void Session::advance_head() {
  if (!head_started_ && in_.starts_with("\r\n")) in_.erase(0, 2);  // RFC 9112 2.2: an empty line before a request is skipped
  if (in_.empty()) {
    read_input(idle_buffer_bytes);
    return;
  }
  if (!head_started_ && in_ != "\r") {
    head_started_ = true;
    set_deadline(std::chrono::seconds(service_.options.header_timeout_seconds));
  }
  const std::size_t limit = service_.options.max_header_bytes;
  switch (scanner_.scan(in_, limit)) {
    case HeadScan::more: read_input(std::min(head_read_bytes, limit - in_.size())); return;
    case HeadScan::complete: on_head(scanner_.end()); return;
    case HeadScan::bare_line_feed:
      fail(bad_request("bare_line_feed", "a line of the request head ends with LF alone; CR LF is needed"));
      return;
    case HeadScan::too_long: break;
  }
  const bool long_target = in_.find("\r\n") == std::string::npos;
  fail({long_target ? 414 : 431, long_target ? "target_too_long" : "head_too_large",
        core::cat("the request head is longer than ", limit, " bytes")});
}

void Session::on_head(std::size_t size) {
  exchange_ = std::make_unique<Exchange>();
  exchange_->held = std::make_shared<HeldRequest>(service_.budget);
  exchange_->started = std::chrono::steady_clock::now();
  const Fault fault = parse_head(std::string_view(in_).substr(0, size), shared_request(), exchange_->head);
  in_.erase(0, size);
  exchange_->request_id = request().request_id;
  if (fault) {
    fail(fault);
    return;
  }
  request().remote_address = remote_address_;
  exchange_->head_only = exchange_->head.method == Method::head;
  exchange_->unread_body = exchange_->head.chunked || exchange_->head.content_length.value_or(0) > 0;
  choose_route();
}

void Session::choose_route() {
  if (!exchange_->head.method) {
    fail({501, "unknown_method", "the methods served are GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS"});
    return;
  }
  RouteMatch match = service_.routes()->find(*exchange_->head.method, exchange_->head.segments);
  if (match.entry == nullptr) {
    refuse_unrouted(match);
    return;
  }
  request().parameters = std::move(match.parameters);
  exchange_->form = match.entry->route.error_form;
  exchange_->entry = std::move(match.entry);
  accept_body();
}

void Session::refuse_unrouted(const RouteMatch& match) {
  const std::string asked = core::cat(name_of(request().method), ' ', core::clip_utf8(request().path, 200));
  Problem problem{404, "no_such_route", "", core::cat("there is no ", asked), {}};
  if (match.allow.empty()) {
    const std::string nearest = service_.routes()->nearest(request().path);
    core::append(problem.detail, "; the nearest route is ", nearest, "; /openapi.json lists all");
    problem.extra.emplace_back("nearest", nearest);
    refuse(problem, exchange_->unread_body);
    return;
  }
  problem = {405, "method_not_allowed", "", core::cat("there is no ", asked, "; allowed: ", match.allow), {}};
  Response response = problem_response(problem, request());
  response.headers.emplace_back("Allow", match.allow);
  respond(std::move(response), exchange_->unread_body);
}

// After a fault nobody can say where the next request would begin.
void Session::fail(const Fault& fault) {
  if (exchange_ == nullptr) {
    exchange_ = std::make_unique<Exchange>();
    exchange_->held = std::make_shared<HeldRequest>(service_.budget);
    exchange_->started = std::chrono::steady_clock::now();
    exchange_->request_id = request().request_id = make_request_id();
  }
  exchange_->unread_body = true;
  service_.meters.rejected(fault.code).add();
  refuse({fault.status, fault.code, "", fault.detail, {}}, true);
}

void Session::refuse(const Problem& problem, bool close_after) {
  respond(error_response(exchange_->form, problem, request()), close_after);
}

void Session::on_reply(Response response) {
  if (state_ == State::handling) respond(std::move(response), false);
}

void Session::on_abandoned() {
  if (state_ != State::handling) return;
  core::log(core::LogLevel::error, "reply_dropped", {{"route", exchange_->entry->route.path}, {"request_id", exchange_->request_id}});
  const core::Status status = core::internal_error("the server gave no answer; its log has the details under the request id");
  Request blank;
  blank.request_id = exchange_->request_id;
  respond(error_response(exchange_->form, status, blank), false);
}

void Session::respond(Response response, bool close_after) {
  if (response.status < 200 || response.status > 599) response.status = 500;
  close_after_answer_ = close_after || !exchange_->head.keep_alive || service_.stopping;
  RouteMeters& meters = exchange_->entry == nullptr ? service_.meters.unmatched : *exchange_->entry->meters;
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - exchange_->started;
  meters.count(response.status, spent.count());
  out_ = response_head(response, {exchange_->request_id, loop_.date(), !close_after_answer_});
  out_body_.clear();
  out_sent_ = 0;
  const bool bodiless = exchange_->head_only || has_no_body(response.status);
  if (!bodiless && response.body.size() <= joined_body_bytes) {
    out_.append(response.body);
  } else if (!bodiless) {
    out_body_ = std::move(response.body);
  }
  state_ = State::writing;
  set_deadline(std::chrono::seconds(service_.options.write_timeout_seconds));
  transport_->write(shared_from_this(), out_);
}

// Pieces, so that the write timeout watches progress and not the whole answer.
void Session::write_more() {
  const std::string_view piece = std::string_view(out_body_).substr(out_sent_, write_piece_bytes);
  out_sent_ += piece.size();
  set_deadline(std::chrono::seconds(service_.options.write_timeout_seconds));
  transport_->write(shared_from_this(), piece);
}

void Session::on_written(bool ok) {
  if (state_ == State::closed) return;
  if (!ok) {
    close();
  } else if (state_ == State::continuing) {
    begin_body();
  } else if (state_ == State::writing && out_sent_ < out_body_.size()) {
    write_more();
  } else if (state_ == State::writing) {
    on_answered();
  }
}

void Session::on_answered() {
  std::string().swap(out_);
  std::string().swap(out_body_);
  out_sent_ = 0;
  if (close_after_answer_) {
    linger();
  } else {
    begin_request();
  }
}

// Closing over unread input makes the kernel reset the connection, and the client may lose the answer: so the rest is read
// and dropped for a moment, within bounds.
void Session::linger() {
  const bool unread = exchange_->unread_body || !in_.empty();
  if (!reading_) exchange_.reset();  // a running read writes into its body
  state_ = State::lingering;
  set_deadline(linger_time);
  lingered_bytes_ = 0;
  const bool answer_follows = transport_->finish_sending(shared_from_this(), unread);
  if (answer_follows) return;
  if (!unread) {
    close();
    return;
  }
  if (reading_) return;
  in_.clear();
  read_input(linger_read_bytes);
}

void Session::on_lingering_read(std::size_t size) {
  lingered_bytes_ += size;
  if (lingered_bytes_ >= linger_limit_bytes) {
    close();
    return;
  }
  in_.clear();
  read_input(linger_read_bytes);
}

void Session::on_read(std::size_t size) {
  reading_ = false;
  if (state_ == State::closed) return;
  if (size == 0) {
    close();
    return;
  }
  if (state_ == State::lingering) {
    on_lingering_read(size);
  } else if (state_ == State::body && exchange_->chunks == nullptr) {
    on_sized_body(size);
  } else if (state_ == State::body) {
    in_.resize(read_offset_ + size);
    on_chunked_input();
  } else if (state_ == State::head) {
    in_.resize(read_offset_ + size);
    advance_head();
  }
}

bool Session::gives_way(SteadyTime now) const {
  const bool waits = state_ == State::opening || state_ == State::head;
  return waits && now - waiting_since_ >= waiting_least && now - service_.refused_at.load() < crowded_time;
}

void Session::on_expired(SteadyTime now) {
  if (gives_way(now)) service_.meters.rejected("gave_way").add();
  deadline_ = never;
  switch (state_) {
    case State::head:
      if (!head_started_) {
        close();
        return;
      }
      break;
    case State::body:
      if (!body_too_slow(now)) return;
      break;
    case State::writing:
      service_.meters.rejected("slow_reader").add();
      close();
      return;
    default:
      close();
      return;
  }
  const bool in_head = state_ == State::head;
  fail({408, in_head ? "slow_head" : "slow_body",
        in_head ? "the request head did not come in time" : "the request body came too slowly or stopped"});
}

void Session::on_server_stopping() {
  if (state_ == State::opening || (state_ == State::head && !head_started_)) close();
}

void Session::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  deadline_ = never;
  transport_->close();
  loop_.forget(*this);
}

}  // namespace kgrca::net
