#include <algorithm>
#include <memory>
#include <string>

#include "kgrca/core/strings.h"
#include "net/head.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace kgrca;

// The scanner finds the same end however the bytes arrive.
std::size_t scanned_end(std::string_view text, std::size_t step, net::HeadScan& result) {
  net::HeadScanner scanner;
  result = net::HeadScan::more;
  for (std::size_t have = 0; have < text.size() && result == net::HeadScan::more;) {
    have = std::min(text.size(), have + step);
    result = scanner.scan(text.substr(0, have), 8192);
  }
  return result == net::HeadScan::complete ? scanner.end() : 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  net::HeadScan whole{};
  net::HeadScan bytewise{};
  const std::size_t end = scanned_end(text, text.size() + 1, whole);
  fuzz::require(end == scanned_end(text, 1, bytewise), "the end of a head does not depend on the split");
  const std::string head_text = end > 0 ? std::string(text.substr(0, end)) : core::cat(text, "\r\n\r\n");
  net::Head head;
  const net::Fault fault = net::parse_head(head_text, std::make_shared<net::Request>(), head);
  if (fault) {
    fuzz::require(fault.status >= 400 && !fault.detail.empty(), "a fault has a status and says why");
    return 0;
  }
  fuzz::require(!(head.chunked && head.content_length), "a message has one length");
  fuzz::require(head.request != nullptr && core::is_valid_utf8(head.request->path), "a path is valid UTF-8");
  return 0;
}
