#pragma once

#include <string>

#include "kgrca/graph/records.h"

namespace kgrca::graph {

// encode_event() at the end of `out`.
void append_event(const EventRecord& record, const model::Event& event, std::string& out);

// What the counts and postings hold of an event.
Counted counted_of(const EventRecord& record, const model::Event& event);

// A confidence as it is read back: in steps of 1/65,535; 0 for what is no number.
float stored_share(float value);

}  // namespace kgrca::graph
