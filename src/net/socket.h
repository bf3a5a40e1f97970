// Asio types that server and transports share; private to the files that instantiate Asio.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "kgrca/core/status.h"
#include "net/transport.h"

namespace kgrca::net {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
// A concrete executor: no type erasure on every operation.
using Socket = asio::basic_stream_socket<Tcp, asio::io_context::executor_type>;

std::unique_ptr<Transport> make_plain_transport(Socket socket);
std::unique_ptr<Transport> make_tls_transport(Socket socket, std::shared_ptr<asio::ssl::context> context);

// TLS 1.2 and newer. invalid_argument names the file that cannot be used.
core::StatusOr<std::shared_ptr<asio::ssl::context>> make_server_tls(const std::string& certificate_file, const std::string& key_file);

}  // namespace kgrca::net
