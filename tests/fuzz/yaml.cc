#include "kgrca/core/yaml.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace kgrca;

void walk(const core::Yaml& value) {
  (void)value.integer();
  (void)value.number();
  (void)value.boolean();
  for (const core::Yaml& item : value.items()) walk(item);
  for (const auto& [name, member] : value.entries()) {
    fuzz::require(value.find(name) != nullptr, "members are found by name");
    walk(member);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = core::Yaml::parse(fuzz::text_of(data, size));
  if (parsed.ok()) walk(*parsed);
  return 0;
}
