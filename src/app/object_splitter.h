// Cuts what kubectl prints into request bodies.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kgrca/core/status.h"

namespace kgrca::app {

// Walks over one or several JSON values put one after the other; a List (an object with a member "items") is opened. Calls
// `emit` with each body: a List with the kind and apiVersion of the one it came from, or single objects one per line, at most
// `body_bytes` (an object larger than that goes alone). Works on text of any size without parsing it whole; what stands
// inside the objects is left to the server. `each_list` sees the member "metadata" of each List, empty without one, before its items.
// Stops at the first error of `emit` or `each_list`.
// invalid_argument: the text is no JSON; the message names the byte.
core::Status split_objects(std::string_view text, std::size_t body_bytes,
                           const std::function<core::Status(const std::string& body, std::size_t objects)>& emit,
                           const std::function<core::Status(std::string_view metadata)>& each_list = nullptr);

}  // namespace kgrca::app
