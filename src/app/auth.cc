#include "app/auth.h"

#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

core::Status with_help(const core::Status& status, const std::string& data_dir, const std::string& url) {
  return core::unauthenticated(core::cat(
      core::message_of(status), ". The key of tenant default lies in ", data_dir, "/default.key on the server, the operator's in ",
      data_dir, "/admin.key. Try: curl -H \"Authorization: Bearer $(cat ", data_dir, "/default.key)\" ", url, "/api/v1/whoami"));
}

}  // namespace

net::Authenticate make_authenticate(const tenancy::Tenancy& tenancy, std::string data_dir, std::string url) {
  return [&tenancy, data_dir = std::move(data_dir), url = std::move(url)](
             const net::Request& request, core::Scope needed) -> core::StatusOr<core::Principal> {
    const std::string key = tenancy::key_from_headers(request.header("authorization"), request.header("x-api-key"));
    if (key.empty()) return with_help(core::unauthenticated("the request carries no API key"), data_dir, url);
    core::StatusOr<core::Principal> principal = tenancy.authenticate(key, needed);
    if (absl::IsUnauthenticated(principal.status())) return with_help(principal.status(), data_dir, url);
    if (!principal.ok()) return principal;
    const std::string_view named = request.header("x-scope-orgid");
    if (!named.empty() && named != principal->tenant_name) {
      return core::permission_denied(core::cat("X-Scope-OrgID names '", core::clip_utf8(named, 64), "' but the key belongs to tenant '",
                                               principal->tenant_name, "': the key alone decides; leave the header out"));
    }
    return principal;
  };
}

}  // namespace kgrca::app
