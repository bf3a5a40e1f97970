// What the tests of the decoders share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kgrca/normalize/decode.h"

namespace kgrca::normalize::test {

// 2025-06-13T08:30:00Z unless told.
Context context(std::string_view received = "2025-06-13T08:30:00Z");
core::Time at(std::string_view rfc3339);

// The records of one kind; the test fails when another kind or a rejection is among them.
std::vector<model::Event> events(const Decoded& decoded);
std::vector<model::ResourceState> states(const Decoded& decoded);
model::Event one_event(const Decoded& decoded);
model::ResourceState one_state(const Decoded& decoded);

std::string field(const model::ResourceState& state, std::string_view path);
// "RUNS_ON node//worker-1" for each outgoing reference, "CONTROLS< replicaset/shop/web-1" for incoming ones.
std::vector<std::string> references(const model::ResourceState& state);
// "kind/ns/name"
std::string text(const model::ResourceRef& ref);
std::vector<std::string> related(const model::Event& event);

}  // namespace kgrca::normalize::test
