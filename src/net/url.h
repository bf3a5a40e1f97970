#pragma once

#include <string>
#include <string_view>

#include "kgrca/core/status.h"

namespace kgrca::net {

// What a client needs of "http[s]://host[:port][/prefix]"; an IPv6 host stands in brackets.
struct BaseUrl {
  bool tls = false;
  std::string host;    // without brackets
  std::string port;    // "80" or "443" when not named
  std::string prefix;  // path without a slash at its end
  std::string host_header() const;
};

// invalid_argument: another scheme, no host, user information, a query or fragment, a port outside 1..65535.
core::StatusOr<BaseUrl> parse_base_url(std::string_view text);

}  // namespace kgrca::net
