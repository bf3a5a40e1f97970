#pragma once

#include <string>
#include <string_view>

#include "kgrca/net/http.h"

namespace kgrca::net {

struct ResponseFrame {
  std::string_view request_id;
  std::string_view date;  // IMF-fixdate
  bool keep_alive = true;
};

// The status line and all headers up to the empty line. Content-Length, Connection, Date and X-Request-Id are the server's;
// what the handler says of them is dropped. Control bytes in header values become blanks.
std::string response_head(const Response& response, const ResponseFrame& frame);

bool has_no_body(int http_status);  // 204 and 304

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t seconds_since_epoch);

}  // namespace kgrca::net
