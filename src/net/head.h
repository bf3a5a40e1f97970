#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kgrca/net/http.h"
#include "net/framing.h"

namespace kgrca::net {

// A request head as the session needs it.
struct Head {
  std::shared_ptr<Request> request;  // all but body, parameters, principal and remote address
  std::vector<std::string> segments; // decoded pieces of the path
  std::optional<Method> method;      // nothing when the method is unknown
  bool keep_alive = true;
  bool chunked = false;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length;
};

// Checks the framing, then lets Beast parse the same bytes; where the two disagree on the message's length the request is
// refused. `block` ends with the empty line. `head.request` is set even on a fault, so that errors carry a request id.
Fault parse_head(std::string_view block, std::shared_ptr<Request> request, Head& head);

std::string make_request_id();

}  // namespace kgrca::net
