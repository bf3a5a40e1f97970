#include "kgrca/net/server.h"

#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "net/io_loop.h"
#include "net/service.h"
#include "net/session.h"
#include "net/socket.h"

namespace kgrca::net {
namespace {

using Acceptor = asio::basic_socket_acceptor<Tcp, asio::io_context::executor_type>;
using ErrorCode = boost::system::error_code;
using TlsContext = std::shared_ptr<asio::ssl::context>;

constexpr std::chrono::milliseconds accept_pause{100};
constexpr int queries_waiting_most = 256;  // some seconds of work: who waits longer has given up
constexpr std::string_view busy_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 2\r\nContent-Length: 34\r\n"
    "Connection: close\r\n\r\ntoo many connections, retry later\n";

// "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080" (every address).
core::StatusOr<Tcp::endpoint> parse_listen(asio::io_context& context, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : core::parse_int(std::string_view(text).substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) {
    return core::invalid_argument(core::cat("\"", text, "\" is not address:port, such as 127.0.0.1:8080"));
  }
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "*") host = "0.0.0.0";
  ErrorCode error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) return Tcp::endpoint(address, static_cast<std::uint16_t>(*port));
  Tcp::resolver resolver(context);
  const auto results = resolver.resolve(host, std::to_string(*port), error);
  if (error || results.empty()) return core::invalid_argument(core::cat("the address ", host, " in \"", text, "\" is unknown"));
  return results.begin()->endpoint();
}

core::Status open_acceptor(Acceptor& acceptor, asio::io_context& context, const std::string& listen) {
  KGRCA_ASSIGN_OR_RETURN(const Tcp::endpoint endpoint, parse_listen(context, listen));
  ErrorCode error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return core::unavailable(core::cat("cannot listen on ", listen, ": ", error.message()));
  return core::ok_status();
}

