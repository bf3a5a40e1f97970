#include "graph/run_links.h"
#include "kgrca/graph/records.h"
#include "tests/fuzz/fuzz.h"

// Damaged records are refused; good ones are written as they were read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgrca;
  const core::EventKey key{1'750'000'000'000'000, 42};
  const auto event = graph::decode_event(key, fuzz::text_of(data, size));
  if (event.ok()) {
    const std::string once = graph::encode_event(*event);
    const auto again = graph::decode_event(key, once);
    fuzz::require(again.ok() && graph::encode_event(*again) == once, "an event survives writing and reading");
  }
  const auto run = graph::decode_run_links(key, fuzz::text_of(data, size));
  if (run.ok()) {
    const std::string once = graph::encode_run_links(*run);
    const auto again = graph::decode_run_links(key, once);
    fuzz::require(again.ok() && graph::encode_run_links(*again) == once, "links of a run survive writing and reading");
  }
  const auto state = graph::decode_state(fuzz::text_of(data, size));
  if (state.ok()) {
    const std::string once = graph::encode_state(*state);
    const auto again = graph::decode_state(once);
    fuzz::require(again.ok() && graph::encode_state(*again) == once, "a state survives writing and reading");
  }
  (void)graph::decode_fingerprints(fuzz::text_of(data, size));
  return 0;
}
