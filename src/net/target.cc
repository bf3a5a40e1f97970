#include "net/target.h"

#include <algorithm>

#include "kgrca/core/strings.h"

namespace kgrca::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// False for a broken escape. In a query "+" means a blank.
bool percent_decode(std::string_view in, bool plus_is_blank, std::string& out) {
  out.reserve(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] == '+' && plus_is_blank) {
      out.push_back(' ');
    } else if (in[i] != '%') {
      out.push_back(in[i]);
    } else {
      const int high = i + 2 < in.size() ? hex_value(in[i + 1]) : -1;
      const int low = i + 2 < in.size() ? hex_value(in[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return true;
}

bool has_control(std::string_view s) {
  return std::any_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// A slash inside a segment stays apart from those between segments.
std::string with_slashes_encoded(std::string_view segment) {
  std::string out;
  for (const char c : segment) core::append(out, c == '/' ? std::string_view("%2F") : std::string_view(&c, 1));
  return out;
}

Fault decode_segments(std::string_view path, Target& target) {
  path.remove_prefix(1);
  for (const std::string_view piece : core::split(path, '/')) {
    std::string segment;
    if (!percent_decode(piece, false, segment)) {
      return bad_request("bad_percent_encoding", "the path holds a % without two hexadecimal digits");
    }
    if (has_control(segment) || !core::is_valid_utf8(segment)) {
      return bad_request("bad_path", "the path decodes to control bytes or invalid UTF-8");
    }
    core::append(target.path, '/', with_slashes_encoded(segment));
    target.segments.push_back(std::move(segment));
  }
  return {};
}

Fault decode_query(std::string_view query, Target& target) {
  for (const std::string_view piece : core::split(query, '&')) {
    if (piece.empty()) continue;
    const std::size_t equals = piece.find('=');
    std::string name;
    std::string value;
    const bool decoded = percent_decode(piece.substr(0, equals), true, name) &&
                         (equals == std::string_view::npos || percent_decode(piece.substr(equals + 1), true, value));
    if (!decoded) return bad_request("bad_percent_encoding", "the query holds a % without two hexadecimal digits");
    const bool holds_nul = name.find('\0') != std::string::npos || value.find('\0') != std::string::npos;
    if (holds_nul || !core::is_valid_utf8(name) || !core::is_valid_utf8(value)) {
      return bad_request("bad_query", "the query decodes to a NUL byte or invalid UTF-8");
    }
    target.query.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

// Turns "http://host/path" into "/path"; false when it is no such form or names another host.
bool strip_authority(std::string_view& text, std::string_view host) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, scheme);
  if (!core::equals_ignore_case(name, "http") && !core::equals_ignore_case(name, "https")) return false;
  text.remove_prefix(scheme + 3);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, end);
  if (authority.empty() || authority.find('@') != std::string_view::npos) return false;
  if (!host.empty() && !core::equals_ignore_case(authority, host)) return false;
  text.remove_prefix(end);
  return true;
}

}  // namespace

Fault parse_target(std::string_view text, std::string_view host, Target& target) {
  target = Target{};
  if (text == "*") {
    target.path = "*";
    return {};
  }
  if (!text.starts_with('/') && !strip_authority(text, host)) {
    return bad_request("bad_target", "the request target is neither a path nor an http URL of this Host");
  }
  if (text.find('#') != std::string_view::npos) return bad_request("bad_target", "the request target holds a fragment (#)");
  const std::size_t question = text.find('?');
  const std::string_view path = text.substr(0, question);
  if (path.find_first_of("\"<>\\^`{|}") != std::string_view::npos) {
    return bad_request("bad_target", "the path holds a character that must be percent-encoded");
  }
  if (Fault fault = decode_segments(path.empty() ? "/" : path, target)) return fault;
  return question == std::string_view::npos ? Fault{} : decode_query(text.substr(question + 1), target);
}

}  // namespace kgrca::net
