#include "kgrca/graph/records.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgrca;
  const auto incident = graph::decode_incident(fuzz::text_of(data, size));
  if (!incident.ok()) return 0;
  const std::string once = graph::encode_incident(*incident);
  const auto again = graph::decode_incident(once);
  fuzz::require(again.ok() && graph::encode_incident(*again) == once, "an incident survives writing and reading");
  return 0;
}
