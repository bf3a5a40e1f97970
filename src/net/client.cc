#include "kgrca/net/client.h"

#include <sys/socket.h>

#include <optional>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "kgrca/core/strings.h"
#include "net/framing.h"
#include "net/url.h"

namespace kgrca::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using ErrorCode = beast::error_code;
using HttpRequest = http::request<http::span_body<const char>>;
using Parser = http::response_parser<http::string_body>;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::size_t read_buffer_bytes = 256 << 10;
constexpr std::uint64_t answer_limit_bytes = 512ull << 20;
constexpr std::uint32_t header_limit_bytes = 64 << 10;

struct Exchange {
  Parser parser;
  ErrorCode read_error;
  ErrorCode write_error;
  bool answer_begun = false;
};

// Reads while it writes: a server may refuse a long body before it is through.
template <typename Stream>
void exchange_over(asio::io_context& context, Stream& stream, const HttpRequest& request, beast::flat_buffer& buffer, Exchange& exchange) {
  exchange.write_error = asio::error::would_block;
  http::async_write(stream, request, [&](const ErrorCode& error, std::size_t) { exchange.write_error = error; });
  http::async_read_header(stream, buffer, exchange.parser, [&](const ErrorCode& error, std::size_t bytes) {
    exchange.answer_begun = bytes > 0;
    if (!error) {
      http::async_read(stream, buffer, exchange.parser, [&](const ErrorCode& body_error, std::size_t) {
        exchange.read_error = body_error;
        if (exchange.write_error) beast::get_lowest_layer(stream).cancel();
      });
      return;
    }
    exchange.read_error = error;
    beast::get_lowest_layer(stream).cancel();
  });
  context.restart();
  context.run();
}

