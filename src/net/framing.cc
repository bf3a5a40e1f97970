#include "net/framing.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "kgrca/core/strings.h"

namespace kgrca::net {
namespace {

constexpr int max_fields = 100;

constexpr bool is_token_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

std::string_view trim_blanks(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

bool is_host_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
}

// Fields that would let two readers pick different values when they come twice.
constexpr std::array<std::string_view, 5> single_fields = {"authorization", "x-api-key", "content-type",
                                                           "content-encoding", "x-scope-orgid"};

class HeadChecker {
 public:
  explicit HeadChecker(Framing& framing) : framing_(framing) {}

  Fault run(std::string_view head) {
    if (!head.ends_with("\r\n\r\n")) return bad_request("truncated_head", "the request head does not end with an empty line");
    head.remove_suffix(2);
    if (Fault fault = request_line(next_line(head))) return fault;
    while (!head.empty()) {
      if (++fields_ > max_fields) return {431, "too_many_fields", "the request has more than 100 header fields"};
      if (Fault fault = field_line(next_line(head))) return fault;
    }
    return conclude();
  }

 private:
  static std::string_view next_line(std::string_view& rest) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
  }

  Fault request_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
      return bad_request("bad_request_line", "the request line is not \"METHOD target HTTP/1.1\"");
    }
    framing_.method = line.substr(0, first);
    framing_.target = line.substr(first + 1, last - first - 1);
    if (!is_token(framing_.method)) return bad_request("bad_method", "the method is not a token");
    const bool visible = std::all_of(framing_.target.begin(), framing_.target.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (framing_.target.empty() || !visible) {
      return bad_request("bad_target", "the request target holds blanks, control bytes or bytes above 0x7E; percent-encode them");
    }
    return version(line.substr(last + 1));
  }

  Fault version(std::string_view text) {
    if (text == "HTTP/1.1") return {};
    if (text == "HTTP/1.0") {
      framing_.http_1_0 = true;
      framing_.keep_alive = false;
      return {};
    }
    const bool shaped = text.size() == 8 && text.starts_with("HTTP/") && text[5] >= '0' && text[5] <= '9' && text[6] == '.' &&
                        text[7] >= '0' && text[7] <= '9';
    if (shaped) return {505, "version_not_supported", "this server speaks HTTP/1.1 and HTTP/1.0"};
    return bad_request("bad_request_line", "the request line does not end with HTTP/1.1");
  }

  Fault field_line(std::string_view line) {
    if (line.starts_with(' ') || line.starts_with('\t')) {
      return bad_request("folded_field", "a header line starts with a blank; folded fields are not accepted");
    }
    std::string_view name;
    std::string_view value;
    if (!split_field(line, name, value)) {
      return bad_request("bad_field", "a header line is not \"Name: value\" (blank before the colon, control byte or no name)");
    }
    return field(core::to_lower(name), value);
  }

  Fault field(const std::string& name, std::string_view value) {
    if (name == "content-length") return content_length(value);
    if (name == "transfer-encoding") return transfer_encoding(value);
    if (name == "host") return host(value);
    if (name == "connection") return connection(value);
    if (name == "expect") return expect(value);
    for (std::size_t i = 0; i < single_fields.size(); ++i) {
      if (name != single_fields[i]) continue;
      if (seen_[i]) return bad_request("repeated_field", core::cat("the header ", name, " comes more than once"));
      seen_[i] = true;
    }
    return {};
  }

  Fault content_length(std::string_view value) {
    if (framing_.content_length) return bad_request("repeated_content_length", "Content-Length comes more than once");
    const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    std::int64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (!digits || error != std::errc() || end != value.data() + value.size()) {
      return bad_request("bad_content_length", "Content-Length is not one plain decimal number");
    }
    framing_.content_length = static_cast<std::uint64_t>(length);
    return {};
  }

  Fault transfer_encoding(std::string_view value) {
    if (framing_.chunked) return bad_request("repeated_transfer_encoding", "Transfer-Encoding comes more than once");
    if (value != "chunked") return bad_request("bad_transfer_encoding", "the only accepted Transfer-Encoding is \"chunked\"");
    framing_.chunked = true;
    return {};
  }

  Fault host(std::string_view value) {
    if (has_host_) return bad_request("repeated_host", "Host comes more than once");
    has_host_ = true;
    if (value.empty() || !std::all_of(value.begin(), value.end(), is_host_byte)) {
      return bad_request("bad_host", "Host is not \"name\" or \"name:port\"");
    }
    framing_.host = value;
    return {};
  }

  Fault connection(std::string_view value) {
    for (const std::string_view piece : core::split(value, ',')) {
      const std::string_view word = trim_blanks(piece);
      if (core::equals_ignore_case(word, "close")) close_asked_ = true;
      if (core::equals_ignore_case(word, "keep-alive")) keep_asked_ = true;
    }
    return {};
  }

  Fault expect(std::string_view value) {
    if (!core::equals_ignore_case(value, "100-continue")) {
      return {417, "expectation_failed", "the only accepted Expect is \"100-continue\""};
    }
    framing_.expect_continue = true;
    return {};
  }

  Fault conclude() {
    if (framing_.chunked && framing_.content_length) {
      return bad_request("two_lengths", "the request has both Content-Length and Transfer-Encoding");
    }
    if (framing_.chunked && framing_.http_1_0) {
      return bad_request("bad_transfer_encoding", "HTTP/1.0 has no Transfer-Encoding");
    }
    if (!has_host_ && !framing_.http_1_0) return bad_request("missing_host", "an HTTP/1.1 request needs a Host header");
    if (framing_.http_1_0) framing_.expect_continue = false;
    framing_.keep_alive = !close_asked_ && (keep_asked_ || !framing_.http_1_0);
    return {};
  }

  Framing& framing_;
  int fields_ = 0;
  bool has_host_ = false;
  bool close_asked_ = false;
  bool keep_asked_ = false;
  std::array<bool, single_fields.size()> seen_{};
};

}  // namespace

Fault bad_request(std::string_view code, std::string_view detail) {
  return {400, std::string(code), std::string(detail)};
}

bool is_token(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), is_token_byte);
}

bool split_field(std::string_view line, std::string_view& name, std::string_view& value) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  name = line.substr(0, colon);
  value = trim_blanks(line.substr(colon + 1));
  return is_token(name) && std::none_of(value.begin(), value.end(), is_control);
}

HeadScan HeadScanner::scan(std::string_view buffer, std::size_t limit) {
  while (true) {
    const std::size_t feed = buffer.find('\n', scanned_);
    if (feed == std::string_view::npos) {
      scanned_ = buffer.size();
      return buffer.size() >= limit ? HeadScan::too_long : HeadScan::more;
    }
    if (feed >= limit) return HeadScan::too_long;
    if (feed == 0 || buffer[feed - 1] != '\r') return HeadScan::bare_line_feed;
    scanned_ = feed + 1;
    if (scanned_ >= 4 && buffer.substr(scanned_ - 4, 4) == "\r\n\r\n") {
      end_ = scanned_;
      return HeadScan::complete;
    }
  }
}

Fault check_framing(std::string_view head, Framing& framing) {
  framing = Framing{};
  return HeadChecker(framing).run(head);
}

}  // namespace kgrca::net
