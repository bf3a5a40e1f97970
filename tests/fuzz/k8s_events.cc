#include "tests/fuzz/decoded.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgrca;
  fuzz::check_decoded(normalize::decode_kubernetes_events(fuzz::text_of(data, size), fuzz::context()));
  return 0;
}
