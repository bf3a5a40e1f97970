#include <iterator>

#include "kgrca/wire/compression.h"
#include "tests/fuzz/fuzz.h"

// The first byte chooses the encoding; the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgrca;
  static constexpr std::string_view encodings[] = {"gzip", "zstd", "snappy", "deflate", "gzip, gzip", "zstd, gzip"};
  constexpr std::size_t limit = 1 << 20;
  if (size == 0) return 0;
  const std::string_view text = fuzz::text_of(data, size);
  const auto decoded = wire::decode_content(encodings[data[0] % std::size(encodings)], text.substr(1), limit);
  if (decoded.ok()) fuzz::require(decoded->size() <= limit, "the result stays under the limit");
  const auto back = wire::decode_content("gzip", wire::gzip(text), limit);
  fuzz::require(back.ok() && *back == text, "what is packed can be unpacked");
  return 0;
}
