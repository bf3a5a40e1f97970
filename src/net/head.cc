#include "net/head.h"

#include <algorithm>
#include <random>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "kgrca/core/strings.h"
#include "net/target.h"

namespace kgrca::net {
namespace {
namespace http = boost::beast::http;
using Parser = http::request_parser<http::empty_body>;

constexpr std::size_t request_id_limit = 128;
constexpr std::size_t traceparent_size = 55;

std::optional<Method> method_of(std::string_view name) {
  for (const Method method : {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del, Method::options}) {
    if (name == name_of(method)) return method;
  }
  return std::nullopt;
}

bool is_safe_id(std::string_view id) {
  return !id.empty() && id.size() <= request_id_limit && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.:=+/@").find(c) != std::string_view::npos;
  });
}

// The 32 digits of "00-<32 hex>-<16 hex>-<2 hex>" (W3C Trace Context); empty when the text is none.
std::string_view trace_id_of(std::string_view traceparent) {
  if (traceparent.size() != traceparent_size) return {};
  for (std::size_t i = 0; i < traceparent.size(); ++i) {
    const bool dash = i == 2 || i == 35 || i == 52;
    const bool hex = (traceparent[i] >= '0' && traceparent[i] <= '9') || (traceparent[i] >= 'a' && traceparent[i] <= 'f');
    if (dash ? traceparent[i] != '-' : !hex) return {};
  }
  return traceparent.substr(3, 32);
}

Fault run_beast(std::string_view block, const Framing& framing, Parser& parser) {
  parser.header_limit(static_cast<std::uint32_t>(block.size() + 1));
  parser.body_limit(boost::none);
  parser.eager(false);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(block.data(), block.size()), error);
  if (error || !parser.is_header_done()) return bad_request("bad_head", "the request head is malformed");
  const auto length = parser.content_length();
  const std::uint64_t seen = length ? *length : 0;
  if (parser.chunked() != framing.chunked || seen != framing.content_length.value_or(0)) {
    return bad_request("two_lengths", "the request's length can be read in two ways");
  }
  return {};
}

void copy_fields(const Parser& parser, Request& request) {
  for (const auto& field : parser.get()) {
    const auto name = field.name_string();
    const auto value = field.value();
    request.headers.emplace_back(core::to_lower(std::string_view(name.data(), name.size())), std::string(value.data(), value.size()));
  }
  for (const std::string_view id : {request.header("x-request-id"), trace_id_of(request.header("traceparent"))}) {
    if (!is_safe_id(id)) continue;
    request.request_id = std::string(id);
    break;
  }
}

}  // namespace

std::string make_request_id() {
  thread_local std::mt19937_64 random{(static_cast<std::uint64_t>(std::random_device{}()) << 32) ^ std::random_device{}()};
  static constexpr char digits[] = "0123456789abcdef";
  std::string id;
  for (int word = 0; word < 2; ++word) {
    std::uint64_t bits = random();
    for (int i = 0; i < 16; ++i, bits >>= 4) id.push_back(digits[bits & 15]);
  }
  return id;
}

Fault parse_head(std::string_view block, std::shared_ptr<Request> request, Head& head) {
  request->request_id = make_request_id();
  head.request = request;
  Framing framing;
  if (Fault fault = check_framing(block, framing)) return fault;
  Parser parser;
  if (Fault fault = run_beast(block, framing, parser)) return fault;
  copy_fields(parser, *request);
  Target target;
  if (Fault fault = parse_target(framing.target, framing.host, target)) return fault;
  request->path = std::move(target.path);
  request->query = std::move(target.query);
  head.segments = std::move(target.segments);
  head.method = method_of(framing.method);
  request->method = head.method.value_or(Method::get);
  head.keep_alive = framing.keep_alive;
  head.chunked = framing.chunked;
  head.expect_continue = framing.expect_continue;
  head.content_length = framing.content_length;
  return {};
}

}  // namespace kgrca::net
