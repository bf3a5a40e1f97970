#include "tests/fuzz/decoded.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgrca;
  const std::string_view text = fuzz::text_of(data, size);
  // What stands before a NUL is the Kafka key; the rest is the payload.
  const std::size_t border = text.find('\0');
  const std::string_view key = border == std::string_view::npos ? std::string_view{} : text.substr(0, border);
  const std::string_view body = border == std::string_view::npos ? text : text.substr(border + 1);
  fuzz::check_decoded(normalize::decode_state(body, fuzz::context(), key));
  return 0;
}
