// One connection: reads a request, has it answered, writes the answer, and again. Requests that a client pipelines are
// answered one after the other. Lives on one io thread and knows no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "net/chunked.h"
#include "net/framing.h"
#include "net/head.h"
#include "net/service.h"
#include "net/transport.h"

namespace kgrca::net {

class Session final : public TransportUser, public std::enable_shared_from_this<Session> {
 public:
  Session(Service& service, Loop& loop, std::unique_ptr<Transport> transport, std::string remote_address);
  ~Session() override;

  void start();
  void on_ready(bool ok) override;
  void on_read(std::size_t size) override;
  void on_written(bool ok) override;
  void on_reply(Response response);
  void on_abandoned();                       // the handler dropped its Reply
  bool is_expired(SteadyTime now) const { return now >= deadline_ || gives_way(now); }
  void on_expired(SteadyTime now);           // a client too slow for its present step is cut off
  void on_server_stopping();                 // closes when idle, else after the present answer
  void close();

 private:
  enum class State : std::uint8_t { opening, head, authenticating, continuing, body, handling, writing, lingering, closed };

  // What one request needs while it is under way; an idle connection has none.
  struct Exchange {
    std::shared_ptr<HeldRequest> held;
    Head head;
    std::shared_ptr<RouteEntry> entry;
    std::unique_ptr<ChunkDecoder> chunks;
    std::size_t body_read = 0;
    std::string request_id;
    ErrorForm form = ErrorForm::problem_json;
    bool authenticated = false;
    bool head_only = false;
    bool unread_body = false;
    SteadyTime started;
    std::size_t window_start_bytes = 0;  // body_read when the present rate window began
    bool in_grace = true;
  };

  // session.cc: heads, answers, ends
  void begin_request();
  bool gives_way(SteadyTime now) const;  // it only waits, and others find no place
  void advance_head();
  void on_head(std::size_t size);
  void choose_route();
  void refuse_unrouted(const RouteMatch& match);
  void fail(const Fault& fault);
  void refuse(const Problem& problem, bool close_after);
  void respond(Response response, bool close_after);
  void write_more();
  void on_answered();
  void linger();
  void on_lingering_read(std::size_t size);
  void read_input(std::size_t room);
  void set_deadline(std::chrono::seconds from_now);

  // session_body.cc: limits, authentication, bodies, hand-over
  void accept_body();
  void refuse_too_large();
  bool hold_body(std::size_t bytes);
  bool wants_early_authentication() const;
  void authenticate_first();
  void on_authenticated(const core::Status& status);
  void begin_body();
  void read_sized_body();
  void on_sized_body(std::size_t size);
  void on_chunked_input();
  void dispatch();
  bool body_too_slow(SteadyTime now);
  Request& request() { return exchange_->held->request; }
  std::shared_ptr<Request> shared_request();

  Service& service_;
  Loop& loop_;
  std::unique_ptr<Transport> transport_;
  std::string remote_address_;
  State state_ = State::opening;
  bool close_after_answer_ = false;
  bool head_started_ = false;
  bool reading_ = false;        // a read is under way; its memory must stay
  SteadyTime deadline_;
  SteadyTime waiting_since_;    // for a request, or for the end of the TLS handshake
  HeadScanner scanner_;
  std::string in_;              // input not yet consumed
  std::size_t read_offset_ = 0; // where the running read puts its bytes
  std::unique_ptr<Exchange> exchange_;
  std::string out_;             // head, with the body when that is small
  std::string out_body_;
  std::size_t out_sent_ = 0;    // bytes of out_body_ handed to the transport
  std::size_t lingered_bytes_ = 0;
};

}  // namespace kgrca::net
