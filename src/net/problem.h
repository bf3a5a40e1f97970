// Error answers that the server itself gives.
#pragma once

#include <string_view>

#include "kgrca/net/http.h"

namespace kgrca::net {

std::string_view reason_phrase(int http_status);

// A problem in the words that the route's protocol expects.
Response error_response(ErrorForm form, const Problem& problem, const Request& request);
Response error_response(ErrorForm form, const core::Status& status, const Request& request);

}  // namespace kgrca::net
