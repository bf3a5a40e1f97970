#include "kgrca/rca/rules.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgrca;
  const auto rules = rca::Rules::parse(fuzz::text_of(data, size));
  fuzz::require(rules.ok() || !core::message_of(rules.status()).empty(), "an error says why");
  return 0;
}
