#pragma once

#include <string>

#include "kgrca/graph/records.h"

namespace kgrca::graph {

// encode_event() at the end of `out`.
void append_event(const StoredEvent& event, std::string& out);

}  // namespace kgrca::graph
