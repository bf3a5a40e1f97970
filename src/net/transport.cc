#include "net/transport.h"

#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "kgrca/core/strings.h"
#include "net/socket.h"

namespace kgrca::net {
namespace {

using ErrorCode = boost::system::error_code;
using User = std::shared_ptr<TransportUser>;

template <typename Stream>
void start_read(Stream& stream, User user, char* data, std::size_t size) {
  stream.async_read_some(asio::buffer(data, size), [user = std::move(user)](const ErrorCode& error, std::size_t count) {
    user->on_read(error ? 0 : count);
  });
}

template <typename Stream>
void start_write(Stream& stream, User user, std::string_view data) {
  asio::async_write(stream, asio::buffer(data.data(), data.size()),
                    [user = std::move(user)](const ErrorCode& error, std::size_t) { user->on_written(!error); });
}

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {}

  void start(User user) override {
    asio::post(socket_.get_executor(), [user = std::move(user)] { user->on_ready(true); });
  }
  void read(User user, char* data, std::size_t size) override { start_read(socket_, std::move(user), data, size); }
  void write(User user, std::string_view data) override { start_write(socket_, std::move(user), data); }
  bool finish_sending(User, bool) override {
    ErrorCode ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
    return false;
  }
  void close() override {
    ErrorCode ignored;
    socket_.close(ignored);
  }

 private:
  Socket socket_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}

  void start(User user) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [user = std::move(user)](const ErrorCode& error) { user->on_ready(!error); });
  }
  void read(User user, char* data, std::size_t size) override { start_read(stream_, std::move(user), data, size); }
  void write(User user, std::string_view data) override { start_write(stream_, std::move(user), data); }
  bool finish_sending(User user, bool unread_input) override {
    if (unread_input) return false;  // the session reads on; a shutdown would compete for the input
    stream_.async_shutdown([user = std::move(user)](const ErrorCode&) { user->on_read(0); });
    return true;
  }
  void close() override {
    ErrorCode ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  std::shared_ptr<asio::ssl::context> context_;  // a reload must not take it away
  asio::ssl::stream<Socket> stream_;
};

core::Status tls_error(const std::string& what, const std::string& file, const ErrorCode& error) {
  return core::invalid_argument(core::cat(what, " ", file, " cannot be used: ", error.message()));
}

}  // namespace

std::unique_ptr<Transport> make_plain_transport(Socket socket) { return std::make_unique<PlainTransport>(std::move(socket)); }

std::unique_ptr<Transport> make_tls_transport(Socket socket, std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<TlsTransport>(std::move(socket), std::move(context));
}

core::StatusOr<std::shared_ptr<asio::ssl::context>> make_server_tls(const std::string& certificate_file, const std::string& key_file) {
  using Context = asio::ssl::context;
  auto context = std::make_shared<Context>(Context::tls_server);
  ErrorCode error;
  context->set_options(Context::default_workarounds | Context::no_sslv2 | Context::no_sslv3 | Context::no_tlsv1 | Context::no_tlsv1_1 |
                           Context::single_dh_use, error);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  context->use_certificate_chain_file(certificate_file, error);
  if (error) return tls_error("the TLS certificate file", certificate_file, error);
  context->use_private_key_file(key_file, Context::pem, error);
  if (error) return tls_error("the TLS key file", key_file, error);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return core::invalid_argument(core::cat("the TLS key ", key_file, " does not belong to the certificate ", certificate_file));
  }
  return context;
}

}  // namespace kgrca::net
