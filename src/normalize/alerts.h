#pragma once

#include <string>
#include <string_view>

#include "normalize/batch.h"

namespace kgrca::normalize {

// A prom.alert record of the original's events.normalized.
void decode_normalized_alert(wire::JsonValue record, Batch& batch);

// Alertmanager's own fingerprint: FNV-1a over the sorted label names and values, 16 hex digits.
std::string alert_fingerprint(const Pairs& sorted_labels);

}  // namespace kgrca::normalize