void refuse_connection(Socket& socket, bool tls) {
  const int descriptor = socket.native_handle();
  if (!tls) {
    char request[4096];
    (void)::recv(descriptor, request, sizeof request, MSG_DONTWAIT);
    (void)::send(descriptor, busy_answer.data(), busy_answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  ErrorCode ignored;
  socket.shutdown(Tcp::socket::shutdown_both, ignored);
  socket.close(ignored);
}

class ServerCore final : public Service {
 public:
  ServerCore(const ServerOptions& server_options, RouteTable route_table, Authenticate check, core::Metrics& metrics)
      : Service(server_options, std::move(route_table), std::move(check), metrics),
        work_(static_cast<std::size_t>(std::max(1, server_options.work_threads))),
        long_work_(static_cast<std::size_t>(std::max(1, server_options.long_threads))),
        max_connections_(server_options.max_connections) {
    for (int i = 0; i < std::max(1, server_options.io_threads); ++i) {
      loops_.push_back(std::make_unique<IoLoop>([this] { on_session_gone(); }));
    }
  }

  core::Status open() {
    plain_ = std::make_unique<Acceptor>(front().context());
    tls_ = std::make_unique<Acceptor>(front().context());
    if (!options.tls_listen.empty()) {
      KGRCA_ASSIGN_OR_RETURN(tls_context_, make_server_tls(options.tls_certificate_file, options.tls_key_file));
      KGRCA_RETURN_IF_ERROR(open_acceptor(*tls_, front().context(), options.tls_listen));
    }
    if (!options.listen.empty()) KGRCA_RETURN_IF_ERROR(open_acceptor(*plain_, front().context(), options.listen));
    if (!plain_->is_open() && !tls_->is_open()) return core::invalid_argument("neither listen nor tls_listen is set");
    port_ = port_of(*plain_);
    tls_port_ = port_of(*tls_);
    return core::ok_status();
  }

  void go() {
    if (plain_->is_open()) accept(*plain_, false);
    if (tls_->is_open()) accept(*tls_, true);
    for (const auto& loop : loops_) loop->start();
  }

  core::Status reload(ServerReload fresh) {
    KGRCA_ASSIGN_OR_RETURN(RouteTable table, RouteTable::make(std::move(fresh.routes), meters.metrics));
    TlsContext context;
    if (tls_port_ != 0) {
      KGRCA_ASSIGN_OR_RETURN(context, make_server_tls(fresh.tls_certificate_file, fresh.tls_key_file));
    }
    replace_routes(std::move(table));
    const std::lock_guard lock(mutex_);
    if (context) tls_context_ = std::move(context);
    max_connections_ = fresh.max_connections;
    return core::ok_status();
  }

  bool run(Pool pool, std::function<void()> task) override {
    if (pool != Pool::queries) {
      asio::post(pool == Pool::open ? open_work_ : work_, std::move(task));
      return true;
    }
    if (++queries_waiting_ > queries_waiting_most) {
      --queries_waiting_;
      return false;
    }
    asio::post(long_work_, [this, task = std::move(task)] {
      --queries_waiting_;
      task();
    });
    return true;
  }

  void stop(int grace_ms) {
    if (stopping.exchange(true)) return;
    front().post([this] {
      ErrorCode ignored;
      plain_->close(ignored);
      tls_->close(ignored);
    });
    for (const auto& loop : loops_) loop->post([loop = loop.get()] { loop->drain(); });
    {
      std::unique_lock lock(mutex_);
      gone_.wait_for(lock, std::chrono::milliseconds(grace_ms), [this] { return connections_ == 0; });
    }
    for (const auto& loop : loops_) loop->post([loop = loop.get()] { loop->close_all(); });
    for (asio::thread_pool* pool : {&open_work_, &work_, &long_work_}) pool->stop();
    for (asio::thread_pool* pool : {&open_work_, &work_, &long_work_}) pool->join();
    for (const auto& loop : loops_) loop->join();
  }

  int port() const { return port_; }
  int tls_port() const { return tls_port_; }

 private:
  IoLoop& front() { return *loops_.front(); }

  static int port_of(const Acceptor& acceptor) {
    ErrorCode error;
    return acceptor.is_open() ? acceptor.local_endpoint(error).port() : 0;
  }

  // On the first io thread; the socket belongs to the loop that will serve it.
  void accept(Acceptor& acceptor, bool tls) {
    IoLoop& loop = *loops_[next_loop_++ % loops_.size()];
    acceptor.async_accept(loop.context(), [this, &acceptor, &loop, tls](const ErrorCode& error, Socket socket) {
      if (stopping || error == asio::error::operation_aborted) return;
      if (error) {
        pause_accepting(acceptor, tls, error);
        return;
      }
      welcome(loop, std::move(socket), tls);
      accept(acceptor, tls);
    });
  }

  // Out of file descriptors, most likely: trying again at once would only burn time.
  void pause_accepting(Acceptor& acceptor, bool tls, const ErrorCode& error) {
    const std::string why = error.message();
    core::log(core::LogLevel::warning, "accept_failed", {{"error", std::string_view(why)}});
    meters.rejected("accept_failed").add();
    auto timer = std::make_shared<asio::steady_timer>(front().context(), accept_pause);
    timer->async_wait([this, timer, &acceptor, tls](const ErrorCode&) {
      if (!stopping) accept(acceptor, tls);
    });
  }

  void welcome(IoLoop& loop, Socket socket, bool tls) {
    if (!admit()) {
      refused_at = std::chrono::steady_clock::now();
      meters.rejected("connections").add();
      refuse_connection(socket, tls);
      return;
    }
    ErrorCode ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    const auto peer = socket.remote_endpoint(ignored);
    std::unique_ptr<Transport> transport =
        tls ? make_tls_transport(std::move(socket), current_tls()) : make_plain_transport(std::move(socket));
    auto session = std::make_shared<Session>(*this, loop, std::move(transport), peer.address().to_string());
    loop.post([&loop, session = std::move(session)] { loop.adopt(session); });
  }

  bool admit() {
    const std::lock_guard lock(mutex_);
    if (connections_ >= max_connections_) return false;
    meters.connections.set(++connections_);
    return true;
  }

  void on_session_gone() {
    const std::lock_guard lock(mutex_);
    meters.connections.set(--connections_);
    if (connections_ == 0) gone_.notify_all();
  }

  TlsContext current_tls() {
    const std::lock_guard lock(mutex_);
    return tls_context_;
  }

  // The pools go first: tasks they still hold own sessions, whose sockets need their loop.
  std::vector<std::unique_ptr<IoLoop>> loops_;
  std::unique_ptr<Acceptor> plain_;
  std::unique_ptr<Acceptor> tls_;
  asio::thread_pool open_work_{1};
  asio::thread_pool work_;
  asio::thread_pool long_work_;
  std::atomic<int> queries_waiting_ = 0;
  int port_ = 0;
  int tls_port_ = 0;
  std::size_t next_loop_ = 0;
  std::mutex mutex_;
  std::condition_variable gone_;
  int connections_ = 0;     // guarded by mutex_
  int max_connections_;     // guarded by mutex_
  TlsContext tls_context_;  // guarded by mutex_
};

}  // namespace

struct Server::Impl {
  std::shared_ptr<ServerCore> core;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(0); }

core::StatusOr<std::unique_ptr<Server>> Server::start(const ServerOptions& options, std::vector<Route> routes,
                                                      Authenticate authenticate, core::Metrics& metrics) {
  KGRCA_ASSIGN_OR_RETURN(RouteTable table, RouteTable::make(std::move(routes), metrics));
  auto core = std::make_shared<ServerCore>(options, std::move(table), std::move(authenticate), metrics);
  KGRCA_RETURN_IF_ERROR(core->open());
  core->go();
  auto impl = std::make_unique<Impl>();
  impl->core = std::move(core);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::port() const { return impl_->core->port(); }
int Server::tls_port() const { return impl_->core->tls_port(); }

core::Status Server::reload(ServerReload fresh) { return impl_->core->reload(std::move(fresh)); }

void Server::stop(int grace_ms) { impl_->core->stop(grace_ms); }

}  // namespace kgrca::net
