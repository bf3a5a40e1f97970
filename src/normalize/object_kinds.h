#pragma once

#include "normalize/state_builder.h"

namespace kgrca::normalize {

// Fields, references and addresses of a raw object by its kind; kinds without a reader of their own keep conditions,
// phase and the scalars of spec. May add EdgeUpdates to the batch (a slice states edges between others).
void read_object(StateBuilder& builder, wire::JsonValue object);

}  // namespace kgrca::normalize
