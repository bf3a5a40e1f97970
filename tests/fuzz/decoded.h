// What every decoder promises, whatever the bytes are.
#pragma once

#include <variant>

#include "kgrca/core/strings.h"
#include "kgrca/normalize/decode.h"
#include "tests/fuzz/fuzz.h"

namespace kgrca::fuzz {

inline const normalize::Context& context() {
  static const normalize::Context made = [] {
    normalize::Context fresh;
    fresh.taxonomy = model::Taxonomy::embedded();
    auto masker = normalize::Masker::make("fuzz");
    require(masker.ok(), "the built-in masking patterns compile");
    fresh.masker = *masker;
    fresh.received = core::from_micros(1'750'000'000'000'000);
    return fresh;
  }();
  return made;
}

inline void check_event(const model::Event& event) {
  require(!event.source_id.empty(), "an event has an identity");
  require(core::is_valid_utf8(event.message), "a message is valid UTF-8");
  require(event.message.size() <= 4096, "a message has at most 4 KiB");
  require(event.attributes.size() <= 64, "an event has at most 64 attributes");
  require(event.first <= event.last, "an event does not end before it begins");
}

inline void check_decoded(const normalize::Decoded& decoded) {
  require(decoded.rejected.size() <= decoded.items, "no more items are rejected than were seen");
  for (const auto& rejection : decoded.rejected) {
    require(!rejection.reason.empty(), "a rejection says why");
    require(rejection.index < decoded.items, "a rejected item was seen");
  }
  for (const auto& record : decoded.records) {
    if (const auto* event = std::get_if<model::Event>(&record)) check_event(*event);
  }
}

}  // namespace kgrca::fuzz
