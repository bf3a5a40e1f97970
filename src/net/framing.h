// Strict reading of a request head. Everything that two HTTP parsers could read in two ways is refused here, on the raw
// bytes, before any library sees them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgrca::net {

// Why a request cannot be served; `status` 0 means no fault.
struct Fault {
  int status = 0;
  std::string code;
  std::string detail;
  explicit operator bool() const { return status != 0; }
};
Fault bad_request(std::string_view code, std::string_view detail);

enum class HeadScan : std::uint8_t { more, complete, bare_line_feed, too_long };

// Finds the empty line that ends a head, across any split of the input; each byte is looked at once.
class HeadScanner {
 public:
  // `buffer` starts at the head's first byte and only grows between calls.
  HeadScan scan(std::string_view buffer, std::size_t limit);
  std::size_t end() const { return end_; }  // one past the empty line, once complete

 private:
  std::size_t scanned_ = 0;
  std::size_t end_ = 0;
};

// What a head says about the message around it. The views point into the head.
struct Framing {
  std::string_view method;
  std::string_view target;
  std::string_view host;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length;
};

// `head` runs from the request line to the empty line, both included. 400 for anything ambiguous or malformed, 417, 431
// (more than 100 fields), 505.
Fault check_framing(std::string_view head, Framing& framing);

// One "name: value" line without its line end: a token name, no blank before the colon, no control bytes.
bool split_field(std::string_view line, std::string_view& name, std::string_view& value);
bool is_token(std::string_view s);

}  // namespace kgrca::net
