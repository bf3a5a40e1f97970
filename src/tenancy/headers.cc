#include "kgrca/core/strings.h"
#include "kgrca/tenancy/tenancy.h"
#include "kgrca/wire/digest.h"

namespace kgrca::tenancy {
namespace {

constexpr std::size_t header_max = 4096;  // a key has 73 characters; longer headers hold none

// The rest of the header when its scheme is `scheme` (any case), else nothing.
std::string_view credentials(std::string_view authorization, std::string_view scheme) {
  const auto blank = authorization.find(' ');
  if (blank == std::string_view::npos || !core::equals_ignore_case(authorization.substr(0, blank), scheme)) return {};
  return core::trim(authorization.substr(blank));
}

std::string password_of(std::string_view encoded) {
  const std::string decoded = wire::base64_decode(encoded);
  const auto colon = decoded.find(':');
  return colon == std::string::npos ? std::string() : decoded.substr(colon + 1);
}

}  // namespace

std::string key_from_headers(std::string_view authorization, std::string_view x_api_key) {
  if (authorization.size() > header_max || x_api_key.size() > header_max) return {};
  const std::string_view header = core::trim(authorization);
  if (const auto bearer = credentials(header, "Bearer"); !bearer.empty()) return std::string(bearer);
  if (const auto basic = credentials(header, "Basic"); !basic.empty()) return password_of(basic);
  return std::string(core::trim(x_api_key));
}

}  // namespace kgrca::tenancy
