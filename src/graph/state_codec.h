#pragma once

#include "graph/codec.h"
#include "kgrca/model/resource.h"

namespace kgrca::graph {

// A state inside another record.
void put_state(Encoder& out, const model::ResourceState& state);
model::ResourceState take_state(Decoder& in);

}  // namespace kgrca::graph
