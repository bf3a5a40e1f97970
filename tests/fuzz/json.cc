#include <string>

#include "kgrca/core/strings.h"
#include "kgrca/wire/json.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace kgrca;

// Touches every value in every way; the depth is bounded by the parser.
void walk(const wire::JsonValue& value) {
  (void)value.integer();
  (void)value.number();
  (void)value.boolean();
  fuzz::require(core::is_valid_utf8(value.scalar_text()), "scalars are valid UTF-8");
  (void)value["name"];
  value.each_item([](wire::JsonValue item) {
    walk(item);
    return true;
  });
  value.each_member([](std::string_view name, wire::JsonValue member) {
    fuzz::require(core::is_valid_utf8(name), "names are valid UTF-8");
    walk(member);
    return true;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static wire::JsonDocument document;
  static wire::JsonDocument second;
  const auto value = document.parse(fuzz::text_of(data, size));
  if (!value.ok()) {
    fuzz::require(!core::message_of(value.status()).empty(), "an error says why");
    return 0;
  }
  walk(*value);
  const std::string once = value->to_json();
  const auto again = second.parse(once);
  fuzz::require(again.ok(), "what is written can be read");
  fuzz::require(again->to_json() == once, "writing is stable");
  return 0;
}
