#include "net/response_text.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "kgrca/core/strings.h"
#include "net/framing.h"
#include "net/problem.h"

namespace kgrca::net {
namespace {

constexpr std::array<std::string_view, 6> own_headers = {"content-length", "transfer-encoding", "connection",
                                                         "date", "x-request-id", "content-type"};

void append_value(std::string& out, std::string_view value) {
  for (const char c : value) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  core::append(out, name, ": ");
  append_value(out, value);
  out.append("\r\n");
}

bool is_own(std::string_view name) {
  return std::any_of(own_headers.begin(), own_headers.end(), [&](std::string_view own) { return core::equals_ignore_case(own, name); });
}

}  // namespace

bool has_no_body(int http_status) { return http_status == 204 || http_status == 304; }

std::string response_head(const Response& response, const ResponseFrame& frame) {
  std::string out;
  out.reserve(256);
  core::append(out, "HTTP/1.1 ", response.status, ' ', reason_phrase(response.status), "\r\n");
  append_header(out, "Date", frame.date);
  if (!has_no_body(response.status)) {
    append_header(out, "Content-Type", response.content_type);
    core::append(out, "Content-Length: ", response.body.size(), "\r\n");
  }
  append_header(out, "X-Request-Id", frame.request_id);
  for (const auto& [name, value] : response.headers) {
    if (is_token(name) && !is_own(name)) append_header(out, name, value);
  }
  if (!frame.keep_alive) out.append("Connection: close\r\n");
  out.append("\r\n");
  return out;
}

std::string http_date(std::int64_t seconds_since_epoch) {
  static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = seconds_since_epoch;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const auto two = [](int value) { return core::cat(value < 10 ? "0" : "", value); };
  return core::cat(days[static_cast<std::size_t>(parts.tm_wday)], ", ", two(parts.tm_mday), ' ',
                   months[static_cast<std::size_t>(parts.tm_mon)], ' ', parts.tm_year + 1900, ' ', two(parts.tm_hour), ':',
                   two(parts.tm_min), ':', two(parts.tm_sec), " GMT");
}

}  // namespace kgrca::net
