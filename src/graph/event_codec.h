#pragma once

#include <string>

#include "kgrca/graph/records.h"

namespace kgrca::graph {

// encode_event() at the end of `out`.
void append_event(const EventRecord& record, const model::Event& event, std::string& out);

// What the counts and postings hold of an event.
Counted counted_of(const EventRecord& record, const model::Event& event);

}  // namespace kgrca::graph
