// Moves every time inside a recorded payload by the same amount.
#pragma once

#include <string>
#include <string_view>

#include "kgrca/core/time.h"

namespace kgrca::eval {

// Shifts RFC 3339 times wherever they stand in the text (years 1970 to 9999; "0001-01-01…" stays), and numbers under a
// member whose name says time (ts, timestamp, time, date, …TimeUnixNano, …) when they read as seconds, milliseconds,
// microseconds or nanoseconds of 2001 to 2286. Times keep their form: digits of the fraction, offset, quotes. Members named
// like an identity (uid, event_id, fingerprint, …) are left alone.
// REQUIRES: a whole number of seconds, so that fractions stay digit for digit.
std::string shift_times(std::string_view json, std::chrono::seconds shift);
// The RFC 3339 times in a plain text.
std::string shift_times_in_text(std::string_view text, std::chrono::seconds shift);

}  // namespace kgrca::eval
