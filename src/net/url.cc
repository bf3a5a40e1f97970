#include "net/url.h"

#include <algorithm>

#include "kgrca/core/strings.h"

namespace kgrca::net {
namespace {

core::Status bad_url(std::string_view text, std::string_view why) {
  return core::invalid_argument(core::cat("the URL \"", text, "\" ", why, "; expected http://host:port or https://host:port"));
}

}  // namespace

std::string BaseUrl::host_header() const {
  const std::string name = host.find(':') == std::string::npos ? host : core::cat('[', host, ']');
  return port == (tls ? "443" : "80") ? name : core::cat(name, ':', port);
}

core::StatusOr<BaseUrl> parse_base_url(std::string_view text) {
  BaseUrl url;
  std::string_view rest = text;
  url.tls = rest.starts_with("https://");
  if (!url.tls && !rest.starts_with("http://")) return bad_url(text, "has no http or https scheme");
  rest.remove_prefix(url.tls ? 8 : 7);
  const bool clean = std::all_of(rest.begin(), rest.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!clean || rest.find_first_of("@?#\\") != std::string_view::npos) return bad_url(text, "holds characters that do not belong there");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  url.prefix = std::string(rest.substr(slash));
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) return bad_url(text, "has an unclosed [");
  const std::size_t colon = authority.find(':', bracket);
  if (colon != std::string_view::npos) {
    const auto port = core::parse_int(authority.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) return bad_url(text, "has no valid port");
    url.port = core::cat(*port);
  } else {
    url.port = url.tls ? "443" : "80";
  }
  authority = authority.substr(0, colon);
  if (bracket > 0) authority = authority.substr(1, bracket - 1);
  if (authority.empty()) return bad_url(text, "names no host");
  url.host = std::string(authority);
  return url;
}

}  // namespace kgrca::net
