// The common part of listings: limit, cursor in, cursor out.
#pragma once

#include <string>

#include "api/answers.h"

namespace kgrca::api {

struct PageRequest {
  std::size_t limit = 0;
  std::string position;   // of the store; empty: from the start
  std::string listing;    // what the cursor is bound to
};

// Reads `limit` and `cursor`; the cursor is bound to path and all other query parameters.
core::StatusOr<PageRequest> page_of(const ApiContext& context, const net::Request& request);
// Of the page that begins at a position; null without one.
wire::JsonOut next_cursor(const ApiContext& context, const net::Request& request, const PageRequest& page, std::string_view next_position);
// {"items": […], "next_cursor": … or null}
net::Response page_response(const ApiContext& context, const net::Request& request, const PageRequest& page,
                            wire::JsonArray items, std::string_view next_position);

}  // namespace kgrca::api
