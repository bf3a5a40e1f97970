#include "kgrca/model/taxonomy.h"
#include "tests/fuzz/fuzz.h"

// As a taxonomy file, and as the texts that the embedded taxonomy has to match.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgrca;
  const std::string_view text = fuzz::text_of(data, size);
  static const auto embedded = model::Taxonomy::embedded();
  (void)model::Taxonomy::parse(text);
  const std::string_view head = text.substr(0, text.find('\n'));
  fuzz::require(head.empty() || !embedded->match_kubernetes(head, text, "pod", true).type.empty(), "an unknown reason is its own type");
  fuzz::require(head.empty() || !embedded->match_alert(head).type.empty(), "an unknown alert is its own type");
  fuzz::require(!embedded->match_log(text, model::Severity::error).type.empty(), "a line always has a type");
  (void)embedded->match_change("deployment", {{std::string(head), "a", std::string(text)}});
  (void)embedded->alert_for(head);
  return 0;
}