bool is_lost_connection(const ErrorCode& error) {
  return error == http::error::end_of_stream || error == asio::error::connection_reset || error == asio::error::broken_pipe ||
         error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

Response to_response(Parser& parser) {
  auto message = parser.release();
  Response response;
  response.status = static_cast<int>(message.result_int());
  response.content_type.clear();
  for (const auto& field : message) {
    std::string name = core::to_lower(std::string_view(field.name_string().data(), field.name_string().size()));
    std::string value(field.value().data(), field.value().size());
    if (name == "content-type") response.content_type = value;
    response.headers.emplace_back(std::move(name), std::move(value));
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace

struct Client::Impl {
  explicit Impl(const ClientOptions& client_options) : options(client_options) {}

  ClientOptions options;
  BaseUrl url;
  asio::io_context context{1};
  std::optional<asio::ssl::context> tls;
  std::unique_ptr<beast::tcp_stream> plain_stream;
  std::unique_ptr<TlsStream> tls_stream;
  beast::flat_buffer buffer;

  core::Status prepare_tls();
  core::Status connect();
  core::Status handshake();
  core::StatusOr<HttpRequest> build(Method method, const std::string& target,
                                    const std::vector<std::pair<std::string, std::string>>& headers, std::string_view body) const;
  void run_exchange(const HttpRequest& request, Exchange& exchange);
  core::Status failure(const ErrorCode& error) const;

  beast::tcp_stream& lowest() { return tls_stream ? beast::get_lowest_layer(*tls_stream) : *plain_stream; }
  bool connected() const { return plain_stream || tls_stream; }
  void drop() {
    plain_stream.reset();
    tls_stream.reset();
    buffer.clear();
  }
  void arm() { lowest().expires_after(std::chrono::milliseconds(options.timeout_ms)); }

  // An idle connection must have nothing to read; an end or stray bytes mean that it is of no more use.
  bool still_open() {
    char byte = 0;
    const auto result = ::recv(lowest().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) || (result > 0 && tls_stream);
  }
};

core::Status Client::Impl::prepare_tls() {
  tls.emplace(asio::ssl::context::tls_client);
  ErrorCode error;
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  tls->set_verify_mode(options.verify_tls ? asio::ssl::verify_peer : asio::ssl::verify_none, error);
  if (options.ca_file.empty()) {
    tls->set_default_verify_paths(error);
  } else {
    tls->load_verify_file(options.ca_file, error);
  }
  if (!error) return core::ok_status();
  return core::invalid_argument(core::cat("the CA file ", options.ca_file, " cannot be used: ", error.message()));
}

core::Status Client::Impl::failure(const ErrorCode& error) const {
  const std::string place = core::cat(url.host, ':', url.port);
  if (error == beast::error::timeout) {
    return core::deadline_exceeded(core::cat("no answer from ", place, " within ", options.timeout_ms, " ms"));
  }
  return core::unavailable(core::cat("no connection to ", place, ": ", error.message()));
}

core::Status Client::Impl::connect() {
  ErrorCode error;
  Tcp::resolver resolver(context);
  const auto addresses = resolver.resolve(url.host, url.port, error);
  if (error) return failure(error);
  drop();
  if (url.tls) {
    tls_stream = std::make_unique<TlsStream>(context, *tls);
  } else {
    plain_stream = std::make_unique<beast::tcp_stream>(context);
  }
  arm();
  lowest().async_connect(addresses, [&](const ErrorCode& result, const Tcp::endpoint&) { error = result; });
  context.restart();
  context.run();
  if (!error) lowest().socket().set_option(Tcp::no_delay(true), error);
  core::Status status = error ? failure(error) : handshake();
  if (!status.ok()) drop();
  return status;
}

core::Status Client::Impl::handshake() {
  if (!tls_stream) return core::ok_status();
  ErrorCode address_error;
  asio::ip::make_address(url.host, address_error);
  // SSL_set_tlsext_host_name without its C cast.
  if (address_error) SSL_ctrl(tls_stream->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, url.host.data());
  if (options.verify_tls) tls_stream->set_verify_callback(asio::ssl::host_name_verification(url.host));
  ErrorCode error;
  arm();
  tls_stream->async_handshake(asio::ssl::stream_base::client, [&](const ErrorCode& result) { error = result; });
  context.restart();
  context.run();
  return error ? failure(error) : core::ok_status();
}

core::StatusOr<HttpRequest> Client::Impl::build(Method method, const std::string& target,
                                                const std::vector<std::pair<std::string, std::string>>& headers,
                                                std::string_view body) const {
  HttpRequest request;
  const std::string full = url.prefix + target;
  if (!full.starts_with('/') || full.find_first_of(std::string_view(" \t\r\n\0", 5)) != std::string::npos) {
    return core::invalid_argument(core::cat("the request target \"", target, "\" does not begin with / or holds blanks"));
  }
  const std::string_view name = name_of(method);
  request.method_string(beast::string_view(name.data(), name.size()));
  request.target(full);
  request.version(11);
  request.set(http::field::host, url.host_header());
  for (const auto& [key, value] : headers) {
    if (!is_token(key) || value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return core::invalid_argument(core::cat("the header ", key, " holds a line end or is no header name"));
    }
    request.insert(key, value);
  }
  request.body() = beast::span<const char>(body.data(), body.size());
  const bool has_body = !body.empty() || method == Method::post || method == Method::put || method == Method::patch;
  if (has_body) request.content_length(body.size());
  return request;
}

void Client::Impl::run_exchange(const HttpRequest& request, Exchange& exchange) {
  exchange.parser.body_limit(answer_limit_bytes);
  exchange.parser.header_limit(header_limit_bytes);
  if (request.method() == http::verb::head) exchange.parser.skip(true);
  buffer.reserve(read_buffer_bytes);
  arm();
  if (tls_stream) {
    exchange_over(context, *tls_stream, request, buffer, exchange);
  } else {
    exchange_over(context, *plain_stream, request, buffer, exchange);
  }
}

core::StatusOr<Client> Client::make(const ClientOptions& options) {
  auto impl = std::make_unique<Impl>(options);
  KGRCA_ASSIGN_OR_RETURN(impl->url, parse_base_url(options.url));
  if (impl->url.tls) KGRCA_RETURN_IF_ERROR(impl->prepare_tls());
  return Client(std::move(impl));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

core::StatusOr<Response> Client::send(Method method, const std::string& target,
                                      const std::vector<std::pair<std::string, std::string>>& headers, std::string_view body) {
  KGRCA_ASSIGN_OR_RETURN(const HttpRequest request, impl_->build(method, target, headers, body));
  for (bool retried = false;; retried = true) {
    const bool reused = !retried && impl_->connected() && impl_->still_open();
    if (!reused) KGRCA_RETURN_IF_ERROR(impl_->connect());
    Exchange exchange;
    impl_->run_exchange(request, exchange);
    if (!exchange.read_error) {
      const bool keep = exchange.parser.keep_alive() && !exchange.write_error;
      if (!keep) impl_->drop();
      return to_response(exchange.parser);
    }
    impl_->drop();
    // The server closed the idle connection while this request was on its way.
    const bool stale = reused && !exchange.answer_begun && is_lost_connection(exchange.read_error);
    if (!stale) return impl_->failure(exchange.read_error);
  }
}

}  // namespace kgrca::net
