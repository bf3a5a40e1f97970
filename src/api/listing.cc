#include "api/listing.h"

#include <algorithm>

#include "api/arguments.h"
#include "api/cursor.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

std::string listing_of(const net::Request& request) {
  std::vector<std::string> filters;
  for (const auto& [name, value] : request.query) {
    if (name != "limit" && name != "cursor") filters.push_back(core::cat(name, "=", value));
  }
  std::sort(filters.begin(), filters.end());
  return core::cat(request.path, "\n", core::join(filters, "\n"));
}

}  // namespace

core::StatusOr<PageRequest> page_of(const ApiContext& context, const net::Request& request) {
  PageRequest page;
  KGRCA_ASSIGN_OR_RETURN(page.limit, limit_argument(request));
  page.listing = listing_of(request);
  KGRCA_ASSIGN_OR_RETURN(page.position, open_cursor(context.tenancy->derived_key("cursor"), request.principal.tenant,
                                                    page.listing, text_argument(request, "cursor")));
  return page;
}

wire::JsonOut next_cursor(const ApiContext& context, const net::Request& request, const PageRequest& page, std::string_view next_position) {
  if (next_position.empty()) return nullptr;
  return wire::JsonOut(sign_cursor(context.tenancy->derived_key("cursor"), request.principal.tenant, page.listing, next_position));
}

net::Response page_response(const ApiContext& context, const net::Request& request, const PageRequest& page,
                            wire::JsonArray items, std::string_view next_position) {
  wire::JsonObject body;
  body["items"] = std::move(items);
  body["next_cursor"] = next_cursor(context, request, page, next_position);
  return json_response(body);
}

}  // namespace kgrca::api
