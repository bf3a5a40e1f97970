#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kgrca/core/status.h"

namespace kgrca::wire {

// Decodes a Content-Encoding (identity, gzip, deflate, zstd, snappy block; a comma-separated list is undone from its end).
// `max_bytes` bounds the result; past it, or past a ratio of 1,000 with more than 1 MiB out: out_of_range (a bomb).
// Damaged input: invalid_argument. An encoding we do not know: unimplemented.
core::StatusOr<std::string> decode_content(std::string_view encoding, std::string_view body, std::size_t max_bytes);

// For bodies we send; deterministic. REQUIRES: body under 4 GiB.
std::string gzip(std::string_view body);

}  // namespace kgrca::wire
